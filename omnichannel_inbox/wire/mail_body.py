"""The text of mails: what is new in it, what it quotes, and HTML that is safe to show.

Written here rather than taken from a library: those at hand use regular expressions that a hostile
mail can make run for minutes. Each function takes time in proportion to the text.
"""

import re
from dataclasses import dataclass
from html import escape, unescape

import lxml.html
from lxml import etree

# Begins what an agent's mail to a third party quotes below the agent's own words.
QUOTED = '<div class="o_omnichannel_quoted" data-o-mail-quote="1">'
MAX_LENGTH = 1_000_000  # characters of one body; what is longer is cut, the journal has all of it

# "On Mon, 3 Nov 2025, Ada wrote:", in the languages of our customers; the date stands at either end.
_WROTE = re.compile(
    r"^(on|op|am|le|el|il)\b.{0,300}"
    r"\b(wrote|schreef|schrieb|geschreven|a écrit|escribió|ha scritto)\b.{0,200}:\s*$",
    re.IGNORECASE,
)
_STARTS_WROTE = re.compile(r"^(on|op|am|le|el|il)\b.{0,300}$", re.IGNORECASE)
_DATED = re.compile(r"\d{4}|\d{1,2}[:.]\d{2}")
# What stands above a mail that is passed on, and above one that is answered or passed on.
FORWARDED_WORDS = "forwarded message|doorgestuurd bericht|weitergeleitete nachricht|message transféré"
ORIGINAL_WORDS = (
    "original message|oorspronkelijk bericht|ursprüngliche nachricht|message d['’]origine|message original"
)
_SEPARATOR = re.compile(rf"^-{{2,}}\s*({ORIGINAL_WORDS}|{FORWARDED_WORDS})\s*-{{2,}}$", re.IGNORECASE)
_FIRST_FIELD = re.compile(r"^\W{0,3}(from|van|von|de)\s?:\W{0,3}\s\S", re.IGNORECASE)
_NEXT_FIELD = re.compile(
    r"^\W{0,3}(sent|verzonden|gesendet|envoyé|date|datum|to|aan|an|à|subject|onderwerp|betreff|objet)\s?:",
    re.IGNORECASE,
)
_RULE = re.compile(r"^[_-]{10,}$")
_SIGNATURE = re.compile(
    r"^(--\s?$|(sent|verzonden|verstuurd|gesendet|envoyé)\b.{0,20}\b(from|vanaf|met|von|depuis|de)\b.{1,60}$"
    r"|get outlook for .{1,60}$|outlook voor .{1,60}$)",
    re.IGNORECASE,
)
_BLOCKS = {
    "p",
    "div",
    "br",
    "tr",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "hr",
    "table",
    "ul",
    "ol",
}
_UNSEEN = {"script", "style", "head", "title", "template"}
_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*)?[^<>]*>")
_COLOURS = re.compile(r"\b(rgba?|hsla?|calc)\([^()]*\)", re.IGNORECASE)
_REMOTE = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Parts:
    """``new`` is what the sender wrote now, ``signature`` what closes it, ``quoted`` the rest."""

    new: str
    signature: str = ""
    quoted: str = ""


def split(text):
    """Tell apart what is new in a plain text, its signature, and what it quotes below.

    What stands between the lines of a quotation stays new: only a quotation that nothing follows is
    told apart.
    """
    lines = text[:MAX_LENGTH].split("\n")
    start = quotation_start(lines)
    body, quoted = lines[:start], lines[start:]
    if not any(line.strip() for line in body):
        # Nothing above the quotation: a forwarded mail. All of it is what was sent.
        return Parts(text[:MAX_LENGTH].strip())
    signature = _signature_start(body)
    return Parts(*("\n".join(part).strip() for part in (body[:signature], body[signature:], quoted)))


def quotation_start(lines):
    """The number of the line at which a quotation begins that nothing of the sender's own follows."""
    for number, line in enumerate(lines):
        stripped = line.strip()
        if _SEPARATOR.match(stripped) or _is_attribution(lines, number) or _is_header_block(lines, number):
            return number - 1 if number and _RULE.match(lines[number - 1].strip()) else number
    return _trailing_quotation(lines)


def _is_attribution(lines, number):
    """A line, or two that a mail program wrapped, that says who wrote what follows."""
    line = lines[number].strip()
    if _WROTE.match(line):
        return bool(_DATED.search(line)) or _is_quoted(lines, number + 1)
    if number + 1 < len(lines) and _STARTS_WROTE.match(line) and _DATED.search(line):
        return bool(_WROTE.match(f"{line} {lines[number + 1].strip()}"))
    return False


def _is_quoted(lines, number):
    following = next((line for line in lines[number : number + 3] if line.strip()), "")
    return following.lstrip().startswith(">")


def _is_header_block(lines, number):
    """ "From: … Sent: … To: …", as Outlook writes it."""
    if not _FIRST_FIELD.match(lines[number].strip()):
        return False
    return sum(bool(_NEXT_FIELD.match(line.strip())) for line in lines[number + 1 : number + 6]) >= 2


def _trailing_quotation(lines):
    """Where lines that all start with ">" begin, if nothing follows them."""
    start = len(lines)
    while start and (not lines[start - 1].strip() or lines[start - 1].lstrip().startswith(">")):
        start -= 1
    return start if any(line.strip() for line in lines[start:]) else len(lines)


