import {
    onMounted,
    onWillUnmount,
    reactive,
    useExternalListener,
    useState,
    useSubEnv,
} from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { useCommand } from "@web/core/commands/command_hook";
import { _t } from "@web/core/l10n/translation";
import { useBus, useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { KanbanController } from "@web/views/kanban/kanban_controller";

import { Conversation } from "../conversation/conversation";
import { useConversationHistory } from "./conversation_history";
import { InboxNotices } from "./inbox_notices";

const REFRESH_PAUSE = 1000; // ms between two reloads of the cards, however much comes in

/**
 * The inbox: Odoo's kanban view with its search, filters and folders, and beside the
 * cards the conversation of the selected one.
 */
export class InboxController extends KanbanController {
    static template = "omnichannel_inbox.InboxView";
    static components = { ...KanbanController.components, Conversation, InboxNotices };

    setup() {
        const selection = reactive({ id: undefined });
        useSubEnv({ omnichannelSelection: selection });
        super.setup();
        this.inbox = useService("omnichannel.inbox");
        this.selection = useState(selection);
        // Also when somebody turns their phone or drags the window.
        const ui = useService("ui");
        this.ui = useState(ui);
        // Odoo's folders beside the cards do not notice by themselves, and would leave these no room.
        useBus(ui.bus, "resize", () => this.render(true));
        this.history = useConversationHistory((id) => {
            this.selection.id = id;
        });
        this.selection.id =
            this.props.state?.omnichannelId ||
            this.props.context.omnichannel_conversation_id ||
            undefined;
        useSetupAction({ getLocalState: () => ({ omnichannelId: this.selection.id }) });
        useBus(this.inbox.bus, "update", () => this.scheduleRefresh());
        useExternalListener(document, "visibilitychange", () => this.onVisibilityChange());
        onMounted(() => this.inbox.shownInboxes++);
        onWillUnmount(() => {
            this.inbox.shownInboxes--;
            browser.clearTimeout(this.refreshTimer);
        });
        const isAvailable = () => !this.model.root.selection?.length;
        const options = {
            category: "smart_action",
            isAvailable,
            hotkeyOptions: { allowRepeat: true },
        };
        useCommand(_t("Next Conversation"), () => this.selectNeighbour(1), {
            ...options,
            hotkey: "j",
        });
        useCommand(_t("Previous Conversation"), () => this.selectNeighbour(-1), {
            ...options,
            hotkey: "k",
        });
    }

    // -- the selected conversation -------------------------------------------

    get isConversationAlone() {
        return this.ui.isSmall && Boolean(this.selection.id);
    }

    get className() {
        const alone = this.isConversationAlone ? " o_omnichannel_alone" : "";
        return `${super.className || ""}${alone}`;
    }

    async openRecord(record, options) {
        if (options?.newWindow) {
            return super.openRecord(record, options);
        }
        this.select(record.resId);
    }

    select(id) {
        if (this.ui.isSmall && id) {
            this.history.enter(id);
        }
        this.selection.id = id;
    }

    /** Back to the cards, where a phone shows either these or a conversation. */
    leave() {
        if (!this.history.back()) {
            this.select(undefined);
        }
    }

    get shownIds() {
        const { root } = this.model;
        const records = root.isGrouped
            ? root.groups.flatMap((group) => group.list.records)
            : root.records;
        return records.map((record) => record.resId);
    }

    selectNeighbour(step) {
        const ids = this.shownIds;
        const index = ids.indexOf(this.selection.id);
        const next = index < 0 ? ids[0] : ids[Math.min(ids.length - 1, Math.max(0, index + step))];
        if (next) {
            this.select(next);
        }
    }

    /** What was closed leaves the list: go on with the one that takes its place. */
    onClosed() {
        const ids = this.shownIds;
        const index = ids.indexOf(this.selection.id);
        if (this.ui.isSmall) {
            this.leave();
        } else {
            this.select(ids[index + 1] || ids[index - 1]);
        }
    }

    // -- live ------------------------------------------------------------------

    /** At once, and then at most once a second; not while hidden or while cards are ticked. */
    scheduleRefresh() {
        if (this.refreshTimer || document.hidden || this.model.root.selection?.length) {
            this.isStale = true;
            return;
        }
        this.isStale = false;
        this.refreshTimer = browser.setTimeout(() => {
            this.refreshTimer = undefined;
            if (this.isStale) {
                this.scheduleRefresh();
            }
        }, REFRESH_PAUSE);
        this.refresh();
    }

    onVisibilityChange() {
        if (!document.hidden && this.isStale) {
            this.scheduleRefresh();
        }
    }

    async onSelectionChanged() {
        await super.onSelectionChanged();
        if (this.isStale && !this.model.root.selection?.length) {
            this.scheduleRefresh();
        }
    }

    /** Reload folders' counters and cards with whatever is searched and filtered now. */
    refresh() {
        return this.env.searchModel._notify();
    }
}
