"""WhatsApp Cloud API to and from the suite's own events; pure Python, no Odoo."""

from .build import MAX_CAPTION, MAX_TEXT, build, build_read
from .errors import NOT_ON_WHATSAPP, kind_of, send_error, words
from .parse import parse
from .signature import verify

__all__ = [
    "MAX_CAPTION",
    "MAX_TEXT",
    "NOT_ON_WHATSAPP",
    "build",
    "build_read",
    "kind_of",
    "parse",
    "send_error",
    "verify",
    "words",
]
