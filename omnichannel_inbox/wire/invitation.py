"""What a calendar that came with a mail says in short (RFC 5545, RFC 5546).

Only its first event is read, line by line: a whole calendar library would also work out repetitions and
time zones that a stranger made up, for as long as the stranger wants.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MAX_BYTES = 256 * 1024  # of a calendar that are looked at
MAX_TEXT = 200  # characters of a title or a place
_FOLDED = re.compile(r"\r?\n[ \t]")
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,4})D)?"
    r"(?:T(?:(?P<hours>\d{1,4})H)?(?:(?P<minutes>\d{1,5})M)?(?:(?P<seconds>\d{1,6})S)?)?"
)
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
_METHODS = {"CANCEL": "cancelled", "COUNTER": "counter"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a time of it; ``zone`` is what the calendar calls its time zone, empty is wherever one is."""

    at: date
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """``kind`` is request, cancelled, counter (another time is proposed), or the answer of who was invited:
    accepted, declined or tentative."""

    kind: str
    summary: str = ""
    location: str = ""
    start: Moment | None = None
    end: Moment | None = None
    repeats: bool = False


def read_calendar(content):
    """Read a calendar.

    :param bytes content: as it came
    :return: :class:`Invitation`, or None if there is no event in it
    """
    text = _FOLDED.sub("", content[:MAX_BYTES].decode("utf-8", "replace").replace("\0", ""))
    method, event = "", None
    for path, name, parameters, value in _properties(text):
        if path == ("VCALENDAR",) and name == "METHOD":
            method = value.strip().upper()
        elif path == ("VCALENDAR", "VEVENT"):
            event = {} if event is None else event
            # The first of each: a second event of the same calendar is an exception of the first.
            event.setdefault(name, (parameters, value))
    return None if event is None else _invitation(method, event)


def _properties(text):
    """(names of the components it is in, name, parameters, value) of each property."""
    path = []
    for line in text.splitlines():
        name, parameters, value = _property(line)
        if name == "BEGIN":
            path.append(value.strip().upper())
        elif name == "END":
            del path[-1:]
        elif name:
            # Deeper than an event's own properties nothing is looked for.
            yield tuple(path[:3]), name, parameters, value


def _property(line):
    """Name, parameters and value of a line; a colon between quotation marks does not end them."""
    quoted = False
    for at, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == ":" and not quoted:
            name, *parameters = line[:at].split(";")
            pairs = (parameter.partition("=") for parameter in parameters)
            return (
                name.strip().upper(),
                {key.upper(): text.strip('"') for key, _is, text in pairs},
                line[at + 1 :],
            )
    return "", {}, ""


def _invitation(method, event):
    def value(name):
        return event[name][1] if name in event else ""

    start = _moment(*event.get("DTSTART", ({}, "")))
    return Invitation(
        kind=_kind(method, value("STATUS").strip().upper(), event.get("ATTENDEE", ({}, ""))[0]),
        summary=_text(value("SUMMARY")),
        location=_text(value("LOCATION")),
        start=start,
        end=_moment(*event["DTEND"]) if "DTEND" in event else _after(start, value("DURATION")),
        repeats="RRULE" in event,
    )


def _kind(method, status, attendee):
    if status == "CANCELLED":
        return "cancelled"
    if method == "REPLY":
        return _ANSWERS.get(attendee.get("PARTSTAT", "").upper(), "request")
    return _METHODS.get(method, "request")


def _text(value):
    plain = re.sub(r"\\(.)", lambda found: " " if found[1] in "nN" else found[1], value)
    return " ".join(plain.split())[:MAX_TEXT]


def _moment(parameters, value):
    value = value.strip()
    for form in ("%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            found = datetime.strptime(value, form)
        except ValueError:
            continue
        if form == "%Y%m%d":
            return Moment(found.date())
        return Moment(found, "UTC" if form.endswith("Z") else parameters.get("TZID", "")[:MAX_TEXT])
    return None


def _after(start, duration):
    found = _DURATION.fullmatch(duration.strip())
    if not start or not found:
        return None
    pieces = {unit: int(number) for unit, number in found.groupdict().items() if number}
    try:
        return Moment(start.at + timedelta(**pieces), start.zone)
    except OverflowError:
        return None
