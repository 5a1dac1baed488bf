"""What the webhook's address lets in, what it refuses with which status, and what it keeps of it."""

import hashlib

import pytest
import requests

from tests.lib.number import Number, text

LIMIT = 3 * 1024 * 1024


@pytest.fixture(scope="module")
def number(odoo):
    return Number(odoo)


@pytest.fixture
def refused(odoo):
    """Nothing may be stored by the end of the test but as many refusals as it says."""
    stored = (
        "SELECT (SELECT count(*) FROM omnichannel_event), (SELECT sum(rejected) FROM omnichannel_daily_total)"
    )
    expected = []
    [(events, rejected)] = odoo.sql(stored)
    yield expected.append
    assert odoo.sql(stored) == [(events, (rejected or 0) + sum(expected) or None)]


def events_of(odoo, raw):
    """(state, reason) of the journal's rows of a body."""
    return odoo.sql(
        "SELECT state, reason FROM omnichannel_event WHERE digest = %s ORDER BY position",
        [hashlib.sha256(raw).hexdigest()],
    )


def test_missing_and_wrong_signatures(number, refused):
    raw = number.body(text("31610000001"))
    signed = number.headers(raw)
    assert requests.post(number.url, data=raw).status_code == 401
    wrong = [
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": "sha256=" + "0" * 64},
        {"X-Hub-Signature-256": signed["X-Hub-Signature-256"].removeprefix("sha256=")},
        {"X-Hub-Signature-256": "sha256=\u00e9".encode("latin-1")},
        {"X-Hub-Signature-256": signed["X-Hub-Signature-256"][:-1]},
    ]
    assert {requests.post(number.url, data=raw, headers=headers).status_code for headers in wrong} <= {
        401,
        403,
    }
    # Signed, but not these bytes.
    assert requests.post(number.url, data=raw + b" ", headers=signed).status_code == 403
    refused(len(wrong) + 2)


def test_signature_of_another_app(odoo, number, refused):
    other = Number(odoo, secret="another app's secret")
    raw = number.body(text("31610000001"))
    assert requests.post(number.url, data=raw, headers=other.headers(raw)).status_code == 403
    refused(1)


def test_number_without_secret_lets_nobody_in(odoo, refused):
    number = Number(odoo, secret="")
    raw = number.body(text("31610000001"))
    assert number.post(raw).status_code == 403
    refused(1)


def test_unknown_address(odoo, number, refused):
    raw = number.body(text("31610000001"))
    unknown = f"{odoo.url}/omnichannel/webhook/unknown"
    assert requests.post(unknown, data=raw, headers=number.headers(raw)).status_code == 404
    assert requests.get(unknown).status_code == 404
    refused(2)


def test_body_over_the_limit(number, refused):
    raw = b"x" * (LIMIT + 1)
    assert number.post(raw).status_code == 413
    refused(1)


def test_body_at_the_limit_is_kept(odoo, number):
    raw = number.body(text("31610000001"))
    raw += b" " * (LIMIT - len(raw))
    assert number.post(raw).status_code == 200
    number.wait_until_worked()
    assert events_of(odoo, raw) == [("done", None)]


def test_body_of_unknown_length(number):
    """In pieces, as no provider sends it: taken or refused, but never an error of ours."""
    raw = number.body(text("31610000001"))
    answer = requests.post(number.url, data=iter([raw[:10], raw[10:]]), headers=number.headers(raw))
    assert answer.status_code < 500
    assert number.post(raw).status_code == 200, "the connection after it is of use"


def test_other_methods_and_forms(odoo, number, refused):
    raw = number.body(text("31610000001"))
    headers = number.headers(raw)
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        assert requests.request(method, number.url, data=raw, headers=headers).status_code in (404, 405)
    for kind in (
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
    ):
        answer = requests.post(number.url, data=b"a=1", headers={"Content-Type": kind})
        assert answer.status_code == 401
    refused(3)


def test_signed_nonsense_is_kept_as_dead(odoo, number):
    bodies = [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b"1",
        b'{"entry": 1}',
        b"[" * 100_000,
        b'{"a":',
    ]
    for raw in bodies:
        answer = number.post(raw)
        assert (answer.status_code, raw[:20]) == (200, raw[:20])
    number.wait_until_worked()
    for raw in bodies:
        [(state, reason)] = events_of(odoo, raw)
        assert state == "dead" and reason, raw[:20]
    # An administrator sees them, with the reason, and what came can be read.
    dead = odoo.rpc()(
        "omnichannel.event",
        "search_read",
        [["channel_id", "=", number.channel_id], ["state", "=", "dead"]],
        ["reason"],
    )
    assert len(dead) == len(bodies)


def test_known_and_unknown_number_in_one_batch(odoo, number):
    raw = number.pack(
        number.change(text("31610000002", "For nobody"), account="999"),
        number.change(text("31610000002", "For us")),
    )
    assert number.post(raw).status_code == 200
    number.wait_until_worked()
    (first, reason), (second, _reason) = events_of(odoo, raw)
    assert (first, second) == ("ignored", "done")
    assert "999" in reason


def test_two_numbers_of_one_app_on_one_address(odoo, number):
    """Each message lands on the number it was written to, whichever address Meta delivered it to."""
    other = Number(odoo)
    raw = number.pack(other.change(text("31610000003", uid="wamid.other")))
    assert number.post(raw).status_code == 200
    number.wait_until_worked()
    rows = odoo.sql("SELECT channel_id FROM omnichannel_message WHERE provider_uid = 'wamid.other'")
    assert rows == [(other.channel_id,)]


def test_number_of_another_app_cannot_be_reached(odoo, number):
    """Whoever can sign for one app must not be able to write into another one's number."""
    other = Number(odoo, secret="another app's secret")
    raw = number.pack(other.change(text("31610000003", uid="wamid.foreign")))
    assert number.post(raw).status_code == 200
    number.wait_until_worked()
    assert events_of(odoo, raw)[0][0] == "ignored"
    assert not odoo.sql("SELECT 1 FROM omnichannel_message WHERE provider_uid = 'wamid.foreign'")


def test_verification(odoo, number):
    [[token]] = odoo.sql(
        "SELECT whatsapp_verify_token FROM omnichannel_channel WHERE id = %s", [number.channel_id]
    )
    asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    answer = requests.get(number.url, params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert requests.get(number.url, params=asked | {"hub.verify_token": "guessed"}).status_code == 403
    assert requests.get(number.url).status_code == 403
