import { toRaw } from "@odoo/owl";

import { messageActionsRegistry, registerMessageAction } from "@mail/core/common/message_actions";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

import { MoveMessageDialog } from "../conversation/move_message_dialog";
import { CONVERSATION } from "./inbox_service";

/** Whether it is said with the customer, and not with a third party or among colleagues. */
function isCustomers({ message, thread }) {
    return Boolean(
        thread?.model === CONVERSATION && message.omnichannel && !message.omnichannel.aside
    );
}

/** Whether the reader may send messages of the conversation around it to others. */
function canForward(owner) {
    return Boolean(owner.env.omnichannelForward?.isPossible());
}

// Odoo's own mentions the author of a note; a third party is answered by mail.
patch(messageActionsRegistry.get("reply-to"), {
    condition(params) {
        return !params.message.omnichannel && super.condition(params);
    },
});

registerMessageAction("omnichannel-quote", {
    condition: isCustomers,
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

registerMessageAction("omnichannel-forward", {
    condition: ({ message, owner, thread }) =>
        isCustomers({ message, thread }) && canForward(owner),
    icon: "fa fa-share",
    name: _t("Forward"),
    onSelected: ({ message, owner }) => owner.env.omnichannelForward.open(message.id),
    sequence: 25,
});

registerMessageAction("omnichannel-answer-aside", {
    condition: ({ message, owner }) => Boolean(message.omnichannel?.aside) && canForward(owner),
    icon: "fa fa-reply",
    name: ({ message }) => _t("Write to %s", message.omnichannel.aside),
    onSelected: ({ message, owner }) => owner.env.omnichannelForward.open(message.id),
    sequence: 25,
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
