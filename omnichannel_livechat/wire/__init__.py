"""What the journal holds of a live chat session, and what it means; no Odoo in here."""

from .origins import is_bare, origin_of
from .parse import body, parse
from .token import BadToken, Person, read, sign

__all__ = ["BadToken", "Person", "body", "is_bare", "origin_of", "parse", "read", "sign"]
