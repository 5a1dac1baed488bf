from datetime import timedelta

import pytz

from odoo import models

STEP = timedelta(days=31)  # looked at at once
STEPS = 13  # who is closed for longer than a year says so in other words
SHORTEST = timedelta(minutes=1)  # Odoo lets a day off end a second before midnight: nobody opens for that


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _omnichannel_opening(self, moment, company):
        """When somebody is there, from a moment on: that moment itself if it is within the hours.

        :param moment: naive UTC, as Odoo stores it
        :return: naive UTC, or None if nothing opens for a year
        """
        self.ensure_one()
        # A closing is everybody's, or this company's alone.
        closings = [("time_type", "=", "leave"), ("company_id", "in", (False, company.id))]
        begin = pytz.utc.localize(moment.replace(microsecond=0))
        for step in range(STEPS):
            start = begin + step * STEP
            found = self._work_intervals_batch(start, start + STEP, domain=closings)[False]
            for opening, closing, _meta in found:
                if closing - opening >= SHORTEST:
                    return opening.astimezone(pytz.utc).replace(tzinfo=None)
        return None
