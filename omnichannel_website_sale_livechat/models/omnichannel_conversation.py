from odoo import fields, models
from odoo.tools import format_amount

LINES = 10


class OmnichannelConversation(models.Model):
    """The visitor's cart in the panel beside a conversation."""

    _inherit = "omnichannel.conversation"

    def _panel_visit(self):
        visit = super()._panel_visit()
        return visit and visit | {"cart": self._panel_cart()}

    def _newest_visit(self):
        """Where the visitor is, for the system; or none."""
        session = self._visited_session()
        return self.env["omnichannel.visit"].sudo().search([("session_id", "=", session.id)], limit=1)

    def _shop_website(self):
        return self._newest_visit().website_id or super()._shop_website()

    def _shop_pricelist(self, partner, website):
        """The one that the visitor buys by, if they have begun to."""
        cart = self._newest_visit().cart_id
        is_theirs = cart.website_id == website and cart.state == "draft"
        return (is_theirs and cart.pricelist_id) or super()._shop_pricelist(partner, website)

    def _panel_cart(self):
        """What is in the cart of the visitor, as far as the reader may read it: it is an order."""
        Order = self.env["sale.order"]
        # Which order it is, is the system's to know; that it is shown, is by the reader's own rights.
        seen = self._newest_visit()
        if not seen.cart_id or not Order.has_access("read"):
            return False
        cart = Order.search([("id", "=", seen.cart_id.id), ("state", "=", "draft")])
        lines = cart.order_line.filtered(lambda line: not line.display_type)
        if not lines:
            return False
        return {
            "id": cart.id,
            "name": cart.name,
            "amount": format_amount(self.env, cart.amount_total, cart.currency_id),
            "changed": fields.Datetime.to_string(max(cart.write_date, *lines.mapped("write_date"))),
            "more": max(0, len(lines) - LINES),
            "lines": [
                {
                    "id": line.id,
                    "name": line.product_id.display_name or line.name,
                    "quantity": line.product_uom_qty,
                    "amount": format_amount(self.env, line.price_total, cart.currency_id),
                }
                for line in lines[:LINES]
            ],
        }
