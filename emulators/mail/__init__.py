"""A mail provider on 127.0.0.1: a real SMTP server that takes what Odoo sends, and Dovecot's mailboxes."""

from .dovecot import PASSWORD
from .host import MailHost

__all__ = ["PASSWORD", "MailHost"]
