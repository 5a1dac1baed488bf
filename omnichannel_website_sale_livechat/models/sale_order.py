from odoo import models


class SaleOrder(models.Model):
    """Tells of carts whose customer has a chat."""

    _inherit = "sale.order"

    def _cart_add(self, *args, **kwargs):
        result = super()._cart_add(*args, **kwargs)
        self.env["omnichannel.visit"]._note_cart(self)
        return result

    def _cart_update_line_quantity(self, *args, **kwargs):
        result = super()._cart_update_line_quantity(*args, **kwargs)
        self.env["omnichannel.visit"]._note_cart(self)
        return result
