import {
    Component,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    status,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Conversation } from "../conversation/conversation";
import { ChannelBadge } from "../core/channel_badge";
import { CONVERSATION } from "../core/inbox_service";
import { formatMoment } from "../core/moment";

const NOTHING_SHOWN = {
    conversations: undefined,
    customerId: undefined,
    customerName: "",
    others: 0,
    withOthers: false,
    selectedId: undefined,
};

/** The conversations of an order or a customer, read and answered without leaving the form. */
export class RecordPanel extends Component {
    static template = "omnichannel_inbox.RecordPanel";
    static components = { ChannelBadge, Conversation };
    static props = standardWidgetProps;

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.inbox = useService("omnichannel.inbox");
        this.formatMoment = formatMoment;
        this.root = useRef("root");
        this.state = useState({ ...NOTHING_SHOWN, isStarting: false });
        this.unwatch = () => {};
        this.reload = useDebounced(() => this.load(this.props), 300);
        useBus(this.inbox.bus, "update", ({ detail }) => {
            if (this.isAbout(detail)) {
                this.reload();
            }
        });
        onWillStart(() => {
            this.load(this.props);
        });
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.shownRecordId) {
                Object.assign(this.state, NOTHING_SHOWN);
                this.load(next);
            }
        });
        onWillUnmount(() => this.unwatch());
        // Whoever opens the tab wants to read and to answer: both are to be in view.
        useEffect(
            (isShown) => {
                if (isShown) {
                    this.root.el.scrollIntoView({ block: "nearest" });
                }
            },
            () => [Boolean(this.state.conversations?.length)]
        );
    }

    get isOrder() {
        return this.props.record.resModel === "sale.order";
    }

    get emptyTitle() {
        return this.isOrder
            ? _t("No conversation is about %s yet", this.props.record.data.name)
            : _t("No conversation with %s yet", this.state.customerName);
    }

    get emptyHelp() {
        return this.isOrder
            ? _t(
                  "When %s writes about this order, it appears here by itself. You can also write first.",
                  this.state.customerName
              )
            : _t(
                  "When %s writes, on whichever channel, it appears here by itself. You can also write first.",
                  this.state.customerName
              );
    }

    get startLabel() {
        return _t("Write to %s", this.state.customerName);
    }

    /** Whether news are about this customer, or about a conversation that is shown. */
    isAbout({ customer, conversations, isReconnect }) {
        const shown = this.state.conversations || [];
        return (
            isReconnect ||
            (customer && customer === this.state.customerId) ||
            shown.some(({ id }) => conversations.includes(id))
        );
    }

    async load({ record }) {
        this.shownRecordId = record.resId;
        if (!record.resId) {
            return;
        }
        const found = await this.orm.silent.call(CONVERSATION, "get_for_record", [
            record.resModel,
            record.resId,
            this.state.withOthers,
        ]);
        if (record.resId !== this.shownRecordId || status(this) === "destroyed") {
            return;
        }
        this.watch(found.customer_id);
        Object.assign(this.state, {
            conversations: found.conversations,
            customerName: found.customer_name,
            others: found.others,
        });
        if (!found.conversations.some(({ id }) => id === this.state.selectedId)) {
            this.state.selectedId = found.conversations[0]?.id;
        }
    }

    watch(customerId) {
        if (customerId !== this.state.customerId) {
            this.unwatch();
            this.state.customerId = customerId;
            this.unwatch = customerId ? this.inbox.watchCustomer(customerId) : () => {};
        }
    }

    toggleOthers() {
        this.state.withOthers = !this.state.withOthers;
        return this.load(this.props);
    }

    /** Something was read or changed here, of which the server tells nobody else: the button counts anew. */
    onChanged() {
        const { customerId: customer } = this.state;
        this.inbox.bus.trigger("update", {
            customer,
            conversations: [],
            messages: {},
            changed: [],
        });
    }

    select(id) {
        this.state.selectedId = id;
    }

    /** One that is not about this record is shown in the inbox. */
    openConversation(id) {
        if (this.state.conversations.some((conversation) => conversation.id === id)) {
            this.select(id);
        } else {
            this.inbox.open(id);
        }
    }

    openList() {
        const { resModel, resId } = this.props.record;
        return this.action.doActionButton({
            type: "object",
            name: "action_open_conversations",
            resModel,
            resId,
        });
    }

    async start() {
        this.state.isStarting = true;
        try {
            const { resModel, resId } = this.props.record;
            const id = await this.orm.call(CONVERSATION, "start_for_record", [resModel, resId]);
            await this.load(this.props);
            this.select(id);
        } finally {
            this.state.isStarting = false;
        }
    }
}

registry.category("view_widgets").add("omnichannel_record_panel", { component: RecordPanel });
