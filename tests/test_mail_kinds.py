"""Kinds of mail of which an agent sees more than the text: what a stranger claims, bounces, invitations."""

import re
from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from playwright.sync_api import expect

from tests.lib.waiting import wait_for

SHOP = "support@shop.example"
UNREACHABLE = ".o_omnichannel_unreachable"
CLAIMED = ".o_omnichannel_claimed"


@pytest.fixture(scope="module")
def rpc(odoo):
    return odoo.rpc()


@pytest.fixture(scope="module", autouse=True)
def channel(odoo, rpc):
    """An address to which mails are forwarded. Its answers stay here: there is no server that sends."""
    values = {"name": "Shop", "channel_type": "email", "address": SHOP, "lang": "en_US"}
    [channel] = rpc("omnichannel.channel", "create", [values])
    odoo.sql("UPDATE omnichannel_channel SET state = 'connected' WHERE id = %s", [channel])
    return channel


@pytest.fixture
def write(odoo, rpc):
    """`write(sender, text, …)` hands a mail in and returns (its conversation's id, name, its Message-Id)."""

    def write(sender, text, **headers):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Message-Id"] = sender, SHOP, make_msgid(domain="customer.example")
        mail["Subject"] = headers.pop("subject", "My order")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        rpc("mail.thread", "message_process", False, mail.as_string())
        query = """SELECT c.id, c.name, m.provider_uid FROM omnichannel_message m
                     JOIN omnichannel_conversation c ON c.id = m.conversation_id WHERE m.provider_uid = %s"""
        return wait_for(lambda: odoo.sql(query, [mail["Message-Id"]]), 60, what="the mail")[0]

    return write


def show(page, odoo, text):
    """Open the inbox on the conversation whose card has this text."""
    page.goto(f"{odoo.url}/odoo/inbox", timeout=90_000)
    page.locator(f'.o_omnichannel_card:has-text("{text}")').click(timeout=30_000)
    page.locator(f'.o-mail-Message:has-text("{text}")').wait_for()


def test_a_stranger_who_answers_is_offered_the_conversation(odoo, write, sign_in, screenshot):
    first, name, uid = write("Wout <wout@customer.example>", "Where is my order?")
    second, _name, _uid = write("Wouts wife <els@customer.example>", "I am his wife", In_Reply_To=uid)
    assert second != first
    page = sign_in("admin")
    show(page, odoo, "I am his wife")
    expect(page.locator(CLAIMED)).to_contain_text(f"Answers {name}, in which this address takes no part")
    screenshot(page, "claimed")
    # Live: what comes while it is looked at says so, too.
    write("Wouts wife <els@customer.example>", "About the same", subject=f"Re: My order [{name}]")
    expect(page.locator(CLAIMED)).to_have_count(2, timeout=30_000)

    page.locator(".o_omnichannel_claimed_move").first.click()
    expect(page.locator(".modal")).to_contain_text("els@customer.example takes part in")
    screenshot(page, "claimed-ask")
    page.locator(".modal-footer .btn-primary").click()
    moved = page.locator('.o-mail-Message:has-text("I am his wife")')
    expect(moved).to_contain_text("Moved here by hand")
    expect(page.locator('.o-mail-Message:has-text("Where is my order?")')).to_have_count(1)
    expect(page.locator(CLAIMED)).to_have_count(0)


def test_opened_it_is_shown(odoo, write, sign_in, screenshot):
    _first, name, _uid = write("Wim <wim@customer.example>", "Where is my parcel?")
    write("wim.work@customer.example", "It is mine", subject=f"Re: [{name}]")
    page = sign_in("admin", viewport={"width": 390, "height": 844})
    show(page, odoo, "It is mine")
    page.locator(CLAIMED).wait_for()
    screenshot(page, "claimed-narrow")
    page.locator(".o_omnichannel_claimed_open").click()
    page.locator('.o-mail-Message:has-text("Where is my parcel?")').wait_for()


def test_on_the_customers_form(odoo, rpc, write, sign_in, screenshot):
    [partner] = rpc("res.partner", "create", [{"name": "Wiep", "email": "wiep@customer.example"}])
    _first, name, uid = write("Wim <wim@customer.example>", "Where is the other parcel?")
    write("wiep@customer.example", "I have it", In_Reply_To=uid)
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/action-base.action_partner_form/{partner}")
    page.locator(".o_omnichannel_record_button").click()
    line = page.locator(f".o_omnichannel_record_panel {CLAIMED}")
    expect(line).to_contain_text(name)
    screenshot(page, "claimed-record-panel")
    line.locator(".o_omnichannel_claimed_open").click()
    page.locator(".o_omnichannel_inbox").wait_for()
    page.locator('.o-mail-Message:has-text("Where is the other parcel?")').wait_for()


