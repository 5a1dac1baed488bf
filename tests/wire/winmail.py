"""Writes a ``winmail.dat`` as [MS-OXTNEF] describes it, for what reads them to be tried on."""

NOTE = b"IPM.Microsoft Mail.Note\0"


def attribute(level, number, value):
    checksum = (sum(value) & 0xFFFF).to_bytes(2, "little")
    return bytes([level]) + number.to_bytes(4, "little") + len(value).to_bytes(4, "little") + value + checksum


def padded(value):
    return len(value).to_bytes(4, "little") + value + b"\0" * (-len(value) % 4)


def variable(kind, name, *values):
    """A property of text or bytes."""
    head = kind.to_bytes(2, "little") + name.to_bytes(2, "little")
    return head + len(values).to_bytes(4, "little") + b"".join(map(padded, values))


def text(name, value):
    return variable(0x1F, name, value.encode("utf-16-le") + b"\0\0")


def number(name, value):
    return b"\3\0" + name.to_bytes(2, "little") + value.to_bytes(4, "little")


def named(kind, name, value):
    """A property whose name is a text: of a program's own."""
    head = kind.to_bytes(2, "little") + (0x8001).to_bytes(2, "little") + b"G" * 16
    return head + (1).to_bytes(4, "little") + padded(name.encode("utf-16-le")) + value


def properties(*found):
    return len(found).to_bytes(4, "little") + b"".join(found)


def attachment(title, content=None, *found):
    parts = [attribute(2, 0x00069002, b"\1\0" + b"\0" * 12), attribute(2, 0x00018010, title)]
    if content is not None:
        parts.append(attribute(2, 0x0006800F, content))
    if found:
        parts.append(attribute(2, 0x00069005, properties(*found)))
    return b"".join(parts)


def winmail(*attachments, message_class=NOTE, codepage=1252):
    head = (0x223E9F78).to_bytes(4, "little") + b"\1\0"
    return (
        head
        + attribute(1, 0x00089006, (0x00010000).to_bytes(4, "little"))
        + attribute(1, 0x00069007, codepage.to_bytes(4, "little") + b"\0" * 4)
        + attribute(1, 0x00078008, message_class)
        + b"".join(attachments)
    )


def usual():
    """Two files: one with an old program's short name, one with all that Outlook says today."""
    return winmail(
        attachment(b"ORDER.TXT\0", b"An order"),
        attachment(
            b"INVOIC~1.PDF\0",
            b"%PDF-1.4",
            number(0x0E20, 8),
            named(0x1F, "Kind", (1).to_bytes(4, "little") + padded("x".encode("utf-16-le"))),
            text(0x3704, "INVOIC~1.PDF"),
            text(0x3707, "Invoice № 1.pdf"),
            variable(0x1E, 0x370E, b"application/pdf\0"),
            variable(0x1F, 0x3712, "<pic@1>".encode("utf-16-le")),
        ),
    )
