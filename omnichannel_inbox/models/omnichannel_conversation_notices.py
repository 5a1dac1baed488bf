from datetime import datetime, timedelta

import psutil

from odoo import api, fields, models
from odoo.service import server as odoo_server
from odoo.tools import SQL, config

from ..tools import is_neutralized

STANDSTILL = timedelta(minutes=5)  # jobs that are due each minute have not run for so long: none runs
STARTING = timedelta(minutes=2)  # Odoo looks for the first time a minute after it was started
# Due each minute, in any database.
EVERY_MINUTE = ["cron_inbound_0", "cron_inbound_1", "cron_outbound_0", "cron_outbound_1", "cron_minute"]


class OmnichannelConversation(models.Model):
    """What whoever looks at the inbox has to know of what goes on behind it.

    It is carried along by a query that the inbox makes in any case: as long as all is well it costs none.
    """

    _inherit = "omnichannel.conversation"

    @api.model
    def _search_with_figures(self, domain, limit):
        """Search, and read the figures of the notices in the same query.

        :return: (conversations, {name: figure})
        """
        figures = self._notice_figures()
        found = SQL("ARRAY(%s)", self._search(domain, limit=limit).select())
        [(ids, *values)] = self.env.execute_query(
            SQL("SELECT %s", SQL(", ").join([found, *(SQL("(%s)", figure) for figure in figures.values())]))
        )
        return self.browse(ids), dict(zip(figures, values))

    @api.model
    def _notice_figures(self):
        """What notices are made of: {name: a query of one value}

        They are about the whole of Odoo, and no secret.
        """
        data = self.env["ir.model.data"]
        jobs = [data._xmlid_to_res_id(f"omnichannel_inbox.{name}") for name in EVERY_MINUTE]
        return {
            "jobs_ran": SQL(
                "SELECT max(COALESCE(lastcall, create_date)) FROM ir_cron WHERE id IN %s",
                tuple(filter(None, jobs)) or (0,),
            ),
            "texts_stopped": SQL(
                """SELECT count(*) FROM res_company
                    WHERE omnichannel_texts_stopped_date IS NOT NULL AND id IN %s""",
                tuple(self.env.companies.ids),
            ),
        }

    @api.model
    def _notices(self, figures):
        """What the inbox shows above the conversations: {name: what the client knows to show, or False}"""
        return {
            "standstill": self._standstill_notice(figures["jobs_ran"]),
            "texts": self._texts_notice(figures["texts_stopped"]),
        }

    @api.model
    def _texts_notice(self, number):
        """That an administrator stopped all automatic texts, for those who lead."""
        if not number or not self.env.user.has_group("omnichannel_inbox.group_omnichannel_supervisor"):
            return False
        return self.env["omnichannel.rule"].get_texts_state()

    # -- no job runs -----------------------------------------------------------

    @api.model
    def _standstill_notice(self, ran):
        """Nobody else can tell: what alerts is a job, too.

        :param datetime ran: when any of the jobs that are due each minute ran last
        """
        now = fields.Datetime.now()
        if not ran or ran > now - STANDSTILL or is_neutralized(self.env) or self._is_starting():
            return False
        if not self.env.user.has_group("omnichannel_inbox.group_omnichannel_supervisor"):
            return {
                "title": self.env._("Messages arrive and leave late at the moment."),
                "text": self.env._("What you write is kept, and leaves later. Supervisors are told."),
                "may_look": False,
            }
        age = self.env["omnichannel.health.check"]._age(ran)
        what = self.env._("Messages do not arrive or leave.")
        return {
            "title": self.env._("Odoo's scheduled jobs have not run for %s.", age),
            "text": f"{what} {self._standstill_advice()}",
            "may_look": True,
        }

    @api.model
    def _standstill_advice(self):
        if not config["max_cron_threads"]:
            return self.env._(
                "This server has no cron threads: set max_cron_threads in odoo.conf to 4 and restart it."
            )
        return self.env._(
            "Who administers the server restarts Odoo and, if that is no help, sees in its log why no "
            "job runs."
        )

    @api.model
    def _is_starting(self):
        """Whether the jobs of this server have had no time yet to begin."""
        if not config["max_cron_threads"]:
            return False
        # That of the main process, which outlives the workers; none in a shell.
        pid = getattr(odoo_server.server, "pid", None)
        return bool(pid) and _age_of_process(pid) < STARTING


def _age_of_process(pid):
    return datetime.now() - datetime.fromtimestamp(psutil.Process(pid).create_time())
