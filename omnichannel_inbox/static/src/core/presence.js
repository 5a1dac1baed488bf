import { onMounted, onWillUnmount, useExternalListener, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useBus, useService } from "@web/core/utils/hooks";

import { CONVERSATION } from "./inbox_service";

const SIGN_OF_LIFE = 60_000; // ms between two notes that somebody is still here
const FORGOTTEN_AFTER = 150_000; // ms without one: a page that crashed says no good-bye
const STILL_WRITING = 30_000; // ms after the last key
const CUSTOMER_STILL_WRITING = 60_000; // ms: Odoo's live chat says it at most this often
const ACTIVITY_LABELS = {
    viewing: (name) => _t("%s is looking at this, too", name),
    answering: (name) => _t("%s is answering…", name),
    noting: (name) => _t("%s is writing a note…", name),
};

/** @param {{ name: string, activity: "viewing"|"answering"|"noting" }} person */
export function activityLabel({ name, activity }) {
    return ACTIVITY_LABELS[activity](name);
}

/**
 * Who else has a conversation before them, and what the user is doing there. Said when it
 * changes and once a minute: nothing is written anywhere for each key.
 */
export class Presence {
    constructor(inbox, conversationId, people, customer) {
        this.inbox = inbox;
        this.conversationId = conversationId;
        /** @type {{ id: number, name: string, activity: string, at: number }[]} */
        this.people = people;
        this.customer = customer;
        this.activity = undefined;
    }

    arrive() {
        this.say("viewing", true);
        browser.clearInterval(this.timer);
        this.timer = browser.setInterval(() => this.onTimer(), SIGN_OF_LIFE);
    }

    leave() {
        browser.clearInterval(this.timer);
        browser.clearTimeout(this.writing);
        this.hearCustomer(false);
        if (this.activity) {
            this.say("left");
            this.activity = undefined;
        }
    }

    /** The text in the composer changed. */
    write(activity, text) {
        browser.clearTimeout(this.writing);
        if (!this.activity) {
            return;
        }
        if (text) {
            this.writing = browser.setTimeout(() => this.change("viewing"), STILL_WRITING);
        }
        this.change(text ? activity : "viewing");
    }

    change(activity) {
        if (activity !== this.activity) {
            this.say(activity);
        }
    }

    async say(activity, isNew = false) {
        this.activity = activity;
        const args = [[this.conversationId], activity, isNew];
        try {
            await this.inbox.orm.silent.call(CONVERSATION, "action_presence", args);
        } catch {
            // It is a courtesy, and not worth an error when the network or the conversation is gone.
        }
    }

    onTimer() {
        this.say(this.activity);
        const gone = Date.now() - FORGOTTEN_AFTER;
        this.people
            .filter(({ at }) => at < gone)
            .map(({ id }) => id)
            .forEach((id) => this.remove(id));
    }

    remove(id) {
        const index = this.people.findIndex((person) => person.id === id);
        if (index >= 0) {
            this.people.splice(index, 1);
        }
    }

    hearCustomer(isWriting) {
        browser.clearTimeout(this.customerWriting);
        this.customer.isWriting = isWriting;
        if (isWriting) {
            this.customerWriting = browser.setTimeout(
                () => this.hearCustomer(false),
                CUSTOMER_STILL_WRITING
            );
        }
    }

    async hear({ conversation, user: id, activity, is_new: isNew }) {
        if (conversation !== this.conversationId || !this.activity) {
            return;
        }
        if (!id) {
            this.hearCustomer(activity === "writing");
            return;
        }
        if (id === user.userId) {
            if (activity === "left") {
                // Another window of this user; this one is still here.
                this.say(this.activity);
            }
            return;
        }
        this.remove(id);
        if (activity === "left" || !(activity in ACTIVITY_LABELS)) {
            return;
        }
        if (isNew) {
            this.say(this.activity);
        }
        const at = Date.now();
        this.heard = { ...this.heard, [id]: at };
        const name = await this.inbox.userName(id);
        if (name && this.heard[id] === at) {
            this.remove(id);
            this.people.push({ id, name, activity, at });
        }
    }
}

/** @param {number} conversationId one that stays the same as long as the component lives */
export function usePresence(conversationId) {
    const inbox = useService("omnichannel.inbox");
    const presence = new Presence(
        inbox,
        conversationId,
        useState([]),
        useState({ isWriting: false })
    );
    useBus(inbox.bus, "presence", ({ detail }) => presence.hear(detail));
    useExternalListener(document, "visibilitychange", () =>
        document.hidden ? presence.leave() : presence.arrive()
    );
    onMounted(() => document.hidden || presence.arrive());
    onWillUnmount(() => presence.leave());
    return presence;
}
