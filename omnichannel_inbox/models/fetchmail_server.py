from imaplib import IMAP4
from poplib import error_proto

from odoo import api, fields, models

from .mail_sign_in import awaited_sign_in


class FetchmailServer(models.Model):
    _inherit = "fetchmail.server"

    omnichannel_channel_ids = fields.One2many(
        "omnichannel.channel", "fetchmail_server_id", "Omnichannel Channels"
    )

    def _omnichannel_sign_in(self):
        """The sign-in on its provider's page that this mailbox waits for, or None."""
        return awaited_sign_in(self, self.server_type)

    def action_omnichannel_channel(self):
        """Back to the channel, also for who comes from the provider's page."""
        return self.omnichannel_channel_ids[:1].get_formview_action()

    def _connect__(self, allow_archived=False):
        connection = super()._connect__(allow_archived=allow_archived)
        # Read by Odoo's own job, which runs as superuser.
        return _JournalledMailbox(connection, self) if self.sudo().omnichannel_channel_ids else connection

    @api.model
    def _read_each_minute(self):
        """Let Odoo's job read mailboxes each minute, not each five: a customer waits at the other end."""
        cron = self.env.ref("mail.ir_cron_mail_gateway_action", raise_if_not_found=False)
        if not cron or (cron.interval_number, cron.interval_type) == (1, "minutes"):
            return
        # A job cannot be changed while it runs; a channel is not refused for that.
        if cron.try_lock_for_update(allow_referencing=True):
            cron.write({"interval_number": 1, "interval_type": "minutes"})


class _JournalledMailbox:
    """A mailbox from which nothing is taken before it is in our journal.

    Odoo marks a mail as handled (POP: deletes it) whether or not working on it succeeded, and asks for
    mails in a way that marks them as read at once.
    """

    def __init__(self, connection, server):
        self._connection = connection
        self._server = server
        self._under_way = {}

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def retrieve_unread_messages(self):
        for number, raw in self._unread() if isinstance(self._connection, IMAP4) else self._all():
            self._under_way[number] = raw
            yield number, raw

    def _unread(self):
        while self._connection._unread_messages:
            number = self._connection._unread_messages.pop()
            _result, data = self._connection.fetch(number, "(BODY.PEEK[])")
            # A mail that somebody deleted meanwhile is not there to be had.
            if data and isinstance(data[0], tuple):
                yield number, data[0][1]

    def _all(self):
        """What lies in a POP mailbox, oldest first.

        Odoo's way stops at a mail with a line of 64 kB, and never gets to those behind it.
        """
        while self._connection._unread_messages:
            number = self._connection._unread_messages.pop()
            self._connection._shortcmd(f"RETR {number}")
            yield number, b"\n".join(self._lines())

    def _lines(self):
        """The lines of an answer (RFC 1939, 3); one that was cut off is no mail."""
        while (line := self._connection.file.readline()) not in (b".\r\n", b".\n"):
            if not line.endswith(b"\n"):
                raise error_proto("-ERR the connection broke in the middle of a mail")
            line = line.removesuffix(b"\n").removesuffix(b"\r")
            yield line[1:] if line.startswith(b"..") else line

    def handled_message(self, number):
        raw = self._under_way.pop(number)
        with self._server.env.registry.cursor() as cr:
            if self._server.with_env(self._server.env(cr=cr)).env["omnichannel.event"]._is_journalled(raw):
                self._connection.handled_message(number)
