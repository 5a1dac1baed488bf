from odoo import api, fields, models


class OmnichannelChannel(models.Model):
    """Who is there for visitors as long as no agent is: the desk, a partner of the channel's own.

    Like a chatbot's it is archived: no customer, no addressee, found in no list, and without an address.
    """

    _inherit = "omnichannel.channel"

    livechat_desk_id = fields.Many2one(
        "res.partner",
        "Desk",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        context={"active_test": False},
        help="Visitors see this name and picture until an agent has joined them.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        for channel in channels.filtered("livechat_channel_id"):
            channel._livechat_desk()
        return channels

    def _livechat_desk(self):
        """The desk; a channel that has none yet gets one."""
        self.ensure_one()
        # A visitor needs it, or an administrator who may not make partners; its values are ours.
        channel = self.sudo()
        if not channel.livechat_desk_id:
            company = channel.company_id
            channel.livechat_desk_id = self.env["res.partner"].sudo().create(
                {
                    "name": channel.livechat_channel_id.name or channel.name,
                    "company_id": company.id,
                    "image_1920": not company.uses_default_logo and company.logo,
                    "active": False,
                }
            )  # fmt: skip
        return channel.livechat_desk_id

    def _livechat_agents(self):
        """The agents of the channel's team who are there now."""
        team = self.team_id
        agents = self.env["omnichannel.agent"]._of_users(team._assignees())
        absences = agents._why_absent(team.is_presence_needed)
        return agents.filtered(lambda agent: not absences[agent]).user_id
