"""The forms of orders and customers, as a salesperson with "own documents only" uses them."""

import pytest

from tests.lib.waiting import wait_for

ORDERS, CUSTOMERS = "sale.action_orders", "base.action_partner_form"
BUTTON = ".o_omnichannel_record_button"
PANEL = ".o_omnichannel_record_panel"
INPUT = ".o_omnichannel_composer_reply .o-mail-Composer-input"


@pytest.fixture(scope="module")
def daan(odoo):
    [daan] = odoo.rpc()("res.users", "search", [["login", "=", "daan"]])
    return daan


@pytest.fixture
def make_order(odoo, daan):
    """`make_order("Name", "31655500001")` gives Daan's order of a new customer who is nobody's."""
    rpc = odoo.rpc()

    def make(name, phone):
        partner = rpc("res.partner", "create", {"name": name, "phone": f"+{phone}"})
        order = rpc("sale.order", "create", {"partner_id": partner, "user_id": daan})
        return rpc("sale.order", "read", [order], ["name", "partner_id"])[0]

    return make


def open_form(page, odoo, action, record_id):
    page.goto(f"{odoo.url}/odoo/action-{action}/{record_id}")
    page.locator(BUTTON).wait_for()


def is_in_view(page, selector):
    """Whether an element stands in the window as a whole."""
    box = page.locator(selector).bounding_box()
    size = page.viewport_size
    return box and box["y"] >= 0 and box["y"] + box["height"] <= size["height"] and box["x"] >= 0


def test_one_click_from_the_order_to_the_answer(odoo, number, phones, make_order, sign_in, screenshot):
    order = make_order("Wilma Wachter", "31655500011")
    page = sign_in("daan")
    open_form(page, odoo, ORDERS, order["id"])
    address = page.url
    assert "0" in page.locator(BUTTON).inner_text()
    # The form was there before the customer wrote, and nobody reloads it.
    phones.client.write(number.account, "31655500011", f"Where is {order['name']}?")
    page.locator(f'{BUTTON}:has-text("1 (1 unread)")').wait_for(timeout=30_000)
    page.locator(BUTTON).click()
    page.locator(f'.o-mail-Message:has-text("Where is {order["name"]}?")').wait_for()
    wait_for(lambda: is_in_view(page, INPUT), what="the composer in view")
    picker = page.locator(".o_omnichannel_picker").inner_text()
    assert "Wilma Wachter" in picker
    assert "+31655500011" in picker
    screenshot(page, "record-panel-order")
    page.locator(INPUT).fill("It leaves today.")
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-send").click()
    page.locator('.o_omnichannel_tick[data-state="delivered"]').wait_for(timeout=30_000)
    page.locator(f'{BUTTON}:not(:has-text("unread"))').wait_for()
    assert page.url == address
    assert [send["payload"]["text"]["body"] for send in phones.client.sends()] == ["It leaves today."]


def test_nothing_yet_says_what_can_be_done(odoo, number, make_order, sign_in, screenshot):
    """A customer without a salesperson, who never wrote: only a template may reach them."""
    order = make_order("Nina Niemand", "31655500012")
    page = sign_in("daan")
    open_form(page, odoo, CUSTOMERS, order["partner_id"][0])
    page.locator(BUTTON).click()
    page.locator(".o_omnichannel_none").wait_for()
    screenshot(page, "record-panel-empty")
    page.locator('.o_omnichannel_start:has-text("Write to Nina Niemand")').click()
    cannot = page.locator(".o_omnichannel_cannot")
    cannot.wait_for()
    assert "template" in cannot.inner_text()
    page.locator(f'{BUTTON}:has-text("1")').wait_for()


def test_the_customers_other_conversations_are_behind_a_switch(
    odoo, number, phones, daan, make_order, sign_in, screenshot
):
    order = make_order("Victor Veel", "31655500013")
    rpc = odoo.rpc()
    rpc("res.partner", "write", [order["partner_id"][0]], {"user_id": daan})
    phones.client.write(number.account, "31655500013", "Do you sell pumps?")
    found = wait_for(
        lambda: rpc("omnichannel.conversation", "search", [["partner_id", "=", order["partner_id"][0]]]),
        30,
        what="the conversation",
    )
    rpc("omnichannel.conversation", "write", found, {"order_ids": [[5]], "subject": "Pumps"})
    tied = rpc("omnichannel.conversation", "start_for_record", "sale.order", order["id"])
    rpc("omnichannel.conversation", "write", [tied], {"subject": "About the order"})
    page = sign_in("daan")
    open_form(page, odoo, ORDERS, order["id"])
    page.locator(BUTTON).click()
    page.locator(f".o_omnichannel_conversation[data-conversation='{tied}']").wait_for()
    assert page.locator(".o_omnichannel_tab").count() == 0
    page.get_by_label("The customer's other conversations (1)").check()
    tabs = page.locator(".o_omnichannel_tab")
    tabs.nth(1).wait_for()
    assert "About the order" in tabs.nth(0).inner_text()
    assert "Pumps" in tabs.nth(1).inner_text()
    tabs.nth(1).click()
    page.locator('.o-mail-Message:has-text("Do you sell pumps?")').wait_for()
    screenshot(page, "record-panel-others")


def test_in_a_narrow_window(odoo, number, phones, make_order, sign_in, screenshot):
    order = make_order("Sofie Smal", "31655500014")
    phones.client.write(number.account, "31655500014", f"And {order['name']}?")
    page = sign_in("daan", viewport={"width": 420, "height": 860})
    page.goto(f"{odoo.url}/odoo/action-{ORDERS}/{order['id']}")
    page.locator(".o_button_more").click()
    page.locator(f'{BUTTON}:has-text("1")').click(timeout=30_000)
    page.locator(f'.o-mail-Message:has-text("And {order["name"]}?")').wait_for()
    wait_for(lambda: is_in_view(page, INPUT), what="the composer in view")
    screenshot(page, "record-panel-narrow")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(INPUT).fill("Tomorrow.")
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-send").click()
    page.locator('.o_omnichannel_tick[data-state="delivered"]').wait_for(timeout=30_000)
