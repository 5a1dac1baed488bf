from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.core import get_global
from markupsafe import Markup

from odoo import api, models
from odoo.tools.misc import format_date, format_time


class OmnichannelAdapterEmail(models.AbstractModel):
    """Invitations: what they are to and when, in a line of the message."""

    _inherit = "omnichannel.adapter.email"

    @api.model
    def _message(self, channel, received, sender):
        message = super()._message(channel, received, sender)
        if not received.invitation:
            return message
        line = self._invitation_words(channel._speaking(), received.invitation)
        return replace(
            message,
            text=f"{line}\n\n{message.text}".strip(),
            html=str(Markup("<p><strong>%s</strong></p>") % line) + message.html,
        )

    @api.model
    def _invitation_words(self, channel, invitation):
        """An invitation in one line, in the channel's language and its company's time zone."""
        what = [invitation.summary, self._invitation_time(channel, invitation), invitation.location]
        if invitation.repeats:
            what.append(channel.env._("repeated"))
        words = {
            "request": channel.env._("Invitation: %s"),
            "cancelled": channel.env._("Cancelled: %s"),
            "counter": channel.env._("Another time proposed: %s"),
            "accepted": channel.env._("Accepted: %s"),
            "declined": channel.env._("Declined: %s"),
            "tentative": channel.env._("Accepted with reservation: %s"),
        }
        return words[invitation.kind] % (", ".join(filter(None, what)) or channel.env._("without a subject"))

    @api.model
    def _invitation_time(self, channel, invitation):
        """When it is: "3 Dec 2025 14:00 – 14:30", or its days."""
        if not invitation.start:
            return ""
        start = self._local_time(channel, invitation.start)
        end = self._local_time(channel, invitation.end) if invitation.end else start
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return self._invitation_days(channel, start, end)
        shown = (
            f"{format_date(channel.env, start.date(), date_format='medium')} {self._clock(channel, start)}"
        )
        if end <= start:
            return shown
        day = format_date(channel.env, end.date(), date_format="medium") if end.date() != start.date() else ""
        return f"{shown} – {f'{day} {self._clock(channel, end)}'.strip()}"

    @api.model
    def _clock(self, channel, moment):
        return format_time(channel.env, moment.time(), time_format="short")

    @api.model
    def _invitation_days(self, channel, start, end):
        """Whole days; the one on which it ends is not one of them (RFC 5545, 3.6.1)."""
        first, last = (moment.date() if isinstance(moment, datetime) else moment for moment in (start, end))
        last = max(first, last - timedelta(days=1)) if last > first else first
        shown = [format_date(channel.env, day, date_format="medium") for day in dict.fromkeys((first, last))]
        return " – ".join(shown)

    @api.model
    def _local_time(self, channel, moment):
        """A moment on our own clocks; a zone that nobody knows is taken for ours."""
        if not isinstance(moment.at, datetime):
            return moment.at
        theirs, ours = self._zone(moment.zone), self._zone(self._own_zone(channel))
        if not theirs or not ours:
            return moment.at
        try:
            return moment.at.replace(tzinfo=theirs).astimezone(ours).replace(tzinfo=None)
        except OverflowError:
            return moment.at

    @api.model
    def _own_zone(self, channel):
        company = channel.company_id
        return company.resource_calendar_id.tz or company.partner_id.tz or "UTC"

    @api.model
    def _zone(self, name):
        """A time zone by the name that calendars give it, among them those of Windows."""
        if name == "UTC":
            return UTC
        try:
            return ZoneInfo(get_global("windows_zone_mapping").get(name, name)) if name else None
        except (KeyError, ValueError, OSError):
            return None
