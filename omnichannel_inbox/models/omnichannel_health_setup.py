from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import config

from ..tools import is_neutralized
from .omnichannel_channel_email import FETCH_JOB
from .omnichannel_conversation_notices import STANDSTILL
from .omnichannel_health_check import Finding

LATE = timedelta(minutes=15)  # after which a job that is due does not run, whatever it is
TOLD = 3  # channels or jobs of which it is said what they have


class OmnichannelHealthCheck(models.Model):
    """Whether channels, rules and scheduled jobs work."""

    _inherit = "omnichannel.health.check"

    # -- channels and rules ------------------------------------------------------

    def _look_channels(self, companies):
        channels = self.env["omnichannel.channel"].search([("company_id", "in", companies.ids)])
        wrong = channels.filtered(lambda c: c.state == "broken" or c.receiving == "failing")
        degraded = channels.filtered(lambda c: c.state == "degraded") - wrong
        ill = wrong | degraded
        if not ill:
            return Finding(0, self._channels_words(channels))
        words = self._listed([(channel.name, self._channel_trouble(channel)) for channel in ill])
        words += "\n" + self.env._(
            "An administrator opens the channel, mends it, and presses Test Connection."
        )
        return Finding(len(ill), words, "wrong" if wrong else "attention", Domain("id", "in", ill.ids))

    @api.model
    def _channel_trouble(self, channel):
        """What is wrong with a channel, in the reader's words."""
        if channel.state in ("broken", "degraded"):
            return channel.state_words
        return channel.receiving_words

    def _channels_words(self, channels):
        if channels.filtered("neutralized"):
            return self.env._("This is a copy of a production database: nothing is sent.")
        if not channels.filtered(lambda channel: channel.state == "connected"):
            return self.env._("No channel is connected yet.")
        return self.env._("All channels that are connected work.")

    def _look_rules(self, companies):
        domain = Domain("state", "=", "error") & Domain("active", "=", True)
        stopped = self.env["omnichannel.rule"].search(Domain("company_id", "in", companies.ids) & domain)
        if not stopped:
            return Finding(0, self.env._("No rule was stopped by an error."))
        words = self._listed([(rule.name, rule.error) for rule in stopped])
        words += "\n" + self.env._(
            "An administrator opens the rule, puts it right, and switches it on again."
        )
        return Finding(len(stopped), words, "wrong", domain)

    @api.model
    def _listed(self, troubles):
        """The first of some troubles, one a line.

        :param troubles: [(what has it, what it is)]
        """
        lines = [": ".join(filter(None, pair)) for pair in troubles[:TOLD]]
        if len(troubles) > TOLD:
            lines.append(self.env._("… and %s more.", len(troubles) - TOLD))
        return "\n".join(lines)

    # -- scheduled jobs ----------------------------------------------------------

    def _look_jobs(self, companies):
        jobs = self._jobs()
        late = STANDSTILL if self._are_all_late(jobs) else LATE
        troubles = {job: trouble for job in jobs if (trouble := self._job_trouble(job, late))}
        if not troubles:
            return Finding(0, self.env._("All scheduled jobs run in time."))
        ill = jobs.browse().union(*troubles)
        words = self._listed([(job.cron_name, trouble) for job, trouble in troubles.items()])
        return Finding(
            len(ill), f"{words}\n{self._jobs_advice(ill)}", self._jobs_state(ill), Domain("id", "in", ill.ids)
        )

    @api.model
    def _jobs(self):
        """The jobs without which messages wait: ours and, where a mailbox is read, Odoo's that reads it."""
        own = self.env["ir.model.data"].search_fetch(
            [("model", "=", "ir.cron"), ("module", "=like", r"omnichannel\_%")], ["res_id"]
        )
        ids = own.mapped("res_id")
        if self.env["omnichannel.channel"].search_count([("fetchmail_server_id", "!=", False)], limit=1):
            ids.append(self.env["ir.model.data"]._xmlid_to_res_id(FETCH_JOB))
        jobs = self.env["ir.cron"].with_context(active_test=False)
        names = ["cron_name", "active", "failure_count", "nextcall", "interval_type", "interval_number"]
        return jobs.search_fetch([("id", "in", ids)], names, order="id")

    @api.model
    def _are_all_late(self, jobs):
        """Whether none of those that are due each minute has run for a while, as the inbox says then.

        One alone may wait for a job that takes long.
        """
        minutely = jobs.filtered(
            lambda job: job.active and (job.interval_type, job.interval_number) == ("minutes", 1)
        )
        limit = fields.Datetime.now() - STANDSTILL
        return all(job.nextcall < limit for job in minutely)

    @api.model
    def _job_trouble(self, job, late):
        """What is wrong with a job, in words, or False.

        :param timedelta late: how long after it was due that it has not run is
        """
        if not job.active:
            return self.env._("switched off")
        if job.failure_count:
            return self.env._("failed %s times in a row", job.failure_count)
        if job.nextcall < fields.Datetime.now() - late:
            return self.env._("was due %s ago", self._age(job.nextcall))
        return False

    @api.model
    def _jobs_state(self, ill):
        return "attention" if is_neutralized(self.env) else "wrong"

    @api.model
    def _jobs_advice(self, ill):
        if is_neutralized(self.env):
            return self.env._("This is a copy of a production database, in which Odoo switches jobs off.")
        if any(job.active and not job.failure_count for job in ill) and not config["max_cron_threads"]:
            return self.env._(
                "This server has no cron threads: set max_cron_threads in odoo.conf to 4 and restart it."
            )
        return self.env._(
            "Who administers the server switches them on, or sees in Odoo's log why they fail or do not "
            "run; there must be enough cron threads (max_cron_threads)."
        )
