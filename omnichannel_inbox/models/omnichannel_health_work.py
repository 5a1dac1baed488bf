from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from .omnichannel_health_check import Finding


class OmnichannelHealthCheck(models.Model):
    """Whether somebody thinks of every customer."""

    _inherit = "omnichannel.health.check"

    def _look_unanswered(self, companies):
        hours = self._setting("health_unanswered_hours")
        limit = fields.Datetime.now() - timedelta(hours=hours)
        waiting = Domain("state", "=", "open") & Domain("waiting_since", "!=", False)
        domain = waiting & Domain("waiting_since", "<=", limit)
        number, oldest = self._count(
            "omnichannel.conversation", domain, companies, "waiting_since", "waiting_since"
        )
        if number:
            words = self.env._(
                "Customers who wait for more than %(hours)s hours, the first for %(age)s. Answer, or assign "
                "them to somebody who can.",
                hours=hours,
                age=self._age(oldest),
            )
            return Finding(number, words, "attention", domain)
        own = waiting & Domain("company_id", "in", companies.ids)
        waits = self.env["omnichannel.conversation"].search_fetch(
            own, ["waiting_since"], order="waiting_since", limit=1
        )
        if not waits:
            return Finding(0, self.env._("No customer waits for an answer."))
        return Finding(0, self.env._("Who waits longest waits for %s.", self._age(waits.waiting_since)))

    def _look_unowned(self, companies):
        domain = self.env["omnichannel.conversation"]._unwatched_domain(companies)
        number, oldest = self._count("omnichannel.conversation", domain, companies, "last_message_date")
        if not number:
            return Finding(0, self.env._("Every conversation is somebody's, or in the queue of a team."))
        words = self.env._(
            "Nobody will think of these: they are assigned to somebody who left, or to nobody in a team "
            "without members. The oldest is %s old. Assign them, and add members to the team.",
            self._age(oldest),
        )
        return Finding(number, words, "wrong", domain)
