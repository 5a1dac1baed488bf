from odoo import models
from odoo.exceptions import ValidationError


class DiscussChannel(models.Model):
    """What a visitor says in a form: about themselves before the chat, or instead of a chat."""

    _inherit = "discuss.channel"

    def _omnichannel_take_answers(self, answers):
        """Take over the answers of a form.

        :param dict answers: see ``omnichannel.channel._livechat_answers``
        :raise ValidationError: one of them cannot be meant
        """
        if wrong := self._omnichannel_introduce(**answers):
            labels = {name: self._omnichannel_channel()._livechat_label(name) for name in wrong}
            raise ValidationError(
                self.env._("This does not look right: %s. Please look again.", ", ".join(labels.values()))
            )

    def _omnichannel_leave_message(self, text, ends):
        """Say in the visitor's name what the form holds.

        :param bool ends: whether the session is over then, as nobody looks at it: all but one that is on
        """
        # The visitor's own session, found or made in this request; the system, as they have no right on it.
        session = self.sudo().with_context(mail_post_autofollow=False)
        session.message_post(body=text, message_type="comment", subtype_xmlid="mail.mt_comment")
        if ends:
            session._close_livechat_session()
