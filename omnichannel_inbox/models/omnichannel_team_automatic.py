from odoo import models


class OmnichannelTeam(models.Model):
    """Business hours and automatic texts of a team, for channels that have none of their own."""

    _name = "omnichannel.team"
    _inherit = ["omnichannel.team", "omnichannel.automatic.texts"]
