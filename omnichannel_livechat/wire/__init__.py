"""What the journal holds of a live chat session, and what it means; no Odoo in here."""

from .parse import body, parse

__all__ = ["body", "parse"]
