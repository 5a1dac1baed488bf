/** Tells which page a visitor is on who has a chat; asked for nothing, and nobody else is told of. */
import { LivechatService } from "@im_livechat/embed/common/livechat_service";

import { patch } from "@web/core/utils/patch";

patch(LivechatService.prototype, {
    initialize() {
        // Goes along with what Odoo asks for on each page.
        this.omnichannelTellPage();
        return super.initialize(...arguments);
    },

    async _createThread({ persist }) {
        const thread = await super._createThread(...arguments);
        if (thread && persist) {
            this.omnichannelTellPage();
        }
        return thread;
    },

    /** Whether there is a chat, and whose, is the server's to know. */
    omnichannelTellPage() {
        const page = { path: window.location.pathname, title: document.title };
        this.store.fetchStoreData("omnichannel_page", page, { readonly: false });
    },
});
