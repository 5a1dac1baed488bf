"""A message that says it answers a conversation in which its sender takes no part, as an agent sees it."""

from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from playwright.sync_api import expect

from tests.lib.waiting import wait_for

SHOP = "support@shop.example"
CLAIMED = ".o_omnichannel_claimed"


@pytest.fixture(scope="module")
def rpc(odoo):
    return odoo.rpc()


@pytest.fixture(scope="module", autouse=True)
def channel(rpc):
    """An address to which mails are forwarded: they come by Odoo's own door."""
    values = {"name": "Shop", "channel_type": "email", "address": SHOP, "lang": "en_US"}
    return rpc("omnichannel.channel", "create", [values])[0]


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
