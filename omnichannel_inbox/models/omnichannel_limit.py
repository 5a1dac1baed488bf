from odoo import api, fields, models

from ..roster import ALL


class OmnichannelLimit(models.Model):
    """How many open conversations an agent may have: one agent's own limit, or what a team sets for all."""

    _name = "omnichannel.limit"
    _description = "Limit of Open Conversations"
    _order = "channel_type NULLS FIRST, id"

    agent_id = fields.Many2one("omnichannel.agent", index="btree_not_null", ondelete="cascade")
    team_id = fields.Many2one("omnichannel.team", index="btree_not_null", ondelete="cascade")
    channel_type = fields.Selection(
        selection=lambda self: (
            self.env["omnichannel.channel"]._fields["channel_type"]._description_selection(self.env)
        ),
        string="Channel",
        help="Leave it empty for all channels together.",
    )
    max_open = fields.Integer("At Most", required=True, default=5)

    _of_one = models.Constraint(
        "CHECK ((agent_id IS NULL) <> (team_id IS NULL))",
        "A limit is either an agent's or a team's.",
    )
    _not_negative = models.Constraint("CHECK (max_open >= 0)", "A limit cannot be below zero.")
    _one_each_uniq = models.UniqueIndex(
        "(COALESCE(agent_id, 0), COALESCE(team_id, 0), COALESCE(channel_type, ''))",
        "There is a limit for this channel already.",
    )

    @api.depends("channel_type", "max_open")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["channel_type"]._description_selection(self.env))
        for limit in self:
            channel = labels.get(limit.channel_type) or self.env._("All together")
            limit.display_name = f"{channel}: {limit.max_open}"

    def _by_type(self):
        """{channel type, or ``ALL``: how many at most}"""
        return {limit.channel_type or ALL: limit.max_open for limit in self}
