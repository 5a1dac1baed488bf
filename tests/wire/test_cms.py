"""Mails that are signed in one piece, made by OpenSSL."""

import base64
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.wire import mail
from odoo.addons.omnichannel_inbox.wire.cms import signed_content

from .test_mail import mutate

INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nWhere is my order?\r\n"


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    folder = tmp_path_factory.mktemp("key")
    names = [str(folder / name) for name in ("key.pem", "cert.pem")]
    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Karin", "-days", "2",
        "-keyout", names[0], "-out", names[1],
    )  # fmt: skip
    return names


@pytest.fixture(scope="module", params=[(), ("-stream", "-indef")], ids=["DER", "BER"])
def signed(request, key):
    """CMS as mail programs write it: with its length in front, or in any number of pieces."""
    return openssl(
        "cms", "-sign", "-nodetach", "-binary", "-outform", "DER", "-signer", key[1], "-inkey", key[0],
        *request.param, given=INNER,
    )  # fmt: skip


def test_what_was_signed_comes_out(signed):
    assert signed_content(signed) == INNER


def wrapped(content, kind):
    return (
        b"From: karin@example.com\nMIME-Version: 1.0\nContent-Transfer-Encoding: base64\n"
        b"Content-Type: application/pkcs7-mime; smime-type=" + kind + b"; name=smime.p7m\n\n"
        + base64.encodebytes(content)
    )  # fmt: skip


def test_a_mail_shows_it(signed):
    found = mail.parse(wrapped(signed, b"signed-data"))
    assert (found.text.strip(), found.files, found.is_encrypted) == ("Where is my order?", (), False)


def test_what_is_encrypted_stays_a_file(key):
    secret = openssl("cms", "-encrypt", "-aes256", "-binary", "-outform", "DER", key[1], given=INNER)
    assert signed_content(secret) is None
    found = mail.parse(wrapped(secret, b"enveloped-data"))
    assert (found.text, found.is_encrypted, [file.name for file in found.files]) == ("", True, ["smime.p7m"])


def test_a_signature_without_content(key):
    detached = openssl(
        "cms", "-sign", "-binary", "-outform", "DER", "-signer", key[1], "-inkey", key[0], given=INNER
    )
    assert signed_content(detached) is None


@pytest.mark.parametrize(
    "data", [b"", b"\x30\x80", b"\x30\x80" * 5000, b"\x3f\x01\x01", b"\x30\x84\xff\xff\xff\xff"]
)
def test_what_is_none(data):
    assert signed_content(data) is None


@settings(max_examples=1000)
@given(seed=st.integers(0, 2**64))
def test_mutated(signed, seed):
    data = mutate(signed, seed)
    found = signed_content(data)
    assert found is None or len(found) <= len(data)


@settings(max_examples=500)
@given(st.binary(max_size=200))
def test_any_bytes(data):
    found = signed_content(data)
    assert found is None or len(found) <= len(data)
