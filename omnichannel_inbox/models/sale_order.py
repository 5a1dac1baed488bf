import re

from odoo import api, fields, models
from odoo.fields import Domain

# What may be an order's number: a word with a digit in it, as sequences make them (S00012, SO/2026/0012).
REFERENCE = re.compile(r"(?<![\w/-])(?=[\w/-]*\d)[^\W_][\w/-]{1,39}(?![\w/-])")
MAX_REFERENCES = 20


class SaleOrder(models.Model):
    _inherit = "sale.order"

    conversation_count = fields.Integer(string="Conversations", compute="_compute_conversation_count")

    # Odoo's own index on the name needs PostgreSQL's trigrams, which not every server has.
    _omnichannel_name_idx = models.Index("(name)")

    @api.depends_context("uid")
    def _compute_conversation_count(self):
        Conversation = self.env["omnichannel.conversation"]
        counts = {}
        if Conversation.has_access("read"):
            counts = dict(
                Conversation._read_group([("order_ids", "in", self.ids)], ["order_ids"], ["__count"])
            )
        for order in self:
            order.conversation_count = counts.get(order, 0)

    def _omnichannel_conversation_domain(self):
        """Domain of the conversations that are about this order."""
        return Domain("order_ids", "in", self.ids)

    def action_open_conversations(self):
        """The conversations that are about this order."""
        self.ensure_one()
        return self.env["omnichannel.conversation"]._action_list(self._omnichannel_conversation_domain())

    def action_start_conversation(self):
        """Open a new conversation about this order."""
        self.ensure_one()
        return self.env["omnichannel.conversation"]._action_start(self)

    # -- signals -----------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        # Imports make confirmed orders without ever confirming them.
        imported = orders.filtered(lambda order: order.state == "sale")
        if imported:
            self.env["omnichannel.signal"]._emit("order_imported", imported)
        return orders

    def write(self, vals):
        news = {}
        if vals.get("state") == "sent":
            news["quotation_sent"] = self.filtered(lambda order: order.state != "sent")
        if vals.get("signed_on"):
            news["order_signed"] = self.filtered(lambda order: not order.signed_on)
        result = super().write(vals)
        for kind, orders in news.items():
            self.env["omnichannel.signal"]._emit(kind, orders)
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self.env["omnichannel.signal"]._emit("order_cancelled", self)
        return result

    def _action_confirm(self):
        result = super()._action_confirm()
        self.env["omnichannel.signal"]._emit("order_confirmed", self)
        return result

    # -- recognising orders ------------------------------------------------

    @api.model
    def _omnichannel_references(self, text):
        """What in a text may be an order's number, in the spellings to look for."""
        words = REFERENCE.findall(text or "")[:MAX_REFERENCES]
        return {spelling for word in words for spelling in (word, word.upper())}

    @api.model
    def _omnichannel_open_domain(self):
        """Orders that a customer who just writes may be asking about.

        Neither drafts, which include carts, nor what is invoiced to the end. Add-ons
        that know of deliveries can tell better.
        """
        return [("state", "in", ("sent", "sale")), ("invoice_status", "!=", "invoiced")]
