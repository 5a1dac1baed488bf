"""From an outbound message to the request body of ``POST /<phone number id>/messages``."""

from odoo.addons.omnichannel_inbox.wire import SendError, _

MAX_TEXT = 4096
MAX_CAPTION = 1024

_WITH_CAPTION = ("image", "video", "document")
_MEDIA = (*_WITH_CAPTION, "audio", "sticker")


def build(message):
    """The request body for an ``OutboundMessage``.

    :raise SendError: WhatsApp could never take this message
    """
    request = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    request |= _recipient(message)
    request["type"] = message.kind
    if message.reply_to:
        request["context"] = {"message_id": message.reply_to}
    if message.reference:
        request["biz_opaque_callback_data"] = message.reference
    request[message.kind] = _content(message)
    return request


def build_read(uid, typing=False):
    """The request body that marks an inbound message as read, and shows that we are writing."""
    request = {"messaging_product": "whatsapp", "status": "read", "message_id": uid}
    if typing:
        request["typing_indicator"] = {"type": "text"}
    return request


def _recipient(message):
    if message.recipient_address:
        return {"to": message.recipient_address.lstrip("+")}
    if message.recipient_uid:
        return {"recipient": message.recipient_uid}
    raise SendError("no_recipient", _("The message has no recipient."))


def _content(message):
    if message.kind == "text":
        return _text(message)
    if message.kind == "template":
        return _template(message)
    if message.kind in _MEDIA:
        return _media(message)
    raise SendError("unknown_kind", _("WhatsApp does not know this kind of message."))


def _text(message):
    if not message.text.strip():
        raise SendError("empty", _("The message is empty."))
    if len(message.text) > MAX_TEXT:
        raise SendError("too_long", _("The text is too long for WhatsApp."))
    return {"body": message.text, "preview_url": "https://" in message.text or "http://" in message.text}


def _template(message):
    content = {"name": message.template_name, "language": {"code": message.template_language}}
    if message.template_components:
        content["components"] = list(message.template_components)
    return content


def _media(message):
    if not message.media or not message.media.provider_ref:
        raise SendError("no_file", _("The message has no file."))
    content = {"id": message.media.provider_ref}
    if message.kind in _WITH_CAPTION:
        content |= _caption(message)
    if message.kind == "document" and message.media.filename:
        content["filename"] = message.media.filename
    if message.kind == "audio" and message.media.voice:
        content["voice"] = True
    return content


def _caption(message):
    caption = message.text or message.media.caption
    if len(caption) > MAX_CAPTION:
        raise SendError("too_long", _("The text below the file is too long for WhatsApp."))
    return {"caption": caption} if caption else {}
