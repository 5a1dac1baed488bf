"""Hand a mail over to a mail server, and tell what may be repeated from what may not (RFC 5321).

Until the text was sent nothing has left, and it may be tried again. From then on nobody knows, unless
the server says so.
"""

import smtplib
from contextlib import suppress

from .events import SendError
from .texts import _

TIMEOUT = 10  # seconds
_NO_ACCOUNT = (530, 534, 535, 538)  # RFC 4954, 4 and 6: the server wants other credentials


def send(connection, sender, recipients, content):
    """Send one mail over an open connection and close it.

    :param smtplib.SMTP connection: signed in already
    :param bytes content: the whole mail
    :raise SendError: no recipient was taken; ``uncertain`` if the connection broke after the text
    """
    try:
        connection.sock.settimeout(TIMEOUT)
        _announce(connection, sender, recipients)
        _transmit(connection, content)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()


def ask(connection, sender, recipient):
    """Whether the server would take a mail to somebody, without sending one.

    :raise SendError: it refused for good; with the code ``elsewhere`` if it was the recipient that it refused
    """
    connection.sock.settimeout(TIMEOUT)
    try:
        _expect(connection.mail(sender))
        code, text = connection.rcpt(recipient)
        connection.rset()
    except (smtplib.SMTPException, OSError) as error:
        raise connection_error(error) from error
    if code in _NO_ACCOUNT:
        raise _refusal(code, text)
    # "Not now" says nothing about another time, and nothing about other recipients.
    if code >= 500:
        raise SendError("elsewhere", _words(text), "permanent")


def connection_error(error):
    """The ``SendError`` for a connection that could not be opened."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return SendError(str(error.smtp_code), _words(error.smtp_error), "channel")
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal(error.smtp_code, error.smtp_error)
    if isinstance(error, (OSError, smtplib.SMTPException)):
        return SendError("connect", _("The mail server cannot be reached."), "temporary")
    return SendError("connect", str(error), "temporary")


def switched_off():
    """The ``SendError`` of an Odoo that sends no mails at all."""
    return SendError("disabled", _("Sending mails is switched off on this server."), "temporary")


def _announce(connection, sender, recipients):
    """MAIL and RCPT. A recipient of several that is refused does not hold the others up."""
    try:
        _expect(connection.mail(sender))
        refused = []
        for recipient in recipients:
            try:
                _expect(connection.rcpt(recipient))
            except SendError as error:
                refused.append(error)
        if len(refused) == len(recipients):
            raise refused[0]
    except (smtplib.SMTPException, OSError) as error:
        raise connection_error(error) from error


def _transmit(connection, content):
    try:
        answer = connection.data(content)
    except smtplib.SMTPDataError as error:
        # The server refused to take the text at all.
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise SendError(
            "connection", _("The connection broke while this was being sent."), "uncertain"
        ) from error
    _expect(answer)


def _expect(answer):
    code, text = answer
    if not 200 <= code < 300:
        raise _refusal(code, text)


def _refusal(code, text):
    """4yz is for now, 5yz for good (RFC 5321, 4.2.1)."""
    if code in _NO_ACCOUNT:
        return SendError(str(code), _words(text), "channel")
    return SendError(str(code), _words(text), "permanent" if code >= 500 else "temporary")


def _words(text):
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return " ".join(text.split())[:500]
