"""A mail's bytes as what the suite needs to know of it (RFC 5322, 2045-2049, 3464, 3834, 8098).

Mail is the least orderly thing customers send: whatever the bytes, :func:`parse` returns a ``Mail`` or
raises ``MalformedBody``. Nothing in it is believed: addresses are claims, file types are guesses.
"""

import email
import email.policy
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from . import cms, tnef
from .events import MalformedBody
from .invitation import Invitation, read_calendar
from .mail_body import html_to_text
from .texts import _

MAX_PARTS = 200
MAX_ADDRESSES = 200
UNDELIVERABLE = _("The mail came back as undeliverable.")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
# A mail to ourselves, see `Mail.round_token`.
ROUND_ID = "<omnichannel-test-{token}@{domain}>"
ROUND_HEADER = "X-Omnichannel-Test"
_ROUND_ID = re.compile(r"<omnichannel-test-([0-9a-z.]{1,120})@[^<>\s]+>")
_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,255}")
_FAILED_RECIPIENT = re.compile(
    r"^(?:<([^<>\s]+@[^<>\s]+)>:|  ([^<>\s]+@[^<>\s]+))\s*$", re.MULTILINE
)  # qmail, Exim
_OPAQUE = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_ENCRYPTED = {*_OPAQUE, "application/pgp-encrypted"}
_PGP_ENCRYPTED = "-----BEGIN PGP MESSAGE-----"
_PGP_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_PGP_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}
_CALENDAR = {"text/calendar", "application/ics"}
_SIGNATURES = {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
# The subjects of notices that some programs send without any header that says so.
_ABSENT = re.compile(
    r"(automatic reply|auto(matic)?[- ]?reply|automatische? antwoord|automatische antwort|réponse automatique"
    r"|out of (the )?office|afwezig|niet aanwezig|abwesend|abwesenheit|absent|absence)\b",
    re.IGNORECASE,
)
_WORST_FIRST = ("failed", "delayed", "delivered")  # what may become of a mail of ours
_LIST_HEADERS = ("List-Id", "List-Post", "List-Unsubscribe")
_NOBODY = re.compile(
    r"(no[._-]?reply|do[._-]?not[._-]?reply|geen[._-]?antwoord|niet[._-]?(be)?antwoorden|nicht[._-]?antworten"
    r"|ne[._-]?pas[._-]?repondre|no[._-]?responder|mailer-daemon|postmaster|bounces?)([._+-].*)?@"
)
_AUTO_REPLY_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-Mail-Autoreply")


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox; ``email`` is in lower case, as no mail system in use tells case apart."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A part that is not the mail's text; ``content_id`` is how its HTML shows it."""

    name: str
    mimetype: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail system says became of a mail of ours.

    ``outcome`` is failed, delayed, delivered or read.
    """

    outcome: str
    message_id: str = ""
    recipient: str = ""
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail. ``references`` are the ids of what it answers, nearest first.

    ``is_auto_reply`` says that a program answered for a person: an out-of-office notice, "we got your mail".
    ``is_automatic`` says the same of anything that nobody may have written: notices and newsletters, too.
    ``is_impersonal`` says that no text of a program's should answer it: nobody wrote it, many got it, or
    nobody reads what comes back.
    ``round_token`` is what a mail carries that we sent to see whether it arrives; not believed before it is
    verified.
    """

    message_id: str
    sender: Address | None
    subject: str = ""
    date: datetime | None = None
    to: tuple[Address, ...] = ()
    copies: tuple[Address, ...] = ()
    delivered_to: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    files: tuple[File, ...] = ()
    is_auto_reply: bool = False
    is_spam: bool = False
    is_encrypted: bool = False
    invitation: Invitation | None = None
    report: Report | None = None
    round_token: str = ""
    is_automatic: bool = False
    is_impersonal: bool = False

    @property
    def recipients(self):
        """Addresses it came to, those of the envelope first."""
        return tuple(dict.fromkeys(a.email for a in (*self.delivered_to, *self.to, *self.copies)))


def parse(raw):
    """Read a mail.

    :param bytes raw: the mail as it came
    :raise MalformedBody: nobody could say who it is from or what is in it
    """
    try:
        return _read(email.message_from_bytes(raw, policy=email.policy.compat32), raw)
    except (RecursionError, ValueError, LookupError) as error:
        # The standard library's parser has its own ways to fail on hostile mails.
        raise MalformedBody(_("The mail cannot be read.")) from error


def _read(message, raw):
    sender = next(iter(_addresses(message, "From")), None) or next(iter(_addresses(message, "Sender")), None)
    contents = _Contents(message)
    report = _report(message, contents)
    if not sender and not report:
        raise MalformedBody(_("The mail has no sender."))
    return Mail(
        message_id=_own_id(message, raw),
        sender=sender,
        subject=_text(message, "Subject"),
        date=_date(message),
        to=_addresses(message, "To"),
        copies=_addresses(message, "Cc"),
        delivered_to=_addresses(message, "Delivered-To", "X-Original-To", "Envelope-To", "Resent-To"),
        reply_to=_addresses(message, "Reply-To"),
        references=_references(message),
        text=contents.text,
        html=contents.html,
        files=tuple(contents.files),
        is_auto_reply=_is_auto_reply(message),
        is_automatic=_is_automatic(message),
        is_impersonal=_is_impersonal(message),
        is_spam=_is_spam(message),
        is_encrypted=contents.is_encrypted,
        invitation=contents.invitation,
        report=report,
        round_token=round_token(_decode(message.get("Message-Id"))) or _text(message, ROUND_HEADER)[:120],
    )


def round_token(message_id):
    """The token of a mail that we sent to ourselves, by its Message-Id; empty for any other."""
    match = _ROUND_ID.search(message_id)
    return match[1] if match else ""


# -- headers -------------------------------------------------------------------


def _clean(text):
    """Text that a database takes: no NUL, no half characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _decode(value):
    """A header's value as text, whatever its encoding claims."""
    if value is None:
        return ""
    try:
        chunks = decode_header(value)
    except (email.errors.HeaderParseError, ValueError, LookupError):
        return _clean(str(value))
    return _clean("".join(_as_text(chunk, charset) for chunk, charset in chunks))


def _as_text(chunk, charset):
    if isinstance(chunk, str):
        return chunk
    for encoding in (charset, "utf-8"):
        try:
            return (
                chunk.decode(encoding) if encoding and encoding != "unknown-8bit" else chunk.decode("utf-8")
            )
        except (LookupError, ValueError):
            continue
    return chunk.decode("cp1252", "replace")


def _text(message, name):
    return " ".join(_decode(message.get(name)).split())


def _addresses(message, *names):
    """The mailboxes of headers; what is no address is left out."""
    found = {}
    for name in names:
        for value in (message.get_all(name) or [])[:MAX_ADDRESSES]:
            for address in _split_addresses(value):
                found.setdefault(address.email, address)
    return tuple(found.values())[:MAX_ADDRESSES]


def _split_addresses(value):
    # Names are decoded after splitting: an encoded comma must not become one.
    raw = " ".join(str(value).split()) if isinstance(value, str) else _decode(value)
    found = [(name, match[0]) for name, address in getaddresses([raw]) if (match := _EMAIL.search(address))]
    # What the standard library takes for no address at all may still hold one.
    for name, address in found or [("", match) for match in _EMAIL.findall(_decode(value))]:
        yield Address(_clean(address).lower(), " ".join(_decode(name).strip("'\" ").split()))


def first_address(text):
    """The first mailbox that a text names, or None."""
    found = next(_split_addresses(text), None)
    # Some programs write the address in the name's place, too.
    return found and (Address(found.email) if found.name.lower() == found.email else found)


def _references(message):
    """What the mail answers, nearest first (RFC 5322, 3.6.4)."""
    nearest = _MESSAGE_ID.findall(_decode(message.get("In-Reply-To")))
    older = _MESSAGE_ID.findall(_decode(message.get("References")))
    return tuple(dict.fromkeys([*nearest, *reversed(older)]))[:100]


def _own_id(message, raw):
    """The Message-Id; a mail without one gets one that is always the same for the same bytes."""
    match = _MESSAGE_ID.search(_decode(message.get("Message-Id")))
    return match[0] if match else f"<{hashlib.sha256(raw).hexdigest()}@no-message-id>"


def _date(message):
    """When it was written, in naive UTC; None when the header says nothing usable."""
    try:
        date = parsedate_to_datetime(_decode(message.get("Date")))
        return date.astimezone(UTC).replace(tzinfo=None) if date.tzinfo else date
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _is_auto_reply(message):
    """RFC 3834, and what is in use besides it. Exchange calls its notices "generated", and so do shops that
    tell of an order: of those only what answers something is a reply."""
    submitted = _decode(message.get("Auto-Submitted")).split(";")[0].strip().lower()
    if submitted == "auto-replied" or _text(message, "Precedence").lower() == "auto_reply":
        return True
    if submitted == "auto-generated" and message.get("In-Reply-To"):
        return True
    return any(message.get(name) for name in _AUTO_REPLY_HEADERS)


def _is_automatic(message):
    """Whether anything speaks against a person having written it; better one too many than one too few."""
    return (
        _is_auto_reply(message)
        or _decode(message.get("Auto-Submitted")).strip().lower() not in ("", "no")
        or _text(message, "Precedence").lower() in ("bulk", "junk", "list")
        or _text(message, "Return-Path") == "<>"
        or bool(_ABSENT.match(_text(message, "Subject")))
    )


def is_nobody(address):
    """Whether an address says itself that nobody reads what is sent to it."""
    return bool(_NOBODY.match(address or ""))


def _is_impersonal(message):
    """Whether an automatic text should not answer it (RFC 3834, 2): a program, a list, or nobody is there."""
    answered = [*_addresses(message, "From"), *_addresses(message, "Reply-To")]
    return (
        _is_automatic(message)
        or _is_spam(message)
        or any(message.get(name) for name in _LIST_HEADERS)
        or _wants_no_auto_reply(message)
        or any(is_nobody(address.email) for address in answered)
    )


def _wants_no_auto_reply(message):
    """What Exchange calls its wish that no program answers; "DR, RN" speaks of receipts alone."""
    wishes = re.split(r"[\s,]+", _text(message, "X-Auto-Response-Suppress").lower())
    return not {"all", "oof", "autoreply"}.isdisjoint(wishes)


def _is_spam(message):
    return _text(message, "X-Spam-Flag").lower() in ("yes", "true") or _text(
        message, "X-Spam-Status"
    ).lower().startswith("yes")


# -- contents ------------------------------------------------------------------


class _Contents:
    """Text, HTML and files of a mail, in the order in which a mail program shows them."""

    def __init__(self, message):
        self.texts, self.htmls, self.files = [], [], []
        self.reports = []
        self.is_encrypted = False
        self.invitation = None
        self._wrappings = []
        self._parts = 0
        self._take(message)
        self.html = "\n".join(self.htmls)
        # Some programs put an empty text beside their HTML.
        self.text = "\n\n".join(text for text in self.texts if text.strip()) or html_to_text(self.html)
        self._take_inline_pgp()
        if not self.text and not self.files:
            # What was wrapped may be the text.
            self.files += self._wrappings

    def _take(self, part):
        self._parts += 1
        if self._parts > MAX_PARTS:
            return
        kind = _clean(part.get_content_type())
        if part.is_multipart() and not kind.startswith("message/"):
            self._take_multipart(part, kind)
        elif kind == "message/delivery-status" or kind == "message/disposition-notification":
            self.reports += [block for block in part.get_payload() or [] if isinstance(block, Message)]
        elif kind in _SIGNATURES:
            return
        elif kind in _OPAQUE and (signed := cms.signed_content(part.get_payload(decode=True) or b"")):
            self._take(email.message_from_bytes(signed, policy=email.policy.compat32))
        elif (kind in ("text/plain", "text/html") or kind.startswith("multipart/")) and not self._is_file(
            part
        ):
            # What calls itself several parts and is one is read as the text that it is.
            (self.htmls if kind == "text/html" else self.texts).append(_body_text(part))
        else:
            self.is_encrypted |= kind in _ENCRYPTED
            self._take_file(_file(part, kind))

    def _take_file(self, file):
        if file.mimetype in _TNEF or file.name.lower() == "winmail.dat":
            unpacked, is_whole = tnef.unpack(file.content)
            self.files += [_unpacked(attachment) for attachment in unpacked]
            if is_whole:
                self._wrappings.append(file)
                return
        if file.mimetype in _CALENDAR or file.name.lower().endswith(".ics"):
            self.invitation = self.invitation or read_calendar(file.content)
            if file.content in [other.content for other in self.files]:
                # Calendars come twice: to be answered by a program, and as a file for the others.
                return
        self.files.append(file)

    def _take_multipart(self, part, kind):
        self.is_encrypted |= kind == "multipart/encrypted"
        for child in part.get_payload():
            self._take(child)

    def _take_inline_pgp(self):
        """A text that is signed or encrypted without any MIME (RFC 9580, 6.2 and 7)."""
        text = self.text.strip()
        if text.startswith(_PGP_ENCRYPTED):
            self.is_encrypted = True
            self.files.append(File("encrypted.asc", "application/pgp-encrypted", text.encode()))
            self.text = self.html = ""
        elif text.startswith(_PGP_SIGNED):
            signed = text.partition("\n\n")[2].partition(_PGP_SIGNATURE)[0]
            self.text = re.sub(r"^- ", "", signed, flags=re.MULTILINE).strip()
            self.html = ""

    def _is_file(self, part):
        return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _body_text(part):
    payload = part.get_payload(decode=True) or b""
    charset = part.get_content_charset() or "utf-8"
    text = _as_text(payload, charset)
    return _clean(text).replace("\r\n", "\n").replace("\r", "\n")


def _file(part, kind):
    if kind.startswith("message/") and part.is_multipart():
        content = b"\n".join(bytes(inner) for inner in part.get_payload())
    else:
        content = part.get_payload(decode=True) or b""
    name = _file_name(part, kind)
    return File(name, kind, content, _decode(part.get("Content-Id")).strip().strip("<>"))


def _unpacked(attachment):
    """A file out of a winmail.dat."""
    ending = attachment.name.rpartition(".")[2]
    guessed = mimetypes.guess_type(f"file.{ending}")[0] or "application/octet-stream"
    kind = attachment.mimetype if re.fullmatch(r"[\w.+-]+/[\w.+-]+", attachment.mimetype) else guessed
    name = _safe_name(attachment.name, kind)
    return File(name, kind, attachment.content, _clean(attachment.content_id))


def _file_name(part, kind):
    return _safe_name(_decode(part.get_filename()), kind)


def _safe_name(name, kind):
    """The file's name without anything that is a path."""
    name = _clean(name).replace("\\", "/").rsplit("/", 1)[-1].strip(". ")
    named = {"text/calendar": "invitation.ics", "message/rfc822": "message-rfc822.eml"}
    name = name or named.get(kind, kind.replace("/", "-"))
    return "".join(character for character in name if character.isprintable())[:200]


# -- reports -------------------------------------------------------------------


def _report(message, contents):
    """What the mail says became of an earlier one, or None."""
    kind = str(message.get_param("report-type") or "").lower()
    if kind == "disposition-notification":
        return _read_receipt(contents)
    if kind == "delivery-status" or contents.reports:
        return _delivery_report(contents)
    return _plain_bounce(message, contents)


def _read_receipt(contents):
    """RFC 8098, 3.2: "displayed" is what the customer read; anything else says nothing."""
    for block in contents.reports:
        if "displayed" in _text(block, "Disposition").lower():
            return Report("read", _first_id(_decode(block.get("Original-Message-ID"))))
    return Report("delayed")


def _delivery_report(contents):
    """RFC 3464, 2.3: one block about the mail, then one for each recipient, of whom the worst is told."""
    blocks = [block for block in contents.reports if _text(block, "Action")]
    if not blocks:
        return Report("delayed", _returned_id(contents))
    block = min(blocks, key=lambda block: _WORST_FIRST.index(_outcome(block)))
    recipient = _text(block, "Final-Recipient") or _text(block, "Original-Recipient")
    return Report(
        _outcome(block),
        _returned_id(contents),
        recipient.rsplit(";", 1)[-1].strip("<> \t").lower(),
        _text(block, "Status"),
        _text(block, "Diagnostic-Code").split(";", 1)[-1].strip(),
    )


def _outcome(block):
    action = _text(block, "Action").lower()
    return action if action in _WORST_FIRST else "delivered"


def _plain_bounce(message, contents):
    """Bounces of systems that do not know RFC 3464."""
    sender = " ".join(address.email for address in _addresses(message, "From"))
    failed = _text(message, "X-Failed-Recipients")
    is_daemon = sender.startswith(("mailer-daemon@", "postmaster@")) or _text(message, "Return-Path") == "<>"
    named = _FAILED_RECIPIENT.search(contents.text)
    if not failed and not (is_daemon and named):
        return None
    recipient = failed.split(",")[0].strip() or next(filter(None, named.groups()))
    return Report("failed", _returned_id(contents), recipient.lower(), "", _bounce_reason(contents.text))


def _bounce_reason(text):
    reason = next((line for line in text.splitlines() if re.search(r"\b[45]\d\d\b", line)), "")
    return " ".join(reason.split())[:300]


def _returned_id(contents):
    """The id of the mail that came back: of the copy that comes with the report, else named in its text."""
    for file in contents.files:
        if file.mimetype in (
            "message/rfc822",
            "text/rfc822-headers",
            "message/global",
            "message/rfc822-headers",
        ):
            returned = email.message_from_bytes(file.content, policy=email.policy.compat32)
            if found := _first_id(_decode(returned.get("Message-Id"))):
                return found
    match = re.search(r"^Message-Id:\s*(<[^<>\s]{1,500}>)", contents.text, re.MULTILINE | re.IGNORECASE)
    return match[1] if match else ""


def _first_id(text):
    match = _MESSAGE_ID.search(text)
    return match[0] if match else ""
