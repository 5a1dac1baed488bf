from odoo import api, fields, models
from odoo.fields import Domain

from .omnichannel_conversation import OPEN_STATES

MAX_COUNTED = 10_000


class OmnichannelRule(models.Model):
    """What fits a rule already when it is switched on: left out, unless somebody says otherwise."""

    _inherit = "omnichannel.rule"

    @api.model
    def _existing_domains(self):
        """What a trigger would have been about, had the rule been there: {trigger: domain}

        Triggers that leave nothing to be seen have none.
        """
        invoice = Domain("move_type", "=", "out_invoice") & Domain("state", "=", "posted")
        unpaid = Domain("payment_state", "in", ("not_paid", "partial"))
        going_on = Domain("state", "in", OPEN_STATES)
        waiting = Domain("waiting_since", "!=", False)
        return {
            "conversation_opened": going_on,
            "message_received": going_on & waiting,
            "no_answer": going_on & waiting,
            "no_reply": going_on & ~waiting & Domain("last_direction", "=", "out"),
            "quotation_sent": Domain("state", "=", "sent"),
            "order_confirmed": Domain("state", "=", "sale"),
            "order_cancelled": Domain("state", "=", "cancel"),
            "invoice_posted": invoice,
            "invoice_paid": invoice & Domain("payment_state", "=", "paid"),
            "invoice_overdue": invoice & unpaid & Domain("invoice_date_due", "<", fields.Date.today()),
            "invoice_refunded": Domain("move_type", "=", "out_refund") & Domain("state", "=", "posted"),
        }

    def _search_existing(self, limit=None):
        """Records that fit the rule as things are."""
        self.ensure_one()
        records = self.env[self.model_name]
        domain = self._existing_domains().get(self.trigger)
        if domain is None:
            return records
        own = Domain("company_id", "=", self.company_id.id)
        # As the rule does, which whoever sets it up need not have the rights for: of most they see a number.
        return records.sudo().search(domain & own & self._domain(), limit=limit)

    def _count_existing(self):
        """How many fit as things are; no more than ``MAX_COUNTED`` + 1 are counted."""
        return len(self._search_existing(limit=MAX_COUNTED + 1))

    def _action_ask_about_existing(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "omnichannel.rule.start",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rule_id": self.id},
            "name": self.env._("What fits already"),
        }

    def _include_existing(self):
        """Act on what fits already, too: at once, or when its time comes."""
        found = self._search_existing()
        if self._waits():
            self._set_timers(found, {record.id: self._began(record) for record in found})
            self.env["omnichannel.worker"]._wake_after_commit("omnichannel_inbox.cron_timers")
        else:
            self.env["omnichannel.signal"]._add([self._own_signal(res_id) for res_id in found.ids])

    def _leave_existing(self):
        """Whatever came due while the rule was off is not made up for."""
        # Timers are nobody's to see or to change but the rules'.
        timers = self.sudo().timer_ids.filtered(lambda timer: timer.due <= fields.Datetime.now())
        timers.unlink()
