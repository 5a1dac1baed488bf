/**
 * Who is logged in on the page that shows the chat: the page says so by a token that its server signed.
 *
 *     <script>window.omnichannelVisitor = { token: "…" };</script>
 *
 * A browser that was one customer's shows nothing of it to the next one.
 */
import { Store } from "@mail/core/common/store_service";
import { fields } from "@mail/model/export";

import { LivechatService } from "@im_livechat/embed/common/livechat_service";

import { browser } from "@web/core/browser/browser";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";
import { session } from "@web/session";

/** Tells that this browser is somebody's, so that the server is asked whose it is when they log out. */
const IS_SOMEBODYS = "omnichannel_livechat.is_somebodys";

registry
    .category("discuss.routing_map")
    .add("/omnichannel_livechat/visitor", "/omnichannel_livechat/cors/visitor");

function visitorToken() {
    return window.omnichannelVisitor?.token;
}

function remember(isSomebodys) {
    if (isSomebodys) {
        browser.localStorage.setItem(IS_SOMEBODYS, "1");
    } else {
        browser.localStorage.removeItem(IS_SOMEBODYS);
    }
}

patch(Store.prototype, {
    setup() {
        super.setup(...arguments);
        /** The server has found out who this is, when a session began. */
        this.omnichannel_is_somebodys = fields.Attr(false, {
            onUpdate() {
                if (this.omnichannel_is_somebodys) {
                    remember(true);
                }
            },
        });
    },

    /** Nothing is fetched before it is known whose browser this is. */
    async fetchStoreData() {
        await this.omnichannelVisitorIsKnown();
        return super.fetchStoreData(...arguments);
    },

    omnichannelVisitorIsKnown() {
        const channelId = session.livechatData?.options?.channel_id;
        if (!channelId || !(visitorToken() || browser.localStorage.getItem(IS_SOMEBODYS))) {
            return;
        }
        this.omnichannelAsked ??= this.omnichannelAsk(channelId);
        return this.omnichannelAsked;
    },

    async omnichannelAsk(channelId) {
        const params = { channel_id: channelId, token: visitorToken() };
        try {
            const answer = await rpc("/omnichannel_livechat/visitor", params, { silent: true });
            if (answer.forget) {
                this.env.services.bus_service.deleteChannel(`mail.guest_${this.guest_token}`);
                this.guest_token = null;
            }
            remember(answer.known);
        } catch {
            // Without an answer nothing else is fetched either, and the next page asks again.
        }
    },
});

patch(LivechatService.prototype, {
    getSessionExtraParams() {
        const token = visitorToken();
        const params = super.getSessionExtraParams(...arguments);
        return token ? { ...params, omnichannel_token: token } : params;
    },
});
