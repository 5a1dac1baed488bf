import { ChatWindow } from "@mail/core/common/chat_window";
import { Store } from "@mail/core/common/store_service";

import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";

import { Onward } from "@omnichannel_livechat/embed/common/onward/onward";

registry
    .category("discuss.routing_map")
    .add("/omnichannel_livechat/onward", "/omnichannel_livechat/cors/onward");

Object.assign(ChatWindow.components, { Onward });

patch(Store.prototype, {
    setup() {
        super.setup(...arguments);
        /** The way by which visitors can go on, as `{ kind, name }`; false if there is none. */
        this.omnichannel_onward = false;
    },
});
