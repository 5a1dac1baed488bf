import { describe, expect, test } from "@odoo/hoot";
import { mockDate } from "@odoo/hoot-mock";
import { allowTranslations } from "@web/../tests/web_test_helpers";

import { snoozePresets } from "@omnichannel_inbox/conversation/conversation_header";
import { channelTypeInfo, channelTypeRegistry } from "@omnichannel_inbox/core/channel_types";
import { formatDuration, formatMoment } from "@omnichannel_inbox/core/moment";

const { DateTime } = luxon;
const HOUR = 3600 * 1000;

describe.current.tags("headless");

test("a duration is said in its two largest units", () => {
    allowTranslations();
    expect(String(formatDuration(59 * 1000))).toBe("0 min");
    expect(String(formatDuration(5 * 60 * 1000))).toBe("5 min");
    expect(String(formatDuration(HOUR + 60 * 1000))).toBe("1 h 1 min");
    expect(String(formatDuration(50 * HOUR))).toBe("2 d 2 h");
    expect(String(formatDuration(-HOUR))).toBe("0 min");
});

test("a moment is the time today, the weekday this week, else the date", () => {
    mockDate("2026-11-25 12:00:00", 0);
    const local = DateTime.now();
    expect(formatMoment(local.minus({ minutes: 30 }))).toMatch(/11:30/);
    expect(formatMoment(local.minus({ days: 2 }))).toBe("Mon");
    expect(formatMoment(local.minus({ days: 10 }))).toMatch(/15/);
    expect(formatMoment(local.minus({ days: 10 }))).not.toMatch(/2026/);
    expect(formatMoment(local.minus({ years: 2 }))).toMatch(/2024/);
    expect(formatMoment(false)).toBe("");
});

test("snoozing always ends in the future", () => {
    allowTranslations();
    const presets = snoozePresets(DateTime.fromISO("2026-11-25T23:30:00"));
    expect(presets.map(({ id }) => id)).toEqual(["hours", "tomorrow", "week"]);
    expect(presets[1].moment.toISO()).toInclude("2026-11-26T09:00");
    expect(presets[2].moment.toISO()).toInclude("2026-11-30T09:00");
});

test("a channel type brings its own sign, and an unknown one has a plain one", () => {
    channelTypeRegistry.add("hoot", { icon: "fa fa-owl", label: "Hoot" });
    expect(channelTypeInfo("hoot").icon).toBe("fa fa-owl");
    channelTypeRegistry.remove("hoot");
    expect(channelTypeInfo("hoot").icon).toBe("fa fa-comment-o");
    expect(channelTypeInfo(false).label).toBe("");
});
