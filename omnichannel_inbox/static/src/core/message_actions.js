import { toRaw } from "@odoo/owl";

import { registerMessageAction } from "@mail/core/common/message_actions";
import { _t } from "@web/core/l10n/translation";

import { MoveMessageDialog } from "../conversation/move_message_dialog";
import { CONVERSATION } from "./inbox_service";

registerMessageAction("omnichannel-quote", {
    condition: ({ message, thread }) =>
        thread?.model === CONVERSATION && Boolean(message.omnichannel),
    icon: "fa fa-reply",
    name: _t("Quote"),
    onSelected: ({ message, owner, thread }) => {
        const composer = toRaw(thread).composer;
        const quoted = toRaw(message);
        composer.replyToMessage = quoted.eq(composer.replyToMessage) ? undefined : quoted;
        owner.env.inChatter?.toggleComposer("message");
    },
    sequence: 20,
});

registerMessageAction("omnichannel-move", {
    condition: ({ message, thread }) =>
        thread?.model === CONVERSATION && Boolean(message.omnichannel),
    icon: "fa fa-share-square-o",
    name: _t("Move to Another Conversation"),
    onSelected: ({ message, owner, thread }) =>
        owner.dialog.add(MoveMessageDialog, { conversationId: thread.id, messageId: message.id }),
    sequence: 90,
});
