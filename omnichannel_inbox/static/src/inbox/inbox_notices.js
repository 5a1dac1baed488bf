import { Component, onMounted, onWillUnmount, useExternalListener, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { useService } from "@web/core/utils/hooks";

import { TextsSwitch } from "../rules/texts_switch";

const HEALTH = "omnichannel_inbox.omnichannel_health_check_action";
const LOOK = 20_000; // ms between two looks while something is shown that is to go by itself
const QUIET = 120_000; // ms without any news after which the silence itself may be the news

/** Above the inbox: what keeps messages from coming and going. Comes and goes by itself. */
export class InboxNotices extends Component {
    static template = "omnichannel_inbox.InboxNotices";
    static components = { TextsSwitch };
    static props = {};

    setup() {
        this.action = useService("action");
        this.inbox = useService("omnichannel.inbox");
        this.state = useState(this.inbox.state);
        useExternalListener(document, "visibilitychange", () => this.look());
        onMounted(() => {
            this.interval = browser.setInterval(() => this.look(), LOOK);
        });
        onWillUnmount(() => browser.clearInterval(this.interval));
    }

    /** Where no job runs nothing is heard on the bus either: ask, unless somebody did lately. */
    look() {
        const age = Date.now() - this.inbox.summaryTime;
        const isDue = age >= (this.state.standstill ? LOOK : QUIET);
        if (isDue && this.state.isAgent && !document.hidden) {
            this.inbox.loadSummary();
        }
    }

    openHealth() {
        return this.action.doAction(HEALTH);
    }
}
