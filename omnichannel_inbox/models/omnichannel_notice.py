import logging
import re
from collections import namedtuple
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, consteq, email_normalize, formataddr, hmac

from ..wire import mail_body
from .omnichannel_worker import TRANSIENT_ERRORS

_logger = logging.getLogger(__name__)

WAIT = timedelta(seconds=30)  # in which whoever has the conversation open reads the message there
BATCH = 20
MAX_TEXT = 20_000  # characters of a message in a notice
SCOPE = "omnichannel.notice"
_ID = re.compile(r"<omnichannel-notice-(\d{1,10})-(\d{1,10})-(\d{1,10})-([0-9a-f]{40})@[^<>@\s]+>")
# Programs that answer for people are asked not to (RFC 3834, and what Exchange knows).
_HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply"}

Opened = namedtuple("Opened", "conversation user message_id")


class OmnichannelNotice(models.Model):
    """A colleague is to be mailed what a customer wrote, unless they read it before.

    One row for each colleague and conversation, gone once the mail is queued: several messages make one mail.
    """

    _name = "omnichannel.notice"
    _description = "Notice to a Colleague"
    _order = "id"
    _rec_name = "conversation_id"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    conversation_id = fields.Many2one(
        "omnichannel.conversation", required=True, readonly=True, index=True, ondelete="cascade"
    )
    message_id = fields.Integer("First Message", required=True, readonly=True)
    due = fields.Datetime(required=True, readonly=True)

    _user_conversation_uniq = models.UniqueIndex("(user_id, conversation_id)")

    # -- the id of a notice's mail ---------------------------------------------

    @api.model
    def _mail_id(self, conversation, user, message_id, domain):
        """The Message-Id of a mail about a conversation to a user, which nobody else can make up."""
        numbers = (conversation.id or 0, user.id, message_id or 0)
        return f"<omnichannel-notice-{'-'.join(map(str, numbers))}-{self._signature(numbers)}@{domain}>"

    @api.model
    def _opened(self, mail_id):
        """What a notice with this Message-Id was about, or None if it is none of ours.

        :return: conversation and user, of which either may be gone, and the id of the newest message then
        """
        found = _ID.fullmatch(mail_id or "")
        if not found:
            return None
        *numbers, signature = found.groups()
        conversation_id, user_id, message_id = map(int, numbers)
        if not consteq(self._signature((conversation_id, user_id, message_id)), signature):
            return None
        return Opened(
            self.env["omnichannel.conversation"].browse(conversation_id).exists(),
            self.env["res.users"].browse(user_id).exists(),
            message_id,
        )

    @api.model
    def _signature(self, numbers):
        # The database's secret is read to sign with, and told to nobody.
        return hmac(self.env(su=True), SCOPE, list(numbers))[:40]

    # -- whom to tell ------------------------------------------------------------

    @api.model
    def _plan(self, rows):
        """Note down which colleagues asked for a mail about what customers wrote just now.

        :param rows: messages as ``omnichannel.inbound`` has them
        """
        wishes = self.env["res.users"]._omnichannel_mail_wishes()
        if not wishes:
            return
        wanted = {}
        for row in rows:
            for user_id in () if row["item"].silent else row["conversation"]._users_to_mail(wishes):
                wanted.setdefault((user_id, row["conversation"].id), row["message"].id)
        if wanted:
            self._note_down(wanted)

    @api.model
    def _note_down(self, wanted):
        """:param dict wanted: {(user id, conversation id): id of the first message}"""
        values = [(*pair, message_id) for pair, message_id in wanted.items()]
        self.env.cr.execute(
            SQL(
                # An update that changes nothing holds the row: a notice that is being mailed right now must
                # not swallow a message that it does not show. Users may have gone since they asked.
                """INSERT INTO omnichannel_notice (user_id, conversation_id, message_id, due)
                   SELECT u.id, wanted.conversation_id, wanted.message_id, %s
                     FROM (VALUES %s) AS wanted (user_id, conversation_id, message_id)
                     JOIN res_users u ON u.id = wanted.user_id AND u.active
                   ON CONFLICT (user_id, conversation_id)
                   DO UPDATE SET message_id = omnichannel_notice.message_id""",
                fields.Datetime.now() + WAIT,
                SQL(", ").join(SQL("%s", value) for value in values),
            ),
            log_exceptions=False,
        )

    # -- mailing -------------------------------------------------------------------

    @api.model
    def _run(self):
        """Cron: queue the mails that are due."""
        self.env["omnichannel.worker"]._drain(self._mail_batch, "omnichannel_inbox.cron_notices")

    @api.model
    def _mail_batch(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM omnichannel_notice WHERE due <= clock_timestamp() AT TIME ZONE 'UTC'
                 ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED""",
                BATCH,
            )
        )
        notices = self.browse(row[0] for row in rows)
        mails = [values for notice in notices if (values := notice._try_mail_values())]
        notices.unlink()
        self._queue(mails)
        return len(notices)

    @api.model
    def _queue(self, mails):
        """Leave mails to Odoo's own queue."""
        if mails:
            self.env["mail.mail"].create(mails)
            self.env["omnichannel.worker"]._wake_after_commit("mail.ir_cron_mail_scheduler_action")

    def _try_mail_values(self):
        """The mail, or None; one that cannot be made holds up no other."""
        try:
            with self.env.cr.savepoint():
                return self._mail_values()
        except TRANSIENT_ERRORS:
            raise
        except Exception:
            _logger.exception("Notice %s could not be mailed", self.id)
            return None

    def _mail_values(self):
        """The mail, or None when its reader has nothing to do any more."""
        self.ensure_one()
        user, conversation = self.user_id, self.conversation_id
        wishes = {user.id: user.omnichannel_mail}
        is_wanted = user.active and user.id in conversation._users_to_mail(wishes)
        # A third party may have written since, or a text left by itself; what counts is whether the customer
        # was answered.
        last = conversation._last_row([("aside_id", "=", False), ("automatic", "=", False)])
        if not is_wanted or last.direction != "in" or conversation.state == "closed":
            return None
        own = conversation.with_user(user)
        if not own.has_access("read"):
            return None
        messages = self._unread_messages(own)
        channel = self.env["omnichannel.channel"]._for_colleagues(conversation)
        if not messages or not self._is_mailable(user, conversation.company_id):
            return None
        newest = messages[-1]
        about = conversation.last_author or conversation.subject or ""
        route = own._usual_option() or {}
        values = {
            "route": route,
            "copies": route.get("defaults", {}).get("cc"),
            "customer": about,
            "source": newest.omnichannel_ledger_ids[:1].channel_id.name,
            "messages": [self._shown(message) for message in messages],
            "is_answerable": channel and route.get("can_send") and own.has_access("write"),
        }
        return {
            **self._addressed(user, conversation, channel, newest.id),
            "subject": f"[{conversation.name}] {about}".strip(),
            "body_html": self._rendered("omnichannel_inbox.notice_mail", user, conversation, values),
        }

    @api.model
    def _is_mailable(self, user, company):
        """Whether a user has an address, and not one that leads back to us."""
        ours = self.env["omnichannel.channel"].search([("company_id", "=", company.id)]).mapped("address")
        address = user.email_normalized
        return bool(address) and address not in {email_normalize(own or "") for own in ours}

    def _unread_messages(self, own):
        """What the customer wrote since this was noted down and the user has not read, oldest first."""
        read = own._read_positions().get(own.id, 0)
        # Whether the user may read the conversation was checked; its messages are theirs to read, too.
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", own._name),
                    ("res_id", "=", own.id),
                    ("id", ">=", self.message_id),
                    ("id", ">", read),
                    ("omnichannel_ledger_ids", "any", [("direction", "=", "in"), ("aside_id", "=", False)]),
                ],
                order="id",
            )
        )

    @api.model
    def _shown(self, message):
        """Text and names of files of a message; what it quotes is left out."""
        text = mail_body.split(mail_body.html_to_text(message.body or "")).new
        return {"text": text[:MAX_TEXT], "files": message.attachment_ids.mapped("name")}

    @api.model
    def _rendered(self, template, user, conversation, values):
        url = conversation and f"{conversation.get_base_url()}/odoo/{conversation._name}/{conversation.id}"
        return self.env["ir.qweb"]._render(template, {"url": url, **values}, lang=user.lang)

    @api.model
    def _addressed(self, user, conversation, channel, seen_id, references=""):
        """What a mail to a user about a conversation has besides its text.

        :param channel: the mailbox that an answer goes to, if there is one
        :param seen_id: id of the newest message that its reader knows
        """
        address = email_normalize(channel.address or "")
        sender = (address and formataddr((channel.name, address))) or self._company_address(conversation)
        domain = (email_normalize(sender) or "localhost").rpartition("@")[2]
        # Servers that give a mail an id of their own leave this one, by which an answer is known as well.
        thread = self._mail_id(conversation, user, 0, domain)
        return {
            "email_from": sender,
            "email_to": formataddr((user.name, user.email_normalized)),
            "reply_to": address and sender,
            "author_id": False,
            "message_id": self._mail_id(conversation, user, seen_id, domain),
            "references": f"{thread} {references}".strip(),
            "headers": repr(_HEADERS),
            # An administrator's choice for this address; whoever is mailed learns nothing of it.
            "mail_server_id": channel.sudo().mail_server_id.id,
            "auto_delete": True,
        }

    @api.model
    def _company_address(self, conversation):
        return conversation.company_id.email_formatted or self.env.user.email_formatted or ""

    @api.model
    def _tell_unsent(self, opened, channel, answer, reason, is_kept):
        """Mail a colleague that their answer did not go to the customer, with what they wrote.

        :param channel: the mailbox that the answer came to
        :param answer: ``ColleagueAnswer`` of the wire
        :param is_kept: whether a note in the conversation has it
        """
        conversation, user = opened.conversation, opened.user
        speaking = self.with_context(lang=user.lang).env
        values = {"reason": reason, "text": answer.text, "is_kept": is_kept}
        self._queue(
            [
                {
                    **self._addressed(user, conversation, channel, conversation.last_message_id, answer.uid),
                    "subject": " ".join(
                        filter(None, [speaking._("Not sent: your answer"), conversation.name])
                    ),
                    "body_html": self._rendered("omnichannel_inbox.unsent_mail", user, conversation, values),
                }
            ]
        )
