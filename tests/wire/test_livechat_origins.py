"""What administrators type and browsers send comes down to the same origin, or to none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.omnichannel_livechat.wire import is_bare, origin_of


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example/ ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80/cart?a=b", "http://shop.example"),
        ("http://127.0.0.1:8069", "http://127.0.0.1:8069"),
        ("http://[::1]:8069/", "http://[::1]:8069"),
        ("https://böhm.example", "https://xn--bhm-sna.example"),
        ("https://shop.example.", "https://shop.example"),
    ],
)
def test_origin(written, origin):
    assert origin_of(written) == origin


@pytest.mark.parametrize(
    "written",
    [
        "",
        "null",
        "*",
        "shop.example",
        "https://",
        "https://*.shop.example",
        "https://shop.example:port",
        "https://shop.example:99999999",
        "https://shop .example",
        "https://shop.example;script-src",
        "https://user@shop.example",
        "https://a..example",
        "https://[::1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://" + "a" * 64 + ".example",
    ],
)
def test_none(written):
    assert origin_of(written) == ""


@given(st.text())
def test_anything(text):
    origin = origin_of(text)
    assert not set(origin) & set(" \r\n\t;,'\"*")
    assert origin_of(origin) == origin


@given(st.from_regex(r"https?://[\w.:\[\]@/ -]{0,40}", fullmatch=True))
def test_anything_like_an_address(text):
    origin = origin_of(text)
    assert not set(origin) & set(" \r\n\t;,'\"*")
    assert origin_of(origin) == origin


def test_a_page_is_no_origin():
    assert is_bare("https://shop.example/")
    assert not is_bare("https://shop.example/cart")
    assert not is_bare("https://shop.example?a=b")
