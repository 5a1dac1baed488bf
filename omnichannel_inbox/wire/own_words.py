"""What somebody wrote themselves in an answer by mail: no quotation, no signature, no address of theirs.

Unlike :func:`mail_body.split`, which folds for the eye, this decides what goes to somebody else: what is
quoted never does, and no sentence of the answer may be taken for a signature.
"""

import re

from . import mail_body

_DEVICES = (
    r"(iphone|ipad|android|samsung|galaxy|outlook|yahoo|gmail|proton ?mail|blackberry|huawei|xiaomi"
    r"|telefoon|phone|smartphone|handy|mobieltje|mobile|mail (for|voor|für|pour) windows)"
)
_SENT_FROM = re.compile(
    rf"^((sent|verzonden|verstuurd|gesendet|envoyé|von meinem)\b.{{0,30}}\b{_DEVICES}\b.{{0,40}}"
    r"|(get|download|téléchargez) outlook (for|voor|für|pour) .{1,40}|outlook (for|voor|für|pour) .{1,40})$",
    re.IGNORECASE,
)
_DELIMITER = re.compile(r"^--\s?$")
_SIGNATURES = [
    "gmail_signature",
    "moz-signature",
    "signature",
    "applemailsignature",
    "ms-outlook-mobile-signature",
]
_AROUND_ADDRESS = re.compile(r"<(mailto:)?>|\[(mailto:)?\]|\(\)|mailto:")


def own_words(text, html=""):
    """What the sender of a mail wrote themselves.

    :param html: the mail's HTML, which may mark the signature
    """
    lines = text[: mail_body.MAX_LENGTH].split("\n")
    own = _without_signature(_without_quotation(lines))
    signature = _marked_signature(html).split()
    return "\n".join(_without_tail(own, signature) if signature else own).strip()


def without_address(text, address):
    """A text in which nobody finds an address; a line that has little else goes with it."""
    pattern = re.compile(re.escape(address), re.IGNORECASE)
    kept = []
    for line in text.split("\n"):
        left = line
        while pattern.search(left):
            # What is left when one goes may be another one.
            left = _AROUND_ADDRESS.sub("", pattern.sub("", left))
        if left == line or len(left.strip()) > 10:
            kept.append(left.rstrip())
    return "\n".join(kept).strip()


def _without_quotation(lines):
    start = mail_body.quotation_start(lines)
    above, below = lines[:start], lines[start:]
    first = next((number for number, line in enumerate(below) if _is_quoted(line)), len(below))
    # What is written below or between quoted lines is an answer, too.
    below = [line for line in below[first:] if not _is_quoted(line)]
    own = [line for line in above if not _is_quoted(line)]
    if len(own) + len(below) < len(lines):
        own = _without_attribution(own)
    return own + below


def _is_quoted(line):
    return line.lstrip().startswith(">")


def _without_attribution(lines):
    """Without the line above a quotation that says, in whatever language, who wrote it."""
    last = max((number for number, line in enumerate(lines) if line.strip()), default=None)
    if last is not None and lines[last].rstrip().endswith(":") and "@" in lines[last]:
        return lines[:last]
    return lines


def _without_signature(lines):
    for number, line in enumerate(lines):
        if _DELIMITER.match(line.strip()):
            return lines[:number]
    written = [number for number, line in enumerate(lines) if line.strip()]
    for number in written[-3:]:
        if _SENT_FROM.match(lines[number].strip()):
            return lines[:number]
    return lines


def _without_tail(lines, words):
    """Without the last lines, if they are exactly these words."""
    tail = []
    for number in range(len(lines) - 1, -1, -1):
        tail = lines[number].split() + tail
        if tail == words:
            return lines[:number]
        if len(tail) > len(words):
            break
    return lines


def _marked_signature(html):
    """The text of what HTML calls the signature."""
    tree = mail_body.parsed(html)
    for element in tree.iter() if tree is not None else ():
        if not isinstance(element.tag, str):
            continue
        names = f"{element.get('class', '')} {element.get('id', '')}".lower().split()
        if any(name in _SIGNATURES for name in names):
            return mail_body.html_to_text(mail_body.inner(element))
    return ""


def shown_images(html):
    """Content ids of the images in what the sender wrote, not in a quotation or a signature."""
    tree = mail_body.parsed(html)
    found = set()
    pending = [tree] if tree is not None else []
    while pending:
        element = pending.pop()
        if not isinstance(element.tag, str) or _is_not_own(element):
            continue
        if element.tag == "img" and (element.get("src") or "").lower().startswith("cid:"):
            found.add(element.get("src")[4:].strip().strip("<>"))
        pending += list(element)
    return found


def _is_not_own(element):
    names = f"{element.get('class', '')} {element.get('id', '')}".lower().split()
    return element.tag == "blockquote" or any(
        name in _SIGNATURES or name in ("gmail_quote", "divrplyfwdmsg", "appendonsend") for name in names
    )
