"""The inbox can be read: in the light, in the dark, and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.lib.inbox import INPUT, SEND, Customer, Inbox
from tests.lib.looks import PHONE, background, dark_database, give_light, unreadable


@pytest.fixture(scope="module")
def db(cluster):
    with dark_database() as name:
        yield name


@pytest.fixture
def asked(phones, number):
    customer = Customer(phones, number)
    customer.write("Where is my order?")
    return customer


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(odoo, phones, sign_in, asked, scheme, screenshot):
    page = sign_in("anna")
    if scheme == "light":
        page.route("**/web.assets_web_dark.min.css", give_light)
    anna = Inbox(page, odoo)
    assert (background(page, ".o_omnichannel_cards") < 80) == (scheme == "dark")
    bad = unreadable(page)
    anna.open(asked)
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


def test_on_a_phone(odoo, sign_in, asked, screenshot):
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
