"""What every channel's add-on and the core say to each other; no Odoo in here."""

from . import mail, mail_body, smtp
from .events import (
    AccountError,
    IdentityChange,
    InboundMessage,
    Item,
    MalformedBody,
    Media,
    MessageEcho,
    MessageEdit,
    MessageRevoke,
    MessageStatus,
    OutboundMessage,
    Reaction,
    RoundTrip,
    Sender,
    SendError,
    SendResult,
    TemplateUpdate,
    Unknown,
)
from .phone import canonical_key, variants
from .texts import _

__all__ = [
    "AccountError",
    "IdentityChange",
    "InboundMessage",
    "Item",
    "MalformedBody",
    "Media",
    "MessageEcho",
    "MessageEdit",
    "MessageRevoke",
    "MessageStatus",
    "OutboundMessage",
    "Reaction",
    "RoundTrip",
    "SendError",
    "SendResult",
    "Sender",
    "TemplateUpdate",
    "Unknown",
    "_",
    "canonical_key",
    "mail",
    "mail_body",
    "smtp",
    "variants",
]
