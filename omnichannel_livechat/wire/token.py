"""What a shop that runs elsewhere says of who is logged in there: a signed token.

    <JSON in base64url without padding>.<HMAC-SHA256 of that, in lower-case hexadecimal digits>

One algorithm and no header that could name another. Any language makes it with its own library.
"""

import base64
import binascii
import hmac
import json
import re
from dataclasses import dataclass

MAX_LENGTH = 2048
MAX_AGE = 24 * 3600
LEEWAY = 60  # seconds by which the shop's clock may be ahead of ours
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[0-9a-f]{64}", re.ASCII)
_LIMITS = {"email": 254, "phone": 32, "ref": 64, "name": 100}


class BadToken(ValueError):
    """Nothing that it says is believed. One word says why, for the log, and nothing of the token."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is logged in at the shop, as it says."""

    email: str = ""
    phone: str = ""
    ref: str = ""
    name: str = ""


def sign(claims, secret):
    """The token for claims; shops do the same in their own language."""
    content = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    return f"{content.decode()}.{_signature(content, secret)}"


def read(token, secret, channel, now):
    """Who a token says is logged in.

    :param str secret: the channel's; without one nothing is believed
    :param int channel: id of the live chat that the token has to be for
    :param now: seconds since 1970
    :raise BadToken: it is wrong, expired, or for another live chat
    """
    content = _signed(token, secret)
    claims = _claims(content)
    if str(claims.get("channel")) != str(channel):
        raise BadToken("channel")
    expires = claims.get("exp")
    if type(expires) is not int:
        raise BadToken("exp")
    if not now < expires:
        raise BadToken("expired")
    if expires > now + MAX_AGE + LEEWAY:
        raise BadToken("lifetime")
    person = Person(**{name: _line(claims, name) for name in _LIMITS})
    if not (person.email or person.phone or person.ref):
        raise BadToken("nobody")
    return person


def _signature(content, secret):
    return hmac.digest(secret.encode(), content, "sha256").hex()


def _signed(token, secret):
    """The part of a token that is signed, checked before anything else is read of it."""
    if not isinstance(token, str) or len(token) > MAX_LENGTH or not _TOKEN.fullmatch(token):
        raise BadToken("form")
    content, signature = token.split(".")
    if not secret or not hmac.compare_digest(_signature(content.encode(), secret), signature):
        raise BadToken("signature")
    return content


def _claims(content):
    try:
        claims = json.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise BadToken("json") from error
    if not isinstance(claims, dict):
        raise BadToken("json")
    return claims


def _line(claims, name):
    """A claim as one line of text; a customer's reference may be a number."""
    value = claims.get(name)
    if value is None:
        return ""
    if name == "ref" and type(value) is int:
        value = str(value)
    if not isinstance(value, str) or len(value) > _LIMITS[name] or not value.isprintable():
        raise BadToken(name)
    return value.strip()
