"""What Meta documents comes out as the suite's own events."""

import json
from datetime import datetime, timedelta

import pytest

from odoo.addons.omnichannel_inbox import wire
from odoo.addons.omnichannel_whatsapp.wire import parse

from . import payloads as p

SENT_AT = datetime(2025, 11, 24, 16, 0)
NOW = datetime(2025, 11, 25, 12, 0)


def one(raw):
    items = parse(raw, now=NOW)
    assert len(items) == 1
    return items[0]


def one_message(kind, **parts):
    return one(p.messages(p.message(kind, **parts)))


def test_text():
    item = one_message("text")
    assert item == wire.InboundMessage(
        account=p.ACCOUNT,
        uid="wamid.1",
        sender=wire.Sender(key="+31612345678", address="+31612345678", name="Ada"),
        timestamp=SENT_AT,
        text="Where is my order?",
    )
    assert item.key == "+31612345678"


def test_every_entry_change_message_and_status_is_read_in_order():
    first = p.body(
        p.change(p.value(messages=[p.message(uid="a"), p.message(uid="b")], statuses=[p.status(uid="c")])),
        p.change(p.value(account="2", messages=[p.message(uid="d")])),
    )
    second = p.body(p.change(p.value(statuses=[p.status(uid="e"), p.status("read", uid="f")])))
    items = parse(p.raw({**first, "entry": first["entry"] + second["entry"]}))
    assert [item.uid for item in items] == ["a", "b", "c", "d", "e", "f"]
    assert [item.account for item in items][3] == "2"


def test_a_thousand_updates_in_one_body():
    items = parse(p.messages(*(p.message(uid=f"m{i}") for i in range(1000))))
    assert [item.uid for item in items] == [f"m{i}" for i in range(1000)]


@pytest.mark.parametrize("kind", ["image", "video", "audio", "document", "sticker"])
def test_media(kind):
    digest = "3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b"
    content = {"id": "77", "mime_type": "audio/ogg; codecs=opus", "sha256": digest.upper()}
    item = one_message(kind, **{kind: content | {"caption": "Look", "filename": "a.pdf", "voice": True}})
    assert item.kind == kind
    assert item.text == "Look"
    assert item.media == (
        wire.Media(kind, "77", "audio/ogg; codecs=opus", "a.pdf", digest, voice=True, caption="Look"),
    )


def test_sha256_in_base64():
    item = one_message("image", image={"id": "7", "sha256": "OnvT4jYKPSnupDb8+35ExzXRF8QtHBg1QgtrmULdTxs="})
    assert item.media[0].sha256 == "3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b"


def test_location():
    place = {"latitude": 52.37, "longitude": 4.9, "name": "Dam", "address": "Amsterdam"}
    item = one_message("location", location=place)
    assert item.kind == "location"
    assert item.text == "Dam\nAmsterdam\nhttps://www.google.com/maps?q=52.37,4.9"


def test_contacts():
    card = {"name": {"formatted_name": "Bo"}, "phones": [{"phone": "+31 6"}], "emails": [{"email": "b@o"}]}
    assert one_message("contacts", contacts=[card, card]).text == "Bo · +31 6 · b@o\nBo · +31 6 · b@o"


def test_buttons_lists_and_forms():
    assert one_message("button", button={"text": "Yes", "payload": "y"}).text == "Yes"
    reply = {"type": "button_reply", "button_reply": {"id": "1", "title": "Track"}}
    assert one_message("interactive", interactive=reply).text == "Track"
    row = {"type": "list_reply", "list_reply": {"id": "1", "title": "Size M", "description": "Blue"}}
    assert one_message("interactive", interactive=row).text == "Size M\nBlue"
    form = {"body": "Sent", "name": "flow", "response_json": '{"flow_token": "t", "size": "M", "n": 2}'}
    assert one_message("interactive", interactive={"type": "nfm_reply", "nfm_reply": form}).text == (
        "Sent\nsize: M\nn: 2"
    )
    broken = {"body": "Sent", "response_json": "{no json"}
    assert one_message("interactive", interactive={"nfm_reply": broken}).text == "Sent\n{no json"


def test_order():
    item = {"product_retailer_id": "SKU1", "quantity": 2, "item_price": 9.5, "currency": "EUR"}
    found = one_message("order", order={"text": "Please", "product_items": [item]})
    assert (found.kind, found.text) == ("order", "Please\n2 × SKU1 (9.5 EUR)")


def test_unsupported_and_unknown_types_are_shown():
    errors = [{"code": 131051, "title": "Unsupported", "error_data": {"details": "not supported"}}]
    found = one_message("unsupported", errors=errors)
    assert found.kind == "unsupported"
    assert found.text
    found = one_message("hologram", hologram={"x": 1})
    assert (found.kind, found.text) == ("unsupported", "hologram")


def test_quote_forward_and_advertisement():
    found = one_message(
        "text",
        context={"id": "wamid.0", "from": "x", "forwarded": True},
        referral={"headline": "Sale", "source_type": "ad", "source_url": "https://fb.me/1"},
    )
    assert found.reply_to == "wamid.0"
    assert found.forwarded
    assert found.referral == "Sale · ad · https://fb.me/1"


def test_reaction_and_its_removal():
    found = one_message("reaction", reaction={"message_id": "wamid.0", "emoji": "👍"})
    assert (found.target_uid, found.emojis) == ("wamid.0", ("👍",))
    assert one_message("reaction", reaction={"message_id": "wamid.0"}).emojis == ()


def test_edit_and_revoke():
    text = {"type": "text", "text": {"body": "Better"}}
    found = one_message("edit", edit={"original_message_id": "wamid.0", "message": text})
    assert isinstance(found, wire.MessageEdit)
    assert (found.target_uid, found.text) == ("wamid.0", "Better")
    found = one_message("revoke", revoke={"original_message_id": "wamid.0"})
    assert isinstance(found, wire.MessageRevoke)
    assert found.target_uid == "wamid.0"


