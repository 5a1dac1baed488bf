from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, formataddr, plaintext2html

from ..tools import delete_some, is_neutralized

ACTIVITY = "mail.mail_activity_data_warning"
PATIENCE = timedelta(minutes=4)  # what is gone at the next look was not worth anybody's time
KEPT = timedelta(days=90)  # for which one can look up what was wrong


class OmnichannelAlert(models.Model):
    """Something that the health page finds in need of somebody, from when it is found until it is solved.

    Told once, however long it lasts: by an activity and, if Settings say so, by e-mail. What is solved is
    closed by itself.
    """

    _name = "omnichannel.alert"
    _description = "Health Alert"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id DESC"
    _rec_name = "check_id"
    _mail_post_access = "read"

    check_id = fields.Many2one("omnichannel.health.check", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(
        "res.company", readonly=True, ondelete="cascade", help="Empty for what all companies share."
    )
    since = fields.Datetime("Found", required=True, readonly=True)
    told = fields.Datetime(readonly=True)
    solved = fields.Datetime(readonly=True, index="btree_not_null")
    state = fields.Selection(related="check_id.state", string="Now")
    words = fields.Text(related="check_id.words", string="What to Do")

    _open_uniq = models.UniqueIndex("(check_id, COALESCE(company_id, 0)) WHERE solved IS NULL")

    # -- looking -----------------------------------------------------------------

    @api.model
    def _run(self):
        """Cron: tell of what is wrong and close what is solved."""
        self.env["omnichannel.worker"]._drain(self._look, "omnichannel_inbox.cron_watchdog")

    @api.model
    def _look(self):
        """One look at everything; returns that nothing is left to do.

        Two servers that look at once find the same; what is inserted or claimed here makes the second one
        wait for the first and look again.
        """
        if not is_neutralized(self.env):
            troubled = self._troubled()
            self._open(troubled)
            self._close(troubled)
            self._claim()._tell()
        return 0

    @api.model
    def _troubled(self):
        """{(check id, company id or None)} of all that is not fine and that nobody was told of elsewhere."""
        companies = self._companies()
        found = set()
        for check in self.env["omnichannel.health.check"].search(Domain.TRUE):
            for company in [companies] if check.is_shared else companies:
                finding = check._find(company)
                if finding.state != "fine" and not finding.is_told:
                    found.add((check.id, None if check.is_shared else company.id))
        return found

    @api.model
    def _open(self, troubled):
        """Note down what was fine at the last look."""
        if troubled:
            now = fields.Datetime.now()
            values = SQL(", ").join(SQL("(%s, %s, %s, %s, %s)", *key, now, now, now) for key in troubled)
            self.env.cr.execute(
                SQL(
                    """INSERT INTO omnichannel_alert (check_id, company_id, since, create_date, write_date)
                       VALUES %s ON CONFLICT (check_id, COALESCE(company_id, 0)) WHERE solved IS NULL
                       DO NOTHING""",
                    values,
                ),
                log_exceptions=False,
            )

    @api.model
    def _close(self, troubled):
        """Take back what is fine again; what nobody was told of leaves no trace."""
        fine = self.search([("solved", "=", False)]).filtered(
            lambda alert: (alert.check_id.id, alert.company_id.id or None) not in troubled
        )
        told = fine.filtered("told")
        (fine - told).unlink()
        told.solved = fields.Datetime.now()
        told.activity_unlink([ACTIVITY])

    @api.model
    def _claim(self):
        """What lasts long enough to be told of, and is told by nobody else."""
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """UPDATE omnichannel_alert SET told = %s
                    WHERE told IS NULL AND solved IS NULL AND since <= %s RETURNING id""",
                now,
                now - PATIENCE,
            )
        )
        self.invalidate_model(["told"])
        return self.browse(sorted(alert_id for (alert_id,) in rows))

    @api.autovacuum
    def _forget_solved(self):
        """Delete what was solved long ago."""
        return delete_some(self, [("solved", "<", fields.Datetime.now() - KEPT)])

    # -- telling -----------------------------------------------------------------

    def _tell(self):
        """Tell whoever can do something; one mail for all that is told at once."""
        by_user = {}
        for alert in self:
            for user in alert._whom():
                by_user[user] = by_user.get(user, self.browse()) | alert
        is_mailed = self.env["ir.config_parameter"].sudo().get_param("omnichannel_inbox.health_mail")
        for user, theirs in by_user.items():
            theirs._schedule_for(user)
            if is_mailed:
                theirs._mail_to(user)

    def _whom(self):
        """Administrators; of what is work to be done, supervisors as well."""
        group = "group_omnichannel_supervisor" if self.check_id.is_work else "group_omnichannel_manager"
        users = self.env.ref(f"omnichannel_inbox.{group}").all_user_ids.filtered("active")
        if not self.company_id:
            return users
        return users.filtered(lambda user: self.company_id in user.company_ids)

    def _words_for(self, user):
        """What was found, as the user would read it on the page: name and words."""
        check = self.check_id.with_context(lang=user.lang or self.env.lang)
        return check.name, check._find(self.company_id or self._companies()).words

    @api.model
    def _companies(self):
        """Those that have anything to do with conversations."""
        groups = self.env["omnichannel.team"]._read_group([], ["company_id"])
        return self.env["res.company"].union(*(company for (company,) in groups))

    def _schedule_for(self, user):
        """Put it on a user's list."""
        for alert in self:
            name, words = alert._words_for(user)
            # Quick: in the user's list, without Odoo's own mail for each.
            alert.with_context(mail_activity_quick_update=True).activity_schedule(
                ACTIVITY, summary=name, note=plaintext2html(words), user_id=user.id
            )

    def _mail_to(self, user):
        """Leave one mail about all of these to Odoo's queue."""
        company = self.company_id[:1] or user.company_id
        notices = self.env["omnichannel.notice"]
        # A mail to one of our own channels would come back as a customer's.
        if not notices._is_mailable(user, company):
            return
        speaking = self.with_context(lang=user.lang or self.env.lang).env
        values = {
            "problems": [alert._words_for(user) for alert in self],
            "url": f"{company.get_base_url()}/odoo/omnichannel-health",
        }
        notices._queue(
            [
                {
                    "subject": speaking._(
                        "Omnichannel needs somebody: %s", ", ".join(name for name, _w in values["problems"])
                    ),
                    "body_html": speaking["ir.qweb"]._render(
                        "omnichannel_inbox.alert_mail", values, lang=user.lang
                    ),
                    "email_from": company.email_formatted or self.env.user.email_formatted or "",
                    "email_to": formataddr((user.name, user.email_normalized)),
                    "author_id": False,
                    "headers": repr({"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}),
                    "auto_delete": True,
                }
            ]
        )

    # -- what a user does -----------------------------------------------------------

    def action_open(self):
        """The records that it is about, if the user may read them; else the health page."""
        self.ensure_one()
        return self.check_id.action_open() or self.action_health()

    def action_health(self):
        """The page that says how everything is."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "omnichannel_inbox.omnichannel_health_check_action"
        )
