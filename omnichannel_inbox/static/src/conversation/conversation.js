import {
    Component,
    onWillStart,
    onWillUnmount,
    status,
    useChildSubEnv,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";

import { Thread } from "@mail/core/common/thread";
import { useMessageScrolling } from "@mail/utils/common/hooks";
import { browser } from "@web/core/browser/browser";
import { useCommand } from "@web/core/commands/command_hook";
import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

import { isGone, unlessGone } from "../core/errors";
import { CONVERSATION } from "../core/inbox_service";
import { activityLabel, usePresence } from "../core/presence";
import { ConversationComposer } from "./conversation_composer";
import { ConversationHeader } from "./conversation_header";
import { CustomerPanel } from "./customer_panel";
import { ForwardDialog } from "./forward_dialog";

const PANEL_KEY = "omnichannel_inbox.panel";
// Widths of the window in px: below the first the panel lies over the thread (see the
// stylesheet), from the second on it is open until somebody closes it.
const ROOM_FOR_PANEL = 1200;
const AMPLE_ROOM = 1400;
const TIME_TO_UNDO = 10000; // ms
const UNDOABLE = {
    action_close: _t("Closed"),
    action_snooze: _t("Snoozed"),
};

/**
 * A conversation: header, thread, composer, and the customer beside them. The inbox, the
 * order and the customer show this same component. Its parent keys it by the id.
 */
export class Conversation extends Component {
    static template = "omnichannel_inbox.Conversation";
    static components = { ConversationComposer, ConversationHeader, CustomerPanel, Thread };
    static props = {
        conversationId: Number,
        /** Whether the customer panel can be shown; on a customer's form it would repeat the form. */
        hasPanel: { type: Boolean, optional: true },
        /** Whether single keys act on this conversation. */
        hasHotkeys: { type: Boolean, optional: true },
        onBack: { type: Function, optional: true },
        onChanged: { type: Function, optional: true },
        onClosed: { type: Function, optional: true },
        onOpenConversation: { type: Function, optional: true },
    };
    static defaultProps = {
        hasPanel: false,
        hasHotkeys: false,
        onChanged: () => {},
        onClosed: () => {},
    };

    setup() {
        this.inbox = useService("omnichannel.inbox");
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.root = useRef("root");
        this.presence = usePresence(this.props.conversationId);
        this.activityLabel = activityLabel;
        this.state = useState({
            data: undefined,
            error: false,
            type: this.inbox.draftType(this.props.conversationId),
            autofocus: 0,
            jump: 0,
            version: 0,
            isPanelOpen: this.props.hasPanel && this.wasPanelOpen,
        });
        useChildSubEnv({
            inOmnichannel: true,
            openConversation: (id) => this.openConversation(id),
            // A form's own chatter keeps its switches here; they are not this thread's.
            chatter: undefined,
            inChatter: {
                disabled: false,
                aside: false,
                toggleComposer: (type) => this.write(type || "message"),
            },
            messageHighlight: useMessageScrolling(),
            omnichannelForward: {
                isPossible: () => Boolean(this.state.data?.composer.can_forward),
                open: (messageId) => this.forward(messageId),
            },
        });
        this.reload = useDebounced(() => this.load(), 150);
        this.refreshPanel = useDebounced(() => this.state.version++, 1500);
        useBus(this.inbox.bus, "update", ({ detail }) => this.onUpdate(detail));
        useExternalListener(window, "focus", () => this.markRead());
        onWillStart(() => this.open());
        onWillUnmount(() => this.unwatch());
        if (this.props.hasHotkeys) {
            this.setupCommands();
        }
    }

    setupCommands() {
        const options = { category: "smart_action", isAvailable: () => Boolean(this.state.data) };
        useCommand(_t("Answer the Customer"), () => this.write("message"), {
            ...options,
            hotkey: "r",
        });
        useCommand(_t("Write a Note"), () => this.write("note"), { ...options, hotkey: "n" });
        const canWrite = {
            ...options,
            isAvailable: () => Boolean(this.state.data?.composer.can_answer),
        };
        useCommand(_t("Close the Conversation"), () => this.act("action_close"), {
            ...canWrite,
            hotkey: "e",
        });
        useCommand(_t("Assign the Conversation to Me"), () => this.act("action_assign_to_me"), {
            ...canWrite,
            hotkey: "a",
        });
    }

    get thread() {
        return this.inbox.thread(this.props.conversationId);
    }

    /** Where the panel would cover the thread it waits to be asked for. */
    get hasRoomForPanel() {
        return browser.innerWidth >= ROOM_FOR_PANEL;
    }

    get wasPanelOpen() {
        const kept = browser.localStorage.getItem(PANEL_KEY);
        const isWanted = kept ? kept === "open" : browser.innerWidth >= AMPLE_ROOM;
        return this.hasRoomForPanel && isWanted;
    }

    get writers() {
        return this.presence.people.filter(({ activity }) => activity !== "viewing");
    }

    open() {
        this.unwatch = this.inbox.watch(this.props.conversationId);
        this.inbox.refreshThread(this.props.conversationId);
        this.load().then(() => this.markRead());
    }

    async load() {
        try {
            this.state.data = await this.orm.silent.call(CONVERSATION, "get_client_data", [
                [this.props.conversationId],
            ]);
            this.state.error = false;
        } catch (error) {
            if (isGone(error)) {
                this.state.error = _t(
                    "This conversation was deleted, or it is not yours to see any more."
                );
            } else if (!this.state.data) {
                this.state.error = error.data?.message || _t("This conversation cannot be shown.");
            }
        }
    }

    onUpdate({ conversations, messages }) {
        if (!conversations.includes(this.props.conversationId)) {
            return;
        }
        this.reload();
        this.refreshPanel();
        if (messages[this.props.conversationId]) {
            this.markRead();
        }
    }

    /** What is before the eyes of somebody is read; a window in the background is not. */
    async markRead() {
        if (document.hasFocus() && this.state.data && !this.state.error) {
            await unlessGone(
                this.orm.silent.call(CONVERSATION, "action_mark_read", [
                    [this.props.conversationId],
                ])
            );
            this.inbox.scheduleSummary();
            this.props.onChanged();
        }
    }

    write(type) {
        this.state.type = type;
        this.state.autofocus++;
        this.inbox.keepDraftType(this.props.conversationId, type);
    }

    async act(method, args = []) {
        const { state, snooze_until, waiting_since } = this.state.data;
        await this.callAct(method, args);
        if (method in UNDOABLE) {
            this.offerUndo(UNDOABLE[method], { state, snooze_until, waiting_since });
        }
        if (method === "action_close") {
            this.props.onClosed();
        }
    }

    async callAct(method, args) {
        await this.inbox.orm.call(CONVERSATION, method, [[this.props.conversationId], ...args]);
        if (status(this) !== "destroyed") {
            await this.load();
        }
        this.props.onChanged();
    }

    /** What takes a conversation off the list by one key is taken back by one click. */
    offerUndo(what, before) {
        const { name, partner, sender } = this.state.data;
        const close = this.notification.add(partner?.name || sender || name, {
            title: what,
            type: "info",
            className: "o_omnichannel_undo_notice",
            autocloseDelay: TIME_TO_UNDO,
            buttons: [
                {
                    name: _t("Undo"),
                    primary: true,
                    onClick: () => {
                        close();
                        this.callAct("action_undo", [before]);
                    },
                },
            ],
        });
    }

    /**
     * Ask somebody who is not the customer.
     *
     * @param {number} [messageId] what is forwarded or answered; the customer's newest message by default
     */
    async forward(messageId) {
        const { conversationId } = this.props;
        const data = await this.orm.call(CONVERSATION, "get_forward_data", [
            [conversationId],
            messageId || false,
        ]);
        this.dialog.add(ForwardDialog, {
            conversationId,
            data,
            onSent: (sentId) => {
                this.inbox.want(conversationId, [sentId]);
                this.onForwarded();
            },
        });
    }

    onForwarded() {
        if (status(this) !== "destroyed") {
            this.state.jump++;
            this.reload();
            this.props.onChanged();
        }
    }

    onPosted() {
        this.state.jump++;
        this.inbox.keepDraftType(this.props.conversationId, "message");
        this.reload();
        this.props.onChanged();
    }

    onWriting(activity, text) {
        this.presence.write(activity, text);
    }

    togglePanel() {
        this.state.isPanelOpen = !this.state.isPanelOpen;
        if (this.hasRoomForPanel) {
            browser.localStorage.setItem(PANEL_KEY, this.state.isPanelOpen ? "open" : "closed");
        }
    }

    openForm() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: CONVERSATION,
            res_id: this.props.conversationId,
            views: [[false, "form"]],
        });
    }

    openConversation(id) {
        return this.props.onOpenConversation
            ? this.props.onOpenConversation(id)
            : this.inbox.open(id);
    }
}
