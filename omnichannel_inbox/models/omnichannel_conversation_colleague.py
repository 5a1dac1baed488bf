from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from .omnichannel_conversation import QUIET

FILE_FOR_POST = {"res_model": "mail.compose.message", "res_id": 0}  # as one that a composer has uploaded


class OmnichannelConversation(models.Model):
    """What colleagues do by mail: answer the customer, and pass on what the customer wrote to them."""

    _inherit = "omnichannel.conversation"

    def _users_to_mail(self, wishes):
        """Ids of the users who want a mail about a customer's message here.

        :param dict wishes: see ``res.users._omnichannel_mail_wishes``
        """
        self.ensure_one()
        if self.user_id:
            return [self.user_id.id] if wishes.get(self.user_id.id) in ("mine", "team") else []
        return [user_id for user_id in self.team_id.member_ids.ids if wishes.get(user_id) == "team"]

    # -- answers ---------------------------------------------------------------

    def _answer_by_mail(self, opened, channel, answer, token):
        """Answer the customer with what a colleague mailed, as if they had written it in the inbox.

        What cannot be sent is kept as a note, and the colleague is told.

        :param opened: the notice that it answers, see ``omnichannel.notice._opened``
        :param channel: the mailbox that the answer came to
        :param answer: ``ColleagueAnswer`` of the wire
        """
        self.ensure_one()
        own = self.with_user(opened.user).with_context(lang=opened.user.lang)
        try:
            with self.env.cr.savepoint():
                own._check_answer_by_mail(answer)
                own.message_post(
                    body=plaintext2html(answer.text) if answer.text else "",
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                    attachment_ids=own._upload(answer.media),
                    omnichannel_seen_id=opened.message_id,
                    omnichannel_token=token,
                    **own._usual_answer(),
                )
        except UserError as error:
            self._keep_unsent(own, opened, channel, answer, str(error.args[0]))

    def _usual_answer(self):
        """What an answer is posted with whose writer changes nothing in the composer."""
        option = self._usual_option()
        if not option:
            return {}
        return {
            "omnichannel_channel_id": option["channel_id"],
            "omnichannel_identity_id": option["identity_id"],
            "omnichannel_options": option.get("defaults", {}),
        }

    def _usual_option(self):
        """Whom an answer goes to and by which channel, as the composer shows it at first; None for nobody."""
        data = self.get_composer_data()
        return next((option for option in data["options"] if option["key"] == data["default"]), None)

    def _check_answer_by_mail(self, answer):
        """:raise UserError: it would show the customer what is not for them"""
        address = (answer.sender.address or "").encode()
        for media in answer.media:
            if address in (media.content or b"").lower():
                raise UserError(_("The file %s holds your private e-mail address.", media.filename))
        if f"/odoo/{self._name}/" in answer.text:
            raise UserError(_("What you wrote could not be told apart from what your mail quotes."))

    def _upload(self, media):
        """The files of a colleague's mail, ready to be posted by them; returns their ids."""
        return (
            self.env["ir.attachment"]
            .create(
                [
                    {"name": file.filename or file.kind, "raw": file.content, "mimetype": file.mimetype}
                    | FILE_FOR_POST
                    for file in media
                ]
            )
            .ids
        )

    def _keep_unsent(self, own, opened, channel, answer, reason):
        """Keep in a note what could not be sent, and let somebody see to the customer."""
        own.message_post(
            body=Markup("<p><b>%s</b> %s</p>%s")
            % (own.env._("This answer by e-mail was not sent:"), reason, plaintext2html(answer.text)),
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachment_ids=own._upload(answer.media),
        )
        self.with_context(**QUIET).write(
            {
                "state": "open",
                "snooze_until": False,
                "waiting_since": self.waiting_since or fields.Datetime.now(),
            }
        )
        self.env["omnichannel.notice"]._tell_unsent(opened, channel, answer, reason, is_kept=True)

    # -- passed on ---------------------------------------------------------------

    def _note_passed_on(self, passed_on):
        """Keep what a colleague wrote to the customer's message that they passed on, as their note."""
        self.ensure_one()
        colleague = self.env["res.users"]._omnichannel_colleague(passed_on.by, self.company_id)
        if not (passed_on.words or passed_on.media):
            return
        if not self.env["omnichannel.colleague.mail"]._claim(passed_on.by, passed_on.uid, colleague, self):
            return
        # In the colleague's name by the worker: who passes something on need not be able to read here.
        self.message_post(
            body=plaintext2html(passed_on.words) if passed_on.words else "",
            author_id=colleague.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachment_ids=self._upload(passed_on.media),
        )

    @api.model
    def _passed_on_by(self, row):
        """The colleague who passed a message on, if it came so."""
        passed_on = getattr(row["item"], "passed_on", None)
        company = row["channel"].company_id
        return passed_on and self.env["res.users"]._omnichannel_colleague(passed_on.by, company)
