from odoo import fields, models


class OmnichannelChannel(models.Model):
    """Whether a live chat is open, or a form stands there instead; what its window begins with."""

    _inherit = "omnichannel.channel"

    livechat_is_form_only = fields.Boolean(
        "Form Only",
        help="Visitors write you a message and leave their e-mail address instead of chatting. Outside the "
        "business hours they do so anyway.",
    )

    def _livechat_opening(self):
        """When visitors can chat: now, within the hours; None if nothing opens for a year."""
        now = fields.Datetime.now()
        hours = self.calendar_id or self.team_id.calendar_id
        return hours._omnichannel_opening(now, self.company_id) if hours else now

    def _livechat_mail_questions(self):
        """What the form asks next to the message: who is logged in has a name, and perhaps an address."""
        if self.env.user._is_public():
            return {"name": True, "email": True}
        return {} if self.env.user.partner_id.email_normalized else {"email": True}

    def _livechat_welcome(self, is_known):
        """What the chat's window begins with, for the visitor of the environment, as JSON.

        :param bool is_known: whether it is known who they are: they are asked nothing
        :return: dict: the service's state, with ``questions`` and ``mail_questions`` (lists of dict ``name``,
            ``required``), ``consent``, ``is_form``
        """
        channel = self.sudo()  # settings that are shown to every visitor
        state = channel._livechat_service_state()
        return {
            **state,
            "next_opening": fields.Datetime.to_string(state["next_opening"] or False),
            "is_form": channel.livechat_is_form_only or not state["open"],
            "questions": _as_list({} if is_known else channel._livechat_questions()),
            "mail_questions": _as_list(self._livechat_mail_questions()),
            "consent": self._livechat_consent_text(),
        }


def _as_list(questions):
    return [{"name": name, "required": is_required} for name, is_required in questions.items()]