def bounce(rpc, recipient):
    """A mail system that says no more than whom it could not reach."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-Id"] = "MAILER-DAEMON@mx.example", SHOP, make_msgid()
    mail["X-Failed-Recipients"] = recipient
    mail.set_content("It could not be delivered:\n\n    550 5.1.1 no such user here\n")
    rpc("mail.thread", "message_process", False, mail.as_string())


def test_an_address_from_which_mails_come_back_is_shown(odoo, rpc, write, sign_in, screenshot):
    conversation, _name, _uid = write("Wanda <wanda@customer.example>", "Where is my bike?")
    rpc(
        "omnichannel.conversation", "message_post", [conversation],
        body="On its way", message_type="comment", subtype_xmlid="mail.mt_comment",
    )  # fmt: skip
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/inbox")
    page.locator('.o_search_panel_category_value:has-text("Waiting")').first.click()
    page.locator('.o_omnichannel_card:has-text("Wanda")').click()
    page.locator('.o-mail-Message:has-text("Where is my bike?")').wait_for()
    expect(page.locator(UNREACHABLE)).to_have_count(0)
    bounce(rpc, "wanda@customer.example")
    # In the composer and in the panel beside it; nobody reloads the page.
    expect(page.locator(UNREACHABLE)).to_have_count(2, timeout=30_000)
    expect(page.locator(f".o_omnichannel_composer {UNREACHABLE}")).to_contain_text(
        "550 5.1.1 no such user here"
    )
    expect(page.locator(".o_omnichannel_composer .o-mail-Composer-send")).to_be_visible()
    screenshot(page, "unreachable")
    write("Wanda <wanda@customer.example>", "I am here")
    expect(page.locator(UNREACHABLE)).to_have_count(0, timeout=30_000)


def test_addresses_are_found_by_the_filter(odoo, rpc, write, sign_in, screenshot):
    conversation, _name, _uid = write("Wendy <wendy@customer.example>", "Hello")
    rpc(
        "omnichannel.conversation", "message_post", [conversation],
        body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment",
    )  # fmt: skip
    bounce(rpc, "wendy@customer.example")
    marked = "SELECT id FROM omnichannel_identity WHERE unreachable_date IS NOT NULL AND key LIKE 'wendy@%%'"
    wait_for(lambda: odoo.sql(marked), 60, what="the mark")
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-addresses")
    page.locator(".o_searchview_dropdown_toggler").click()
    page.get_by_role("menuitemcheckbox", name="Messages Come Back").click()
    page.keyboard.press("Escape")
    expect(page.locator(".o_data_row")).to_have_count(1)
    page.locator(".o_data_row td[name=address]").click()
    expect(page.locator(".alert-warning")).to_contain_text(
        re.compile("come back since.*no such user", re.DOTALL)
    )
    screenshot(page, "unreachable-form")
    rpc("omnichannel.conversation", "action_reopen", [conversation])
    narrow = sign_in("admin", viewport={"width": 390, "height": 844})
    narrow.goto(f"{odoo.url}/odoo/inbox")
    narrow.locator('.o_omnichannel_card:has-text("Wendy")').click()
    narrow.locator(UNREACHABLE).first.wait_for()
    screenshot(narrow, "unreachable-narrow")


def test_an_invitation_says_when_it_is(odoo, rpc, sign_in, screenshot):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Wessel <wessel@customer.example>", SHOP, "Fitting"
    mail["Message-Id"] = make_msgid(domain="customer.example")
    mail.set_content("Does this suit you?")
    event = "SUMMARY:Fitting\r\nDTSTART:20251203T130000Z\r\nDTEND:20251203T133000Z\r\nLOCATION:Shop"
    calendar = (
        f"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    mail.add_attachment(calendar.encode(), maintype="text", subtype="calendar", filename="invite.ics")
    rpc("mail.thread", "message_process", False, mail.as_string())
    page = sign_in("admin")
    show(page, odoo, "Does this suit you?")
    message = page.locator('.o-mail-Message:has-text("Does this suit you?")')
    expect(message).to_contain_text("Invitation: Fitting, Dec 3, 2025")
    expect(message).to_contain_text("invite.ics")
    screenshot(page, "invitation")
