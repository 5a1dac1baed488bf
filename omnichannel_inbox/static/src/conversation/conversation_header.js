import { Component } from "@odoo/owl";

import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { serializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";

import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { imageUrl } from "@web/core/utils/urls";

import { ChannelBadge } from "../core/channel_badge";
import { formatMoment } from "../core/moment";
import { activityLabel } from "../core/presence";

const { DateTime } = luxon;

/** Moments to which one usually puts something off, as far as they still lie ahead. */
export function snoozePresets(now = DateTime.now()) {
    const morning = (day) => day.set({ hour: 9, minute: 0, second: 0, millisecond: 0 });
    const presets = [
        { id: "hours", label: _t("In 3 hours"), moment: now.plus({ hours: 3 }) },
        { id: "tomorrow", label: _t("Tomorrow morning"), moment: morning(now.plus({ days: 1 })) },
        {
            id: "week",
            label: _t("Next week"),
            moment: morning(now.plus({ weeks: 1 }).startOf("week")),
        },
    ];
    return presets.filter((preset) => preset.moment > now);
}

/** Whom and what a conversation is about, and the buttons that change its state. */
export class ConversationHeader extends Component {
    static template = "omnichannel_inbox.ConversationHeader";
    static components = { ChannelBadge, DateTimeInput, Dropdown, DropdownItem };
    static props = {
        /** See get_client_data. */
        data: Object,
        act: Function,
        /** Colleagues who have the conversation before them, too; see Presence. */
        people: Array,
        isPanelOpen: Boolean,
        onTogglePanel: { type: Function, optional: true },
        onBack: { type: Function, optional: true },
        onOpen: { type: Function, optional: true },
    };

    setup() {
        this.formatMoment = formatMoment;
        this.activityLabel = activityLabel;
    }

    get title() {
        const { partner, sender, name } = this.props.data;
        return partner?.name || sender || name;
    }

    get canWrite() {
        return this.props.data.composer.can_answer;
    }

    get isMine() {
        return this.props.data.user?.id === user.userId;
    }

    avatar(userId) {
        return imageUrl("res.users", userId, "avatar_128");
    }

    get snoozePresets() {
        return snoozePresets();
    }

    /** What the customer said of how they were served. */
    get ratingText() {
        const { words, comment, date } = this.props.data.rating;
        const text = _t("Rated %(words)s on %(date)s", { words, date: formatMoment(date) });
        return comment ? `${text}\n${comment}` : text;
    }

    get snoozedText() {
        const until = this.props.data.snooze_until;
        return until
            ? _t("Snoozed until %s", formatMoment(until))
            : _t("Snoozed until the customer writes");
    }

    snooze(moment) {
        return this.props.act("action_snooze", [moment ? serializeDateTime(moment) : false]);
    }
}
