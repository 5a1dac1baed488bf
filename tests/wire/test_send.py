"""Requests, answers and signatures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.wire import Media, OutboundMessage, SendError
from odoo.addons.omnichannel_whatsapp.wire import build, build_read, send_error, verify
from odoo.addons.omnichannel_whatsapp.wire.errors import CODES, DAY
from odoo.addons.omnichannel_whatsapp.wire.signature import sign


def outbound(**values):
    return OutboundMessage(
        **{"recipient_address": "+31612345678", "recipient_uid": None, "text": "Hi"} | values
    )


def test_text():
    assert build(outbound(reference="ref", reply_to="wamid.1")) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "31612345678",
        "type": "text",
        "context": {"message_id": "wamid.1"},
        "biz_opaque_callback_data": "ref",
        "text": {"body": "Hi", "preview_url": False},
    }


def test_a_link_gets_a_preview():
    assert build(outbound(text="see https://example.com"))["text"]["preview_url"] is True


def test_who_has_no_number_is_written_to_by_id():
    request = build(outbound(recipient_address=None, recipient_uid="US.1"))
    assert request["recipient"] == "US.1"
    assert "to" not in request


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_files_with_caption(kind):
    media = Media(kind, "77", filename="a.pdf")
    content = build(outbound(kind=kind, media=media))[kind]
    assert content["id"] == "77"
    assert content["caption"] == "Hi"
    assert ("filename" in content) == (kind == "document")


def test_a_voice_note_has_no_caption():
    assert build(outbound(kind="audio", media=Media("audio", "7", voice=True)))["audio"] == {
        "id": "7",
        "voice": True,
    }


def test_template():
    components = ({"type": "body", "parameters": [{"type": "text", "text": "S1"}]},)
    request = build(
        outbound(
            kind="template", template_name="late", template_language="nl", template_components=components
        )
    )
    assert request["template"] == {"name": "late", "language": {"code": "nl"}, "components": list(components)}


@pytest.mark.parametrize(
    "values",
    [
        {"text": "x" * 4097},
        {"text": "  "},
        {"recipient_address": None},
        {"kind": "image"},
        {"kind": "hologram"},
        {"kind": "image", "media": Media("image", "1"), "text": "x" * 1025},
    ],
)
def test_what_could_never_be_sent(values):
    with pytest.raises(SendError) as caught:
        build(outbound(**values))
    assert caught.value.kind == "permanent"


def test_the_longest_text_is_taken():
    assert build(outbound(text="x" * 4096))["text"]["body"] == "x" * 4096


def test_read_receipt():
    assert build_read("wamid.1", typing=True) == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.1",
        "typing_indicator": {"type": "text"},
    }


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("temporary", [130429, 131056, 131016, 131000, 131057, 4, 80007, 131049]),
        ("permanent", [131047, 131026, 131051, 131053, 132000, 132001, 132012, 132015, 132016, 131050]),
        ("channel", [190, 131031, 368, 131042, 133010]),
    ],
)
def test_documented_codes(kind, codes):
    for code in codes:
        error = send_error(400, {"error": {"code": code, "message": "(#1) meta"}})
        assert (error.kind, error.code) == (kind, str(code))
        assert error.text == CODES[str(code)][1]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, None, "temporary"),
        (503, {"error": {"code": 99999}}, "temporary"),
        (429, None, "temporary"),
        (502, None, "uncertain"),
        (504, None, "uncertain"),
        (401, None, "channel"),
        (400, {"error": {"code": 290}}, "channel"),
        (400, {"error": {"code": 99999, "message": "m"}}, "permanent"),
        (400, {"error": "no object"}, "permanent"),
        (400, [], "permanent"),
    ],
)
def test_other_answers(status, body, kind):
    error = send_error(status, body)
    assert error.kind == kind
    assert error.text


def test_meta_speaks_where_we_have_no_words():
    details = {"code": 99999, "message": "m", "error_data": {"details": "The details"}}
    assert send_error(400, {"error": details}).text == "The details"


def test_retry_after():
    assert send_error(429, None, "17").retry_after == 17
    assert send_error(429, None, "9" * 50).retry_after == DAY
    assert send_error(429, None, "Wed, 21 Oct 2015 07:28:00 GMT").retry_after == 0
    assert send_error(429, None, "soon").retry_after is None
    assert send_error(429, None).retry_after is None
    assert send_error(400, {"error": {"code": 131049}}).retry_after == DAY


@given(st.text(max_size=40))
def test_any_retry_after(text):
    found = send_error(429, None, text).retry_after
    assert found is None or 0 <= found <= DAY


RAW = b'{"a":  "\xc3\xa9"}'


def test_signature_over_the_raw_bytes():
    assert verify("secret", RAW, sign("secret", RAW))
    assert verify("secret", RAW, "sha256=" + sign("secret", RAW)[7:])
    assert not verify("secret", RAW.replace(b"  ", b" "), sign("secret", RAW))
    assert not verify("other", RAW, sign("secret", RAW))


def test_a_known_signature():
    assert sign("secret", b"{}") == "sha256=77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13"


@pytest.mark.parametrize("secret", ["", None, False])
def test_no_secret_is_no_proof(secret):
    assert not verify(secret, RAW, sign("", RAW))


@pytest.mark.parametrize("header", [None, "", "sha256=", "sha1=ab", "é", "sha256=" + "0" * 64, "\ud800"])
def test_no_signature_is_no_proof(header):
    assert not verify("secret", RAW, header)
