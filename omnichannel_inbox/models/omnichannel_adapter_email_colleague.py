from dataclasses import replace

from odoo import _, api, models

from ..wire import (
    ColleagueAnswer,
    MalformedBody,
    Media,
    PassedOn,
    Sender,
    Unknown,
    forwarded,
    mail,
    own_words,
)

MAX_DEPTH = 5  # colleagues who passed a mail on to each other before it came to us
CARDS = ("text/vcard", "text/x-vcard", "text/directory")
ATTACHED_MAIL = "message/rfc822"


class OmnichannelAdapterEmail(models.AbstractModel):
    """Mails of colleagues: answers to the notices that they asked for, and customers' mails passed on."""

    _inherit = "omnichannel.adapter.email"

    @api.model
    def _items(self, channel, received):
        if received.report and self.env["omnichannel.notice"]._opened(received.report.message_id):
            return [Unknown(channel.address or "", "notice")]
        item = not received.report and (
            self._colleague_answer(channel, received) or self._passed_on(channel, received)
        )
        return [item] if item else super()._items(channel, received)

    @api.model
    def _handle_other(self, channel, item):
        if isinstance(item, Unknown) and item.what == "notice":
            return _("A report about a notice that a colleague was mailed.")
        return super()._handle_other(channel, item)

    # -- answers to notices --------------------------------------------------

    @api.model
    def _colleague_answer(self, channel, received):
        """An answer to a notice, from the address it was sent to; a notice passed on is none."""
        Notice = self.env["omnichannel.notice"]
        notice = next((uid for uid in received.references if Notice._opened(uid)), None)
        if not notice or Notice._opened(notice).user.email_normalized != received.sender.email:
            return None
        if forwarded.is_forward(received.subject):
            return None
        sender = received.sender
        text = "" if received.is_encrypted else own_words.own_words(received.text, received.html)
        return ColleagueAnswer(
            account=channel.address or "",
            uid=received.message_id,
            sender=Sender(key=sender.email, address=sender.email, name=sender.name),
            notice=notice,
            timestamp=received.date or self.env.cr.now(),
            text=own_words.without_address(text, sender.email),
            media=() if received.is_encrypted else self._own_files(received),
            silent=received.is_automatic,
        )

    @api.model
    def _own_files(self, received):
        """The files that a colleague attached: no visiting card, no image of a signature or quotation."""
        shown = own_words.shown_images(received.html)
        return tuple(
            self._media(file)
            for file in received.files
            if file.mimetype not in CARDS
            and not (
                file.content_id and f"cid:{file.content_id}" in received.html and file.content_id not in shown
            )
        )

    @api.model
    def _media(self, file):
        return Media("document", filename=file.name, mimetype=file.mimetype, content=file.content)

    # -- customers' mails passed on --------------------------------------------

    @api.model
    def _passed_on(self, channel, received):
        """The customer's mail that a colleague passed on, or None: it is a mail of its sender's own."""
        attached = [file for file in received.files if file.mimetype == ATTACHED_MAIL]
        quoted = forwarded.find(received.text)
        is_quoted = quoted and (quoted.is_marked or forwarded.is_forward(received.subject))
        # Only what looks like it is worth a look at who our colleagues are.
        if not is_quoted and len(attached) != 1:
            return None
        if not self._is_ours(channel, received.sender.email):
            return None
        if is_quoted and (item := self._quoted_mail(channel, received)):
            return item
        return self._attached_mail(channel, received, attached[0]) if len(attached) == 1 else None

    @api.model
    def _is_ours(self, channel, address):
        """Whether a mail's sender is a colleague who may pass on what others wrote."""
        return address not in self._own_addresses(channel) and bool(
            self.env["res.users"]._omnichannel_colleague(address, channel.company_id)
        )

    @api.model
    def _is_customers(self, channel, received, address):
        """Whether an address in a mail is somebody else's than ours, whom the mail did not go to."""
        return (
            address not in received.recipients
            and address not in self._own_addresses(channel)
            and not self.env["res.users"]._omnichannel_colleague(address, channel.company_id)
        )

    @api.model
    def _strangers(self, channel, addresses):
        """Those of the addresses that a mail went to which are no colleague's: colleagues need no copies."""
        Users = self.env["res.users"]
        return tuple(a for a in addresses if not Users._omnichannel_colleague(a, channel.company_id))

    @api.model
    def _quoted_mail(self, channel, received):
        above, text = [], received.text
        for _depth in range(MAX_DEPTH):
            found = forwarded.find(text)
            if not found or found.sender.email in self._own_addresses(channel):
                # What was passed on is a mail of ours: what it quotes has been here before.
                return None
            above.append(found.above)
            if self._is_customers(channel, received, found.sender.email):
                inner = replace(
                    received,
                    text=found.text,
                    html="",
                    to=(),
                    copies=(),
                    subject=found.subject or forwarded.original_subject(received.subject),
                )
                return self._for_customer(channel, received, inner, found.sender, above)
            text = found.text
        return None

    @api.model
    def _attached_mail(self, channel, received, file):
        try:
            inner = mail.parse(file.content)
        except MalformedBody:
            return None
        if inner.report or not self._is_customers(channel, received, inner.sender.email):
            return None
        others = tuple(self._media(other) for other in received.files if other is not file)
        return self._for_customer(channel, received, inner, inner.sender, [received.text], others)

    @api.model
    def _for_customer(self, channel, received, inner, customer, above, media=()):
        sender = Sender(key=customer.email, address=customer.email, name=customer.name)
        words = "\n\n".join(filter(None, (own_words.own_words(text) for text in above)))
        message = self._message(channel, inner, sender)
        return replace(
            message,
            copies=self._strangers(channel, message.copies),
            # It comes to us now, whenever it was written.
            timestamp=received.date or self.env.cr.now(),
            silent=received.is_spam,
            passed_on=PassedOn(received.sender.email, received.message_id, words, media),
        )
