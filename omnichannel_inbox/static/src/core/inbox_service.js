import { EventBus, reactive } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

import { unlessGone } from "./errors";

export const CONVERSATION = "omnichannel.conversation";
const NOTE_KEY = "omnichannel_inbox.note";
const SUMMARY_PAUSE = 2000; // ms between two looks at the counter, however much comes in

/**
 * The live side of conversations: hears on the bus which of them changed, fetches by id
 * what is on screen, counts what waits for the user and tells them of it.
 */
export class InboxService {
    constructor(env, services) {
        this.env = env;
        this.services = services;
        this.store = services["mail.store"];
        this.orm = services.orm;
        /** Fires "update" and "presence" with the payload of the server's notification. */
        this.bus = new EventBus();
        this.state = reactive({
            isAgent: false,
            count: 0,
            items: [],
            /** "available", "busy" or "away"; false for whoever is given nothing by itself. */
            availability: false,
            /** What to show above the conversations as no job of Odoo's runs: title, text, may_look. */
            standstill: false,
            /** What to show above them as automatic texts are stopped, see `get_texts_state`. */
            texts: false,
            notify: user.settings.omnichannel_notify !== false,
            sound: user.settings.omnichannel_sound !== false,
        });
        /** @type {Map<number, number>} conversations on screen, and how often */
        this.watched = new Map();
        /** @type {Map<string, number>} channels of the bus that are listened to, and how often */
        this.channels = new Map();
        /** @type {Map<number, Set<number>>} ids of messages to fetch, by conversation */
        this.wanted = new Map();
        this.fetching = new Set();
        this.newestSeen = undefined;
        this.summaryTime = 0;
        /** How many inboxes are on screen: in one, the list itself says what is new. */
        this.shownInboxes = 0;
        /** @type {Set<number>} ids of messages that came in since the last look at what waits */
        this.arrived = new Set();
        /** @type {Map<number, number>} message the user was told of last, by conversation */
        this.told = new Map();
        /** @type {Map<number, Promise<string>>} */
        this.userNames = new Map();
        services.bus_service.subscribe("omnichannel/update", (payload) => this.onUpdate(payload));
        services.bus_service.subscribe("omnichannel/presence", (payload) =>
            this.bus.trigger("presence", payload)
        );
        services.bus_service.subscribe("omnichannel/availability", (payload) =>
            this.onAvailability(payload)
        );
        services.bus_service.subscribe("omnichannel/texts", () => this.loadSummary());
        services.bus_service.subscribe("res.users.settings", (payload) => this.onSettings(payload));
        // What came between loading the page and hearing of news was heard of by nobody.
        services.bus_service.addEventListener("BUS:CONNECT", () => this.catchUp());
        services.bus_service.addEventListener("BUS:RECONNECT", () => this.catchUp());
    }

    async start() {
        const groups = [
            "omnichannel_inbox.group_omnichannel_agent",
            "sales_team.group_sale_salesman",
        ];
        const has = await Promise.all(groups.map((group) => user.hasGroup(group)));
        this.state.isAgent = has.some(Boolean);
        if (this.state.isAgent) {
            await this.loadSummary();
        }
    }

    /** The user chose otherwise, here, in another window or in their preferences. */
    onSettings(settings) {
        for (const name of ["notify", "sound"]) {
            const value = settings?.[`omnichannel_${name}`];
            if (value !== undefined) {
                this.state[name] = value;
                user.updateUserSettings(`omnichannel_${name}`, value);
            }
        }
    }

    /** The user switched, here, in another window, or their supervisor did. */
    onAvailability({ value }) {
        if (this.state.availability) {
            this.state.availability = value;
        }
    }

    /** @returns {Promise<string|undefined>} nothing if the reader may not know that colleague */
    userName(id) {
        if (!this.userNames.has(id)) {
            const name = this.orm.silent
                .read("res.users", [id], ["name"])
                .then(([colleague]) => colleague?.name)
                .catch(() => this.userNames.delete(id) && undefined);
            this.userNames.set(id, name);
        }
        return this.userNames.get(id);
    }

    // -- conversations on screen ---------------------------------------------

    /**
     * Hear of a conversation, whether or not it is one of the user's teams'.
     *
     * @param {number} id
     * @returns {() => void} to be called when it leaves the screen
     */
    watch(id) {
        const unwatch = this.listen(`${CONVERSATION}_${id}`);
        this.watched.set(id, (this.watched.get(id) || 0) + 1);
        return () => {
            const left = this.watched.get(id) - 1;
            if (left) {
                this.watched.set(id, left);
            } else {
                this.watched.delete(id);
            }
            unwatch();
        };
    }

