from odoo import fields, models


class OmnichannelTeam(models.Model):
    """People who share a queue. The bus channel on which they hear of its conversations."""

    _name = "omnichannel.team"
    _description = "Omnichannel Team"
    _inherit = ["bus.listener.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    member_ids = fields.Many2many(
        "res.users",
        "omnichannel_team_users_rel",
        "team_id",
        "user_id",
        string="Members",
        domain=[("share", "=", False)],
    )
    channel_ids = fields.One2many("omnichannel.channel", "team_id", string="Channels")
