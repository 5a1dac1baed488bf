from odoo import fields, models


class OmnichannelChannel(models.Model):
    """How the chat looks on a website, and where it opens by itself: settings of Odoo's, on the channel."""

    _inherit = "omnichannel.channel"

    livechat_button_text = fields.Char(
        "Text Beside the Button", related="livechat_channel_id.button_text", readonly=False
    )
    livechat_greeting = fields.Char(
        "First Words",
        related="livechat_channel_id.default_message",
        readonly=False,
        help="Visitors read it when they open the chat.",
    )
    livechat_button_color = fields.Char(related="livechat_channel_id.button_background_color", readonly=False)
    livechat_button_text_color = fields.Char(related="livechat_channel_id.button_text_color", readonly=False)
    livechat_header_color = fields.Char(related="livechat_channel_id.header_background_color", readonly=False)
    livechat_title_color = fields.Char(related="livechat_channel_id.title_color", readonly=False)
    livechat_logo = fields.Image(
        "Logo",
        related="livechat_desk_id.image_1920",
        readonly=False,
        help="Visitors see it at the top of the chat until an agent has joined them.",
    )
    livechat_rule_count = fields.Integer(compute="_compute_livechat_rule_count")

    def _compute_livechat_rule_count(self):
        for channel in self:
            # A number, which tells nothing but that there are any.
            channel.livechat_rule_count = len(channel.sudo().livechat_channel_id.rule_ids)

    def action_livechat_rules(self):
        """The pages on which the chat opens by itself, or is hidden."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pages of %s", self.name),
            "res_model": "im_livechat.channel.rule",
            "views": [(self.env.ref("omnichannel_livechat.im_livechat_channel_rule_view_list").id, "list")],
            "domain": [("channel_id", "=", self.livechat_channel_id.id)],
            "context": {
                "default_channel_id": self.livechat_channel_id.id,
                "default_action": "auto_popup",
            },
            "help": self.env["ir.ui.view"]._render_template("omnichannel_livechat.no_rules_yet"),
        }
