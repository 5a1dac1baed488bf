from markupsafe import Markup, escape

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

MOST = 3
# The newest that a mail holds.
LONGEST = 500


class DiscussChannel(models.Model):
    """What was said in a session, by mail to its visitor."""

    _inherit = "discuss.channel"

    omnichannel_transcript_count = fields.Integer("Transcripts Sent", readonly=True, groups=fields.NO_ACCESS)

    def _omnichannel_transcript_state(self):
        """What the visitor is offered: whether a transcript can be sent, and the address that they gave."""
        # Whoever asks is the session's visitor; all that is told is what they said themselves.
        session = self.sudo()
        may = session.omnichannel_transcript_count < MOST and session._omnichannel_is_answered()
        return {"available": may, "email": session._omnichannel_given_email() if may else ""}

    def _omnichannel_mail_transcript(self, email):
        """Mail what was said here to an address that the visitor names, by Odoo's queue.

        :param email: whatever the browser sent
        :raise UserError: in words for the visitor, why it is not sent
        """
        self.ensure_one()
        session = self.sudo()  # see _omnichannel_transcript_state
        channel = session._omnichannel_channel()
        email = channel._livechat_answer("email", email, is_required=True)
        if not session._omnichannel_is_answered():
            raise UserError(self.env._("Nobody has answered you yet."))
        is_too_often = session.omnichannel_transcript_count >= MOST
        if is_too_often or not self.env["omnichannel.livechat.transcript"].sudo()._take(email):
            raise UserError(self.env._("This was sent often enough. Please look at your mail."))
        # Two at once change the same row: Odoo runs the second again, which sees the first.
        session.omnichannel_transcript_count += 1
        speaking = session.with_context(lang=session._omnichannel_visitors_lang())
        speaking._omnichannel_queue_transcript(channel, email)

    def _omnichannel_queue_transcript(self, channel, email):
        company = channel.company_id
        self.env["mail.mail"].create(
            {
                "subject": self.env._("Your chat with %s", company.name),
                "body_html": self._omnichannel_transcript_html(channel),
                "email_to": email,
                "auto_delete": True,
                **channel._sender_of(company),
            }
        )
        self.env["omnichannel.worker"]._wake_after_commit("mail.ir_cron_mail_scheduler_action")

    # -- what it holds -----------------------------------------------------------------

    def _omnichannel_is_answered(self):
        """Whether one of us has said something.

        Until then a transcript would be nothing but the visitor's own words, which anybody could have mailed
        to anybody.
        """
        return any(
            said.author_id.user_ids.filtered(lambda user: not user.share)
            and not said._omnichannel_is_visitors(self)
            for said in self._omnichannel_said_here()
        )

    def _omnichannel_said_here(self):
        """What the visitor has seen being said in this session, oldest first; nothing of other channels."""
        said = self.env["mail.message"].search(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "=", "comment"),
            ],
            order="id DESC",
            limit=LONGEST,
        )
        said -= said._filter_empty() | self.omnichannel_shown_message_ids
        return said.filtered(
            lambda one: one._omnichannel_is_visitors(self) or not (one.is_internal or one.subtype_id.internal)
        ).sorted("id")

    def _omnichannel_transcript_html(self, channel):
        timezone = self._omnichannel_visitors_timezone()
        lines = [
            {
                "name": self._omnichannel_speaker(said),
                "at": format_datetime(self.env, said.date, tz=timezone, dt_format="short"),
                "body": self._omnichannel_transcript_body(said),
                "files": said.attachment_ids.mapped("name"),
            }
            for said in self._omnichannel_said_here()
        ]
        company = channel.company_id
        html = self.env["ir.qweb"]._render(
            "omnichannel_livechat.transcript",
            {"company": company, "lines": lines},
            minimal_qcontext=True,
        )
        Render = self.env["mail.render.mixin"]
        layout = {"company": company, "model_description": self.env._("chat"), "record_name": channel.name}
        return Render._replace_local_links(
            Render._render_encapsulate("mail.mail_notification_light", html, layout)
        )

    def _omnichannel_speaker(self, said):
        """By the name under which the visitor has seen them."""
        author = said.author_id or said.author_guest_id
        return (said.author_id and author.user_livechat_username) or author.name

    def _omnichannel_transcript_body(self, said):
        """As it was written by us; of the visitor the text alone, wherever they have it sent."""
        if not said._omnichannel_is_visitors(self):
            return said.body
        return Markup("<br/>").join(escape(line) for line in said._omnichannel_text().split("\n"))

    # -- for whom ----------------------------------------------------------------------

    def _omnichannel_visitors_lang(self):
        history = self.livechat_customer_history_ids[:1]
        code = self.livechat_lang_id.code or history.partner_id.lang
        return self.env["res.lang"]._get_code(code) or self.env["chatbot.script"]._get_chatbot_language()

    def _omnichannel_visitors_timezone(self):
        history = self.livechat_customer_history_ids[:1]
        return history.partner_id.tz or history.guest_id.timezone or "UTC"

    def _omnichannel_given_email(self):
        """The address that the visitor gave, or that of who is logged in; or none."""
        partner = self.livechat_customer_history_ids[:1].partner_id
        if partner:
            return partner.email_normalized or ""
        return self._omnichannel_identity().introduced_email or ""
