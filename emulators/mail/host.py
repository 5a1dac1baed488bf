"""Both sides of a mail provider."""

import imaplib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from .smtp import Smtp, free_port

PASSWORD = "secret"
_CONFIGURATION = """
protocols = imap pop3
listen = 127.0.0.1
base_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
default_internal_user = {login_user}
default_internal_group = {login_group}
default_login_user = {login_user}
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


class MailHost:
    """`with MailHost() as host`: `host.smtp` takes mails, `host.deliver` puts one into a mailbox.

    A mailbox is there as soon as somebody writes to it; every user's password is `PASSWORD`.
    """

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="mailhost-"))
        self.imap_port, self.pop_port = free_port(), free_port()
        self.smtp = Smtp()
        self.process = None

    def start(self):
        """Start both servers and wait until they answer."""
        for name in ("mail", "state"):
            (self.folder / name).mkdir()
        users = self._users()
        if os.getuid() == 0:
            self.folder.chmod(0o755)
            shutil.chown(self.folder / "mail", users["mail_user"], users["mail_group"])
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=self.folder, imap=self.imap_port, pop=self.pop_port, password=PASSWORD, **users
            )
        )
        self.process = subprocess.Popen([shutil.which("dovecot", path=_path()), "-F", "-c", configuration])
        self.smtp.start()
        self._wait()
        return self

    def _users(self):
        """Dovecot wants its parts to be nobody's when it is started by root, else its starter's."""
        if os.getuid() == 0:
            return {
                "login_user": "nobody",
                "login_group": "nogroup",
                "mail_user": "mail",
                "mail_group": "mail",
            }
        user, group = os.getuid(), os.getgid()
        return {"login_user": user, "login_group": group, "mail_user": user, "mail_group": group}

    def _wait(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                self.open("postmaster@localhost").logout()
                return
            except (OSError, imaplib.IMAP4.error):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def stop(self):
        """End both servers and forget all mails."""
        self.smtp.stop()
        if self.process:
            self.process.terminate()
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    # -- mailboxes ------------------------------------------------------------

    def open(self, address):
        """A signed-in IMAP connection to a mailbox."""
        connection = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10)
        connection.login(address, PASSWORD)
        return connection

    def deliver(self, address, raw):
        """Put a mail into a mailbox, as the provider does that received it."""
        connection = self.open(address)
        try:
            result, text = connection.append(
                "INBOX", None, None, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            )
            if result != "OK":
                raise RuntimeError(f"the mailbox refused a mail: {text}")
        finally:
            connection.logout()

    def count(self, address, criterion="ALL"):
        """How many mails of a mailbox fit an IMAP criterion, such as UNSEEN."""
        connection = self.open(address)
        try:
            connection.select("INBOX", readonly=True)
            return len(connection.search(None, criterion)[1][0].split())
        finally:
            connection.logout()


def _path():
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
