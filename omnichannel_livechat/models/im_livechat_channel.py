from odoo import fields, models

DESK = "omnichannel.channel"  # what Odoo calls ``operator_model``: neither an agent nor a chatbot


class ImLivechatChannel(models.Model):
    """A connected live chat turns no visitor away.

    Odoo looks for an operator while the visitor waits, and without one there is no session. Here the desk is
    always there, and who of the team comes is decided by the rules of the inbox once the visitor has written.
    """

    _inherit = "im_livechat.channel"

    omnichannel_channel_ids = fields.One2many(
        "omnichannel.channel", "livechat_channel_id", "Channel of the Inbox", readonly=True
    )

    def write(self, vals):
        result = super().write(vals)
        if "name" in vals:
            for livechat in self:
                livechat._omnichannel_channel().livechat_desk_id.name = livechat.name
        return result

    def _omnichannel_channel(self):
        """The channel of the inbox that this live chat is connected as, or none."""
        self.ensure_one()
        # Visitors and operators of Odoo's may not read it; nothing of it is shown to them.
        return self.env["omnichannel.channel"].sudo()._of_livechat(self)

    def _is_livechat_available(self):
        return bool(self._omnichannel_channel()) or super()._is_livechat_available()

    def _get_available_operators_by_livechat_channel(self, users=None):
        """Of a connected live chat these are the team's: its chatbots may be for when nobody is there."""
        connected = self.filtered(lambda livechat: users is None and livechat._omnichannel_channel())
        available = super(ImLivechatChannel, self - connected)._get_available_operators_by_livechat_channel(
            users
        )
        for livechat in connected:
            available[livechat] = livechat._omnichannel_channel()._livechat_agents().with_env(self.env)
        return available

    def _get_operator(self, *args, **kwargs):
        """Nobody is picked while the visitor waits; see the class."""
        if self._omnichannel_channel():
            return self.env["res.users"]
        return super()._get_operator(*args, **kwargs)

    def _get_operator_info(self, **kwargs):
        info = super()._get_operator_info(**kwargs)
        channel = self._omnichannel_channel()
        if channel and not info["operator_partner"]:
            info.update(operator_partner=channel._livechat_desk(), operator_model=DESK)
        return info

    def _get_livechat_discuss_channel_vals(self, **kwargs):
        values = super()._get_livechat_discuss_channel_vals(**kwargs)
        if channel := self._omnichannel_channel():
            values["omnichannel_channel_id"] = channel.id
        if kwargs["operator_model"] == DESK:
            values["livechat_failure"] = "no_answer"
            # Odoo's windows take the first member who is not in front for the visitor, so that is them.
            values["channel_member_ids"].reverse()
        return values

    def _get_channel_name(self, *, operator_model, visitor_user=None, guest=None, **kwargs):
        if operator_model == DESK:
            return f"{visitor_user.display_name if visitor_user else guest.name} {self.name}"
        return super()._get_channel_name(
            operator_model=operator_model, visitor_user=visitor_user, guest=guest, **kwargs
        )
