"""From a webhook body to events.

Meta repeats a body for days but never tells a thing twice otherwise: whatever is valid
JSON must come out as something that is shown or counted. So every reader below takes
any JSON value and answers with an empty one where it finds something else.
"""

import base64
import binascii
import json
import re
from datetime import UTC, datetime, timedelta

from odoo.addons.omnichannel_inbox.wire import (
    AccountError,
    IdentityChange,
    InboundMessage,
    MalformedBody,
    Media,
    MessageEcho,
    MessageEdit,
    MessageRevoke,
    MessageStatus,
    Reaction,
    Sender,
    TemplateUpdate,
    Unknown,
    _,
    canonical_key,
)

from .errors import words

MEDIA_KINDS = ("image", "video", "audio", "document", "sticker")
STATUSES = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}
MAX_ID = 500  # a provider's id is far shorter; a longer one would not fit an index
_SURROGATE = re.compile("[\ud800-\udfff]")
EARLIEST = datetime(2009, 1, 1)  # WhatsApp's own beginning


def parse(raw, now=None):
    """The events of a webhook body, in its order.

    :param bytes raw: the body as it came
    :param datetime now: naive UTC, the time of events that tell none
    :raise MalformedBody: no JSON, or not the body of a WhatsApp webhook
    """
    now = now or datetime.now(UTC).replace(tzinfo=None)
    body = _load(raw)
    items = []
    for entry in body["entry"]:
        business = _id(entry, "id")
        for change in _list(entry, "changes"):
            items += _Change(business, change, now).items() or [_unknown_change(business, change)]
    return items


def _load(raw):
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise MalformedBody(_("The body is not JSON.")) from error
    if not isinstance(body, dict) or not isinstance(body.get("entry"), list):
        raise MalformedBody(_("The body is JSON, but has no list of entries."))
    if body.get("object") != "whatsapp_business_account":
        raise MalformedBody(_("The body is not about a WhatsApp business account."))
    return body


def _unknown_change(business, change):
    value = _dict(change, "value")
    account = _id(_dict(value, "metadata"), "phone_number_id") or business
    names = ", ".join(sorted(_clean(name) for name in value)[:10])
    return Unknown(account, _text(change, "field")[:200] or _("a change without field"), names[:200])


