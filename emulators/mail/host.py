"""Both sides of a mail provider."""

import shutil
import tempfile
from pathlib import Path

from .dovecot import Dovecot
from .smtp import Smtp


class MailHost:
    """`with MailHost() as host`: `host.smtp` takes mails, `host.deliver` puts one into a mailbox.

    A mailbox is there as soon as somebody writes to it; every user's password is `PASSWORD`.

    :param hosts: addresses whose mailboxes are here: what is sent to them is delivered
    """

    def __init__(self, *hosts):
        self.hosts = set(hosts)
        self.folder = Path(tempfile.mkdtemp(prefix="mailhost-"))
        self.dovecot = Dovecot(self.folder / "mail")
        self.smtp = Smtp(take=self._take)
        self.imap_port, self.pop_port = self.dovecot.imap_port, self.dovecot.pop_port
        self.open, self.deliver, self.count = self.dovecot.open, self.dovecot.deliver, self.dovecot.count

    def _take(self, mail):
        self.smtp.received.append(mail)
        for address in self.hosts.intersection(mail.recipients):
            self.deliver(address, mail.content)

    def start(self):
        """Start both servers and wait until they answer."""
        self.smtp.start()
        self.dovecot.start()
        return self

    def stop(self):
        """End both servers and forget all mails."""
        self.smtp.stop()
        self.dovecot.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()