    /**
     * Hear of a customer's conversations, also of those that begin from now on: "update" then
     * has their `customer`.
     *
     * @param {number} id of the customer's commercial partner
     * @returns {() => void} to be called when the customer leaves the screen
     */
    watchCustomer(id) {
        return this.listen(`omnichannel.customer_${id}`);
    }

    /** Several parts of the screen may listen to one channel of the bus. */
    listen(channel) {
        const count = this.channels.get(channel) || 0;
        this.channels.set(channel, count + 1);
        if (!count) {
            this.services.bus_service.addChannel(channel);
        }
        return () => {
            const left = this.channels.get(channel) - 1;
            this.channels.set(channel, left);
            if (!left) {
                this.channels.delete(channel);
                this.services.bus_service.deleteChannel(channel);
            }
        };
    }

    thread(id) {
        return this.store.Thread.insert({ model: CONVERSATION, id });
    }

    /** What somebody is writing in a conversation: a note must not come back as an answer. */
    draftType(id) {
        const { composerText, localId } = this.thread(id).composer;
        if (!composerText && !browser.localStorage.getItem(localId)) {
            this.keepDraftType(id, "message");
        }
        return browser.localStorage.getItem(`${NOTE_KEY}.${id}`) ? "note" : "message";
    }

    keepDraftType(id, type) {
        const key = `${NOTE_KEY}.${id}`;
        if (type === "note") {
            browser.localStorage.setItem(key, "1");
        } else {
            browser.localStorage.removeItem(key);
        }
    }

    /** Bring a thread that was loaded earlier up to date: it may have missed messages of any id. */
    async refreshThread(id) {
        const thread = this.thread(id);
        if (thread.isLoaded && thread.status !== "loading") {
            this.addMessages(thread, (await unlessGone(thread.fetchMessages())) || []);
        }
    }

    addMessages(thread, messages) {
        if (thread.loadNewer) {
            thread.pendingNewMessages.add(...messages);
            return;
        }
        const oldest = thread.loadOlder ? (thread.oldestPersistentMessage?.id ?? 0) : 0;
        for (const message of messages) {
            if (message.id >= oldest && message.notIn(thread.messages)) {
                thread.messages.add(message);
            }
        }
        thread.messages.sort((a, b) => a.id - b.id);
    }

    // -- what the bus says -----------------------------------------------------

    onUpdate(payload) {
        for (const [id, messageIds] of Object.entries(payload.messages)) {
            this.want(Number(id), messageIds);
            messageIds.forEach((messageId) => this.arrived.add(messageId));
        }
        for (const messageId of payload.changed) {
            const thread = this.store["mail.message"].get(messageId)?.thread;
            if (thread?.model === CONVERSATION) {
                this.want(thread.id, [messageId]);
            }
        }
        this.bus.trigger("update", payload);
        if (this.state.isAgent) {
            this.scheduleSummary();
        }
    }

    catchUp() {
        for (const id of this.watched.keys()) {
            this.refreshThread(id);
        }
        this.bus.trigger("update", {
            conversations: [...this.watched.keys()],
            messages: {},
            changed: [],
            isReconnect: true,
        });
        if (this.state.isAgent) {
            this.scheduleSummary();
        }
    }

    /** Fetch messages soon: what is said twice (by team and conversation) is fetched once. */
    want(id, messageIds) {
        const thread = this.store.Thread.get({ model: CONVERSATION, id });
        if (!thread || (!thread.isLoaded && !this.watched.has(id))) {
            return;
        }
        const wanted = this.wanted.get(id) || new Set();
        messageIds.forEach((messageId) => wanted.add(messageId));
        this.wanted.set(id, wanted);
        Promise.resolve().then(() => this.fetchWanted(id));
    }

    async fetchWanted(id) {
        const wanted = this.wanted.get(id);
        if (!wanted?.size || this.fetching.has(id)) {
            return;
        }
        this.wanted.delete(id);
        this.fetching.add(id);
        try {
            await unlessGone(this.fetchMessages(id, [...wanted]));
        } finally {
            this.fetching.delete(id);
        }
        this.fetchWanted(id);
    }

