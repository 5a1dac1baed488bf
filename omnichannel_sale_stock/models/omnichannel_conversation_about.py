from odoo import models
from odoo.tools import format_date


class OmnichannelConversation(models.Model):
    """What a text to a customer can say of the delivery that it is about."""

    _inherit = "omnichannel.conversation"

    def _about_order(self):
        return self._about("stock.picking").sale_id or super()._about_order()

    def _placeholder_delivery(self, _identity):
        return self._about("stock.picking").name or ""

    def _placeholder_promised_date(self, _identity):
        return format_date(self.env, self._about("stock.picking")._omnichannel_promised())

    def _placeholder_tracking(self, _identity):
        """A sentence with the address at which the parcel can be followed, else with its number, if known."""
        delivery = self._about("stock.picking")
        # Odoo's add-on for carriers has both, which is not always there.
        if "carrier_tracking_ref" not in delivery._fields or not delivery.carrier_tracking_ref:
            return ""
        if addresses := delivery._omnichannel_tracking_addresses():
            return self.env._("Follow it here: %s", " ".join(addresses))
        return self.env._("Its number at the carrier is %s.", delivery.carrier_tracking_ref)
