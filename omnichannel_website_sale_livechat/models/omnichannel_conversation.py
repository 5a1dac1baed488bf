from odoo import fields, models
from odoo.tools import format_amount

LINES = 10


class OmnichannelConversation(models.Model):
    """The visitor's cart in the panel beside a conversation."""

    _inherit = "omnichannel.conversation"

    def _panel_visit(self):
        visit = super()._panel_visit()
        return visit and visit | {"cart": self._panel_cart()}

    def _panel_cart(self):
        """What is in the cart of the visitor, as far as the reader may read it: it is an order."""
        Order = self.env["sale.order"]
        session = self._visited_session()
        # Which order it is, is the system's to know; that it is shown, is by the reader's own rights.
        seen = self.env["omnichannel.visit"].sudo().search([("session_id", "=", session.id)], limit=1)
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
