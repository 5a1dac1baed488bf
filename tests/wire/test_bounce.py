"""Which refusals mean that there is no such mailbox."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.omnichannel_inbox.wire.bounce import is_unknown_mailbox


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("5.1.1", "550 5.1.1 no such user"),
        ("5.1.1", ""),
        ("550", "5.1.1 <karin@example.com>: Recipient address rejected: User unknown in virtual table"),
        ("5.0.0", "550-5.1.1 The email account that you tried to reach does not exist."),
        ("5.1.2", "Host or domain name not found"),
        ("5.1.10", "554 5.1.10 the domain takes no mail"),
        ("5.2.1", "The email account that you tried to reach is disabled."),
        ("5.4.4", "unable to route"),
        ("550", "no mailbox here by that name"),
        ("550", "Requested action not taken: mailbox unavailable"),
        ("", "550 Unrouteable address"),
        ("553", "sorry, that recipient doesn't exist"),
    ],
)
def test_no_mailbox(code, text):
    assert is_unknown_mailbox(code, text)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("4.2.2", "452 mailbox full"),
        ("5.2.2", "552 5.2.2 mailbox full"),
        ("4.1.1", "450 4.1.1 try again: user unknown"),
        ("5.7.1", "550 5.7.1 message refused as spam"),
        ("5.7.26", "550 5.7.26 unauthenticated mail: DMARC"),
        ("5.1.8", "550 5.1.8 bad sender address"),
        ("5.3.4", "552 5.3.4 message too big"),
        ("5.1.1", "550 5.7.1 blocked, 5.1.1"),
        ("550", "Mail from 192.0.2.1 is blocked: recipient rejected it by policy"),
        ("550", "We do not like you"),
        ("451", "user unknown, try again"),
        ("", "user unknown"),
        ("", ""),
        (None, None),
        ("connect", "The mail server cannot be reached."),
    ],
)
def test_something_else(code, text):
    assert not is_unknown_mailbox(code, text)


@given(st.text(max_size=50), st.text(max_size=5000))
def test_whatever_is_said(code, text):
    assert is_unknown_mailbox(code, text) in (True, False)
