import { Thread } from "@mail/core/common/thread_model";
import { fields } from "@mail/core/common/record";

import { patch } from "@web/core/utils/patch";

patch(Thread.prototype, {
    setup() {
        super.setup();
        /** What the chat begins with, see `omnichannel.channel._livechat_welcome`; none once it has begun. */
        this.omnichannel_desk = fields.Attr(null);
        /** Where the visitor is before the chat: "busy", "intro", "mail", "sent", then "chat". */
        this.omnichannelStep = fields.Attr(null);
        /** What was typed into the forms. In the page's memory alone, and gone with this thread. */
        this.omnichannelValues = { consent: false };
        /** The answers that the session is to begin with. */
        this.omnichannelAnswers = null;
        /** The session that this became, once it is stored. */
        this.omnichannelSession = null;
        /** What is being said before that. */
        this.omnichannelSaying = null;
    },

    /**
     * Odoo stores a session for each message that is sent before the first one is there. What follows the
     * first words goes where they went, after them.
     */
    async post() {
        if (this.channel_type !== "livechat" || !this.isTransient) {
            return super.post(...arguments);
        }
        const former = Promise.resolve(this.omnichannelSaying).catch(() => {});
        this.omnichannelSaying = former.then(() =>
            this.omnichannelSession
                ? this.omnichannelSession.post(...arguments)
                : super.post(...arguments)
        );
        return this.omnichannelSaying;
    },

    /** The step before the chat that is shown, "chat" if there is none (any more). */
    get omnichannelShown() {
        if (!this.isTransient || !this.omnichannel_desk) {
            return "chat";
        }
        return this.omnichannelStep ?? this.omnichannelFirstStep;
    },

    get omnichannelFirstStep() {
        const desk = this.omnichannel_desk;
        if (desk.is_form) {
            return "mail";
        }
        return desk.overloaded ? "busy" : this.omnichannelStepAfterBusy;
    },

    get omnichannelStepAfterBusy() {
        return this.omnichannel_desk.questions.length ? "intro" : "chat";
    },
});
