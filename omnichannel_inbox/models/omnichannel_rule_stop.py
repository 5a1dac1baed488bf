from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_datetime

from .omnichannel_health_check import LIMIT
from .omnichannel_message_automatic import ALL_STOPPED


class OmnichannelRule(models.Model):
    """One button that stops all texts that go out by themselves: those of the companies one works in.

    What another company sends is its own administrator's business.
    """

    _inherit = "omnichannel.rule"

    @api.model
    def get_texts_state(self):
        """What the banner above the rules and the inbox shows of the companies one works in.

        :return: dict ``stopped``, ``lines`` (who stopped them, and when), ``may_stop``, ``may_resume``
        :raise AccessError: the user has nothing to do with rules: customers in the portal may call this, too
        """
        self.browse().check_access("read")
        # What a company sends by itself, and who stopped it, is no secret to those who work with its rules.
        companies = self.env.companies.sudo()
        stopped = companies._omnichannel_stopped()
        may_change = self._may_stop_texts()
        return {
            "stopped": bool(stopped),
            "lines": [self._stopped_words(company, len(companies) > 1) for company in stopped],
            "may_stop": may_change and stopped != companies,
            "may_resume": may_change and bool(stopped),
        }

    @api.model
    def _stopped_words(self, company, is_named):
        values = {
            "company": company.name,
            "user": company.omnichannel_texts_stopped_user_id.name or "",
            "moment": format_datetime(self.env, company.omnichannel_texts_stopped_date, dt_format="short"),
        }
        if is_named:
            return self.env._("%(company)s: stopped by %(user)s, %(moment)s.", **values)
        return self.env._("Stopped by %(user)s, %(moment)s.", **values)

    @api.model
    def _may_stop_texts(self):
        return self.env.user.has_group("omnichannel_inbox.group_omnichannel_manager")

    # -- asking first ------------------------------------------------------------

    @api.model
    def get_stop_question(self):
        """What stopping would do now, in words."""
        companies = self._texts_companies() - self._texts_companies()._omnichannel_stopped()
        return self.env._(
            "No rule, channel or team of %(companies)s writes to a customer by itself until you let them "
            "again. Texts that are waiting to be sent: %(count)s. They are cancelled, and do not leave "
            "later. Your colleagues' answers go on.",
            companies=", ".join(companies.mapped("name")),
            count=self._capped(len(self._queued_texts(companies, LIMIT + 1))),
        )

    @api.model
    def get_resume_question(self):
        """What letting them go out again would do now, in words."""
        companies = self._texts_companies()._omnichannel_stopped()
        since = min(companies.mapped("omnichannel_texts_stopped_date"), default=fields.Datetime.now())
        cancelled = self.env["omnichannel.message"].search_count(
            [
                ("automatic", "!=", False),
                ("state", "=", "cancelled"),
                ("error_text", "=", ALL_STOPPED),
                ("write_date", ">=", since),
                ("channel_id.company_id", "in", companies.ids),
            ],
            limit=LIMIT + 1,
        )
        return self.env._(
            "Rules, channels and teams of %(companies)s write to customers again from now on. Texts that "
            "were cancelled when they were stopped: %(cancelled)s. These, and what would have been sent "
            "meanwhile, are not sent any more. Texts whose time is still to come: %(waiting)s. They are sent "
            "when it has come.",
            companies=", ".join(companies.mapped("name")),
            cancelled=self._capped(cancelled),
            waiting=self._capped(self._count_texts_to_come(companies)),
        )

    @api.model
    def _count_texts_to_come(self, companies):
        """What waits for its time: of rules that write, and of channels and teams."""
        # Timers are nobody's to see but the rules'; of what waits, a number is told.
        rules = self.sudo().search(
            [
                ("company_id", "in", companies.ids),
                ("state", "=", "running"),
                ("trigger", "!=", "scheduled"),
                ("action_ids.kind", "=", "text"),
            ]
        )
        timers = (
            self.env["omnichannel.rule.timer"]
            .sudo()
            .search_count([("rule_id", "in", rules.ids)], limit=LIMIT + 1)
        )
        due = (
            self.env["omnichannel.conversation"]
            .sudo()
            .search_count([("text_due", "!=", False), ("company_id", "in", companies.ids)], limit=LIMIT + 1)
        )
        return timers + due

    @api.model
    def _capped(self, number):
        return f"{LIMIT}+" if number > LIMIT else str(number)

    # -- doing it ----------------------------------------------------------------

    @api.model
    def stop_texts(self):
        """Let no automatic text leave the companies one works in, of rules or of channels and teams; those
        that wait are cancelled."""
        companies = self._texts_companies()
        running = companies - companies._omnichannel_stopped()
        running.write(
            {
                # As the texts cancelled below say of themselves.
                "omnichannel_texts_stopped_date": self.env.cr.now().replace(microsecond=0),
                "omnichannel_texts_stopped_user_id": self.env.uid,
            }
        )
        self._queued_texts(running)._cancel_stopped()
        self._announce_texts(running)

    @api.model
    def resume_texts(self):
        """Let automatic texts leave again; what was held back meanwhile stays so."""
        stopped = self._texts_companies()._omnichannel_stopped()
        stopped.write({"omnichannel_texts_stopped_date": False, "omnichannel_texts_stopped_user_id": False})
        self._announce_texts(stopped)

    @api.model
    def _texts_companies(self):
        """The companies that the user works in, of which they may stop the texts."""
        if not self._may_stop_texts():
            raise AccessError(self.env._("Only administrators of Omnichannel stop all texts."))
        # Of a company they may change this alone, by this button; which ones are theirs Odoo has checked.
        return self.env.companies.sudo()

    @api.model
    def _queued_texts(self, companies, limit=None):
        # An administrator of these; each of the texts is the system's to change.
        return (
            self.env["omnichannel.message"]
            .sudo()
            .search(
                [
                    ("state", "=", "queued"),
                    ("automatic", "!=", False),
                    ("channel_id.company_id", "in", companies.ids),
                ],
                limit=limit,
            )
        )

    @api.model
    def _announce_texts(self, companies):
        """Let whoever leads or administers see it at once."""
        group = self.env.ref("omnichannel_inbox.group_omnichannel_supervisor").sudo()
        for user in group.all_user_ids.filtered(lambda user: user.active and user.company_ids & companies):
            user._bus_send("omnichannel/texts", {})
