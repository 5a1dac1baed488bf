import { onWillUnmount, useExternalListener } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { router } from "@web/core/browser/router";

/**
 * Lets a phone's back button lead from a conversation to the cards, and not out of the inbox.
 *
 * @param {(id: number | undefined) => void} show shows a conversation, or the cards
 */
export function useConversationHistory(show) {
    let entered;

    /** Odoo loads the whole page's state at each step back, unless it is told to leave the next one alone. */
    const leaveNextStepToUs = (isOurs) => {
        router.skipLoad = isOurs;
    };

    useExternalListener(window, "popstate", (ev) => {
        const id = ev.state?.omnichannelId;
        if (!id && !entered) {
            return;
        }
        const isShown = id === entered; // a sheet above the conversation was closed
        entered = id;
        leaveNextStepToUs(Boolean(entered));
        if (!isShown) {
            show(id);
        }
    });
    onWillUnmount(() => entered && leaveNextStepToUs(false));

    return {
        enter(id) {
            if (id === entered) {
                return;
            }
            const state = { ...browser.history.state, omnichannelId: id, skipRouteChange: true };
            const step = entered ? "replaceState" : "pushState";
            browser.history[step](state, "", browser.location.href);
            entered = id;
            leaveNextStepToUs(true);
        },
        /** @returns {boolean} whether there was a step to take back */
        back() {
            const hasEntered = Boolean(entered);
            if (hasEntered) {
                browser.history.back();
            }
            return hasEntered;
        },
    };
}
