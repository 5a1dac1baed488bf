"""What Outlook wraps into a winmail.dat, and what nobody should."""

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.wire import mail, tnef

from . import winmail as w
from .test_mail import mutate


def names(content):
    files, is_whole = tnef.unpack(content)
    return [(file.name, file.content) for file in files], is_whole


def test_files_come_out():
    files, is_whole = tnef.unpack(w.usual())
    assert is_whole
    assert [(file.name, file.content) for file in files] == [
        ("ORDER.TXT", b"An order"),
        ("Invoice № 1.pdf", b"%PDF-1.4"),
    ]
    assert (files[1].mimetype, files[1].content_id) == ("application/pdf", "pic@1")


def test_a_short_name_in_the_writers_code_page():
    title = "счёт.txt".encode("cp866") + b"\0"
    assert names(w.winmail(w.attachment(title, b"x"), codepage=866)) == ([("счёт.txt", b"x")], True)
    assert names(w.winmail(w.attachment(b"a.txt\0", b"x"), codepage=99999)) == ([("a.txt", b"x")], True)


def test_content_that_stands_among_the_properties():
    found = w.attachment(b"a.txt\0", None, w.variable(0x102, 0x3701, b"content"))
    assert names(w.winmail(found)) == ([("a.txt", b"content")], True)


def test_without_files():
    assert names(w.winmail()) == ([], True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x\x9f\x3e\x22",
        b"no TNEF at all",
        w.usual()[:-1],
        w.usual()[:-40],
        w.usual() + b"\0",
        w.usual().replace(b"An order", b"An 0rder"),
        w.winmail(*[w.attachment(b"a\0", b"x")] * (tnef.MAX_FILES + 1)),
        w.winmail(w.attribute(2, 0x0006800F, b"of no attachment")),
        w.winmail(w.attachment(b"a\0", b"x", b"\xff\x7f\x04\x37")),
        w.winmail(w.attachment(b"a\0", b"x", b"\x1e\x00\x04\x37\xff\xff\xff\xff")),
    ],
    ids=range(11),
)
def test_what_cannot_be_read_gives_nothing(content):
    assert tnef.unpack(content) == ([], False)


def test_what_nothing_here_can_show_is_said():
    found = w.winmail(
        w.attachment(b"a.txt\0", b"x"), w.attachment(b"A mail\0", None, w.variable(0x0D, 0x3701, b"G" * 16))
    )
    assert names(found) == ([("a.txt", b"x")], False)
    meeting = w.winmail(w.attachment(b"a.txt\0", b"x"), message_class=b"IPM.Schedule.Meeting.Request\0")
    assert names(meeting) == ([("a.txt", b"x")], False)


def wrapped(content, text="See the files", name="winmail.dat", kind="ms-tnef"):
    message = EmailMessage()
    message["From"] = "karin@example.com"
    message.set_content(text)
    message.add_attachment(content, maintype="application", subtype=kind, filename=name)
    return mail.parse(message.as_bytes()).files


def test_a_mail_has_the_files_in_its_place():
    order, invoice = wrapped(w.usual())
    assert order == mail.File("ORDER.TXT", "text/plain", b"An order")
    assert invoice == mail.File("Invoice № 1.pdf", "application/pdf", b"%PDF-1.4", "pic@1")
    assert [file.name for file in wrapped(w.usual(), kind="octet-stream")] == [order.name, invoice.name]


def test_a_name_with_a_path_and_a_type_that_is_none():
    content = w.winmail(w.attachment(b"..\\etc\\a.png\0", b"x", w.text(0x370E, "a\nb")))
    assert wrapped(content) == (mail.File("a.png", "image/png", b"x"),)


def test_the_original_stays_where_something_is_left_in_it():
    broken = w.usual()[:-1]
    assert [file.content for file in wrapped(broken)] == [broken]
    meeting = w.winmail(w.attachment(b"a.txt\0", b"x"), message_class=b"IPM.Appointment\0")
    assert [file.name for file in wrapped(meeting)] == ["a.txt", "winmail.dat"]
    assert wrapped(w.winmail()) == ()
    assert [file.name for file in wrapped(w.winmail(), text="")] == ["winmail.dat"], "it may be the text"


SEEDS = [
    w.usual(),
    w.winmail(w.attachment(b"a.txt\0", None, w.variable(0x102, 0x3701, b"content"))),
    w.winmail(w.attachment(b"a\0", b"x", w.variable(0x101F, 0x8001, b"a", b"b"), w.number(0x1003, 7))),
]


def check(content):
    files, _is_whole = tnef.unpack(content)
    assert len(files) <= tnef.MAX_FILES
    assert sum(len(file.content) for file in files) <= len(content)
    assert all(len(file.name) <= tnef.MAX_NAME for file in files)


@settings(max_examples=3000)
@given(st.sampled_from(SEEDS), st.integers(0, 2**64))
def test_mutated(content, seed):
    check(mutate(content, seed))


@settings(max_examples=500)
@given(
    st.lists(
        st.tuples(st.sampled_from([0x00069002, 0x00018010, 0x0006800F, 0x00069005]), st.binary(max_size=60))
    )
)
def test_well_formed_nonsense(attributes):
    """What is right on the outside reaches the properties."""
    check(w.winmail(*[w.attribute(2, number, value) for number, value in attributes]))


@settings(max_examples=2000)
@given(st.binary(max_size=120))
def test_properties_of_any_bytes(value):
    check(w.winmail(w.attachment(b"a\0", b"x"), w.attribute(2, 0x00069005, value)))


@given(st.binary(max_size=5000))
def test_the_checksum_is_the_plain_sum(value):
    assert tnef._checksum(memoryview(value)) == sum(value) & 0xFFFF
