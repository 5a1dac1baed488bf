"""What happens: customers write, the shop's mails come, somebody looks."""

import base64
import json
import re
import threading
import time
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, make_msgid, parseaddr
from pathlib import Path

from .letters import ADDRESS, Letters


class Refused(Exception):
    """What somebody asked for cannot be done; the text says why."""


class Post:
    """Carries mails between the shop's mailbox, which Dovecot holds, and the customers' letters."""

    def __init__(self, folder, shop, dovecot):
        self.shop, self.dovecot = shop.lower(), dovecot
        self.letters = Letters(Path(folder) / "letters")
        self._names_path = Path(folder) / "people.json"
        self._names = json.loads(self._names_path.read_text()) if self._names_path.exists() else {}
        self._lock = threading.Lock()
        self._may_be_waiting = True

    # -- people -----------------------------------------------------------------

    def meet(self, *people):
        """Customers to write as: dicts of address and name."""
        with self._lock:
            for person in people:
                address = _address(person.get("address"))
                self._names[address] = person.get("name") or self._names.get(address) or address
            partial = self._names_path.with_suffix(".partial")
            partial.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(json.dumps(self._names, ensure_ascii=False))
            partial.rename(self._names_path)

    def name(self, address):
        """A customer's name, or their address."""
        return self._names.get(address, address)

    def addresses(self):
        """Everybody who can be written as."""
        return list(dict.fromkeys([*self._names, *self.letters.addresses()]))

    # -- mails --------------------------------------------------------------------

    def write(self, address, subject="", text="", name="", files=(), answer_to=None, to=None, written=None):
        """A customer writes. Returns the letter once the provider has it in the shop's mailbox.

        :param files: dicts of name, type and data (base64)
        :param answer_to: id of the letter that this one answers
        :param to: whom to write to, if not the shop or who wrote that letter
        """
        address = _address(address)
        if name or address not in self._names:
            self.meet({"address": address, "name": name})
        if not (text.strip() or files):
            raise Refused("Write something, or attach a file.")
        written = written or time.time()
        answered = answer_to and self.letters.find(address, answer_to)
        mail = EmailMessage()
        mail["From"] = Address(self.name(address), addr_spec=address)
        mail["To"] = to or _answer_address(answered) or self.shop
        mail["Subject"] = " ".join(subject.split()) or (answered and _answer_subject(answered)) or ""
        mail["Date"] = format_datetime(datetime.fromtimestamp(written, UTC))
        mail["Message-Id"] = make_msgid(domain=address.rpartition("@")[2])
        if answered and answered.uid:
            mail["In-Reply-To"] = answered.uid
            mail["References"] = " ".join(dict.fromkeys([*answered.references, answered.uid]))
        mail.set_content(text + (_quotation(answered) if answered else ""))
        for file in files:
            main, _slash, sub = (file.get("type") or "application/octet-stream").partition("/")
            mail.add_attachment(
                base64.b64decode(file["data"]),
                main,
                sub or "octet-stream",
                filename=file.get("name") or "file",
            )
        raw = mail.as_bytes()
        self.dovecot.deliver(self._mailbox(mail["To"]), raw)
        self._may_be_waiting = True
        self.letters.look(address)  # who writes has looked
        return self.letters.add(address, "in", raw, written)

    def take(self, received):
        """The shop sends: each recipient gets it (see `Smtp`)."""
        for _name, address in getaddresses([str(received.message.get("To", ""))]):
            if address.lower() not in self._names and ADDRESS.fullmatch(address):
                self.meet({"address": address, "name": _name})
        for recipient in dict.fromkeys(map(str.lower, received.recipients)):
            if self._is_shops(recipient):
                self.dovecot.deliver(recipient, received.content)
                self._may_be_waiting = True
            elif ADDRESS.fullmatch(recipient):
                self.letters.add(recipient, "out", received.content)

    def waiting(self):
        """How many mails lie in the shop's mailbox that nobody has fetched; cheap to ask again and again."""
        if not self._may_be_waiting:
            return 0
        self._may_be_waiting = False
        count = self.dovecot.count(self.shop, "UNSEEN")
        self._may_be_waiting = self._may_be_waiting or bool(count)
        return count

    def _is_shops(self, address):
        return address.rpartition("@")[2] == self.shop.rpartition("@")[2]

    def _mailbox(self, to):
        """Customers' mails to any address of the shop's lie in its one mailbox: it is a catch-all."""
        if not self._is_shops(parseaddr(str(to))[1].lower()):
            raise Refused(f"{to} is not the shop's: from here one writes to the shop alone.")
        return self.shop


def _address(text):
    address = str(text or "").strip().lower()
    if not ADDRESS.fullmatch(address):
        raise Refused(f"{text} is no e-mail address.")
    return address


def _answer_address(letter):
    """Whom an answer goes to: who a mail asks to answer, else who wrote it."""
    if not letter:
        return None
    if letter.direction == "in":
        return letter.message["To"]
    return letter.message["Reply-To"] or letter.message["From"]


def _answer_subject(letter):
    subject = str(letter.message["Subject"] or "")
    return subject if re.match(r"(?i)(re|antw|aw|sv)\s*:", subject) else f"Re: {subject}"


def _quotation(letter):
    """The answered mail below the answer, as mail programs put it."""
    body = letter.message.get_body(("plain",))
    lines = body.get_content().strip().splitlines() if body else []
    if not lines:
        return ""
    when = datetime.fromtimestamp(letter.written).strftime("%a, %d %b %Y at %H:%M")
    quoted = "\n".join(f"> {line}" for line in lines)
    return f"\n\nOn {when}, {parseaddr(str(letter.message['From']))[0]} wrote:\n\n{quoted}\n"
