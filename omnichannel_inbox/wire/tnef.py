"""The files in a ``winmail.dat``, as Outlook wraps them ([MS-OXTNEF], "TNEF").

Whatever the bytes, :func:`unpack` answers, and says whether that was all: if not, who has the original
keeps it. Each length is checked against what is there, and each byte is handed out once at most: what
comes out is never more than what went in.
"""

import zlib
from dataclasses import dataclass, field

MAX_FILES = 200
MAX_NAME = 500  # bytes
MAX_VALUES = 1000  # of one property
_SIGNATURE = 0x223E9F78  # 2.1.3.2, TNEFSignature
_IN_ATTACHMENT = 2  # 2.1.3.4, attrLevelAttachment
# 2.1.3.3, idAttribute: type and number in one
_MESSAGE_CLASS = 0x00078008
_OEM_CODEPAGE = 0x00069007
_NEW_ATTACHMENT = 0x00069002  # attAttachRenddata
_TITLE = 0x00018010
_DATA = 0x0006800F
_PROPERTIES = 0x00069005  # attAttachment: MAPI properties
# [MS-OXPROPS], of an attachment
_FILENAME, _LONG_FILENAME, _MIME_TAG, _CONTENT_ID, _CONTENT = 0x3704, 0x3707, 0x370E, 0x3712, 0x3701
# [MS-OXCDATA] 2.11.1: bytes of a value, filled up to a multiple of four
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING8, _UNICODE, _BINARY, _AN_OBJECT = 0x1E, 0x1F, 0x102, 0x0D
_MULTIPLE = 0x1000
_NAMED = 0x8000
# 2.1.3.3.22: a mail; meetings, tasks and contacts have more to say than their files.
_MAIL = (b"IPM.Note", b"IPM.Microsoft Mail.Note")


@dataclass(slots=True)
class Attachment:
    """A file; ``mimetype`` and ``content_id`` are empty where Outlook said nothing of them."""

    name: str = ""
    content: bytes | None = None
    mimetype: str = ""
    content_id: str = ""
    title: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class _Contents:
    files: list = field(default_factory=list)
    codepage: str = "cp1252"
    is_whole: bool = True


def unpack(content):
    """The files of a ``winmail.dat``.

    :param bytes content: the whole file
    :return: (list of :class:`Attachment`, whether these are all that is in it besides the mail's own text)
    """
    contents = _Contents()
    try:
        _read(_Reader(content), contents)
    except ValueError:
        return [], False
    # What has no content is a mail or a document in Outlook's own form, which nothing here can show.
    files = [file for file in contents.files if file.content is not None]
    for file in files:
        _name_by_title(file, contents.codepage)
    return files, contents.is_whole and len(files) == len(contents.files)


class _Reader:
    """Takes pieces off the front of bytes, and never more than is there."""

    def __init__(self, content):
        self._content = memoryview(content)
        self._at = 0

    @property
    def left(self):
        return len(self._content) - self._at

    def take(self, size):
        if size > self.left:
            raise ValueError("cut off")
        self._at += size
        return self._content[self._at - size : self._at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def padded(self, size):
        """A value of that size, and what fills it up to a multiple of four."""
        value = self.take(size)
        self.take(-size % 4)
        return value


def _read(reader, contents):
    if reader.number(4) != _SIGNATURE:
        raise ValueError("no TNEF")
    reader.take(2)  # LegacyKey
    while reader.left:
        level, attribute, value = _attribute(reader)
        if attribute == _OEM_CODEPAGE:
            contents.codepage = _codec(value)
        elif attribute == _MESSAGE_CLASS:
            contents.is_whole &= bytes(value[:MAX_NAME]).rstrip(b"\0") in _MAIL
        elif level == _IN_ATTACHMENT:
            _take_part(contents, attribute, value)


def _attribute(reader):
    """2.1.3.1: level, number, value and the sum of the value's bytes."""
    level = reader.number(1)
    attribute = reader.number(4)
    value = reader.take(reader.number(4))
    if _checksum(value) != reader.number(2):
        raise ValueError("damaged")
    return level, attribute, value


def _checksum(value):
    """2.1.3.1: the sum of all bytes. Adler's, of so few that it does not wrap, is the same and a hundred
    times as fast as Python's own."""
    pieces = (value[at : at + 256] for at in range(0, len(value), 256))
    return sum((zlib.adler32(piece) & 0xFFFF) - 1 for piece in pieces) & 0xFFFF


def _codec(value):
    name = f"cp{int.from_bytes(value[:4], 'little')}"
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name


def _take_part(contents, attribute, value):
    """One attribute of an attachment; the first of each begins a new one."""
    found = contents.files
    if attribute == _NEW_ATTACHMENT:
        if len(found) >= MAX_FILES:
            raise ValueError("too many files")
        found.append(Attachment())
        return
    if not found:
        raise ValueError("an attribute of no attachment")
    if attribute == _TITLE:
        found[-1].title = bytes(value[:MAX_NAME])
    elif attribute == _DATA:
        found[-1].content = bytes(value) or found[-1].content or b""
    elif attribute == _PROPERTIES:
        _take_properties(found[-1], _Reader(value))


def _take_properties(attachment, reader):
    """2.1.3.5: MAPI properties, of which a file's name and kind are wanted."""
    for _number in range(reader.number(4)):
        kind, name = reader.number(2), reader.number(2)
        if name >= _NAMED:
            _skip_name(reader)
        values = list(_values(reader, kind))
        if len(values) == 1 and name == _CONTENT and kind == _BINARY:
            attachment.content = attachment.content or bytes(values[0])
        elif len(values) == 1 and kind in (_STRING8, _UNICODE):
            _set_name(attachment, name, _text(kind, values[0]))


def _skip_name(reader):
    """The name of a property that has no number of its own: a GUID and a number or a text."""
    reader.take(16)
    if reader.number(4):
        reader.padded(reader.number(4))
    else:
        reader.take(4)


def _values(reader, kind):
    base = kind & ~_MULTIPLE
    if base in _FIXED:
        count = reader.number(4) if kind & _MULTIPLE else 1
        reader.take(count * _FIXED[base])
        return
    if base not in (_STRING8, _UNICODE, _BINARY, _AN_OBJECT):
        raise ValueError("a kind of value that is not known")
    count = reader.number(4)
    if count > MAX_VALUES:
        raise ValueError("too many values")
    for _number in range(count):
        yield reader.padded(reader.number(4))


def _text(kind, value):
    raw = bytes(value[:MAX_NAME])
    text = raw.decode("utf-16-le" if kind == _UNICODE else "cp1252", "replace")
    return text.split("\0", 1)[0].strip()


def _set_name(attachment, name, text):
    if name == _LONG_FILENAME or (name == _FILENAME and not attachment.name):
        attachment.name = text
    elif name == _MIME_TAG:
        attachment.mimetype = text.lower()
    elif name == _CONTENT_ID:
        attachment.content_id = text.strip("<>")


def _name_by_title(attachment, codepage):
    """The short name is all that old programs write."""
    title = attachment.title.split(b"\0", 1)[0].decode(codepage, "replace").strip()
    attachment.name = attachment.name or title
