"""Mails that somebody passed on: whose mail it was, what it said, and what was written above it."""

import re
from dataclasses import dataclass

from .mail import Address, first_address
from .mail_body import FORWARDED_WORDS, MAX_LENGTH, ORIGINAL_WORDS

MAX_LINE = 1000  # characters of a line that are looked at
MAX_FIELDS = 15  # lines that the header of a forwarded mail may have

_FORWARDED = re.compile(
    rf"^\W*(begin )?({FORWARDED_WORDS}"
    r"|anfang der weitergeleiteten nachricht|début du message (réexpédié|transféré))\W*$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(rf"^\W*({ORIGINAL_WORDS})\W*$", re.IGNORECASE)
_PREFIX = re.compile(r"^\s*(fwd?|fw|wg|tr|doorst|i)\s*:\s*", re.IGNORECASE)
_RULE = re.compile(r"^[_-]{10,}$")
_FIELD = re.compile(r"^[*_>\s]*([a-zà-ÿ-]{1,12}(?: le)?)[*_]*\s?:[*_]*\s*(.*)$", re.IGNORECASE)
_KINDS = {
    "sender": "from van von de expéditeur",
    "subject": "subject onderwerp betreff objet sujet",
    "other": "sent date to cc bcc reply-to verzonden datum aan gesendet an kopie envoyé à pour copie",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()} | {"envoyé le": "other"}


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail within a mail. ``above`` is what stands before it, ``text`` what it said.

    ``is_marked`` says that it calls itself forwarded: an answer quotes in nearly the same way.
    """

    above: str
    sender: Address
    subject: str
    text: str
    is_marked: bool


def find(text):
    """The first mail that is quoted with its header in a text, or None."""
    lines = text[:MAX_LENGTH].split("\n")
    for number, line in enumerate(lines):
        if _kind(line):
            end, fields = _block(lines, number)
            sender = "sender" in fields and _address(fields["sender"])
            if sender and len(fields) >= 3:
                return _found(lines, number, end, sender, fields)
    return None


def is_forward(subject):
    """Whether a subject says that the mail passes another one on."""
    return bool(_PREFIX.match(subject))


def original_subject(subject):
    """The subject without what mail programs put before it when a mail is passed on."""
    return _PREFIX.sub("", subject).strip()


def _address(value):
    """The mailbox of a "From" as programs show it: in bold, or "Karin [mailto:karin@…]"."""
    return first_address(value.replace("*", " ").replace("[mailto:", "<").replace("]", ">"))


def _found(lines, number, end, sender, fields):
    start, is_marked = _start(lines, number)
    below = lines[end:]
    if lines[number].lstrip().startswith(">"):
        below = [re.sub(r"^\s{0,3}> ?", "", line) for line in below]
    return Forwarded(
        above="\n".join(lines[:start]).strip(),
        sender=sender,
        subject=fields.get("subject", "").replace("*", "").strip(),
        text="\n".join(below).strip(),
        is_marked=is_marked,
    )


def _start(lines, number):
    """(where what belongs to the header begins, whether it says that the mail was forwarded)"""
    above = number
    while above and not lines[above - 1].strip(" >\t\r\xa0"):
        above -= 1
    before = lines[above - 1].strip()[:200] if above else ""
    if _FORWARDED.match(before):
        return above - 1, True
    return (above - 1, False) if _ORIGINAL.match(before) or _RULE.match(before) else (number, False)


def _kind(line):
    found = _FIELD.match(line[:MAX_LINE])
    return found and _KIND_OF.get(found[1].lower())


def _block(lines, number):
    """(line after a header that begins here, {kind or name of a field: value})"""
    fields, end = {}, number
    for position in range(number, min(number + MAX_FIELDS, len(lines))):
        line = lines[position][:MAX_LINE]
        kind = _kind(line)
        if kind:
            name, value = _FIELD.match(line).groups()
            fields.setdefault(name.lower() if kind == "other" else kind, value.strip())
            end = position + 1
        elif not line.strip(" >\t\r\xa0"):
            if "sender" in fields and len(fields) >= 3:
                break
        elif position - end >= 2:
            # Long lists of recipients go on in the next line or two.
            break
    return end, fields
