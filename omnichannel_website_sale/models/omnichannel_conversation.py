from odoo import models


class OmnichannelConversation(models.Model):
    """What a text to a customer can say of the cart that it is about."""

    _inherit = "omnichannel.conversation"

    def _placeholder_cart(self, _identity):
        """The address at which the customer finds the cart again, as in Odoo's own mail about it."""
        cart = self._about_order()
        if not cart.website_id:
            return ""
        token = cart._portal_ensure_token()
        return f"{cart.get_base_url()}/shop/cart?id={cart.id}&access_token={token}"
