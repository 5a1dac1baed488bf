"""What the wire says to people can be translated: it is a sentence without values, and marked."""

import ast
import re

import pytest

from omnichannel_whatsapp.wire import errors

from .test_layers import ROOT, WIRE

# Calls that take a text for people, and where in their arguments.
SPEAKING = {"SendError": 1, "MalformedBody": 0, "AccountError": 2}
SENTENCE = re.compile(r"[A-Za-z][\w'’,]* [a-zA-Z']")


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def calls(path):
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("path", WIRE, ids=lambda path: str(path.relative_to(ROOT)))
def test_sentences_are_marked(path):
    """A sentence as an argument stands in `_()`; one that is put together cannot be translated at all."""
    for call in calls(path):
        if name_of(call) in ("_", "ValueError"):
            continue
        for argument in call.args:
            assert not (
                isinstance(argument, ast.Constant)
                and isinstance(argument.value, str)
                and SENTENCE.match(argument.value)
            ), f"line {call.lineno}: {argument.value}"
        position = SPEAKING.get(name_of(call))
        if position is not None and len(call.args) > position:
            assert not isinstance(call.args[position], ast.JoinedStr), f"line {call.lineno}: no f-string"


def test_marking_changes_nothing():
    assert errors.words("131026") == "The number is not on WhatsApp, or cannot receive this message."
    assert errors.words("999", "Meta's own words") == "Meta's own words"
    assert "%" not in "".join(text for _kind, text in errors.CODES.values())
