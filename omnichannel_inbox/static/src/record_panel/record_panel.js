import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Conversation } from "../conversation/conversation";
import { ChannelBadge } from "../core/channel_badge";
import { CONVERSATION } from "../core/inbox_service";
import { formatMoment } from "../core/moment";

/** The conversations of an order or a customer, read and answered without leaving the form. */
export class RecordPanel extends Component {
    static template = "omnichannel_inbox.RecordPanel";
    static components = { ChannelBadge, Conversation };
    static props = standardWidgetProps;

    setup() {
        this.orm = useService("orm");
        this.inbox = useService("omnichannel.inbox");
        this.formatMoment = formatMoment;
        this.state = useState({
            conversations: undefined,
            others: 0,
            withOthers: false,
            selectedId: undefined,
            isStarting: false,
        });
        this.reload = useDebounced(() => this.load(this.props), 300);
        useBus(this.inbox.bus, "update", () => this.reload());
        onWillStart(() => {
            this.load(this.props);
        });
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.shownRecordId) {
                Object.assign(this.state, {
                    conversations: undefined,
                    selectedId: undefined,
                    withOthers: false,
                });
                this.load(next);
            }
        });
    }

    get isOrder() {
        return this.props.record.resModel === "sale.order";
    }

    async load({ record }) {
        this.shownRecordId = record.resId;
        if (!record.resId) {
            return;
        }
        const args = [record.resModel, record.resId, this.state.withOthers];
        const { conversations, others } = await this.orm.silent.call(
            CONVERSATION,
            "get_for_record",
            args
        );
        if (record.resId !== this.shownRecordId) {
            return;
        }
        Object.assign(this.state, { conversations, others });
        if (!conversations.some(({ id }) => id === this.state.selectedId)) {
            this.state.selectedId = conversations[0]?.id;
        }
    }

    toggleOthers() {
        this.state.withOthers = !this.state.withOthers;
        return this.load(this.props);
    }

    select(id) {
        this.state.selectedId = id;
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
