from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

ABOUT_THE_SHOP = [
    ("web_order_placed", "An order is placed in the web shop"),
    ("cart_left", "A cart was left in the web shop"),
]


class OmnichannelRule(models.Model):
    """Rules about the web shop."""

    _inherit = "omnichannel.rule"

    trigger = fields.Selection(
        selection_add=ABOUT_THE_SHOP, ondelete={name: "cascade" for name, _label in ABOUT_THE_SHOP}
    )

    @api.model
    def _trigger_models(self):
        return super()._trigger_models() | {trigger: "sale.order" for trigger, _label in ABOUT_THE_SHOP}

    def _signal_kinds(self):
        return {"cart_changed"} if self.trigger == "cart_left" else super()._signal_kinds()

    def _waits(self):
        return self.trigger == "cart_left" or super()._waits()

    def _due_cart_left(self, cart, _moment):
        """When a cart counts as left for Odoo, by the delay of its website; None for what is none.

        Who is known and has an address to write to, and bought nothing later, is Odoo's to say as well:
        what a rule writes and Odoo's own mail reach the same customers.
        """
        website = cart.website_id
        is_cart = website and cart.state == "draft" and cart.order_line and cart.date_order
        if not is_cart or cart.partner_id == website.partner_id:
            return None
        if not cart._filter_can_send_abandoned_cart_mail():
            return None
        return cart.date_order + timedelta(hours=website.cart_abandoned_delay or 1) + self._delay()

    @api.model
    def _existing_domains(self):
        return super()._existing_domains() | {
            "web_order_placed": Domain("website_id", "!=", False) & Domain("state", "in", ("sent", "sale")),
            "cart_left": Domain("is_abandoned_cart", "=", True),
        }
