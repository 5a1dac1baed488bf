import poplib
import secrets
import socket
import ssl
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from imaplib import IMAP4

import psycopg2

from odoo import SUPERUSER_ID, _, api, models
from odoo.exceptions import UserError
from odoo.tools import consteq, email_normalize, formataddr, hmac

from ..wire import RoundTrip, SendError, mail, smtp

PATIENCE = 8  # seconds that a click waits for mail servers, all together
ELSEWHERE = "noreply@odoo.com"  # asked for and never written to, as in Odoo's own test


class OmnichannelAdapterEmail(models.AbstractModel):
    """What *Test* does: both servers are asked, and a mail to ourselves is sent on its way.

    Whether mails arrive is known when it comes back, by whatever road: a mailbox, an alias, a script.
    """

    _inherit = "omnichannel.adapter.email"

    @api.model
    def _test_connection(self, channel):
        # Whoever sets channels up may test one; what the servers are and how one signs in stays hidden.
        channel = channel.sudo()
        address = email_normalize(channel.address or "")
        if not address:
            raise UserError(_("Enter the e-mail address first."))
        sending, reading = self._ask_servers(channel, address)
        if sending:
            raise UserError(sending)
        if reading:
            channel._set_not_arriving(reading)
            return {"type": "warning", "title": _("No mails arrive"), "message": reading, "sticky": True}
        channel._set_under_way()
        return {
            "title": _("Mails can be sent"),
            "message": _("A test mail is on its way to %s. You are told when it comes back.", address),
        }

    @api.model
    def _ask_servers(self, channel, address):
        """What is wrong with (sending, reading), each in words or None. Takes `PATIENCE` seconds at most."""
        mailbox, outgoing = channel.fetchmail_server_id, channel.mail_server_id
        if outgoing and outgoing._omnichannel_sign_in():
            return _("Nobody has signed in to send mails yet. Press Sign In, under Sending."), None
        token = self._token(channel)
        content = self._test_mail(channel, address, token).as_bytes()
        reading = self._why_unread(channel, mailbox)
        calls = [self._call(self._send_test_mail, outgoing.id, address, content)]
        if mailbox and not reading:
            calls.append(self._call(self._sign_in, mailbox.id))
        until = time.monotonic() + PATIENCE
        errors = [self._error_of(future, until) for future in calls]
        sending = errors[0] and self._sending_words(errors[0], outgoing or self._found_server(address))
        if errors[1:] and errors[1]:
            reading = self._reading_words(errors[1], mailbox)
        return sending, reading

    @api.model
    def _call(self, call, *arguments):
        """A call that is made in a thread, with an environment and a transaction of its own.

        Odoo's own ways to open a connection wait a minute, and name resolution knows no time-out at all.
        What takes too long ends by itself, and nobody waits for it. A token that a provider gave us anew
        while we signed in is kept, whatever becomes of the click.
        """
        future, registry, context = Future(), self.env.registry, self.env.context

        def attempt():
            with registry.cursor() as cr:
                # Odoo's job holds the row of a mailbox that it is reading just now.
                cr.execute("SET LOCAL lock_timeout = '3s'")
                call(api.Environment(cr, SUPERUSER_ID, context), *arguments)

        def run():
            try:
                try:
                    attempt()
                except psycopg2.errors.SerializationFailure:
                    # It wrote there while the server took its time.
                    attempt()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is said in words
                future.set_exception(error)
            else:
                future.set_result(None)

        threading.Thread(target=run, name="omnichannel mail test", daemon=True).start()
        return future

    @api.model
    def _error_of(self, future, until):
        try:
            return future.exception(max(0, until - time.monotonic()))
        except TimeoutError as error:
            return error

    # -- the servers ---------------------------------------------------------

    @api.model
    def _sign_in(self, env, server_id):
        """Open the mailbox as Odoo's job does, which from now on reads it."""
        server = env["fetchmail.server"].browse(server_id)
        connection = server._connect__()
        with suppress(OSError, IMAP4.error, poplib.error_proto):
            connection.disconnect()
        if server.state != "done":
            server.write({"state": "done"})

    @api.model
    def _send_test_mail(self, env, server_id, address, content):
        """Send it to ourselves, having asked whether mails to others would be taken, too."""
        connection = env["ir.mail_server"]._connect__(mail_server_id=server_id, smtp_from=address)
        if connection is None:
            raise smtp.switched_off()
        try:
            smtp.ask(connection, address, ELSEWHERE)
        except SendError:
            connection.close()
            raise
        smtp.send(connection, address, [address], content)

    @api.model
    def _found_server(self, address):
        """The server that Odoo takes for an address when none is chosen."""
        Server = self.env["ir.mail_server"].sudo()
        return Server._find_mail_server(address)[0] or Server

    @api.model
    def _why_unread(self, channel, mailbox):
        """Why Odoo's job does not read a mailbox, as far as it can be said without asking it."""
        if channel.mail_road == "mailbox" and not mailbox:
            return _("Odoo has no mailbox to read. Set it up here, or choose that mails are forwarded.")
        if mailbox and not mailbox.active:
            return _("The mailbox %s is archived: Odoo does not read it. Choose another one.", mailbox.name)
        if mailbox and mailbox._omnichannel_sign_in():
            return _(
                "Nobody has signed in to the mailbox %s yet. Press Sign In, under Receiving.", mailbox.name
            )
        return None

    # -- in words ------------------------------------------------------------

    @api.model
    def _sending_words(self, error, server):
        """What is wrong with the outgoing mail server and what to do about it."""
        if not server and not isinstance(error, SendError):
            return _("Odoo has no outgoing mail server for this address. Choose one, or create it there.")
        if words := self._connection_words(error, server.smtp_host, server.smtp_port):
            return words
        name = server.smtp_host or self.env._("The mail server")
        if isinstance(error, smtp.smtplib.SMTPException) and not hasattr(error, "smtp_code"):
            return _(
                "%(server)s: %(said)s Check the port, the encryption and whether it wants a login.",
                server=name,
                said=self._said(error),
            )
        if not isinstance(error, SendError):
            error = smtp.connection_error(error)
        said = self._in_words(error.text).rstrip(".")
        if error.kind == "channel":
            return _(
                "%(server)s refused the login: %(said)s. Check user name and password; many providers want "
                "an app password, which is made in your account there.",
                server=name,
                said=said,
            )
        if error.code == "elsewhere":
            return _(
                "%(server)s takes mails to yourself alone, and refuses those to customers: %(said)s. Most "
                "servers want a login for that.",
                server=name,
                said=said,
            )
        return _(
            "%(server)s did not take a mail from this address: %(said)s. It has to allow that this address "
            "is the sender.",
            server=name,
            said=said,
        )

    @api.model
    def _reading_words(self, error, mailbox):
        """What is wrong with a mailbox and what to do about it."""
        if isinstance(error, psycopg2.errors.LockNotAvailable | psycopg2.errors.SerializationFailure):
            return _("Odoo is reading this mailbox just now. Try again in a moment.")
        if words := self._connection_words(error, mailbox.server, mailbox.port):
            return words
        if isinstance(error, (IMAP4.abort, EOFError)):
            return _(
                "%(server)s closed the connection. Check the port and whether it wants SSL/TLS.",
                server=mailbox.server,
            )
        return _(
            "%(server)s did not let %(login)s in: %(said)s. Check user name and password; many providers "
            "want an app password, which is made in your account there.",
            server=mailbox.server,
            login=mailbox.user,
            said=self._said(error).rstrip("."),
        )

    @api.model
    def _connection_words(self, error, server, port):
        """What is wrong before anything was said, whichever kind of server it is; None if something was."""
        place = {"server": server, "port": port}
        if isinstance(error, UserError):
            return str(error)
        if isinstance(error, (socket.gaierror, UnicodeError)):
            return _("There is no server called %s. Check how it is spelled.", server)
        if isinstance(error, ConnectionRefusedError):
            return _("%(server)s does not answer on port %(port)s. Check the port.", **place)
        if isinstance(error, ssl.SSLError):
            return _(
                "%(server)s does not speak this kind of encryption on port %(port)s. Check both.", **place
            )
        if isinstance(error, TimeoutError):
            return _(
                "%(server)s did not answer on port %(port)s in time. Check the name, the port and the "
                "encryption: a port for SSL/TLS is silent when it is off.",
                **place,
            )
        if isinstance(error, OSError) and not isinstance(error, smtp.smtplib.SMTPException | IMAP4.error):
            return _("%(server)s cannot be reached: %(said)s", server=server, said=self._said(error))
        return None

    @api.model
    def _said(self, error):
        """A server's own words, without Python's marks around them."""
        said = error.args[0] if error.args else error
        return said.decode(errors="replace") if isinstance(said, bytes) else str(error)

    # -- the mail to ourselves -------------------------------------------------

    @api.model
    def _test_mail(self, channel, address, token):
        found = EmailMessage()
        found["From"] = formataddr((channel.name, address))
        found["To"] = address
        found["Subject"] = _("Odoo's test mail")
        found["Date"] = format_datetime(datetime.now(UTC))
        found["Message-Id"] = mail.ROUND_ID.format(token=token, domain=address.split("@")[-1])
        # Some mail systems give every mail an id of their own.
        found[mail.ROUND_HEADER] = token
        found["Auto-Submitted"] = "auto-generated"
        found.set_content(
            _("Odoo sent this mail to find out whether mails to this address arrive. You can delete it.")
        )
        return found

    @api.model
    def _token(self, channel):
        """Names the channel, who asked and when, and cannot be made up: nothing has to be remembered that
        the mail could overtake on its way.
        """
        named = f"{channel.id}.{self.env.uid}.{int(time.time())}.{secrets.token_hex(8)}"
        return f"{named}.{self._signature_of(named)}"

    @api.model
    def _signature_of(self, named):
        return hmac(self.env(su=True), "omnichannel-mail-test", named)[:32]

    @api.model
    def _verified(self, token):
        """(channel, who asked, when) of a token that is ours, or None."""
        named, _dot, signature = token.rpartition(".")
        if not named or not consteq(signature, self._signature_of(named)):
            return None
        channel_id, user_id, sent, _nonce = named.split(".")
        return (
            self.env["omnichannel.channel"].browse(int(channel_id)).exists(),
            self.env["res.users"].browse(int(user_id)).exists(),
            datetime.fromtimestamp(int(sent), UTC).replace(tzinfo=None),
        )

    @api.model
    def _round_trip(self, channel, received):
        """The item for a mail that we sent to ourselves, or a mail system's word that it will not arrive."""
        report = received.report
        token = mail.round_token(report.message_id) if report else received.round_token
        if not token or not self._verified(token) or (report and report.outcome != "failed"):
            return None
        return RoundTrip(channel.address or "", token, (report.text or mail.UNDELIVERABLE) if report else "")

    @api.model
    def _handle_round_trip(self, channel, item):
        """Note that mails arrive, and tell who asked; returns what the journal says of it."""
        tested, asked_by, sent = self._verified(item.token)
        if item.error_text:
            tested._test_mail_was_refused(asked_by, self._in_words(item.error_text))
            return _("The test mail could not be delivered.")
        if tested != channel:
            tested._test_mail_went_astray(asked_by, channel)
            return _("The test mail of another channel.")
        tested._test_mail_came_back(asked_by, sent)
        return _("A test mail that came back.")

    @api.model
    def _note_received(self, channel):
        """A customer's mail is as good as one to ourselves."""
        if channel.mail_arrival in ("untested", "failing"):
            channel.write({"mail_arrival": "arriving", "mail_arrival_reason": False})
