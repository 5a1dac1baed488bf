"""The customers' side: what each of them wrote and got, in a folder of one file for each mail."""

import email
import email.policy
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

ADDRESS = re.compile(r"[^\s@<>/\\,;:\"]+@[^\s@<>/\\,;:\"]+")


@dataclass
class Letter:
    """One mail of a customer's."""

    path: Path
    message: email.message.EmailMessage

    @property
    def id(self):
        """What it is called on the page."""
        return self.path.name.split("-")[0]

    @property
    def written(self):
        """When it came or left, as seconds."""
        return int(self.id) / 1e9

    @property
    def direction(self):
        """Seen from the shop, as everywhere: what the customer wrote is "in"."""
        return self.path.stem.split("-")[1]

    @property
    def is_read(self):
        """Whether the customer has looked at it; what they wrote themselves they know."""
        return self.direction == "in" or self.path.stem.endswith("-read")

    @property
    def uid(self):
        """Its Message-Id."""
        return str(self.message["Message-Id"] or "").strip()

    @property
    def references(self):
        """The Message-Ids of the mails before it."""
        return re.findall(
            r"<[^<>\s]+>", f"{self.message['References'] or ''} {self.message['In-Reply-To'] or ''}"
        )


class Letters:
    """`letters.of("karin@customer.example")`, oldest first. `version` grows with each change."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.version = 1
        self._changed = threading.Condition()
        self._last = 0
        self._by_address = {}
        for path in sorted(self.folder.glob("*/*.eml")):
            self._by_address.setdefault(unquote(path.parent.name), []).append(_read(path))

    def addresses(self):
        """Everybody who wrote or got a mail."""
        return list(self._by_address)

    def of(self, address):
        """A customer's mails, oldest first."""
        return sorted(self._by_address.get(address, ()), key=lambda letter: int(letter.id))

    def find(self, address, letter_id):
        """One of them, or None."""
        return next((letter for letter in self.of(address) if letter.id == letter_id), None)

    def add(self, address, direction, raw, written=None):
        """Keep a mail; returns its letter."""
        if not ADDRESS.fullmatch(address):
            raise ValueError(f"{address} is no e-mail address")
        with self._changed:
            # Its id is its place in time, and nobody else's.
            number = int((written or time.time()) * 1e9)
            while self.find(address, str(number)):
                number += 1
            path = self.folder / quote(address, safe="@+") / f"{number}-{direction}.eml"
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".partial")
            partial.write_bytes(raw)
            partial.rename(path)
            letter = _read(path)
            self._by_address.setdefault(address, []).append(letter)
            self._tell()
        return letter

    def look(self, address):
        """The customer looks at their mails."""
        with self._changed:
            unread = [letter for letter in self.of(address) if not letter.is_read]
            for letter in unread:
                letter.path = letter.path.rename(letter.path.with_name(f"{letter.path.stem}-read.eml"))
            if unread:
                self._tell()

    def wait(self, version, timeout):
        """Return when something changed after `version`, or after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != version, timeout)
            return self.version

    def _tell(self):
        self.version += 1
        self._changed.notify_all()


def _read(path):
    return Letter(path, email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
