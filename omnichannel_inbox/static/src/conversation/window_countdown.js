import { Component, onWillUnmount, onWillUpdateProps, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

import { formatDuration } from "../core/moment";

const { DateTime } = luxon;
const TICK = 15000;
const HURRY = 2 * 3600 * 1000;

/** How much time is left to answer freely; says so in colour when it gets short. */
export class WindowCountdown extends Component {
    static template = "omnichannel_inbox.WindowCountdown";
    static props = { end: String, onExpired: Function };

    setup() {
        this.state = useState({ left: this.leftUntil(this.props.end) });
        this.timer = browser.setInterval(() => this.tick(), TICK);
        onWillUpdateProps((next) => {
            this.state.left = this.leftUntil(next.end);
        });
        onWillUnmount(() => browser.clearInterval(this.timer));
    }

    leftUntil(end) {
        return deserializeDateTime(end) - DateTime.now();
    }

    tick() {
        const wasOpen = this.state.left > 0;
        this.state.left = this.leftUntil(this.props.end);
        if (wasOpen && this.state.left <= 0) {
            this.props.onExpired();
        }
    }

    get isShort() {
        return this.state.left < HURRY;
    }

    get text() {
        return _t("%s left", formatDuration(this.state.left));
    }

    get explanation() {
        return _t("%s left to answer freely", formatDuration(this.state.left));
    }
}
