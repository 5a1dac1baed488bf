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
        """A sentence with the address at which the parcel can be followed, if there is one."""
        delivery = self._about("stock.picking")
        # Odoo's add-on for carriers has it, which is not always there.
        url = "carrier_tracking_url" in delivery._fields and delivery.carrier_tracking_url
        # Several parcels have a list of addresses there.
        return self.env._("Follow it here: %s", url) if url and url.startswith("http") else ""
