import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { SelectCreateDialog } from "@web/views/view_dialogs/select_create_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { url } from "@web/core/utils/urls";

import { ChannelBadge } from "../core/channel_badge";
import { unlessGone } from "../core/errors";
import { CONVERSATION } from "../core/inbox_service";
import { formatMoment } from "../core/moment";
import { UnreachableNotice } from "../core/unreachable";

/** Who the customer is and what is going on with them; one click opens any of it. */
export class CustomerPanel extends Component {
    static template = "omnichannel_inbox.CustomerPanel";
    static components = { ChannelBadge, UnreachableNotice };
    static props = {
        conversationId: Number,
        /** Changes when there may be something new to show. */
        version: Number,
        canWrite: Boolean,
        onChanged: Function,
        onOpenConversation: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.formatMoment = formatMoment;
        this.state = useState({ panel: undefined });
        onWillStart(() => {
            this.load(this.props.conversationId);
        });
        onWillUpdateProps((next) => {
            if (
                next.conversationId !== this.props.conversationId ||
                next.version !== this.props.version
            ) {
                this.load(next.conversationId);
            }
        });
    }

    async load(conversationId) {
        const panel = await unlessGone(
            this.orm.silent.call(CONVERSATION, "get_customer_panel", [[conversationId]])
        );
        if (panel && conversationId === this.props.conversationId) {
            this.state.panel = panel;
        }
    }

    get panel() {
        return this.state.panel;
    }

    openRecord(resModel, resId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: resModel,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    fileUrl(file) {
        return url(`/web/content/${file.id}`, { download: true });
    }

    async onIdentity(identity, method, args = []) {
        await this.orm.call("omnichannel.identity", method, [[identity.id], ...args]);
        await this.load(this.props.conversationId);
        this.props.onChanged();
    }

    /** Choose the customer whose address this is. */
    chooseCustomer(identity) {
        this.dialog.add(SelectCreateDialog, {
            title: _t("Whose address is %s?", identity.address),
            resModel: "res.partner",
            multiSelect: false,
            noCreate: true,
            onSelected: ([partnerId]) => this.onIdentity(identity, "action_link", [partnerId]),
        });
    }
}