class _Change:
    """One element of ``changes``: what it is about and who takes part in it."""

    def __init__(self, business, change, now):
        self.business = business
        self.field = _text(change, "field")
        self.value = _dict(change, "value")
        self.now = now
        self.account = _id(_dict(self.value, "metadata"), "phone_number_id")
        self.contacts = [_Contact(contact) for contact in _list(self.value, "contacts")]

    def items(self):
        """The events of this change; none if nothing in it is known."""
        readers = {
            "messages": self._messages,
            "smb_message_echoes": self._echoes,
            "message_template_status_update": self._template,
            "message_template_quality_update": self._template,
            "message_template_components_update": self._template,
            "template_category_update": self._template,
            "account_update": self._account_update,
        }
        return readers.get(self.field, list)()

    def _messages(self):
        return [
            *(self._message(message) for message in _list(self.value, "messages")),
            *(self._status(status) for status in _list(self.value, "statuses")),
            *(self._account_error(error) for error in _list(self.value, "errors")),
        ]

    def _echoes(self):
        return [self._echo(message) for message in _list(self.value, "message_echoes")]

    # -- people ------------------------------------------------------------

    def _person(self, number, uid):
        """Who has this number or this business-scoped id; None if neither tells anybody."""
        contact = self._contact(number, uid)
        address = _address(number) or (contact and contact.address)
        uid = uid or (number if number and not _address(number) else "") or (contact.uid if contact else "")
        key = canonical_key(address) if address else uid
        if not key:
            return None
        return Sender(key=key, address=address or None, uid=uid or None, name=contact.name if contact else "")

    def _contact(self, number, uid):
        for contact in self.contacts:
            if (uid and contact.uid == uid) or (number and contact.number == number):
                return contact
        # A message that names nobody is the only contact's; one that names another is not.
        if not number and not uid and len(self.contacts) == 1:
            return self.contacts[0]
        return None

    # -- messages ----------------------------------------------------------

    def _message(self, message):
        uid = _id(message, "id")
        kind = _text(message, "type")
        sender = self._person(_id(message, "from"), _id(message, "from_user_id"))
        if not uid or not sender:
            what = _("a message without sender") if uid else _("a message without id")
            return Unknown(self.account, what, kind[:50])
        time = _time(message, self.now)
        about_another = {
            "reaction": self._reaction,
            "edit": self._edit,
            "revoke": self._revoke,
            "system": self._system,
        }
        if kind in about_another:
            return about_another[kind](message, uid, sender, time)
        if kind == "request_welcome":
            return Unknown(self.account, _("the customer opened the chat and wrote nothing"), kind)
        return self._inbound(message, uid, sender, time)

    def _inbound(self, message, uid, sender, time):
        kind, text, media = _content(message)
        context = _dict(message, "context")
        return InboundMessage(
            account=self.account,
            uid=uid,
            sender=sender,
            timestamp=time,
            kind=kind,
            text=text,
            media=media,
            reply_to=_id(context, "id") or None,
            forwarded=context.get("forwarded") is True or context.get("frequently_forwarded") is True,
            referral=_referral(_dict(message, "referral")),
        )

    def _echo(self, message):
        uid = _id(message, "id")
        to_uid = _id(message, "to_user_id") or _id(message, "recipient_user_id")
        recipient = self._person(_id(message, "to"), to_uid)
        if not uid or not recipient:
            return Unknown(self.account, _("an echo without recipient") if uid else _("an echo without id"))
        kind, text, media = _content(message)
        return MessageEcho(
            account=self.account,
            uid=uid,
            recipient=recipient,
            timestamp=_time(message, self.now),
            kind=kind,
            text=text,
            media=media,
            reply_to=_id(_dict(message, "context"), "id") or None,
        )

    def _reaction(self, message, uid, sender, time):
        reaction = _dict(message, "reaction")
        target = _id(reaction, "message_id")
        if not target:
            return Unknown(self.account, _("a reaction to nothing"))
        emoji = _text(reaction, "emoji")
        return Reaction(self.account, uid, sender, target, (emoji,) if emoji else (), time)

    def _edit(self, message, uid, sender, time):
        edit = _dict(message, "edit")
        target = _target(message, edit)
        if not target:
            return Unknown(self.account, _("an edit of nothing"))
        _kind, text, _media = _content(_dict(edit, "message") or edit)
        return MessageEdit(self.account, uid, target, sender, text, time)

    def _revoke(self, message, uid, sender, time):
        target = _target(message, _dict(message, "revoke"))
        if not target:
            return Unknown(self.account, _("a revocation of nothing"))
        return MessageRevoke(self.account, uid, target, sender, time)

    def _system(self, message, uid, sender, time):
        system = _dict(message, "system")
        what = _text(system, "type")
        number = _address(_id(system, "new_wa_id") or _id(system, "wa_id"))
        new_uid = _id(system, "new_user_id") or _id(system, "user_id")
        if what == "user_changed_number" and number:
            new = Sender(canonical_key(number), number, new_uid or sender.uid, sender.name)
        elif what == "user_changed_user_id" and new_uid:
            new = Sender(sender.key if sender.address else new_uid, sender.address, new_uid, sender.name)
        else:
            return Unknown(self.account, "system", what[:50])
        return IdentityChange(self.account, sender, new, time)

    # -- statuses ----------------------------------------------------------

    def _status(self, status):
        uid = _id(status, "id")
        name = _text(status, "status")
        if not uid or name not in STATUSES:
            what = _("a status that is not known") if uid else _("a status without id")
            return Unknown(self.account, what, name[:50])
        code, text = _first_error(status)
        return MessageStatus(
            account=self.account,
            uid=uid,
            status=STATUSES[name],
            timestamp=_time(status, self.now),
            recipient=self._person(_id(status, "recipient_id"), _id(status, "recipient_user_id")),
            reference=_id(status, "biz_opaque_callback_data") or None,
            error_code=code or None,
            error_text=text,
        )

    # -- the account -------------------------------------------------------

    def _account_error(self, error):
        code, text = _error(error)
        return AccountError(self.account, code, text)

    def _account_update(self):
        event = _text(self.value, "event")
        ban = _text(_dict(self.value, "ban_info"), "waba_ban_state")
        if event in ("DISABLED_UPDATE", "ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION") and ban != "REINSTATE":
            text = _("Meta restricts this account: see Meta's Business Manager.")
            return [AccountError(self.business, event, text)]
        return []

    def _template(self):
        name = _text(self.value, "message_template_name")
        if not name:
            return []
        is_status = self.field == "message_template_status_update"
        return [
            TemplateUpdate(
                account=self.business,
                name=name,
                language=_text(self.value, "message_template_language"),
                status=_text(self.value, "event").upper() if is_status else "",
                reason=_text(self.value, "reason"),
                quality=_text(self.value, "new_quality_score").upper(),
                category=_text(self.value, "new_category").upper(),
            )
        ]


