"""10,000 bodies that are almost right: nothing raises, nothing is silently dropped."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox import wire
from odoo.addons.omnichannel_whatsapp.wire import parse

from . import payloads as p

ITEMS = wire.Item.__args__

leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.sampled_from(["", "text", "0", "-1", "99999999999999999999", "\ud800", "\0", "a" * 600, p.CUSTOMER]),
)  # fmt: skip
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)

kinds = st.sampled_from(
    ["text", "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction",
     "interactive", "button", "order", "system", "request_welcome", "unsupported", "edit", "revoke",
     "hologram"]
)  # fmt: skip
MEDIA = {"id": "1", "mime_type": "image/png", "sha256": "x", "caption": "c"}
CONTENT = {
    "text": {"body": "hello"},
    "image": MEDIA, "video": MEDIA, "audio": MEDIA, "document": MEDIA, "sticker": MEDIA,
    "location": {"latitude": 1, "longitude": 2.5, "name": "n"},
    "contacts": [{"name": {"formatted_name": "n"}, "phones": [{"phone": "1"}]}],
    "reaction": {"message_id": "m", "emoji": "👍"},
    "interactive": {"type": "nfm_reply", "nfm_reply": {"response_json": "{\"a\": [1]}"}},
    "button": {"text": "t"},
    "order": {"product_items": [{"quantity": 1, "product_retailer_id": "s"}]},
    "system": {"type": "user_changed_number", "wa_id": "316"},
    "edit": {"original_message_id": "m", "message": {"type": "text", "text": {"body": "b"}}},
    "revoke": {"original_message_id": "m"},
    "unsupported": {},
    "hologram": {},
}  # fmt: skip


@st.composite
def message(draw):
    kind = draw(kinds)
    uid = draw(st.text(alphabet="abc", min_size=1, max_size=4))
    found = p.message(kind, uid=uid)
    found[kind] = CONTENT.get(kind, {})
    found["errors"] = [{"code": 131051, "title": "t"}]
    found["context"] = {"id": "m", "forwarded": True}
    return found


@st.composite
def body(draw):
    parts = {"messages": draw(st.lists(message(), max_size=4))}
    parts["statuses"] = [
        p.status(draw(st.sampled_from(["sent", "read", "played", "failed", "deleted"])), errors=[{"code": 1}])
        for _ in range(draw(st.integers(0, 3)))
    ]
    parts["errors"] = [{"code": 4}] * draw(st.integers(0, 2))
    parts["message_echoes"] = draw(st.lists(message(), max_size=2))
    parts |= {"event": "APPROVED", "message_template_name": "t"}
    field = st.sampled_from(
        ["messages"] * 5
        + ["smb_message_echoes", "message_template_status_update", "account_update", "history"]
    )
    return p.body(*(p.change(p.value(**parts), draw(field)) for _ in range(draw(st.integers(1, 3)))))


def places(node, path=()):
    """The path of every value within a JSON value."""
    yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, child in children:
        yield from places(child, (*path, name))


def parent_of(node, path):
    for name in path[:-1]:
        node = node[name]
    return node


@st.composite
def mutated(draw):
    """A body in which up to four values were replaced, removed or doubled."""
    found = json.loads(json.dumps(draw(body())))
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(list(places(found))[1:] or [()]))
        if not path:
            break
        parent, name = parent_of(found, path), path[-1]
        how = draw(st.sampled_from(["replace", "remove", "double"]))
        if how == "replace":
            parent[name] = draw(anything)
        elif how == "remove":
            del parent[name]
        elif isinstance(parent, list):
            parent.append(parent[name])
        else:
            parent[name] = [parent[name], parent[name]]
    return found


def texts_of(value):
    """Every string that an event carries, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for child in value:
            yield from texts_of(child)
    elif hasattr(value, "__slots__") and not isinstance(value, type):
        for name in value.__slots__:
            yield from texts_of(getattr(value, name))


def check(raw):
    try:
        items = parse(raw)
    except wire.MalformedBody:
        return None
    for item in items:
        assert isinstance(item, ITEMS)
        assert isinstance(item.account, str)
        assert isinstance(item.key, str)
        for text in texts_of(item):
            assert "\0" not in text
            text.encode()
    # The worker reads the body again and finds each item at the position the journal gave it.
    assert [(type(item), item.key) for item in parse(raw)] == [(type(item), item.key) for item in items]
    return items


def told(found):
    """How many messages and statuses an intact body tells."""
    count = 0
    for change in found["entry"][0]["changes"]:
        value = change["value"]
        if change["field"] == "messages":
            count += len(value["messages"]) + len(value["statuses"]) + len(value["errors"])
        elif change["field"] == "smb_message_echoes":
            count += len(value["message_echoes"])
    return count


@settings(max_examples=2500)
@given(body())
def test_every_update_of_a_generated_body_comes_out(found):
    items = check(p.raw(found))
    others = sum(
        change["field"] not in ("messages", "smb_message_echoes") for change in found["entry"][0]["changes"]
    )
    assert told(found) <= len(items) <= told(found) + others + len(found["entry"][0]["changes"])


@settings(max_examples=6000)
@given(mutated())
def test_mutated_bodies(found):
    items = check(p.raw(found))
    if items is not None and any(isinstance(e, dict) and e.get("changes") for e in found["entry"]):
        assert items, "a change became nothing"


@settings(max_examples=1000)
@given(anything)
def test_any_json(found):
    check(p.raw(found))


@settings(max_examples=500)
@given(body(), st.integers(0, 2000), st.binary(max_size=6))
def test_damaged_bytes(found, place, damage):
    raw = p.raw(found)
    check(raw[:place] + damage + raw[place + len(damage) :])
