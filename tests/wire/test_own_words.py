"""What of an agent's answer by mail goes to the customer: their own words and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.wire.own_words import own_words, shown_images, without_address

PRIVATE = "anna.private@home.example"
ANSWER = "It left today.\n\nIt arrives tomorrow."
SHOP = "Shop <s@shop.example>"
WROTE = f"On Mon, 24 Nov 2025 at 09:00, {SHOP} wrote:"
QUOTED = "> OC00012 · Karin Klant wrote:\n> \n> Where is my order?\n"


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        f"{ANSWER}\n\n-- \nAnna\n{PRIVATE}",
        f"{ANSWER}\n\nSent from my iPhone",
        f"{ANSWER}\n\nVerzonden vanaf mijn iPhone\n\nOp ma 24 nov. 2025 om 09:00 schreef {SHOP}:\n\n{QUOTED}",
        f"{ANSWER}\n\n{WROTE}\n\n{QUOTED}",
        f"{ANSWER}\n\nOn Mon, 24 Nov 2025 at 09:00, Shop\n<s@shop.example> wrote:\n\n{QUOTED}",
        f"{ANSWER}\n\nAm Mo., 24. Nov. 2025 um 09:00 Uhr schrieb {SHOP}:\n{QUOTED}",
        f"{ANSWER}\n\nLe lun. 24 nov. 2025 à 09:00, {SHOP} a écrit :\n{QUOTED}",
        f"{ANSWER}\n\nDen mån 24 nov. 2025 kl 09:00 skrev {SHOP}:\n{QUOTED}",
        f"{ANSWER}\n\n{'_' * 32}\nFrom: {SHOP}\nSent: today\nTo: Anna <{PRIVATE}>\nSubject: S\n\nWhere?",
        f"{ANSWER}\n\n-----Oorspronkelijk bericht-----\nVan: Shop\nVerzonden: nu\nAan: {PRIVATE}\n\nWaar?",
        f"{WROTE}\n{QUOTED}\n{ANSWER}",
        f"{QUOTED}\n{ANSWER}\n\n-- \nAnna",
        f"It left today.\n\n{WROTE}\n{QUOTED}\nIt arrives tomorrow.",
    ],
)
def test_answers(text):
    assert own_words(text).split() == ANSWER.split()


def test_no_sentence_is_taken_for_a_signature():
    for text in (
        "Verzonden met PostNL, track & trace 3S123.",
        "Sent today from our warehouse in Utrecht.\n\nIt arrives tomorrow.",
        "Envoyé hier de Paris.",
    ):
        assert own_words(text) == text


@pytest.mark.parametrize("mark", ['class="gmail_signature"', 'id="Signature"', 'id="AppleMailSignature"'])
def test_a_signature_that_html_marks(mark):
    html = f"<div>It left today.</div><div {mark}>Anna<br>Tel. 06 1234</div>"
    assert own_words("It left today.\n\nAnna\nTel. 06 1234", html) == "It left today."


def test_nothing_but_a_quotation_is_nothing():
    assert own_words(f"On Mon, 24 Nov 2025, Shop wrote:\n{QUOTED}") == ""
    assert own_words("-- \nAnna") == ""


def test_the_private_address_goes():
    text = f"It left today.\n\nAnna\nE-mail: {PRIVATE}\nWrite to <mailto:{PRIVATE.upper()}> if you need it"
    assert PRIVATE not in without_address(text, PRIVATE).lower()
    assert without_address(text, PRIVATE) == "It left today.\n\nAnna\nWrite to  if you need it"


def test_images_of_signature_and_quotation_are_not_shown():
    html = (
        '<div>See <img src="cid:a"></div><div class="gmail_signature"><img src="cid:logo"></div>'
        '<blockquote><img src="cid:old"></blockquote>'
    )
    assert shown_images(html) == {"a"}


@given(st.text(alphabet="a>-_ \n@:.", max_size=200), st.text(alphabet="<>div a=\"'/", max_size=80))
def test_whatever_the_text_nothing_quoted_is_left(text, html):
    assert not any(line.startswith(">") for line in own_words(text, html).split("\n"))


@given(st.text(max_size=200), st.integers(0, 200))
def test_the_address_is_never_left(text, position):
    assert PRIVATE not in without_address(text[:position] + PRIVATE + text[position:], PRIVATE).lower()
