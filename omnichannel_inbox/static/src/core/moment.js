import { Component } from "@odoo/owl";

import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

/**
 * A moment as one says it in passing: the time today, the weekday this week, else the date;
 * of one to come also the time.
 *
 * @param {import("luxon").DateTime|string|false} moment a string is UTC, as the server sends it
 */
export function formatMoment(moment) {
    const local = typeof moment === "string" ? deserializeDateTime(moment) : moment;
    if (!local) {
        return "";
    }
    const now = DateTime.now();
    if (local.hasSame(now, "day")) {
        return local.toLocaleString(DateTime.TIME_SIMPLE);
    }
    if (local < now && local > now.minus({ days: 6 })) {
        return local.toLocaleString({ weekday: "short" });
    }
    if (local > now) {
        return local.toLocaleString({
            weekday: "short",
            day: "numeric",
            month: "short",
            ...DateTime.TIME_SIMPLE,
        });
    }
    const year = local.hasSame(now, "year") ? undefined : "numeric";
    return local.toLocaleString({ day: "numeric", month: "short", year });
}

/**
 * A duration in its two largest units.
 *
 * @param {number} milliseconds
 */
export function formatDuration(milliseconds) {
    const minutes = Math.max(0, Math.floor(milliseconds / 60000));
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor((minutes % 1440) / 60);
    if (days) {
        return _t("%(days)s d %(hours)s h", { days, hours });
    }
    return hours
        ? _t("%(hours)s h %(minutes)s min", { hours, minutes: minutes % 60 })
        : _t("%(minutes)s min", { minutes });
}

class MomentField extends Component {
    static template = "omnichannel_inbox.MomentField";
    static props = standardFieldProps;

    get value() {
        return this.props.record.data[this.props.name];
    }

    get text() {
        return formatMoment(this.value);
    }

    get title() {
        return this.value ? this.value.toLocaleString(DateTime.DATETIME_MED) : "";
    }
}

class WaitingField extends MomentField {
    static template = "omnichannel_inbox.WaitingField";

    get text() {
        return formatDuration(DateTime.now() - this.value);
    }
}

class QueuedField extends WaitingField {
    static template = "omnichannel_inbox.QueuedField";
}

registry
    .category("fields")
    .add("omnichannel_queued", { component: QueuedField, supportedTypes: ["datetime"] });
registry
    .category("fields")
    .add("omnichannel_moment", { component: MomentField, supportedTypes: ["datetime"] });
registry
    .category("fields")
    .add("omnichannel_waiting", { component: WaitingField, supportedTypes: ["datetime"] });