def _signature_start(lines):
    for number, line in enumerate(lines):
        if number and _SIGNATURE.match(line.strip()):
            return number
    return len(lines)


def to_html(parts):
    """A plain text as HTML, in which Odoo folds signature and quotation."""
    folded = "\n\n".join(filter(None, (parts.signature, parts.quoted)))
    html = f"<p>{_lines(parts.new)}</p>"
    return f'{html}<div data-o-mail-quote="1">{_lines(folded)}</div>' if folded else html


def _lines(text):
    return "<br>".join(escape(line) for line in text.split("\n"))


# -- HTML ----------------------------------------------------------------------


def html_to_text(html):
    """The text of HTML, with its lines."""
    tree = parsed(html)
    pieces = []
    if tree is None:
        pieces = _text_between_tags(html)
    else:
        for event, element in etree.iterwalk(tree, events=("start", "end", "comment")):
            _collect(event, element, pieces)
    text = re.sub(r"[ \t\r\f\v\xa0]+", " ", "".join(pieces))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" ?\n ?", "\n", text)).strip()


def _text_between_tags(html):
    """The text of HTML that no parser takes, as when it is nested too deeply: all but its tags."""
    pieces, unseen = [], None
    # Text and the names of tags take turns.
    for number, part in enumerate(_TAG.split(html[:MAX_LENGTH])):
        if number % 2 == 0:
            pieces.append("" if unseen else unescape(part).replace("\n", " "))
            continue
        name = (part or "").lower()
        if unseen:
            unseen = None if name == f"/{unseen}" else unseen
        elif name in _UNSEEN:
            unseen = name
        elif name.strip("/") in _BLOCKS:
            pieces.append("\n")
    return pieces


def _collect(event, element, pieces):
    if event == "comment" or not isinstance(element.tag, str):
        pieces.append(" ".join((element.tail or "").split("\n")))
    elif event == "start":
        if element.tag in _BLOCKS:
            pieces.append("\n")
        if element.text and element.tag not in _UNSEEN:
            pieces.append(element.text.replace("\n", " "))
    else:
        if element.tag in _BLOCKS and element.tag != "br":
            pieces.append("\n")
        if element.tail:
            pieces.append(element.tail.replace("\n", " "))


def hold_back_images(html):
    """Remote images are not loaded: their address moves to ``data-original-src``.

    Loading one tells its sender when and where a mail is read. Images that came with the mail, and those in
    the HTML itself, are not touched.
    """
    tree = parsed(html)
    if tree is None:
        return ""
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        for name in ("src", "background", "srcset", "poster"):
            value = element.get(name)
            if value and (_REMOTE.match(value) or name == "srcset"):
                del element.attrib[name]
                if element.tag == "img" and name == "src":
                    element.set("data-original-src", value.strip())
        if style := element.get("style"):
            element.set("style", _local_style(style))
    return inner(tree)


def _local_style(style):
    """The declarations that can load nothing: no function but of colours, and no escapes that hide one."""
    kept = [part for part in style.split(";") if "\\" not in part and "(" not in _COLOURS.sub("", part)]
    return ";".join(kept)


def replace_images(html, addresses):
    """Let images that came with the mail show the files they became.

    :param dict addresses: {content id: address}
    """
    tree = parsed(html)
    if tree is None:
        return ""
    for image in tree.iter("img"):
        source = image.get("src") or ""
        if source.lower().startswith("cid:"):
            image.set("src", addresses.get(source[4:].strip().strip("<>"), ""))
    return inner(tree)


def to_forward(html, is_left_out, with_quotation):
    """A message's HTML for somebody whom it was not written to.

    :param is_left_out: tells of an image's address whether the image does not go along
    :param with_quotation: whether what it quotes goes along; it does where nothing else would be left
    """
    tree = parsed(html)
    if tree is None:
        return ""
    if not with_quotation:
        for element in tree.xpath(".//*[@data-o-mail-quote]"):
            _empty(element)
        if not tree.text_content().strip() and tree.find(".//img") is None:
            tree = parsed(html)
    for image in list(tree.iter("img")):
        if is_left_out(image.get("src") or ""):
            _empty(image)
    return inner(tree)


def _empty(element):
    """Leave nothing of an element but its place: taking it out would copy the text around it each time."""
    element.clear(keep_tail=True)
    element.tag = "span"


def parsed(html):
    """HTML as a tree in an element of its own; None when there is none or nobody can read it."""
    html = html[:MAX_LENGTH].strip()
    if not html:
        return None
    try:
        # An encoding named in the text is not its own any more.
        parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)
        tree = lxml.html.fragment_fromstring(
            html.encode("utf-8", "replace"), create_parent="div", parser=parser
        )
    except (etree.LxmlError, ValueError, RecursionError):
        return None
    # What is nested more deeply than the parser goes, it leaves out without a word.
    is_cut = any("depth" in error.message for error in parser.error_log.filter_from_fatals())
    return None if is_cut else tree


def inner(tree):
    """What is in an element, as HTML."""
    text = (tree.text or "") + "".join(lxml.html.tostring(child, encoding="unicode") for child in tree)
    return text.replace("\0", "")
