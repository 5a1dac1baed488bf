from odoo import api, fields, models
from odoo.http import request

from odoo.addons.website_sale.models.website import CART_SESSION_CACHE_KEY


class OmnichannelVisit(models.Model):
    """Which cart a visitor has.

    It is what the browser's session at the server says; nothing that the browser says itself.
    """

    _inherit = "omnichannel.visit"

    cart_id = fields.Many2one("sale.order", index="btree_not_null", ondelete="set null")

    @api.model
    def _values_of_request(self):
        # It may be deleted; the shop finds that out when it is asked for it.
        cart = self.env["sale.order"].sudo().browse(request.session.get(CART_SESSION_CACHE_KEY) or ())
        return super()._values_of_request() | {"cart_id": cart.exists().id}

    @api.model
    def _note_cart(self, cart):
        """A visitor of the shop has changed their cart: if they have a chat, it is shown there."""
        session = request and self.env["discuss.channel"]._omnichannel_of_request()
        if not session or request.session.get(CART_SESSION_CACHE_KEY) != cart.id:
            return
        seen = self.sudo().search([("session_id", "=", session.id)], limit=1)
        if seen.cart_id != cart:
            seen.cart_id = cart
        self._tell(session)
