import { Component, onWillStart } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";

import { ChannelBadge } from "../core/channel_badge";
import { CONVERSATION } from "../core/inbox_service";

/** Choose the conversation that a message belongs to: one click moves it. */
export class MoveMessageDialog extends Component {
    static template = "omnichannel_inbox.MoveMessageDialog";
    static components = { ChannelBadge, Dialog };
    static props = { conversationId: Number, messageId: Number, close: Function };

    setup() {
        this.orm = useService("orm");
        onWillStart(async () => {
            const panel = await this.orm.call(CONVERSATION, "get_customer_panel", [
                [this.props.conversationId],
            ]);
            this.conversations = panel.conversations;
        });
    }

    async move(targetId) {
        const { conversationId, messageId } = this.props;
        await this.orm.call(CONVERSATION, "action_move_message", [
            [conversationId],
            messageId,
            targetId,
        ]);
        this.props.close();
    }
}
