from odoo import fields, models


class OmnichannelChannel(models.Model):
    """Business hours and automatic texts of a channel: they win over those of the team."""

    _name = "omnichannel.channel"
    _inherit = ["omnichannel.channel", "omnichannel.automatic.texts"]

    is_without_team_texts = fields.Boolean(
        "Leave the Team's Texts Out",
        help="Otherwise the team's texts are sent, as far as there is none here.",
    )
