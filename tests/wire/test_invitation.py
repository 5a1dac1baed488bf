"""Calendars that come with mails."""

import random
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.wire.invitation import MAX_TEXT, Invitation, Moment, read_calendar


def calendar(*lines, method="REQUEST"):
    top = ["BEGIN:VCALENDAR", "VERSION:2.0", *([f"METHOD:{method}"] if method else []), "BEGIN:VEVENT"]
    return "\r\n".join([*top, *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()


FITTING = (
    "DTSTART;TZID=Europe/Amsterdam:20251203T140000",
    "DTEND;TZID=Europe/Amsterdam:20251203T143000",
    "SUMMARY:Fitting",
    "LOCATION:Shop",
)


def test_an_invitation():
    zone = "Europe/Amsterdam"
    assert read_calendar(calendar(*FITTING)) == Invitation(
        "request",
        "Fitting",
        "Shop",
        Moment(datetime(2025, 12, 3, 14, 0), zone),
        Moment(datetime(2025, 12, 3, 14, 30), zone),
    )


@pytest.mark.parametrize(
    ("method", "lines", "kind"),
    [
        ("REQUEST", (), "request"),
        ("PUBLISH", (), "request"),
        ("", (), "request"),
        ("CANCEL", (), "cancelled"),
        ("REQUEST", ("STATUS:CANCELLED",), "cancelled"),
        ("COUNTER", (), "counter"),
        ("REPLY", ('ATTENDEE;CN="K:larin; Klant";PARTSTAT=ACCEPTED:mailto:karin@example.com',), "accepted"),
        ("REPLY", ("ATTENDEE;PARTSTAT=DECLINED:mailto:karin@example.com",), "declined"),
        ("REPLY", ("ATTENDEE;PARTSTAT=TENTATIVE:mailto:karin@example.com",), "tentative"),
        ("REQUEST", ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:karin@example.com",), "request"),
        ("REPLY", (), "request"),
    ],
)
def test_kinds(method, lines, kind):
    assert read_calendar(calendar(*FITTING, *lines, method=method)).kind == kind


def test_texts_are_unfolded_and_unescaped():
    found = read_calendar(
        calendar("SUMMARY;LANGUAGE=en:Fit", " ting\\, the\\nsecond\\; really", "LOCATION: ")
    )
    assert (found.summary, found.location) == ("Fitting, the second; really", "")


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        (("DTSTART:20251203T130000Z",), Moment(datetime(2025, 12, 3, 13), "UTC"), None),
        (("DTSTART;VALUE=DATE:20251203",), Moment(date(2025, 12, 3)), None),
        (
            ("DTSTART:20251203T130000Z", "DURATION:PT1H30M"),
            Moment(datetime(2025, 12, 3, 13), "UTC"),
            Moment(datetime(2025, 12, 3, 14, 30), "UTC"),
        ),
        (("DTSTART:20251203T130000",), Moment(datetime(2025, 12, 3, 13)), None),
        (("DTSTART:99991231T130000Z", "DURATION:P9999W"), Moment(datetime(9999, 12, 31, 13), "UTC"), None),
        (("DTSTART:yesterday",), None, None),
        ((), None, None),
    ],
)
def test_times(lines, start, end):
    found = read_calendar(calendar("SUMMARY:x", *lines))
    assert (found.start, found.end) == (start, end)


def test_only_the_events_own_and_only_the_first_are_read():
    content = calendar(
        "BEGIN:VALARM",
        "SUMMARY:Alarm",
        "DTSTART:20200101T000000Z",
        "END:VALARM",
        *FITTING,
        "RRULE:FREQ=DAILY",
    ) + calendar("SUMMARY:Second", "DTSTART:20300101T000000Z")
    found = read_calendar(content)
    assert (found.summary, found.repeats) == ("Fitting", True)
    assert found.start.at.year == 2025


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"BEGIN:VCALENDAR\nEND:VCALENDAR",
        b"\xff\xfe",
        b"BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:x\nEND:VTODO\nEND:VCALENDAR",
        b"SUMMARY:x",
        b"END:VEVENT\nEND:VCALENDAR",
    ],
)
def test_no_event(content):
    assert read_calendar(content) is None


@settings(max_examples=2000)
@given(st.integers(0, 2**64))
def test_mutated(seed):
    rand = random.Random(seed)
    lines = [*FITTING, "DURATION:PT1H", "RRULE:FREQ=DAILY", 'ATTENDEE;CN="a";PARTSTAT=ACCEPTED:x', "STATUS:x"]
    rand.shuffle(lines)
    data = bytearray(calendar(*lines, method="REPLY"))
    for _change in range(rand.randint(1, 15)):
        at = rand.randrange(len(data))
        data[at : at + rand.randint(0, 5)] = rand.choice(
            [b"", b":", b";", b'"', b"\n ", b"\n", b"9" * 50, b"\\"]
        )
    found = read_calendar(bytes(data))
    assert found is None or len(found.summary) <= MAX_TEXT


@settings(max_examples=50, deadline=2000)
@given(st.sampled_from(['"', ":", ";", "BEGIN:VEVENT\n", "SUMMARY:x\n", "\n ", "\\", "A;", "BEGIN:X\n"]))
def test_takes_time_in_proportion(piece):
    read_calendar(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + piece.encode() * 200_000)