class _Contact:
    """One element of ``contacts``."""

    def __init__(self, contact):
        profile = _dict(contact, "profile")
        self.number = _id(contact, "wa_id")
        self.address = _address(self.number)
        self.uid = _id(contact, "user_id")
        self.name = (_text(profile, "name") or _text(profile, "username")).strip()[:200]


# -- what a message says ---------------------------------------------------


def _content(message):
    """(kind, text, media) of a message; ``unsupported`` for what nobody here knows."""
    kind = _text(message, "type")
    if kind in MEDIA_KINDS:
        return _media_content(kind, _dict(message, kind))
    reader = _READERS.get(kind)
    if reader:
        return reader(message)
    return "unsupported", _first_error(message)[1] or kind[:50], ()


def _media_content(kind, content):
    media = Media(
        kind=kind,
        provider_ref=_id(content, "id"),
        mimetype=_text(content, "mime_type")[:200],
        filename=_text(content, "filename")[:255],
        sha256=sha256_hex(_text(content, "sha256")),
        voice=content.get("voice") is True,
        caption=_text(content, "caption"),
    )
    return kind, media.caption, (media,)


def _read_text(message):
    return "text", _text(_dict(message, "text"), "body"), ()


def _read_button(message):
    return "button", _text(_dict(message, "button"), "text"), ()


def _read_location(message):
    location = _dict(message, "location")
    place = [_text(location, "name"), _text(location, "address")]
    point = [_number(location, "latitude"), _number(location, "longitude")]
    if all(point):
        place.append(f"https://www.google.com/maps?q={point[0]},{point[1]}")
    return "location", "\n".join(filter(None, place)), ()


def _read_contacts(message):
    return "contacts", "\n".join(filter(None, map(_card, _list(message, "contacts")))), ()


def _card(contact):
    name = _dict(contact, "name")
    phones = [_text(phone, "phone") for phone in _list(contact, "phones")]
    emails = [_text(email, "email") for email in _list(contact, "emails")]
    return " · ".join(filter(None, [_text(name, "formatted_name"), *phones, *emails]))


def _read_interactive(message):
    interactive = _dict(message, "interactive")
    for reply in ("button_reply", "list_reply"):
        title = _text(_dict(interactive, reply), "title")
        if title:
            description = _text(_dict(interactive, reply), "description")
            return "button", "\n".join(filter(None, [title, description])), ()
    form = _dict(interactive, "nfm_reply")
    if form:
        return "form", _form(form), ()
    return "unsupported", f"interactive {_text(interactive, 'type')[:50]}".strip(), ()