    async fetchMessages(id, messageIds) {
        const { data, ids } = await this.orm.silent.call(CONVERSATION, "get_messages", [
            [id],
            messageIds,
        ]);
        const thread = this.thread(id);
        this.store.insert(data);
        if (!thread.isLoaded) {
            await thread.isLoadedDeferred;
        }
        this.addMessages(
            thread,
            ids.map((messageId) => this.store["mail.message"].get(messageId))
        );
        this.removeMoved(thread, messageIds, ids);
    }

    /** A message that was asked for and is not there any more was moved to another conversation. */
    removeMoved(thread, askedIds, foundIds) {
        for (const messageId of askedIds.filter((asked) => !foundIds.includes(asked))) {
            const message = this.store["mail.message"].get(messageId);
            if (message) {
                thread.messages.delete(message);
            }
        }
    }

    // -- what waits for the user -----------------------------------------------

    scheduleSummary() {
        if (this.summaryTimer) {
            this.summaryAgain = true;
            return;
        }
        this.summaryTimer = browser.setTimeout(() => {
            this.summaryTimer = undefined;
            if (this.summaryAgain) {
                this.summaryAgain = false;
                this.scheduleSummary();
            }
        }, SUMMARY_PAUSE);
        this.loadSummary();
    }

    /** One at a time: what was asked for later must not be answered earlier. */
    loadSummary() {
        const load = () => this.fetchSummary();
        this.summaryLoaded = (this.summaryLoaded || Promise.resolve()).then(load, load);
        return this.summaryLoaded;
    }

    async fetchSummary() {
        const isFirst = this.newestSeen === undefined;
        const arrived = this.arrived;
        this.arrived = new Set();
        const summary = await this.orm.silent.call(CONVERSATION, "get_inbox_summary", []);
        this.summaryTime = Date.now();
        Object.assign(this.state, summary);
        if (isFirst) {
            // What waited already when the page was opened is counted, and not told of.
            summary.items.forEach((item) => this.told.set(item.id, item.last_message_id));
        } else {
            this.tell(
                summary.items.filter(
                    (item) => this.isNews(item, arrived) && !this.isBeforeEyes(item.id)
                )
            );
        }
        const newest = summary.items.map((item) => item.last_message_id);
        this.newestSeen = Math.max(0, this.newestSeen ?? 0, ...newest);
    }

    /** A lower id may be committed after a higher one: what the bus named is news as well. */
    isNews({ id, last_message_id: messageId }, arrived) {
        const isNew = messageId > this.newestSeen || arrived.has(messageId);
        return isNew && this.told.get(id) !== messageId;
    }

    isBeforeEyes(id) {
        return this.watched.has(id) && document.hasFocus();
    }

    /** Tell the user of messages, by the means they chose. */
    async tell(items) {
        if (!items.length) {
            return;
        }
        items.forEach((item) => this.told.set(item.id, item.last_message_id));
        // Asked once for all of them: asked twice at the same time, Odoo answers once.
        const isMainTab = await this.services.multi_tab.isOnMainTab();
        if (this.state.sound && isMainTab) {
            this.services["mail.sound_effects"].play("new-message");
        }
        if (this.state.notify && !(this.shownInboxes && document.hasFocus())) {
            items.forEach((item) => this.notify(item, isMainTab));
        }
    }

    notify(item, isMainTab) {
        const title = item.author || _t("New message");
        if (browser.Notification?.permission === "granted") {
            if (isMainTab) {
                this.tellOnDesktop(title, item);
            }
        } else {
            this.services.notification.add(item.preview, {
                title,
                type: "info",
                buttons: [{ name: _t("Open"), primary: true, onClick: () => this.open(item.id) }],
            });
        }
    }

    tellOnDesktop(title, item) {
        const notice = new browser.Notification(title, {
            body: item.preview,
            tag: `${CONVERSATION}_${item.id}`,
        });
        notice.addEventListener("click", () => {
            window.focus();
            this.open(item.id);
            notice.close();
        });
    }

    /** Open the inbox with a conversation before the user. */
    open(id) {
        return this.services.action.doAction("omnichannel_inbox.omnichannel_inbox_action", {
            additionalContext: { omnichannel_conversation_id: id || false },
            clearBreadcrumbs: true,
        });
    }
}

export const inboxService = {
    dependencies: [
        "action",
        "bus_service",
        "mail.sound_effects",
        "mail.store",
        "multi_tab",
        "notification",
        "orm",
    ],
    start(env, services) {
        const inbox = new InboxService(env, services);
        inbox.start();
        return inbox;
    },
};

registry.category("services").add("omnichannel.inbox", inboxService);