def test_number_and_id_change():
    system = {"type": "user_changed_number", "wa_id": "31687654321", "body": "Ada changed"}
    found = one_message("system", system=system)
    assert isinstance(found, wire.IdentityChange)
    assert (found.old.key, found.new.key) == ("+31612345678", "+31687654321")
    found = one_message(
        "system", from_user_id="NL.1", system={"type": "user_changed_user_id", "user_id": "NL.2"}
    )
    assert (found.old.uid, found.new.uid, found.new.key) == ("NL.1", "NL.2", "+31612345678")


def test_who_hides_the_number_is_known_by_id():
    hidden = {
        "id": "wamid.1",
        "from_user_id": "US.13491",
        "type": "text",
        "timestamp": p.TIME,
        "text": {"body": "x"},
    }
    contact = {"profile": {"name": "Bo"}, "user_id": "US.13491"}
    found = one(p.messages(hidden, contacts=[contact]))
    assert found.sender == wire.Sender(key="US.13491", address=None, uid="US.13491", name="Bo")


def test_both_number_and_id():
    found = one(
        p.messages(
            p.message(from_user_id="US.1"),
            contacts=[{"wa_id": "4479", "user_id": "US.9"}, {"wa_id": p.CUSTOMER, "profile": {"name": "Bo"}}],
        )
    )
    assert found.sender == wire.Sender("+31612345678", "+31612345678", "US.1", "Bo")


def test_brazilian_writes_with_and_without_the_ninth_digit():
    long, short = (
        one(p.messages(p.message(**{"from": number}), wa_id=number)).sender
        for number in ("5511987654321", "551187654321")
    )
    assert long.key == short.key
    assert (long.address, short.address) == ("+5511987654321", "+551187654321")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("played", "read"),
        ("failed", "failed"),
    ],
)
def test_status(theirs, ours):
    found = one(p.statuses(p.status(theirs, biz_opaque_callback_data="ref-1")))
    assert (found.status, found.uid, found.reference) == (ours, "wamid.9", "ref-1")
    assert found.key == "+31612345678"


def test_failed_status_says_why():
    errors = [{"code": 131047, "title": "Re-engagement message"}]
    found = one(p.statuses(p.status("failed", errors=errors)))
    assert found.error_code == "131047"
    assert "template" in found.error_text


def test_echo_of_the_business_own_phone():
    echo = p.message(to="31611111111") | {"from": "31201234567"}
    found = one(p.raw(p.body(p.change(p.value(message_echoes=[echo]), "smb_message_echoes"))))
    assert isinstance(found, wire.MessageEcho)
    assert (found.recipient.address, found.text) == ("+31611111111", "Where is my order?")


def test_errors_of_the_account():
    found = one(p.raw(p.body(p.change({"metadata": {"phone_number_id": "1"}, "errors": [{"code": 131031}]}))))
    assert isinstance(found, wire.AccountError)
    assert (found.account, found.code) == ("1", "131031")
    update = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
    assert isinstance(one(p.raw(p.body(p.change(update, "account_update")))), wire.AccountError)


def test_template_decisions():
    about = {"message_template_name": "late", "message_template_language": "nl"}
    cases = {
        "message_template_status_update": {"event": "PAUSED", "reason": "low quality"},
        "message_template_quality_update": {"new_quality_score": "RED"},
        "template_category_update": {"new_category": "MARKETING"},
    }
    found = [one(p.raw(p.body(p.change(about | more, field)))) for field, more in cases.items()]
    assert all((item.account, item.name, item.language) == (p.BUSINESS, "late", "nl") for item in found)
    assert (found[0].status, found[0].reason) == ("PAUSED", "low quality")
    assert (found[1].quality, found[1].status) == ("RED", "")
    assert found[2].category == "MARKETING"


@pytest.mark.parametrize("field", ["history", "smb_app_state_sync", "calls", "something_new", ""])
def test_unknown_fields_are_named(field):
    found = one(p.raw(p.body(p.change({"x": 1}, field))))
    assert isinstance(found, wire.Unknown)
    assert (field or "without field") in found.what


def test_neither_sender_nor_id_is_told_not_lost():
    nobody = {"id": "wamid.1", "type": "text", "text": {"body": "x"}}
    assert "sender" in one(p.messages(nobody, contacts=[])).what
    assert "id" in one(p.messages(p.message(uid=""))).what


def test_the_only_contact_is_the_sender_of_a_message_that_names_none():
    nobody = {"id": "wamid.1", "type": "text", "text": {"body": "x"}, "timestamp": p.TIME}
    assert one(p.messages(nobody)).sender.key == "+31612345678"


@pytest.mark.parametrize("stamp", [None, "", "soon", "-5", "99999999999999", 1e300, True, "253402300800"])
def test_an_impossible_time_is_ours(stamp):
    assert one_message("text", timestamp=stamp).timestamp == NOW


def test_the_future_opens_no_longer_window():
    stamp = str(int((NOW + timedelta(days=3)).timestamp()))
    assert one_message("text", timestamp=stamp).timestamp == NOW


def test_text_that_the_database_cannot_hold_is_mended():
    found = one(p.messages(p.message(text={"body": "a\0b\ud83dc"}), name="\udc00"))
    assert found.text == "ab�c"
    json.dumps(found.sender.name).encode()
    found.sender.name.encode()


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff\xfe", b"null", b"[]", b"{}", b'{"entry": {}}', b'{"object": "page", "entry": []}',
     b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000],
)  # fmt: skip
def test_malformed(raw):
    with pytest.raises(wire.MalformedBody):
        parse(raw)
