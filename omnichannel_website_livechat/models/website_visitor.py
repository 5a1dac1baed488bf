from odoo import models
from odoo.exceptions import UserError


class WebsiteVisitor(models.Model):
    _inherit = "website.visitor"

    def action_send_chat_request(self):
        """An agent begins a chat with these visitors.

        :raise UserError: the chat is another team's, whose conversation it would be
        """
        for livechat in self.website_id.channel_id:
            # Whose it is may be told to whoever may begin chats there.
            team = livechat._omnichannel_channel().team_id
            if team and self.env.user not in team.member_ids:
                raise UserError(
                    self.env._("Visitors of %(chat)s are answered by %(team)s, of which you are no member.")
                    % {"chat": livechat.name, "team": team.name}
                )
        result = super().action_send_chat_request()
        # What of them is the inbox's concern is the system's.
        self.env["discuss.channel"].sudo().search(
            [
                ("livechat_visitor_id", "in", self.ids),
                ("livechat_end_dt", "=", False),
                ("is_pending_chat_request", "=", True),
            ]
        )._omnichannel_request()
        return result
