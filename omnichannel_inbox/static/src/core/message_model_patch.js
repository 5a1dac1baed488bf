import { Message } from "@mail/core/common/message_model";
import { fields } from "@mail/core/common/record";
import "@mail/core/web/message_model_patch";
import { patch } from "@web/core/utils/patch";

/** @type {import("models").Message} */
const messagePatch = {
    setup() {
        super.setup(...arguments);
        /**
         * How a message went over its channel (see mail.message `_omnichannel_data`); false
         * for notes, undefined outside conversations.
         */
        this.omnichannel = fields.Attr(undefined);
    },
    /** Customer and colleagues are told apart, whoever of the colleagues is reading. */
    get bubbleColor() {
        if (this.omnichannel && !this.omnichannel.aside) {
            return this.omnichannel.direction === "in" ? "blue" : "green";
        }
        return super.bubbleColor;
    },
    /** What the customer has can be changed only where the channel shows them that. */
    get editable() {
        const isFixed = this.omnichannel && !this.omnichannel.can_edit;
        return isFixed ? false : super.editable;
    },
    /** Odoo's e-mail composer would write past the channel. */
    canForward(thread) {
        return this.omnichannel ? false : super.canForward(thread);
    },
    canAddReaction(thread) {
        const isUnseen = this.omnichannel && !this.omnichannel.can_react;
        return isUnseen ? false : super.canAddReaction(thread);
    },
};
patch(Message.prototype, messagePatch);
