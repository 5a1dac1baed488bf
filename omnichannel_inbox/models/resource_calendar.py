from datetime import datetime, timedelta

import pytz

from odoo import models

STEP = timedelta(days=31)  # looked at at once
STEPS = 13  # who is closed for longer than a year says so in other words
SHORTEST = timedelta(minutes=1)  # Odoo lets a day off end a second before midnight: nobody opens for that


class ResourceCalendar(models.Model):
    """Business hours. All moments are naive UTC, as Odoo stores them."""

    _inherit = "resource.calendar"

    def _omnichannel_opening(self, moment, company):
        """When somebody is there, from a moment on: that moment itself if it is within the hours.

        :return: None if nothing opens for a year
        """
        opening = next((opening for opening, _closing in self._omnichannel_times(moment, company)), None)
        return opening and _to_naive(opening)

    def _omnichannel_hours_later(self, moment, hours, company):
        """The moment until which so many hours within these go by; before it, if they are negative.

        :return: None if they never do
        """
        self.ensure_one()
        if not self.attendance_ids:
            return None
        found = self.plan_hours(
            hours, pytz.utc.localize(moment), compute_leaves=True, domain=self._omnichannel_closings(company)
        )
        return _to_naive(found).replace(microsecond=0) if found else None

    def _omnichannel_days_later(self, moment, days, company):
        """The same time of day, so many days on which somebody is there later; if closed then, the opening.

        :return: None if there are not so many in a year
        """
        zone, opened = pytz.timezone(self.tz), None
        seen = set()
        for opening, _closing in self._omnichannel_times(moment, company):
            local = opening.astimezone(zone)
            opened = opened or local
            seen.add(local.date())
            if len(seen) > days:
                same_time = datetime.combine(local.date(), opened.time())
                return self._omnichannel_opening(_to_naive(zone.localize(same_time)), company)
        return None

    def _omnichannel_times(self, moment, company):
        """[(opening, closing)] from a moment on, for a year."""
        self.ensure_one()
        begin, closings = (
            pytz.utc.localize(moment.replace(microsecond=0)),
            self._omnichannel_closings(company),
        )
        for step in range(STEPS):
            start = begin + step * STEP
            found = self._work_intervals_batch(start, start + STEP, domain=closings)[False]
            for opening, closing, _meta in found:
                if closing - opening >= SHORTEST:
                    yield opening, closing

    def _omnichannel_closings(self, company):
        """A closing is everybody's, or this company's alone."""
        return [("time_type", "=", "leave"), ("company_id", "in", (False, company.id))]


def _to_naive(moment):
    return moment.astimezone(pytz.utc).replace(tzinfo=None)
