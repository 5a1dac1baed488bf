"""Debian's Dovecot as a process of this user's: mailboxes by IMAP and POP on 127.0.0.1."""

import grp
import imaplib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from .smtp import free_port

PROGRAM = "dovecot"
PASSWORD = "secret"
# Both versions agree on this part.
_COMMON = """
protocols = imap pop3
listen = 127.0.0.1
base_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
default_internal_user = {login_user}
default_internal_group = {login_group}
default_login_user = {login_user}
first_valid_uid = 1
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
_VERSION_2_3 = """
disable_plaintext_auth = no
mail_location = maildir:{mails}/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={mails}/%u
}}
"""
# 2.4 wants to be told first for which version a file was written (Debian 13 has 2.4.1).
_VERSION_2_4_FIRST = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
"""
_VERSION_2_4 = """
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = {mails}/%{{user}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {mail_user}
    gid = {mail_group}
    home = {mails}/%{{user}}
  }}
}}
namespace inbox {{
  inbox = yes
}}
"""


class Dovecot:
    """Mailboxes below the folder `mails`: one is there as soon as somebody opens it.

    Every user's password is `PASSWORD`.
    """

    def __init__(self, mails, imap_port=None, pop_port=None):
        self.mails = Path(mails)
        self.imap_port, self.pop_port = imap_port or free_port(), pop_port or free_port()
        self.folder = self.process = None

    def start(self):
        """Start it and wait until it answers.

        :raise RuntimeError: it is not installed or does not start, in one line
        """
        program = shutil.which(PROGRAM, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if not program:
            raise RuntimeError("Dovecot is missing: apt-get install dovecot-imapd dovecot-pop3d")
        self.mails.mkdir(parents=True, exist_ok=True)
        # Not below the mails: a socket's path has to be short.
        self.folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        (self.folder / "state").mkdir(mode=0o755)
        if os.getuid() == 0:
            for folder in (self.mails, self.folder / "state"):
                _let_in(folder)
            shutil.chown(self.mails, "mail", "mail")
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(self._configuration(program))
        # It ends with whoever started it, even if that one is killed.
        command = ["setpriv", "--pdeathsig", "TERM", program, "-F", "-c", str(configuration)]
        with (self.folder / "dovecot.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        self._wait()
        return self

    def _configuration(self, program):
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
        number = tuple(map(int, re.match(r"(\d+)\.(\d+)", version).groups()))
        text = _VERSION_2_4_FIRST + _COMMON + _VERSION_2_4 if number >= (2, 4) else _COMMON + _VERSION_2_3
        return text.format(
            mails=self.mails.resolve(),
            folder=self.folder,
            imap=self.imap_port,
            pop=self.pop_port,
            password=PASSWORD,
            **_users(),
        )

    def _wait(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                self.open("postmaster@localhost").logout()
                return
            except (OSError, imaplib.IMAP4.error) as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"Dovecot did not start: {self._last_words() or error}") from error
                time.sleep(0.1)

    def _last_words(self):
        log = (self.folder / "dovecot.log").read_text(errors="replace")
        return log.strip().rpartition("\n")[2]

    def stop(self):
        """End it; the mails stay."""
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- mailboxes ------------------------------------------------------------

    def open(self, address):
        """A signed-in IMAP connection to a mailbox."""
        connection = imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10)
        connection.login(address, PASSWORD)
        return connection

    def deliver(self, address, *mails):
        """Put mails into a mailbox, as the provider does that received them."""
        connection = self.open(address)
        try:
            for raw in mails:
                lines = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                result, text = connection.append("INBOX", None, None, lines)
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


def _users():
    """Dovecot wants its parts to be nobody's when it is started by root, else its starter's."""
    if os.getuid() == 0:
        return {
            "login_user": "nobody",
            "login_group": "nogroup",
            "mail_user": "mail",
            "mail_group": "mail",
        }
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    return {"login_user": user, "login_group": group, "mail_user": user, "mail_group": group}


def _let_in(folder):
    """Let Dovecot's users reach a folder below a home that only root may enter."""
    for path in (folder.resolve(), *folder.resolve().parents):
        if not path.stat().st_mode & 0o001:
            path.chmod(path.stat().st_mode | 0o011)
