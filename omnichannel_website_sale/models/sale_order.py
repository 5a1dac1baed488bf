from odoo import api, models


class SaleOrder(models.Model):
    """What rules hear of the web shop."""

    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._omnichannel_signal_carts()
        return orders

    def write(self, vals):
        placed = self._omnichannel_placed(vals)
        result = super().write(vals)
        self.env["omnichannel.signal"]._emit("web_order_placed", placed)
        if {"partner_id", "date_order", "website_id"} & vals.keys():
            self._omnichannel_signal_carts()
        return result

    def _cart_add(self, *args, **kwargs):
        result = super()._cart_add(*args, **kwargs)
        self._omnichannel_signal_carts()
        return result

    def _omnichannel_placed(self, vals):
        """The carts that become orders by writing these values, paid or to be paid."""
        if vals.get("state") not in ("sent", "sale"):
            return self.browse()
        is_heard = "web_order_placed" in self.env["omnichannel.rule"]._listened_kinds()
        # The shop, and the job that hears of payments, act for the customer with all rights. A colleague
        # who sends or confirms a quotation has their own.
        return self._omnichannel_carts() if is_heard and self.env.su else self.browse()

    def _omnichannel_carts(self):
        """Those of these orders that are filled in the web shop."""
        return self.filtered(lambda order: order.website_id and order.state == "draft")

    def _omnichannel_signal_carts(self):
        """A cart changed: from its date on, the shop's time until it counts as left runs."""
        if "cart_changed" in self.env["omnichannel.rule"]._listened_kinds():
            self.env["omnichannel.signal"]._emit("cart_changed", self._omnichannel_carts())
