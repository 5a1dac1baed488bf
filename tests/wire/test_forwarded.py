"""Mails that somebody passed on, as mail programs write them in four languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.wire import forwarded

KARIN = "karin@example.com"
BODY = "Where is my order?\n\nKarin"

GMAIL = (
    "---------- Forwarded message ---------\n{sender}: *Karin Klant* <karin@example.com>\n{rest}\n\n\n" + BODY
)
OUTLOOK = "________________________________\n{sender}: Karin Klant <karin@example.com>\n{rest}\n\n" + BODY
APPLE = "{start}\n\n> {sender}: Karin Klant <karin@example.com>\n{rest}\n> \n> " + BODY.replace("\n", "\n> ")
THUNDERBIRD = (
    "-------- {start} --------\n{rest}\n{sender}: \tKarin Klant <karin@example.com>\n{to}\n\n\n" + BODY
)


def rest(*pairs, before=""):
    values = ("24 nov. 2025 09:00", "anna@shop.example", "My order")
    order = {"date": 0, "to": 1, "subject": 2}
    return "\n".join(f"{before}{name}: {values[order[kind]]}" for kind, name in pairs)


CASES = {
    "gmail en": GMAIL.format(
        sender="From", rest=rest(("date", "Date"), ("subject", "Subject"), ("to", "To"))
    ),
    "gmail nl": GMAIL.format(sender="Van", rest=rest(("date", "Date"), ("subject", "Subject"), ("to", "To"))),
    "gmail de": GMAIL.format(sender="Von", rest=rest(("date", "Date"), ("subject", "Subject"), ("to", "To"))),
    "gmail fr": GMAIL.format(sender="De", rest=rest(("date", "Date"), ("subject", "Subject"), ("to", "To"))),
    "outlook en": OUTLOOK.format(
        sender="From", rest=rest(("date", "Sent"), ("to", "To"), ("subject", "Subject"))
    ),
    "outlook nl": OUTLOOK.format(
        sender="Van", rest=rest(("date", "Verzonden"), ("to", "Aan"), ("subject", "Onderwerp"))
    ),
    "outlook de": OUTLOOK.format(
        sender="Von", rest=rest(("date", "Gesendet"), ("to", "An"), ("subject", "Betreff"))
    ),
    "outlook fr": OUTLOOK.format(
        sender="De\xa0", rest=rest(("date", "Envoyé\xa0"), ("to", "À\xa0"), ("subject", "Objet\xa0"))
    ),
    "outlook, bold": OUTLOOK.replace("{sender}:", "*{sender}:*").format(
        sender="From", rest="*Sent:* Monday\n*To:* Anna\n*Subject:* My order"
    ),
    "outlook, old": "-----Original Message-----\nFrom: Karin Klant [mailto:karin@example.com]\n"
    "Sent: Monday\nTo: Anna\nSubject: My order\n\n" + BODY,
    "apple en": APPLE.format(
        start="Begin forwarded message:",
        sender="From",
        rest=rest(("subject", "Subject"), ("date", "Date"), ("to", "To"), before="> "),
    ),
    "apple nl": APPLE.format(
        start="Begin doorgestuurd bericht:",
        sender="Van",
        rest=rest(("subject", "Onderwerp"), ("date", "Datum"), ("to", "Aan"), before="> "),
    ),
    "apple de": APPLE.format(
        start="Anfang der weitergeleiteten Nachricht:",
        sender="Von",
        rest=rest(("subject", "Betreff"), ("date", "Datum"), ("to", "An"), before="> "),
    ),
    "apple fr": APPLE.format(
        start="Début du message réexpédié :",
        sender="De",
        rest=rest(("subject", "Objet"), ("date", "Date"), ("to", "À"), before="> "),
    ),
    "thunderbird en": THUNDERBIRD.format(
        start="Forwarded Message",
        rest=rest(("subject", "Subject"), ("date", "Date")),
        sender="From",
        to="To: anna@shop.example",
    ),
    "thunderbird nl": THUNDERBIRD.format(
        start="Doorgestuurd bericht",
        rest=rest(("subject", "Onderwerp"), ("date", "Datum")),
        sender="Van",
        to="Aan: anna@shop.example",
    ),
    "thunderbird de": THUNDERBIRD.format(
        start="Weitergeleitete Nachricht",
        rest=rest(("subject", "Betreff"), ("date", "Datum")),
        sender="Von",
        to="An: anna@shop.example",
    ),
    "thunderbird fr": THUNDERBIRD.format(
        start="Message transféré",
        rest=rest(("subject", "Sujet "), ("date", "Date ")),
        sender="De ",
        to="Pour : anna@shop.example",
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("above", ["", "Can you see to this?\n\n"])
def test_of_each_program(name, above):
    found = forwarded.find(above + CASES[name])
    assert (found.sender.email, found.sender.name) == (KARIN, "Karin Klant")
    assert (found.subject, found.text, found.above) == ("My order", BODY, above.strip())
    assert found.is_marked == (not name.startswith("outlook"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Just a mail.",
        "From: nobody in particular\nTo: you\nSubject: nothing",
        "On Mon, 24 Nov 2025, Karin <karin@example.com> wrote:\n> Hello",
        "From: karin@example.com",
        "Date: tomorrow\nTo: do\nSubject: unknown",
    ],
)
def test_what_is_no_forwarded_mail(text):
    assert forwarded.find(text) is None


def test_a_long_list_of_recipients_goes_on_in_the_next_line():
    text = f"From: Karin <{KARIN}>\nSent: today\nTo: Anna <anna@shop.example>;\n Bram <bram@shop.example>\n"
    found = forwarded.find(text + "Subject: My order\n\nHello")
    assert (found.subject, found.text) == ("My order", "Hello")


def test_what_looks_like_a_field_in_the_text_stays_text():
    found = forwarded.find(f"From: {KARIN}\nSent: today\nTo: us\n\nSubject: nothing\nDate: tomorrow")
    assert found.text == "Subject: nothing\nDate: tomorrow"


@pytest.mark.parametrize(
    "subject", ["Fwd: My order", "FW: My order", "WG: My order", "TR : My order", "My order"]
)
def test_subjects(subject):
    assert forwarded.is_forward(subject) == (subject != "My order")
    assert forwarded.original_subject(subject) == "My order"


LINES = st.sampled_from(
    ["From: a@b.example", "Van: x", "Sent: y", "To: z", "> De : c@d.example", "", ">", "_" * 20,
     "*Subject:* s", "-- Forwarded message --", "text", "Begin forwarded message:", "à" * 50, "\0"]
)  # fmt: skip


@given(st.lists(st.one_of(LINES, st.text(max_size=80)), max_size=40).map("\n".join))
def test_whatever_the_text_nothing_fails(text):
    found = forwarded.find(text)
    assert found is None or ("@" in found.sender.email and len(found.text) <= len(text))


@pytest.mark.parametrize(
    "line", [" " * 400_000, "> " * 200_000, "*" * 400_000, "From:" * 80_000, "From: a@b\n" * 40_000]
)
def test_no_text_takes_long(line):
    forwarded.find(line)
