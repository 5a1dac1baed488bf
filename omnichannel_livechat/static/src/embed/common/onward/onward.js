import { Component, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { useService } from "@web/core/utils/hooks";

const TRIES = 4; // the conversation opens a moment after the visitor's first message
const PAUSE = 1000;

/**
 * A button by which the visitor goes on in the same conversation on another channel.
 *
 * @extends {Component<{thread: import("models").Thread}, Env>}
 */
export class Onward extends Component {
    static template = "omnichannel_livechat.Onward";
    static props = { thread: Object };

    setup() {
        this.store = useService("mail.store");
        this.state = useState({ isAsking: false, link: null, hasFailed: false });
    }

    get name() {
        return this.store.omnichannel_onward.name;
    }

    get icon() {
        return this.state.isAsking
            ? "fa-circle-o-notch fa-spin"
            : `fa-${this.store.omnichannel_onward.kind}`;
    }

    /** Who has not written yet has nothing to go on with. */
    get isShown() {
        const thread = this.props.thread;
        return Boolean(
            this.store.omnichannel_onward &&
            !thread.isTransient &&
            !thread.livechat_end_dt &&
            thread.messages.some((message) => message.isSelfAuthored)
        );
    }

    get label() {
        return _t("Continue on %s", this.name);
    }

    get explanation() {
        return this.state.hasFailed
            ? _t("That did not work. Please try again in a moment.")
            : _t("Send the message that stands ready in %s, and we go on there.", this.name);
    }

    get openLabel() {
        return _t("Open %s", this.name);
    }

    async onClick() {
        if (this.state.isAsking) {
            return;
        }
        // Opened within the click: a window that a script opens later is blocked.
        const page = browser.open("", "_blank");
        if (page) {
            page.opener = null;
        }
        this.state.isAsking = true;
        try {
            this.state.link = await this.ask();
            this.state.hasFailed = !this.state.link;
        } finally {
            this.state.isAsking = false;
        }
        if (this.state.link && page) {
            page.location.replace(this.state.link.url);
        } else {
            page?.close();
        }
    }

    /** The link; null when the server has none or cannot be reached. */
    async ask() {
        for (let count = 0; count < TRIES; count++) {
            const link = await this.askOnce();
            if (link?.url) {
                return link;
            }
            await new Promise((resolve) => browser.setTimeout(resolve, PAUSE));
        }
        return null;
    }

    async askOnce() {
        const params = { channel_id: this.props.thread.id };
        try {
            return await rpc("/omnichannel_livechat/onward", params, { silent: true });
        } catch {
            return null;
        }
    }
}
