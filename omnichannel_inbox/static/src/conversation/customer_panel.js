import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { SelectCreateDialog } from "@web/views/view_dialogs/select_create_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { url } from "@web/core/utils/urls";

import { ChannelBadge } from "../core/channel_badge";
import { panelSectionRegistry } from "../core/channel_types";
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
        this.sections = panelSectionRegistry.getEntries();
        this.openRecord = this.openRecord.bind(this);
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

    /** Which way a code takes is said where there is a choice. */
    sendCodeLabel({ reference, ways }, { name }) {
        return ways.length > 1
            ? _t("Send a code for %(reference)s by %(name)s", { reference, name })
            : _t("Send a code for %s", reference);
    }

    /** Who claims an order shows that it is theirs by a code that goes to its own address or number. */
    askToSendCode({ reference }, { key, name, destination }) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Send a code?"),
            body: _t(
                "A code goes by %(name)s to %(destination)s, which belongs to order %(reference)s. Whoever writes it here within 10 minutes becomes the order's customer.",
                { destination, name, reference }
            ),
            confirmLabel: _t("Send the code"),
            confirm: () => this.sendCode(reference, key),
            cancel: () => {},
        });
    }

    async sendCode(reference, way) {
        const conversationId = this.props.conversationId;
        await this.orm.call(CONVERSATION, "action_send_code", [[conversationId], reference, way]);
        await this.load(conversationId);
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
