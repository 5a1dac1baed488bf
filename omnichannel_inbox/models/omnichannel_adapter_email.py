import re
import socket

from odoo import SUPERUSER_ID, _, api, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, email_normalize_all, formataddr, is_html_empty
from odoo.tools.mail import email_split_tuples

from ..wire import (
    InboundMessage,
    Media,
    MessageStatus,
    RoundTrip,
    Sender,
    SendResult,
    Unknown,
    Unreachable,
    bounce,
    forwarded,
    mail,
    mail_body,
    smtp,
)

WEB_IMAGE = re.compile(r'src="[^"]*/web/image/(\d+)[^"]*"')
ANSWER_PREFIX = re.compile(r"(?i)\s*(re|aw|sv|antw)\s*:")
MAX_COPIES = 20
MAX_SUBJECT = 250  # characters
OWN_ID = re.compile(r"<omnichannel-([0-9a-f]{32})@[^<>]+>")
MAX_TEXT = 500_000  # characters
MAX_SIZE = 20 * 1024 * 1024  # bytes of all files of a mail: what most mail systems still take


class OmnichannelAdapterEmail(models.AbstractModel):
    """Mailboxes: mails are journalled as they come, and leave through Odoo's outgoing mail servers."""

    _name = "omnichannel.adapter.email"
    _inherit = "omnichannel.adapter"
    _description = "E-mail"

    # -- in ----------------------------------------------------------------

    @api.model
    def _parse(self, channel, raw):
        received = mail.parse(raw)
        if round_trip := self._round_trip(channel, received):
            return [round_trip]
        return self._items(channel, received)

    @api.model
    def _items(self, channel, received):
        """What a mail is: one item, as a rule."""
        if received.report:
            return [self._report(channel, received)]
        sender = self._sender(channel, received)
        if not sender:
            return [Unknown(channel.address or "", "own")]
        return [self._message(channel, received, sender)]

    @api.model
    def _sender(self, channel, received):
        """Who wrote: a form on the shop's website writes in the shop's own name and says whom to answer."""
        own = self._own_addresses(channel)
        candidates = (
            (received.sender, *received.reply_to) if received.sender.email in own else (received.sender,)
        )
        found = next((address for address in candidates if address.email not in own), None)
        return found and Sender(key=found.email, address=found.email, name=found.name)

    @api.model
    def _own_addresses(self, channel):
        channels = self._uid_scope(channel).filtered("active") | channel
        addresses = [*channels.mapped("address"), *channels.mapped("alias_email")]
        return {email_normalize(address) for address in addresses if address}

    @api.model
    def _message(self, channel, received, sender):
        parts = mail_body.split(received.text or self._instead_of_text(channel, received))
        html = mail_body.hold_back_images(received.html) or mail_body.to_html(parts)
        return InboundMessage(
            account=channel.address or "",
            uid=received.message_id,
            sender=sender,
            timestamp=received.date or self.env.cr.now(),
            text=parts.new,
            html=html,
            subject=received.subject,
            media=tuple(
                Media("document", filename=file.name, mimetype=file.mimetype, content=file.content,
                      content_id=file.content_id)
                for file in received.files
            ),
            references=received.references,
            copies=self._others(channel, received, sender),
            silent=received.is_auto_reply or received.is_spam,
            from_program=received.is_impersonal,
        )  # fmt: skip

    @api.model
    def _others(self, channel, received, sender):
        """Whom the mail went to besides us. A mail to a crowd is nobody's conversation with each of them."""
        known = {sender.key, *self._own_addresses(channel)}
        others = dict.fromkeys(a.email for a in (*received.to, *received.copies) if a.email not in known)
        if not others or len(others) > MAX_COPIES:
            return ()
        # Where Odoo itself takes mails in: a copy would come back to us.
        aliases = self.env["mail.alias.domain"]._find_aliases(list(others))
        return tuple(address for address in others if address not in aliases)

    @api.model
    def _instead_of_text(self, channel, received):
        if not received.is_encrypted:
            return ""
        return channel._speaking().env._("This mail is encrypted. Ask the customer to send it unencrypted.")

    @api.model
    def _report(self, channel, received):
        """A bounce, a delivery report or a read receipt is a status of the mail it is about."""
        report = received.report
        recipient = Sender(key=report.recipient, address=report.recipient) if report.recipient else None
        if report.outcome == "failed" and not report.message_id and recipient:
            return self._unreachable(channel, received, recipient)
        if report.outcome == "delayed" or not report.message_id:
            return Unknown(channel.address or "", f"report {report.outcome}")
        return MessageStatus(
            account=channel.address or "",
            uid=report.message_id,
            status=report.outcome,
            timestamp=received.date or self.env.cr.now(),
            recipient=recipient,
            reference=self._reference_in(report.message_id),
            error_code=report.code or None,
            error_text=report.text or mail.UNDELIVERABLE,
        )

    @api.model
    def _unreachable(self, channel, received, recipient):
        """A bounce that does not say which mail came back."""
        return Unreachable(
            account=channel.address or "",
            recipient=recipient,
            timestamp=received.date or self.env.cr.now(),
            error_code=received.report.code or None,
            error_text=received.report.text or mail.UNDELIVERABLE,
        )

    @api.model
    def _is_unreachable(self, code, text):
        return bounce.is_unknown_mailbox(code, text)

    @api.model
    def _handle_other(self, channel, item):
        if isinstance(item, RoundTrip):
            return self._handle_round_trip(channel, item)
        if isinstance(item, Unknown) and item.what == "own":
            return _("Sent from one of our own addresses.")
        return _("A report that says nothing about a mail of ours.")

    @api.model
    def _uid_scope(self, channel):
        """A mail to two of our addresses comes twice and has one Message-Id.

        What came in before a channel was archived is worked off as well.
        """
        return (
            self.env["omnichannel.channel"]
            .with_context(active_test=False)
            .search([("channel_type", "=", "email"), ("company_id", "=", channel.company_id.id)])
            .with_context(active_test=True)
        )

    @api.model
    def _message_values(self, channel, item):
        if not isinstance(item, InboundMessage):
            return {}
        values = {"message_type": "email", "subject": item.subject, "message_id": item.uid}
        return values | {"body": item.html} if item.html else values

    @api.model
    def _reference_in(self, provider_uid):
        own = OWN_ID.fullmatch(provider_uid)
        return own and own[1]

    @api.model
    def _inbound_payload(self, channel, item):
        copies = getattr(item, "copies", ())
        return {"cc": list(copies)} if copies else super()._inbound_payload(channel, item)

    @api.model
    def _copies(self, message):
        payload = message.payload or {}
        return {name: payload[name] for name in ("cc", "bcc") if payload.get(name)}

    # -- identity ----------------------------------------------------------

    @api.model
    def _partner_domain(self, identity):
        return [("email_normalized", "=", identity.key)]

    @api.model
    def _partner_values(self, identity):
        return {"name": identity.name or identity.address, "email": identity.address}

    @api.model
    def _recipients(self, channel, email, phone):
        address = email_normalize(email)
        return [{"key": address, "address": address}] if address else []

    # -- out ---------------------------------------------------------------

    @api.model
    def _capabilities(self, channel):
        return super()._capabilities(channel) | {"max_text": MAX_TEXT, "forward": True, "formatting": True}

    @api.model
    def _check_message(self, channel, text, attachments):
        if len(text) > MAX_TEXT:
            raise UserError(_("This text is too long for an e-mail."))
        if sum(attachments.mapped("file_size")) > MAX_SIZE:
            raise UserError(_("These files are too large for an e-mail: together they may have 20 MB."))

    @api.model
    def _composer_values(self, channel, conversation, identity):
        values = {"subject": self._subject(conversation)}
        answered = self._newest_mail(conversation)
        if answered.identity_id == identity and (copies := self._copies(answered)):
            values["defaults"] = {"cc": ", ".join(copies["cc"])}
        return values

    @api.model
    def _answer_payload(self, channel, options):
        """``subject``, and ``cc`` and ``bcc`` as an agent types them: addresses with commas between them."""
        payload = {name: self._typed_addresses(options.get(name)) for name in ("cc", "bcc")}
        payload["subject"] = " ".join(str(options.get("subject") or "").split())[:MAX_SUBJECT]
        return {name: value for name, value in payload.items() if value}

    @api.model
    def _typed_addresses(self, typed):
        pieces = [piece.strip() for piece in re.split(r"[,;\n]", str(typed or "")) if piece.strip()]
        for piece in pieces:
            if not email_normalize(piece):
                raise UserError(_("%s is no e-mail address.", piece))
        if len(pieces) > MAX_COPIES:
            raise UserError(_("A mail can have %s copies at most.", MAX_COPIES))
        return list(dict.fromkeys(email_normalize(piece) for piece in pieces))

    @api.model
    def _forward_values(self, channel, conversation, row):
        if not row.aside_id:
            question = channel._speaking().env._("A question")
            subject = row.mail_message_id.subject or conversation.subject or question
            prefix = "" if forwarded.is_forward(subject) else "Fwd: "
            return {"to": "", "cc": "", "subject": self._aside_subject(conversation, prefix + subject)}
        person, subject = row.identity_id, row.aside_id.payload["subject"]
        # The customer, whom a third party may have sent a copy, is answered by themselves.
        known = {person.key, *conversation.identity_ids.mapped("key")}
        copies = [address for address in self._copies(row).get("cc", ()) if address not in known]
        return {
            "to": formataddr((person._person_name(), person.address)),
            "cc": ", ".join(copies),
            "subject": subject if ANSWER_PREFIX.match(subject) else f"Re: {subject}",
        }

    @api.model
    def _aside_subject(self, conversation, subject):
        """Without our reference: it would lead a third party's mail to the customer's."""
        return " ".join(subject.replace(f"[{conversation.name}]", "").split())[:MAX_SUBJECT]

    @api.model
    def _forward(self, channel, conversation, row, options):
        to = str(options.get("to") or "").strip()
        if not to:
            raise UserError(_("Enter the address that it should go to."))
        address = email_normalize(to)
        if not address and len(email_normalize_all(to)) > 1:
            raise UserError(_("It goes to one address; others can get a copy."))
        if not address:
            raise UserError(_("%s is no e-mail address.", to))
        name = email_split_tuples(to)[0][0]
        copies = [copy for copy in self._typed_addresses(options.get("cc")) if copy != address]
        own = self._own_addresses(channel)
        for found in (address, *copies):
            if found in own:
                raise UserError(_("%s is an address of our own.", found))
        subject = (
            str(options.get("subject") or "") or self._forward_values(channel, conversation, row)["subject"]
        )
        payload = {"subject": self._aside_subject(conversation, subject)} | ({"cc": copies} if copies else {})
        recipient = Sender(key=address, address=address, name=name)
        return [recipient, *(Sender(key=copy, address=copy) for copy in copies)], payload

    @api.model
    def _ledger_rows(self, text, attachments, payload):
        """A mail carries its files: it is one message."""
        return [{"body": text, "payload": payload or False, "kind": "text"}] if text or attachments else []

    @api.model
    def _prepare_send(self, message):
        channel, posted = message.channel_id, message.mail_message_id
        sender = email_normalize(channel.address)
        uid = f"<omnichannel-{message.reference}@{sender.split('@')[-1]}>"
        content = self._build(message, posted, sender, uid).as_bytes()
        server = channel.mail_server_id
        connect = self._connector(server, sender)
        copies = message.payload or {}
        recipients = [message.identity_id.address, *copies.get("cc", ()), *copies.get("bcc", ())]

        def send():
            try:
                connection = connect()
            except (OSError, smtp.smtplib.SMTPException, UserError) as error:
                raise smtp.connection_error(error) from error
            smtp.send(connection, sender, recipients, content)
            return SendResult(uid)

        return send

    @api.model
    def _connector(self, server, sender):
        """What opens a connection outside the worker's transaction, with a short one of its own.

        Odoo's own ``_connect__`` knows the ways to sign in (OAuth among them), but waits a minute for a
        server that is down: whether one answers at all is asked before.
        """
        registry, server_id = self.env.registry, server.id
        found = server or self.env["ir.mail_server"].sudo()._find_mail_server(sender)[0]
        address = found and (found.smtp_host, found.smtp_port)

        def connect():
            if address:
                socket.create_connection(address, timeout=smtp.TIMEOUT).close()
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                connection = env["ir.mail_server"]._connect__(mail_server_id=server_id, smtp_from=sender)
            if connection is None:
                raise smtp.switched_off()
            return connection

        return connect

    @api.model
    def _build(self, message, posted, sender, uid):
        """The mail as the customer gets it: the agent's words and files, and nothing of Odoo's layout."""
        channel, choices = message.channel_id, message.payload or {}
        earlier = self._thread_ids(message)
        body, images = self._with_images(posted)
        mail = self.env["ir.mail_server"]._build_email__(
            email_from=formataddr((channel.name, sender)),
            email_to=[formataddr((message.identity_id._person_name(), message.identity_id.address))],
            email_cc=choices.get("cc"),
            # A side thread keeps its own.
            subject=choices["subject"]
            if message.aside_id
            else self._subject(message.conversation_id, choices.get("subject")),
            body=self._signed(body, posted),
            reply_to=formataddr((channel.name, sender)),
            message_id=uid,
            references=" ".join(earlier),
            subtype="html",
            headers=self._headers(message, earlier),
        )
        for content_id, image in images.items():
            mail.get_body(("html",)).add_related(
                image.raw, *image.mimetype.split("/"), cid=f"<{content_id}>", filename=image.name
            )
        for file in posted.sudo().attachment_ids - self.env["ir.attachment"].union(*images.values()):
            mail.add_attachment(file.raw or b"", *self._mimetype(file), filename=file.name)
        return mail

    @api.model
    def _headers(self, message, earlier):
        """What a mail says of itself to programs.

        :param earlier: ids of the mails before it, oldest first
        """
        return {"In-Reply-To": earlier[-1]} if earlier else {}

    @api.model
    def _mimetype(self, file):
        """A file's type in two; a mail or a text is sent as a file like any other."""
        main, slash, sub = (file.mimetype or "").partition("/")
        return (
            (main, sub) if slash and main not in ("message", "multipart") else ("application", "octet-stream")
        )

    @api.model
    def _with_images(self, posted):
        """The body, in which Odoo's images come along with the mail: (HTML, {content id: attachment}).

        A body is what its author sent: only images are sent out that they may read themselves.
        """
        author = posted.create_uid
        images = {}
        for image_id in {int(found) for found in WEB_IMAGE.findall(posted.body or "")}:
            image = self.env["ir.attachment"].with_user(author).browse(image_id).exists()
            if image and image.has_access("read") and (image.mimetype or "").startswith("image/"):
                images[f"image{image.id}@omnichannel"] = image.sudo()
        addresses = {image.id: f"cid:{content_id}" for content_id, image in images.items()}
        body = WEB_IMAGE.sub(lambda found: f'src="{addresses.get(int(found[1]), "")}"', posted.body or "")
        return body, images

    @api.model
    def _signed(self, body, posted):
        """The signature closes the agent's own words; what is quoted stands below it."""
        words, quoted, rest = body.partition(mail_body.QUOTED)
        return words + self._signature(posted) + quoted + rest

    @api.model
    def _signature(self, posted):
        """The author's own, as Odoo's mails have it; an empty one leaves nothing."""
        signature = posted.create_uid.signature
        if is_html_empty(signature):
            return ""
        return f'<div class="o_signature"><br/>{signature}</div>'

    @api.model
    def _subject(self, conversation, chosen=None):
        """What the agent chose, else that of the mail it answers; with the reference that finds an answer.

        Where there is none it is in the customer's language, else in the channel's.
        """
        channel = conversation.channel_id._speaking(conversation.partner_id)
        subject = (
            chosen
            or self._answered_subject(conversation)
            or conversation.subject
            or channel.env._("Your message")
        )
        if not chosen and not ANSWER_PREFIX.match(subject):
            subject = f"Re: {subject}"
        return subject if f"[{conversation.name}]" in subject else f"{subject} [{conversation.name}]"

    @api.model
    def _answered_subject(self, conversation):
        """Of the customer's newest mail: the conversation may have begun by another channel or subject."""
        return self._newest_mail(conversation).mail_message_id.subject

    @api.model
    def _newest_mail(self, conversation):
        """The ledger's row of the mail that an answer answers."""
        return self.env["omnichannel.message"].search(
            [
                ("conversation_id", "=", conversation.id),
                ("channel_id.channel_type", "=", "email"),
                ("direction", "=", "in"),
                ("aside_id", "=", False),
            ],
            order="id DESC",
            limit=1,
        )

    @api.model
    def _thread_ids(self, message):
        """Ids of the mails before this one, oldest first (RFC 5322, 3.6.4).

        What is said with the customer and what with a third party never name each other.
        """
        earlier = self.env["omnichannel.message"].search(
            [
                ("conversation_id", "=", message.conversation_id.id),
                ("channel_id.channel_type", "=", "email"),
                ("provider_uid", "!=", False),
                ("aside_id", "=", message.aside_id.id),
                ("id", "<", message.id),
            ],
            order="id DESC",
            limit=20,
        )
        return earlier.sorted("id").mapped("provider_uid")
