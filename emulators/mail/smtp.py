"""An SMTP server that keeps what it is given, and can be told to misbehave."""

import asyncio
import email
import email.policy
import socket
import threading
from dataclasses import dataclass

from aiosmtpd.controller import Controller


def free_port():
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass
class Received:
    """A mail that was taken, with its envelope."""

    sender: str
    recipients: list
    content: bytes

    @property
    def message(self):
        """The mail, read."""
        return email.message_from_bytes(self.content, policy=email.policy.default)


class Smtp:
    """`smtp.received` are the mails taken so far. `smtp.misbehave(…)` tells what to do with the next ones:

    a refusal such as `"451 try later"` or `"550 no such user"`; `"drop"` takes the mail and breaks the
    connection before saying so; `"refuse drop"` breaks it without taking the mail. `smtp.relays = False` lets
    it take mails to the sender's own domain alone, as servers do that nobody signed in to.

    With `take`, that is called with each mail instead of keeping it in `received`.
    """

    def __init__(self, port=None, take=None):
        self.received = []
        self.delay = 0
        self.relays = True
        self._take = take or self.received.append
        self._next = []
        self._lock = threading.Lock()
        self.port = port or free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=30)

    def start(self):
        """Listen on `port`."""
        self._controller.start()

    def stop(self):
        """Stop listening."""
        self._controller.stop()

    def misbehave(self, *answers):
        """Answer the next mails like this, in this order, and then as usual again."""
        with self._lock:
            self._next += answers

    def to(self, address):
        """The mails taken for an address."""
        return [mail for mail in self.received if address in mail.recipients]

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        """A recipient is named (aiosmtpd's hook)."""
        domain = envelope.mail_from.rpartition("@")[2]
        if not self.relays and not address.endswith(f"@{domain}"):
            return "554 5.7.1 Relay access denied"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):
        """The text of a mail has come (aiosmtpd's hook)."""
        await asyncio.sleep(self.delay)
        with self._lock:
            answer = self._next.pop(0) if self._next else ""
            if answer in ("", "drop"):
                self._take(Received(envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content))
        if "drop" in answer:
            server.transport.abort()
        return answer or "250 taken"
