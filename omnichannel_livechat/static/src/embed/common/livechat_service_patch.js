import { LivechatService } from "@im_livechat/embed/common/livechat_service";

import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";

registry
    .category("discuss.routing_map")
    .add("/omnichannel_livechat/message", "/omnichannel_livechat/cors/message")
    .add("/omnichannel_livechat/queue", "/omnichannel_livechat/cors/queue");

patch(LivechatService.prototype, {
    getSessionExtraParams(thread) {
        const params = super.getSessionExtraParams(...arguments);
        if (thread?.omnichannelAnswers) {
            params.omnichannel_answers = thread.omnichannelAnswers;
        }
        return params;
    },

    /** The server gives a visitor who comes back the chat that they had. */
    async open() {
        const thread = await super.open(...arguments);
        if (thread && !thread.isTransient) {
            // As Odoo does with a session that it has just stored.
            thread.fetchNewMessages();
            this.store.initialize();
        }
        return thread;
    },

    async persist(thread) {
        const session = await super.persist(...arguments);
        if (session && session !== thread) {
            thread.omnichannelSession = session;
            // Odoo opens another window for it: what is half written goes along.
            session.readyToSwapDeferred.then(() => {
                if (thread.exists() && session.exists() && !session.composer.composerText) {
                    session.composer.composerText = thread.composer.composerText;
                }
            });
        }
        return session;
    },

    /**
     * Begin the session with what the visitor said about themselves.
     *
     * @param {import("models").Thread} thread the one that is not stored yet
     */
    async beginWith(thread, answers) {
        thread.omnichannelAnswers = answers;
        try {
            const session = await this.persist(thread);
            session?.readyToSwapDeferred.resolve();
        } finally {
            thread.omnichannelAnswers = null;
        }
    },

    /**
     * Leave a message instead of chatting.
     *
     * @param {string} key the same for each try of the same form: it arrives once
     */
    async leaveMessage(key, values) {
        await rpc(
            "/omnichannel_livechat/message",
            { ...this.getSessionExtraParams(), channel_id: this.options.channel_id, key, values },
            { silent: true }
        );
    },
});
