import babel.dates
import pytz

from odoo import fields, models
from odoo.tools.misc import babel_locale_parse


class OmnichannelConversation(models.Model):
    """Whether somebody is there to answer, and when again."""

    _inherit = "omnichannel.conversation"

    def _business_hours(self):
        """The hours that apply: the channel's, else the team's; none is always."""
        self.ensure_one()
        return self.channel_id.calendar_id or self.team_id.calendar_id

    def _is_within_hours(self, moment=None):
        """Whether somebody is there to answer."""
        moment = (moment or fields.Datetime.now()).replace(microsecond=0)
        return self._opening(moment) == moment

    def _opening(self, moment):
        """When somebody is there, from a moment on: that moment itself if it is within the hours.

        :return: None if nothing opens for a year
        """
        hours = self._business_hours()
        return hours._omnichannel_opening(moment, self.company_id) if hours else moment

    def _opening_words(self):
        """When somebody is there again, in the language of the environment and the time of the hours."""
        now = fields.Datetime.now()
        opening = self._opening(now)
        if opening is None:
            return self.env._("at a later time")
        if opening == now:
            return self.env._("now")
        zone = pytz.timezone(self._business_hours().tz)
        local, today = (pytz.utc.localize(moment).astimezone(zone) for moment in (opening, now))
        locale = babel_locale_parse(self.env.lang)
        time = babel.dates.format_time(local, "short", locale=locale, tzinfo=zone)
        # Narrow spaces, as English writes them before AM, are unknown to some phones and fonts.
        time = time.replace("\u202f", " ")
        days = (local.date() - today.date()).days
        if days == 0:
            return self.env._("today at %s", time)
        if days == 1:
            return self.env._("tomorrow at %s", time)
        day = babel.dates.format_skeleton("MMMMEEEEd", local, tzinfo=zone, locale=locale)
        return self.env._("on %(day)s at %(time)s", day=day, time=time)
