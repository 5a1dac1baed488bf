"""The inbox can be read: in the light, in the dark, and on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.lib.inbox import INPUT, SEND, Customer, Inbox
from tests.lib.looks import PHONE, background, dark_database, give_light, unreadable
from tests.lib.waiting import wait_for

CLAIM = ".o_omnichannel_claim"


@pytest.fixture(scope="module")
def db(cluster):
    with dark_database() as name:
        yield name


@pytest.fixture
def asked(phones, number):
    customer = Customer(phones, number)
    customer.write("Where is my order?")
    return customer


@pytest.fixture
def owner(odoo, phones, number):
    """A customer with a number, no e-mail address, and an order: `owner.order`."""
    customer = Customer(phones, number)
    customer.write("Thank you")
    rpc = odoo.rpc()
    partner = rpc("res.partner", "create", {"name": customer.name, "phone": f"+{customer.wa_id}"})
    order = rpc("sale.order", "create", {"partner_id": partner})
    [customer.order] = (row["name"] for row in rpc("sale.order", "read", [order], ["name"]))
    return customer


def _show_that_it_is_theirs(anna, asked, owner, name, screenshot):
    """Somebody writes of an order, and shows by a code that it is theirs; returns what cannot be read."""
    page = anna.page
    asked.write(f"I mean {owner.order}")
    expect(page.locator(CLAIM)).to_have_text(
        re.compile(rf"^\s*Stuur een code voor {owner.order}\s*$"), timeout=30_000
    )
    page.locator(f"{CLAIM} button").click()
    dialog = page.locator(".modal-content")
    expect(dialog).to_contain_text(f"+31***{owner.wa_id[-2:]}")
    screenshot(page, f"code-dialog-{name}")
    dialog.locator(".btn-primary").click()
    expect(page.locator(CLAIM)).to_contain_text("wacht op de code")
    expect(page.locator(f"{CLAIM} button")).to_be_visible()
    bad = unreadable(page)
    screenshot(page, f"code-sent-{name}")
    text = wait_for(lambda: owner.received, 60, what="the code on the phone")[-1]
    code = re.match(r"(\d{6})\b", text)[1]
    assert code not in page.locator("body").inner_text()
    asked.write(code)
    expect(page.locator(".o_omnichannel_partner")).to_have_text(owner.name, timeout=30_000)
    expect(page.locator(CLAIM)).to_have_count(0)
    screenshot(page, f"code-right-{name}")
    return bad


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(odoo, phones, sign_in, asked, owner, scheme, screenshot):
    page = sign_in("anna")
    if scheme == "light":
        page.route("**/web.assets_web_dark.min.css", give_light)
    anna = Inbox(page, odoo)
    assert (background(page, ".o_omnichannel_cards") < 80) == (scheme == "dark")
    bad = unreadable(page)
    anna.open(asked)
    bad += _show_that_it_is_theirs(anna, asked, owner, scheme, screenshot)
    phones.client.fail_next(code=131026, http=400)
    anna.answer("It is under way.")
    anna.tick("It is under way.", "failed")
    bad += unreadable(page)
    page.locator(".o_omnichannel_snooze").click()
    page.locator(".o_omnichannel_snooze_menu").wait_for()
    bad += unreadable(page)
    page.keyboard.press("Escape")
    page.locator(".o_omnichannel_composer .o_omnichannel_note").click()
    anna.write("He was rude.")
    anna.send()
    page.locator(".o-mail-Message.o_omnichannel_note").wait_for()
    page.locator(".o_omnichannel_systray").click()
    page.locator(".o_omnichannel_menu").wait_for()
    bad += unreadable(page)
    screenshot(page, f"inbox-{scheme}")
    assert not bad


def test_on_a_phone(odoo, sign_in, asked, owner, screenshot):
    anna = Inbox(sign_in("anna", **PHONE), odoo)
    page = anna.page
    expect(page.locator(".o_omnichannel_conversation")).to_have_count(0)
    screenshot(page, "phone-list")
    anna.open(asked)
    expect(anna.card(asked)).to_be_hidden()
    expect(page.locator(".o_omnichannel_panel")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == 390, "nothing is wider than the screen"
    for selector in (
        ".o_omnichannel_close",
        ".o_omnichannel_panel_toggle",
        SEND,
        INPUT,
        ".o_omnichannel_picker",
    ):
        box = page.locator(selector).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] + box["height"] <= 844, selector
    thread = page.locator(".o_omnichannel_main .o-mail-Thread").bounding_box()
    assert thread["height"] >= 844 / 2, "half of the screen is for what was said"
    screenshot(page, "phone-conversation")
    page.locator(INPUT).tap()
    anna.write("It is under way.")
    page.locator(SEND).tap()
    anna.message("It is under way.").wait_for()
    page.locator(".o_omnichannel_panel_toggle").tap()
    page.locator('.o_omnichannel_panel:has-text("Customer")').wait_for()
    screenshot(page, "phone-panel")
    _show_that_it_is_theirs(anna, asked, owner, "phone", screenshot)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator(".o_omnichannel_panel_toggle").tap()
    expect(page.locator(".o_omnichannel_panel")).to_have_count(0)
    page.locator(".o_omnichannel_back").tap()
    expect(page.locator(".o_omnichannel_conversation")).to_have_count(0)
    page.locator(".o_omnichannel_cards").wait_for()


def test_back_on_a_phone_leads_to_the_cards(odoo, sign_in, asked):
    anna = Inbox(sign_in("anna", **PHONE), odoo)
    page = anna.page
    conversation, cards = page.locator(".o_omnichannel_conversation"), page.locator(".o_omnichannel_cards")
    page.evaluate("window.isSamePage = true")
    anna.open(asked)
    page.go_back()
    cards.wait_for()
    expect(conversation).to_have_count(0)
    page.go_forward()
    conversation.wait_for()
    # The button above the conversation takes the same step, so none is left behind.
    page.locator(".o_omnichannel_back").tap()
    cards.wait_for()
    expect(conversation).to_have_count(0)
    assert page.evaluate("window.isSamePage")
    page.go_back()
    expect(page.locator(".o_omnichannel_inbox")).to_have_count(0)


def test_a_window_that_becomes_narrow_shows_one_thing_at_a_time(odoo, sign_in, asked):
    anna = Inbox(sign_in("anna"), odoo)
    page = anna.page
    anna.open(asked)
    page.set_viewport_size({"width": 600, "height": 800})
    expect(page.locator(".o_omnichannel_cards")).to_be_hidden()
    page.locator(".o_omnichannel_back").click()
    page.locator(".o_omnichannel_cards").wait_for()
    page.set_viewport_size({"width": 1400, "height": 800})
    page.locator(".o_omnichannel_empty").wait_for()


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_what_was_sent_by_itself(odoo, phones, number, sign_in, look, screenshot):
    rpc, customer = odoo.rpc(), Customer(phones, number)
    greeting = {"is_greeting_on": True, "greeting_text": "Hello {customer}, thank you for your message."}
    rpc("omnichannel.channel", "write", [number.channel_id], greeting)
    customer.write("Where is my order?")
    page = sign_in("anna", **(PHONE if look == "phone" else {}))
    if look != "dark":
        page.route("**/web.assets_web_dark.min.css", give_light)
    anna = Inbox(page, odoo)
    anna.open(customer)
    label = anna.message("thank you for your message").locator(".o_omnichannel_automatic_label")
    label.wait_for()
    rpc("omnichannel.channel", "write", [number.channel_id], {"is_greeting_on": False})
    screenshot(page, f"automatic-{look}")
    assert not unreadable(page)
    box = label.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]
