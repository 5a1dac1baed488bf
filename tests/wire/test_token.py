"""What a shop signs about who is logged in there."""

import hmac
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.omnichannel_livechat.wire import BadToken, Person, read, sign

SECRET = "the channel's secret"
NOW = 1_800_000_000
CLAIMS = {"channel": 3, "exp": NOW + 3600, "email": "anna@example.com", "name": "Anna"}


def token(secret=SECRET, **claims):
    return sign({**CLAIMS, **claims}, secret)


def why(value, **values):
    """Why a token is not believed."""
    with pytest.raises(BadToken) as refused:
        read(value, **{"secret": SECRET, "channel": 3, "now": NOW, **values})
    return str(refused.value)


def test_who_is_logged_in():
    assert read(token(phone="+31612345678", ref=4711), SECRET, 3, NOW) == Person(
        email="anna@example.com", phone="+31612345678", ref="4711", name="Anna"
    )
    assert read(sign({"channel": "3", "exp": NOW + 1, "ref": "K-1"}, SECRET), SECRET, 3, NOW).ref == "K-1"


def test_what_another_language_signs():
    """Made by the example of docs/livechat.md in JavaScript."""
    made = (
        "eyJjaGFubmVsIjozLCJleHAiOjE4MDAwMDM2MDAsInJlZiI6IjQ3MTEiLCJuYW1lIjoiQW5uYSDDhSJ9"
        ".11ba63617b0fdd1a8f52bb57ac5825fce976ec461aadf0c3888d7ac14998c633"
    )
    assert read(made, SECRET, 3, NOW) == Person(ref="4711", name="Anna Å")


DOCS = Path(__file__).parents[2] / "docs" / "livechat.md"
EXAMPLES = {
    "python": ([sys.executable, "-c"], "print(visitor_token(%s))"),
    "javascript": (["node", "-e"], "console.log(visitorToken(%s))"),
    "php": (["php", "-r"], "echo visitor_token(%s);"),
}


@pytest.mark.parametrize("language", EXAMPLES)
def test_the_examples_of_the_documentation(language):
    """They are run as they stand there, where this machine has the language."""
    command, call = EXAMPLES[language]
    if not shutil.which(command[0]):
        pytest.skip(f"no {command[0]} here")
    [code] = re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(), re.DOTALL)
    arguments = json.dumps([SECRET, 3, "4711", "Anna Å"], ensure_ascii=False)[1:-1]
    done = subprocess.run([*command, code + call % arguments], capture_output=True, text=True, check=True)
    assert read(done.stdout.strip(), SECRET, 3, time.time()) == Person(ref="4711", name="Anna Å")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "form"),
        ("", "form"),
        (7, "form"),
        (["a"], "form"),
        ("a.b", "form"),
        ("é." + "0" * 64, "form"),
        ("a." + "0" * 64 + "\n", "form"),
        ("a" * 3000 + "." + "0" * 64, "form"),
        ("a." + "0" * 64, "signature"),
        (token(secret="another"), "signature"),
        (token(channel=4), "channel"),
        (token(channel=None), "channel"),
        (token(exp=NOW), "expired"),
        (token(exp=NOW - 1), "expired"),
        (token(exp=NOW + 24 * 3600 + 61), "lifetime"),
        (token(exp=10**30), "lifetime"),
        (token(exp=None), "exp"),
        (token(exp=True), "exp"),
        (token(exp=float(NOW + 60)), "exp"),
        (token(exp=str(NOW + 60)), "exp"),
        (token(email=None), "nobody"),
        (token(email="", name="Anna"), "nobody"),
        (token(email=["anna@example.com"]), "email"),
        (token(email="a" * 255), "email"),
        (token(name="x" * 101), "name"),
        (token(name="two\nlines"), "name"),
        (token(ref={"a": 1}), "ref"),
        (token(ref=True), "ref"),
        (sign([CLAIMS], SECRET), "json"),
        (sign("Anna", SECRET), "json"),
    ],
)
def test_what_is_not_believed(value, reason):
    assert why(value) == reason


def test_without_a_secret_nothing_is_believed():
    """A copy of the database has none; an empty one signs nothing either."""
    assert why(token(secret=""), secret="") == "signature"
    assert why(token(secret=""), secret=False) == "signature"


def test_what_is_signed_and_no_json():
    content = "bm8ganNvbg"
    signed = sign(0, SECRET)
    assert why(signed) == "json"
    signature = hmac.digest(SECRET.encode(), content.encode(), "sha256").hex()
    assert why(f"{content}.{signature}") == "json"


@given(st.text() | st.none() | st.integers() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_anything_is_refused_in_words(value):
    with pytest.raises(BadToken):
        read(value, SECRET, 3, NOW)


@given(st.data())
def test_no_character_can_be_changed(data):
    """Not the claims, and not the signature."""
    good = token()
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != good[place]))
    with pytest.raises(BadToken):
        read(good[:place] + other + good[place + 1 :], SECRET, 3, NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@given(
    st.dictionaries(st.sampled_from(["channel", "exp", "email", "phone", "ref", "name", "x"]), json_values)
    | json_values
)
def test_signed_nonsense_is_refused_or_read(claims):
    """Whoever has the secret may make mistakes: never an exception of another kind, never too long a text."""
    try:
        person = read(sign(claims, SECRET), SECRET, 3, NOW)
    except BadToken:
        return
    assert len(json.dumps([person.email, person.phone, person.ref, person.name])) < 4000
