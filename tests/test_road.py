"""The whole road in a browser: a customer's phone, the agent's inbox, the salesperson's forms."""

import pytest

from tests.lib.waiting import wait_for

PHONE = "31655500001"
INPUT = ".o_omnichannel_composer_reply .o-mail-Composer-input"


@pytest.fixture(scope="module")
def order(odoo):
    """A quotation of the salesperson's for a customer of theirs."""
    rpc = odoo.rpc()
    [daan] = rpc("res.users", "search", [["login", "=", "daan"]])
    customer = {"name": "Willemijn Straatman", "phone": f"+{PHONE}", "user_id": daan}
    partner = rpc("res.partner", "create", customer)
    product = rpc("product.product", "search", [["sale_ok", "=", True]], limit=1)[0]
    line = {"product_id": product, "product_uom_qty": 1}
    order = rpc(
        "sale.order", "create", {"partner_id": partner, "user_id": daan, "order_line": [[0, 0, line]]}
    )
    return rpc("sale.order", "read", [order], ["name", "partner_id"])[0]


def open_record(page, odoo, action, record_id):
    """A record's form with its tab of conversations."""
    page.goto(f"{odoo.url}/odoo/action-{action}/{record_id}")
    page.locator(".o_notebook .nav-link[name=omnichannel]").click()
    page.locator(".o_omnichannel_record_panel").wait_for()


def answer(page, body):
    """Write into the composer that the page shows, and send."""
    page.locator(INPUT).fill(body)
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-send").click()


def tick(page, body, state):
    """The tick of our message, once it is in that state."""
    return page.locator(
        f'.o-mail-Message:has-text("{body}") .o_omnichannel_tick[data-state="{state}"]'
    ).wait_for(timeout=30_000)


def texts_sent(phones):
    return [(send["customer"], send["payload"]["text"]["body"]) for send in phones.client.sends()]


def test_from_the_phone_to_the_order_and_back(odoo, number, phones, order, sign_in, screenshot):
    inbox = sign_in("anna")
    inbox.goto(f"{odoo.url}/odoo/inbox")
    inbox.locator(".o_omnichannel_inbox").wait_for()
    # The page was there before the customer wrote, and nobody reloads it.
    phones.client.write(number.account, {"wa_id": PHONE, "name": "Willemijn"}, f"Where is {order['name']}?")
    inbox.locator('.o_omnichannel_card:has-text("Willemijn Straatman")').click(timeout=30_000)
    inbox.locator(f'.o-mail-Message:has-text("Where is {order["name"]}?")').wait_for()
    screenshot(inbox, "road-inbox")

    sales = sign_in("daan")
    open_record(sales, odoo, "sale.action_quotations_with_onboarding", order["id"])
    sales.locator(f'.o-mail-Message:has-text("Where is {order["name"]}?")').wait_for()
    assert "Willemijn" in sales.locator(".o_omnichannel_picker").inner_text()
    answer(sales, "It leaves today.")
    tick(sales, "It leaves today.", "delivered")
    screenshot(sales, "road-order")
    assert texts_sent(phones) == [(PHONE, "It leaves today.")]
    tick(inbox, "It leaves today.", "delivered")
    phones.client.read(number.account, PHONE)
    for page in (sales, inbox):
        tick(page, "It leaves today.", "read")
    screenshot(inbox, "road-inbox-read")


def test_from_the_customer_form(odoo, number, phones, order, sign_in, screenshot):
    before = len(texts_sent(phones))
    phones.client.write(number.account, PHONE, "And the invoice?")
    sales = sign_in("daan")
    open_record(sales, odoo, "base.action_partner_form", order["partner_id"][0])
    sales.locator('.o-mail-Message:has-text("And the invoice?")').wait_for()
    answer(sales, "You have it by mail.")
    tick(sales, "You have it by mail.", "delivered")
    screenshot(sales, "road-customer")
    assert texts_sent(phones)[before:] == [(PHONE, "You have it by mail.")]
    phones.client.read(number.account, PHONE)
    tick(sales, "You have it by mail.", "read")


def test_confirmed_order_opens_a_ticket_by_itself(odoo, order, sign_in, screenshot):
    rpc = odoo.rpc()
    [rule] = rpc(
        "omnichannel.rule", "search", [["name", "like", "open a ticket"]], context={"active_test": False}
    )
    rpc("omnichannel.rule", "write", [rule], {"active": True})
    sales = sign_in("daan")
    open_record(sales, odoo, "sale.action_quotations_with_onboarding", order["id"])
    sales.locator('button[name="action_confirm"]:visible').first.click()
    tickets = "SELECT state, partner_id FROM omnichannel_conversation WHERE order_ticket_id = %s"
    found = wait_for(lambda: odoo.sql(tickets, [order["id"]]), 30, what="a ticket of the order")
    assert found == [("pending", order["partner_id"][0])]
    open_record(sales, odoo, "sale.action_orders", order["id"])
    sales.locator(f'.o_omnichannel_tab:has-text("{order["name"]}")').wait_for()
    screenshot(sales, "road-ticket")