def _form(form):
    """The answers of a form; they come as JSON within a string."""
    text = _text(form, "response_json")
    try:
        lines = _answers(json.loads(text))
    except (ValueError, RecursionError):
        lines = [text]
    return "\n".join(filter(None, [_text(form, "body"), *lines]))


def _answers(answers):
    if not isinstance(answers, dict):
        return [_plain(answers)]
    return [f"{_clean(name)}: {_plain(value)}" for name, value in answers.items() if name != "flow_token"]


def _plain(value):
    return _clean(value) if isinstance(value, str) else _clean(json.dumps(value, ensure_ascii=False))


def _read_order(message):
    order = _dict(message, "order")
    lines = [
        f"{_number(item, 'quantity') or '1'} × {_text(item, 'product_retailer_id')}"
        f" ({_number(item, 'item_price')} {_text(item, 'currency')})"
        for item in _list(order, "product_items")
    ]
    return "order", "\n".join(filter(None, [_text(order, "text"), *lines])), ()


def _read_unsupported(message):
    return "unsupported", _first_error(message)[1], ()


_READERS = {
    "text": _read_text,
    "button": _read_button,
    "location": _read_location,
    "contacts": _read_contacts,
    "interactive": _read_interactive,
    "order": _read_order,
    "unsupported": _read_unsupported,
}


def _referral(referral):
    """Which advertisement was clicked, in one line."""
    parts = [_text(referral, "headline"), _text(referral, "source_type"), _text(referral, "source_url")]
    return " · ".join(filter(None, parts))[:500]


def _target(message, content):
    """The message that an edit or a revocation is about."""
    return (
        _id(content, "original_message_id")
        or _id(content, "message_id")
        or _id(_dict(message, "context"), "id")
    )


def _first_error(holder):
    for error in _list(holder, "errors"):
        return _error(error)
    return "", ""


def _error(error):
    """(code, what it means) of an element of ``errors``."""
    code = _id(error, "code")
    details = _text(_dict(error, "error_data"), "details")
    told = details or _text(error, "message") or _text(error, "title")
    return code, words(code, told[:500]) if code else told[:500]


# -- JSON of any shape -----------------------------------------------------


def _dict(holder, name):
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, dict) else {}


def _list(holder, name):
    """A list, of whatever; what is not in a list where one is due counts as its only element."""
    value = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _text(holder, name):
    value = holder.get(name) if isinstance(holder, dict) else None
    return _clean(value) if isinstance(value, str) else ""


def _id(holder, name):
    """A provider's id: a string, or a whole number written as one."""
    value = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        value = str(value)
    value = _clean(value).strip() if isinstance(value, str) else ""
    return value if len(value) <= MAX_ID else ""


def _number(holder, name):
    """A number as text, however it was written; empty if it is none."""
    value = holder.get(name) if isinstance(holder, dict) else None
    text = str(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else ""
    return text if re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", text, re.ASCII) else ""


def _clean(text):
    """Text that PostgreSQL and UTF-8 can hold: JSON may carry NUL and halves of characters."""
    text = text.replace("\0", "")
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _time(holder, now):
    """The provider's time; ours where it tells none or an impossible one."""
    text = _number(holder, "timestamp").partition(".")[0]
    try:
        time = datetime.fromtimestamp(int(text), UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return now
    return time if EARLIEST <= time <= now + timedelta(days=1) else now


def _address(number):
    """E.164 of a ``wa_id`` (digits without plus), or an empty string."""
    digits = (number or "").removeprefix("+")
    return f"+{digits}" if re.fullmatch(r"[0-9]{5,17}", digits, re.ASCII) else ""


def sha256_hex(text):
    """SHA-256 as 64 hexadecimal digits; Meta writes it so or as base64."""
    if re.fullmatch(r"[0-9a-fA-F]{64}", text, re.ASCII):
        return text.lower()
    try:
        digest = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return ""
    return digest.hex() if len(digest) == 32 else ""
