"""Templates of the category AUTHENTICATION, as Meta lists them."""

import pytest

from odoo.addons.omnichannel_whatsapp.wire import template

BODY = {"type": "BODY", "text": "*{{1}}* is your code. For your security, do not share it."}
FOOTER = {"type": "FOOTER", "text": "Expires in 10 minutes."}
URL = {"type": "URL", "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"}
OTP = {"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy code"}
TEXT = {"type": "text", "text": "012345"}


def buttons(*listed):
    return {"type": "BUTTONS", "buttons": list(listed)}


@pytest.mark.parametrize("button", [URL, OTP])
def test_the_code_is_in_the_text_and_in_the_button(button):
    components = [BODY, FOOTER, buttons(button)]
    assert template.code_parameters(components, "012345") == [
        {"type": "body", "parameters": [TEXT]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [TEXT]},
    ]
    assert template.with_code(components, "012345").startswith("*012345* is your code.")


def test_without_a_button():
    assert template.code_parameters([BODY], "012345") == [{"type": "body", "parameters": [TEXT]}]


@pytest.mark.parametrize(
    "components",
    [
        [],
        None,
        "BODY",
        [FOOTER],
        [{"type": "BODY", "text": "Hello"}],
        [{"type": "BODY", "text": ["{{1}}"]}],
        [{"type": "BODY", "text": "{{1}} and {{2}}"}],
        [{"type": "HEADER", "format": "TEXT", "text": "Hi"}, BODY],
        [BODY, buttons({"type": "QUICK_REPLY", "text": "Yes"})],
        [BODY, buttons(OTP, OTP)],
        [BODY, buttons({"type": "URL", "url": "https://shop.example"})],
        [BODY, {"type": "CAROUSEL"}],
    ],
)
def test_what_is_none_for_codes(components):
    assert template.code_parameters(components, "012345") is None
