/**
 * The chat's first words: on the pages of a rule of Odoo's those of the rule. A chat that has begun keeps the
 * words that it began with.
 */
import { Store } from "@mail/core/common/store_service";
import { Thread } from "@mail/core/common/thread_model";
import { fields } from "@mail/core/common/record";

import { LivechatService } from "@im_livechat/embed/common/livechat_service";

import { patch } from "@web/core/utils/patch";
import { session } from "@web/session";

const LONGEST_PAGE = 2000;

patch(Thread.prototype, {
    setup() {
        super.setup(...arguments);
        /** What a chat that has begun began with, if not with the channel's words. */
        this.omnichannel_greeting = fields.Attr("");
        this.livechatWelcomeMessage = fields.One("mail.message", {
            compute() {
                if (this.hasWelcomeMessage) {
                    return {
                        id: -0.2 - this.id,
                        body: this.omnichannelFirstWords,
                        thread: this,
                        author_id: this.livechat_operator_id,
                    };
                }
            },
        });
    },

    get omnichannelFirstWords() {
        const ofPage = this.isTransient
            ? this.store.livechat_rule?.omnichannel_greeting
            : this.omnichannel_greeting;
        return ofPage || this.store.env.services["im_livechat.livechat"].options.default_message;
    },
});

patch(LivechatService.prototype, {
    getSessionExtraParams() {
        const params = super.getSessionExtraParams(...arguments);
        const rule = this.store.livechat_rule;
        return rule?.omnichannel_greeting ? { ...params, omnichannel_rule_id: rule.id } : params;
    },
});

patch(Store.prototype, {
    /** From another website the browser itself tells Odoo nothing of the page, by which rules are found. */
    _fetchStoreDataRpc(fetchParams) {
        const isBeginning = fetchParams.some(([name]) => name === "init_livechat");
        const { href, origin } = window.location;
        if (isBeginning && session.origin && session.origin !== origin) {
            const page = href.split("#")[0].slice(0, LONGEST_PAGE);
            fetchParams = [["omnichannel_page", page], ...fetchParams];
        }
        return super._fetchStoreDataRpc(fetchParams);
    },
});
