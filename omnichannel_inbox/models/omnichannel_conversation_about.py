from odoo import models
from odoo.tools import format_amount, format_date

ABOUT = "omnichannel_about"


class OmnichannelConversation(models.Model):
    """What a text to a customer can say of the order or invoice that it is about."""

    _inherit = "omnichannel.conversation"

    def _with_about(self, record):
        """This conversation, whose texts are about ``record``."""
        return self.with_context(**{ABOUT: (record._name, record.id)})

    def _about(self, model_name):
        """The record of a model that texts are about now; empty when there is none."""
        name, res_id = self.env.context.get(ABOUT) or (False, False)
        return self.env[model_name].browse(res_id if name == model_name else None).exists()

    def _about_order(self):
        return self._about("sale.order") or self.order_ticket_id or self.order_ids[:1]

    def _placeholder_order(self, _identity):
        return self._about_order().name or ""

    def _placeholder_order_link(self, _identity):
        """Where its customer can look at the order, without a login."""
        order = self._about_order()
        return f"{order.get_base_url()}{order.get_portal_url()}" if order else ""

    def _placeholder_expected_date(self, _identity):
        order = self._about_order()
        return format_date(self.env, order.commitment_date or order.expected_date)

    def _placeholder_invoice(self, _identity):
        return self._about("account.move").name or ""

    def _placeholder_due_date(self, _identity):
        return format_date(self.env, self._about("account.move").invoice_date_due)

    def _placeholder_amount(self, _identity):
        """What is still to be paid of an invoice, else what an order comes to."""
        invoice, order = self._about("account.move"), self._about_order()
        amount = invoice.amount_residual if invoice else order.amount_total
        return format_amount(self.env, amount, (invoice or order).currency_id or self.company_id.currency_id)
