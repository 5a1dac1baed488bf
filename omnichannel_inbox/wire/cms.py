"""The mail inside one that is signed in one piece (S/MIME: RFC 8551, 3.5.2; RFC 5652; X.690).

Only its content is taken out: whether the signature is right is not looked at.
"""

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SEQUENCE, _OID, _EXPLICIT, _OCTETS, _PIECES = 0x30, 0x06, 0xA0, 0x04, 0x24
_MAX_DEPTH = 20


def signed_content(data):
    """What was signed.

    :param bytes data: a CMS message
    :return: bytes, or None if nothing is signed in it that can be read, as where it is encrypted
    """
    try:
        return _signed_content(data)
    except ValueError:
        return None


def _signed_content(data):
    kind, content = _children(data, _only(data, (_SEQUENCE, 0, len(data), len(data)), _SEQUENCE))[:2]
    if kind[0] != _OID or data[kind[1] : kind[2]] != _SIGNED_DATA:
        raise ValueError("not signed")
    signed = _only(data, content, _SEQUENCE)
    encapsulated = next((part for part in _children(data, signed) if part[0] == _SEQUENCE), None)
    if not encapsulated:
        raise ValueError("nothing in it")
    explicit = next((part for part in _children(data, encapsulated) if part[0] == _EXPLICIT), None)
    if not explicit:
        raise ValueError("the content is elsewhere")
    return b"".join(_octets(data, _children(data, explicit), 0))


def _octets(data, parts, depth):
    if depth > _MAX_DEPTH:
        raise ValueError("too deep")
    for part in parts:
        if part[0] == _OCTETS:
            yield data[part[1] : part[2]]
        elif part[0] == _PIECES:
            yield from _octets(data, _children(data, part), depth + 1)
        else:
            raise ValueError("no octets")


def _only(data, parent, tag):
    """The first part of another, which must be of a kind."""
    parts = _children(data, parent)
    if not parts or parts[0][0] != tag:
        raise ValueError("something else")
    return parts[0]


def _children(data, parent):
    _tag, at, stop, _next = parent
    found = []
    while at < stop:
        found.append(_element(data, at, stop, 0))
        at = found[-1][3]
    return found


def _element(data, at, end, depth):
    """8.1.2 and 8.1.3: (tag, where its content starts and ends, where the next one starts)."""
    if depth > _MAX_DEPTH or at + 2 > end:
        raise ValueError("cut off")
    tag, size = data[at], data[at + 1]
    if tag & 0x1F == 0x1F:
        raise ValueError("a tag of several bytes")
    at += 2
    if size == 0x80:
        return _indefinite(data, tag, at, end, depth)
    if size > 0x80:
        count = size - 0x80
        if count > 4 or at + count > end:
            raise ValueError("a length that cannot be")
        size, at = int.from_bytes(data[at : at + count], "big"), at + count
    if at + size > end:
        raise ValueError("cut off")
    return tag, at, at + size, at + size


def _indefinite(data, tag, at, end, depth):
    """8.1.3.6: the content ends with two zeros."""
    inner = at
    while data[inner : inner + 2] != b"\0\0":
        inner = _element(data, inner, end, depth + 1)[3]
    return tag, at, inner, inner + 2
