import {
    Component,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    status,
    useState,
} from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { CONVERSATION } from "../core/inbox_service";

/** How many conversations a form has, live; a click shows them on the form itself. */
export class RecordButton extends Component {
    static template = "omnichannel_inbox.RecordButton";
    static props = standardWidgetProps;

    setup() {
        this.orm = useService("orm");
        this.inbox = useService("omnichannel.inbox");
        this.state = useState({ count: 0, unread: 0, customerId: undefined });
        this.unwatch = () => {};
        const reload = useDebounced(() => this.load(this.props.record), 300);
        useBus(this.inbox.bus, "update", ({ detail }) => {
            if (detail.customer === this.state.customerId || detail.isReconnect) {
                reload();
            }
        });
        onWillStart(() => {
            this.load(this.props.record);
        });
        onWillUpdateProps(({ record }) => {
            if (record.resId !== this.shownRecordId) {
                this.load(record);
            }
        });
        onWillUnmount(() => this.unwatch());
    }

    async load({ resModel, resId }) {
        this.shownRecordId = resId;
        if (!resId) {
            Object.assign(this.state, { count: 0, unread: 0 });
            return;
        }
        const { count, unread, customer_id } = await this.orm.silent.call(
            CONVERSATION,
            "get_count_for_record",
            [resModel, resId]
        );
        if (resId === this.shownRecordId && status(this) !== "destroyed") {
            this.watch(customer_id);
            Object.assign(this.state, { count, unread });
        }
    }

    get value() {
        const { count, unread } = this.state;
        return unread ? _t("%(count)s (%(unread)s unread)", { count, unread }) : count;
    }

    /** Hear of the customer's conversations, also of those that begin while the form is open. */
    watch(customerId) {
        if (customerId !== this.state.customerId) {
            this.unwatch();
            this.state.customerId = customerId;
            this.unwatch = customerId ? this.inbox.watchCustomer(customerId) : () => {};
        }
    }

    /** The notebook has no way to be asked from outside, so its own tab is clicked. */
    show() {
        const tab = document.querySelector(".o_form_view .o_notebook [name=omnichannel].nav-link");
        tab?.click();
        tab?.closest(".o_notebook").scrollIntoView({ block: "nearest" });
    }
}

registry.category("view_widgets").add("omnichannel_record_button", { component: RecordButton });
