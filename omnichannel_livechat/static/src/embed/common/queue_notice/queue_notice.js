import { Component, onWillUnmount, useEffect, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";

const SOON = 3000; // the conversation opens a moment after the visitor's first message
const SHORTEST = 15000;
const LONGEST = 60000;
const GROWTH = 1.5;

/** Not all visitors at the same moment. */
function spread(milliseconds) {
    return milliseconds * (1 + Math.random() / 4);
}

/**
 * Where the visitor stands in the queue, as long as nobody has answered.
 *
 * @extends {Component<{thread: import("models").Thread}, Env>}
 */
export class QueueNotice extends Component {
    static template = "omnichannel_livechat.QueueNotice";
    static props = { thread: Object };

    setup() {
        this.state = useState({ position: undefined, minutes: undefined });
        this.isAnswered = false;
        this.pause = SHORTEST;
        useEffect(
            (isAsked) => {
                if (isAsked) {
                    this.askIn(SOON);
                }
            },
            () => [this.isAsked]
        );
        useEffect(
            (newest) => {
                if (newest && this.isAsked && !this.props.thread.isLastMessageFromCustomer) {
                    // Perhaps an answer: ask at once whether there is still anything to wait for.
                    this.askIn(0);
                }
            },
            () => [this.props.thread.newestPersistentOfAllMessage?.id]
        );
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    /** Whether the visitor has asked something and may be waiting. */
    get isAsked() {
        const thread = this.props.thread;
        return Boolean(
            !thread.isTransient &&
            !thread.livechat_end_dt &&
            thread.messages.some((message) => message.isSelfAuthored)
        );
    }

    get text() {
        const { position, minutes } = this.state;
        if (position === 0) {
            return _t("Somebody has your question and answers soon.");
        }
        if (!minutes) {
            return _t("You are number %s in line.", position);
        }
        return _t("You are number %(position)s in line. Others waited about %(minutes)s min.", {
            position,
            minutes,
        });
    }

    askIn(milliseconds) {
        browser.clearTimeout(this.timer);
        if (!this.isAnswered) {
            this.timer = browser.setTimeout(() => this.ask(), milliseconds && spread(milliseconds));
        }
    }

    async ask() {
        if (!this.isAsked) {
            return;
        }
        try {
            this.take(
                await rpc(
                    "/omnichannel_livechat/queue",
                    { channel_id: this.props.thread.id },
                    { silent: true }
                )
            );
        } catch {
            // Nothing depends on it: the next time will do.
        }
        this.askIn(this.pause);
        this.pause = Math.min(this.pause * GROWTH, LONGEST);
    }

    take({ answered, position, expected_minutes }) {
        this.isAnswered = Boolean(answered);
        this.state.position = answered ? undefined : position;
        this.state.minutes = expected_minutes;
    }
}
