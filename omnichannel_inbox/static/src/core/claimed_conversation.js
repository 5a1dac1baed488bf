import { Component } from "@odoo/owl";

import { Message } from "@mail/core/common/message";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { CONVERSATION } from "./inbox_service";

/**
 * Offers the conversation that a message says it answers, though its sender takes no part there. The
 * server names it to those who may read it.
 */
export class ClaimedConversation extends Component {
    static template = "omnichannel_inbox.ClaimedConversation";
    static props = { message: Object };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.inbox = useService("omnichannel.inbox");
    }

    get claimed() {
        return this.props.message.omnichannel.claimed;
    }

    get words() {
        return _t("Answers %s, in which this address takes no part", this.claimed.name);
    }

    open(id) {
        return this.env.openConversation ? this.env.openConversation(id) : this.inbox.open(id);
    }

    askToMove() {
        const { name, is_aside } = this.claimed;
        const { address } = this.props.message.omnichannel;
        this.dialog.add(ConfirmationDialog, {
            title: _t("Move this message to %s?", name),
            body: is_aside
                ? _t(
                      "It answers what a third party was asked, and becomes a note there. Make sure that %(address)s is no stranger.",
                      { address }
                  )
                : _t(
                      "From then on %(address)s takes part in %(name)s and may be answered there: make sure that it is no stranger.",
                      { address, name }
                  ),
            confirmLabel: _t("Move it there"),
            confirm: () => this.move(),
            cancel: () => {},
        });
    }

    async move() {
        const { id: messageId, thread } = this.props.message;
        const { id } = this.claimed;
        await this.orm.call(CONVERSATION, "action_move_message", [[thread.id], messageId, id]);
        return this.open(id);
    }
}

Message.components = { ...Message.components, OmnichannelClaimed: ClaimedConversation };
