from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .omnichannel_conversation import OPEN_STATES
from .omnichannel_event import MIN_RETENTION_DAYS
from .omnichannel_health_check import Finding
from .omnichannel_message import TROUBLE

CALLS_TOLD = timedelta(days=7)  # in which a call that was given up may still be worth making


class OmnichannelHealthCheck(models.Model):
    """Whether what came in, and what is to go out, gets on."""

    _inherit = "omnichannel.health.check"

    def _look_events_waiting(self, companies):
        domain = Domain("state", "=", "pending")
        number, oldest = self._count("omnichannel.event", domain, companies, "received", "lane, next_attempt")
        if not number:
            return Finding(0, self.env._("Everything that came in has been worked on."))
        if not self._is_late(oldest):
            return Finding(number, self.env._("Being worked on."), domain=domain)
        words = self.env._(
            "The oldest waits for %s. Either the scheduled jobs do not run, which is said below, or entries "
            "fail and are tried again: the journal has the error.",
            self._age(oldest),
        )
        return Finding(number, words, "wrong", domain)

    def _look_events_dead(self, companies):
        domain = Domain("state", "=", "dead")
        number, oldest = self._count("omnichannel.event", domain, companies, "received")
        if not number:
            return Finding(0, self.env._("Everything that came in was understood."))
        words = self.env._(
            "Could not be read or worked on, the oldest %s ago; nothing of it is lost. An administrator "
            "opens it, sees why, and replays it when that is mended.",
            self._age(oldest),
        )
        return Finding(number, words, "wrong", domain)

    def _look_sends_waiting(self, companies):
        domain = Domain("state", "=", "queued") & Domain("next_attempt", "<=", fields.Datetime.now())
        number, oldest = self._count(
            "omnichannel.message", domain, companies, "next_attempt", "lane, next_attempt"
        )
        if not number:
            return Finding(0, self.env._("Every answer has left."))
        if not self._is_late(oldest):
            return Finding(number, self.env._("Being sent."), domain=domain)
        words = self.env._(
            "The oldest should have left %s ago. A channel that is broken or not connected holds its answers "
            "back until it works again; else look at the scheduled jobs.",
            self._age(oldest),
        )
        return Finding(number, words, "wrong", domain)

    def _look_sends_failed(self, companies):
        domain = Domain("state", "in", TROUBLE) & Domain("conversation_id.state", "in", OPEN_STATES)
        number, oldest = self._count("omnichannel.message", domain, companies, "create_date")
        if not number:
            return Finding(0, self.env._("No answer is known to have failed."))
        words = self.env._(
            "Failed, or nobody knows whether they arrived; the oldest is %s old. Try again, say that it "
            "arrived, or answer on another channel. Those of closed conversations are left out.",
            self._age(oldest),
        )
        return Finding(number, words, "attention", domain)

    def _look_signals(self, companies):
        number, oldest = self._count("omnichannel.signal", Domain.TRUE, companies, "create_date", "id")
        if not number:
            return Finding(0, self.env._("The rules have seen everything that happened."))
        if not self._is_late(oldest):
            return Finding(number, self.env._("The rules are looking at them."), domain=Domain.TRUE)
        words = self.env._(
            "The oldest waits for %s: rules run late. Look at the scheduled jobs.", self._age(oldest)
        )
        return Finding(number, words, "wrong", Domain.TRUE)

    def _look_timers(self, companies):
        """Those of rules that stopped wait for them; the others are due and not looked at."""
        limit = fields.Datetime.now() - timedelta(minutes=self._setting("health_wait_minutes"))
        running = Domain("rule_id.active", "=", True) & Domain("rule_id.state", "=", "running")
        domain = Domain("due", "<=", limit) & running
        number, oldest = self._count(
            "omnichannel.rule.timer", domain, companies, "due", "due", "rule_id.company_id"
        )
        if not number:
            return Finding(0, self.env._("Every rule that waits acts when its time comes."))
        words = self.env._(
            "The time of the oldest came %s ago: rules run late. Look at the scheduled jobs.",
            self._age(oldest),
        )
        return Finding(number, words, "wrong", domain)

    def _look_calls(self, companies):
        recent = Domain("create_date", ">=", fields.Datetime.now() - CALLS_TOLD)
        domain = Domain("state", "=", "failed") & recent
        number, _oldest = self._count("omnichannel.rule.call", domain, companies, "create_date")
        if not number:
            return Finding(0, self.env._("Other systems took what rules had to tell them."))
        words = self.env._(
            "Another system did not take these in the last %s days, and they were given up. An administrator "
            "sees what it said, and tries again when it works.",
            CALLS_TOLD.days,
        )
        return Finding(number, words, "attention", domain)

    def _look_totals(self, companies):
        today = fields.Date.today()
        domain = Domain("date", ">=", today - timedelta(days=MIN_RETENTION_DAYS - 1))
        domain &= Domain("date", "<", today) & Domain("channel_id.company_id", "in", companies.ids)
        totals = self.env["omnichannel.daily_total"].search(domain)
        odd = totals.filtered(lambda total: not total.is_balanced)
        if not odd:
            return Finding(0, self._totals_words(totals))
        words = self.env._(
            "On these days more was received than became messages, was ignored for a reason or is dead: "
            "something may be missing. Look into the journal of the day, and tell who maintains Omnichannel."
        )
        return Finding(len(odd), words, "wrong", Domain("id", "in", odd.ids))

    def _totals_words(self, totals):
        if not totals:
            return self.env._("Nothing came in on the days before today.")
        return self.env._(
            "All that was received in the last days became a message, was ignored for a reason or is dead."
        )

    @api.model
    def _is_late(self, moment):
        minutes = self._setting("health_wait_minutes")
        return moment < fields.Datetime.now() - timedelta(minutes=minutes)
