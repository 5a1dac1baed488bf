"""What the journal holds of a live chat is read like any provider's body."""

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.wire import (
    InboundMessage,
    MalformedBody,
    MessageEcho,
    MessageEdit,
    MessageRevoke,
    Rating,
    Reaction,
    Unknown,
)
from odoo.addons.omnichannel_livechat import wire

VISITOR = {"key": "guest:7", "name": "Vera"}
SAID = {
    "kind": "message",
    "direction": "in",
    "id": 12,
    "at": "2026-11-26 09:30:00",
    "visitor": VISITOR,
    "by": "",
    "text": "Hello",
    "html": "<p>Hello</p>",
    "parent": False,
    "files": [],
}
CHANGE = {"id": 12, "at": "2026-11-26 09:31:00", "visitor": VISITOR, "by": ""}
RATED = CHANGE | {"kind": "rating", "value": 4, "comment": "Quick", "by": "9"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def parsed(*items):
    return wire.parse(wire.body(3, 5, items))


def test_what_the_visitor_says():
    [found] = parsed(SAID)
    assert isinstance(found, InboundMessage)
    assert (found.account, found.uid, found.sender.key, found.sender.name) == ("3", "12", "guest:7", "Vera")
    assert found.sender.address == "#7"
    assert (found.text, found.html, found.timestamp) == (
        "Hello",
        "<p>Hello</p>",
        datetime(2026, 11, 26, 9, 30),
    )


def test_what_we_say():
    [found] = parsed(SAID | {"direction": "out", "by": "9", "parent": 11})
    assert isinstance(found, MessageEcho)
    assert (found.recipient.key, found.by, found.reply_to) == ("guest:7", "9", "11")


def test_files_come_with_their_message():
    files = [
        {"id": 1, "name": "a.png", "mimetype": "image/png"},
        {"id": 2, "name": "b", "mimetype": None},
    ]
    [found] = parsed(SAID | {"text": "", "files": files})
    assert [(media.kind, media.provider_ref) for media in found.media] == [("image", "1"), ("document", "2")]
    assert found.kind == "image"


def test_what_is_done_to_a_message():
    edit, revoke, reaction = parsed(
        CHANGE | {"kind": "edit", "text": "Hi"},
        CHANGE | {"kind": "revoke"},
        CHANGE | {"kind": "reaction", "emojis": ["👍", "🎉"], "by": "9"},
    )
    assert isinstance(edit, MessageEdit)
    assert (edit.target_uid, edit.text, edit.by) == ("12", "Hi", "")
    assert isinstance(revoke, MessageRevoke)
    assert isinstance(reaction, Reaction)
    assert (reaction.emojis, reaction.by) == (("👍", "🎉"), "9")


def test_the_same_twice_is_two_bodies():
    """An edit that is taken back and made again is told each time."""
    assert wire.body(3, 5, [SAID]) != wire.body(3, 5, [SAID])


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"account": 1}', b"\xff", b'{"account":1,"items":3}'])
def test_what_is_no_body(raw):
    with pytest.raises(MalformedBody):
        wire.parse(raw)


@given(JSON)
def test_whatever_an_item_is_it_is_told(item):
    [found] = wire.parse(json.dumps({"account": 1, "items": [item]}).encode())
    assert isinstance(found, Unknown)


@given(st.sampled_from(sorted(SAID)), JSON)
def test_whatever_is_in_an_item_it_is_told(name, value):
    [found] = wire.parse(json.dumps({"account": 1, "items": [SAID | {name: value}]}).encode())
    assert isinstance(found, InboundMessage | MessageEcho | Unknown)


@given(st.binary(max_size=200))
def test_any_bytes(raw):
    with pytest.raises(MalformedBody):
        wire.parse(raw)


def test_how_content_they_are():
    [found] = parsed(RATED)
    assert found == Rating(
        "3", found.sender, 4.0, datetime(2026, 11, 26, 9, 31), target_uid="12", comment="Quick", by="9"
    )
    assert found.key == "guest:7"
    [found] = parsed(RATED | {"id": False})
    assert found.target_uid is None


@pytest.mark.parametrize("value", [0, 0.9, 5.1, "nan", "inf", None, [5], "good"])
def test_what_is_no_rating_is_not_known(value):
    [found] = parsed(RATED | {"value": value})
    assert isinstance(found, Unknown)
