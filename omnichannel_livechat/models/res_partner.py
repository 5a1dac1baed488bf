from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _omnichannel_visitor_data(self):
        """Who is logged in, as the journal calls them."""
        return {"key": f"partner:{self.id}", "name": self.name}
