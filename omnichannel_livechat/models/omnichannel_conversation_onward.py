from odoo import fields, models

from odoo.addons.omnichannel_inbox.models.omnichannel_conversation import QUIET


class OmnichannelConversation(models.Model):
    """A conversation whose visitor went on by another channel."""

    _inherit = "omnichannel.conversation"

    livechat_onward_name = fields.Char(
        "Goes On By", readonly=True, copy=False, help="Set until the visitor's session has been told."
    )

    def _livechat_go_on(self, name):
        """The visitor writes by another channel now: their session is told, by its own job."""
        self.with_context(**QUIET).livechat_onward_name = name
        self._livechat_tell()

    def _livechat_note_presence(self):
        result = super()._livechat_note_presence()
        self.filtered("livechat_onward_name").with_context(**QUIET).livechat_onward_name = False
        return result

    def _livechat_say_left(self):
        if not self.livechat_onward_name:
            return super()._livechat_say_left()
        channel = self.channel_id._speaking()
        body = channel.env._("The visitor goes on by %s.", self.livechat_onward_name)
        return self._message_log(body=body)
