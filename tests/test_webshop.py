"""A guest orders in the web shop, and the order opens its ticket; or leaves the cart there."""

import re
from datetime import datetime, timedelta

import pytest
import requests

from tests.lib import database
from tests.lib.browser import new_context
from tests.lib.rules import Rules
from tests.lib.waiting import wait_for


@pytest.fixture(scope="module")
def db(cluster):
    """A database with the add-ons and Odoo's web shop, which they do not depend on, and Odoo's play money."""
    with database.copied(database.bridges_template()) as name:
        database.install(name, ["payment_demo"])
        yield name


@pytest.fixture(scope="module")
def product(odoo):
    """Something that costs nothing, so that the shop confirms without a payment provider."""
    return published(odoo, "Sample", 0)


def published(odoo, name, price):
    """What the shop's page sends when a product is put into the cart."""
    admin = odoo.rpc()
    template = admin(
        "product.template",
        "create",
        {"name": name, "type": "service", "list_price": price, "is_published": True, "sale_ok": True},
    )
    [variant] = admin("product.product", "search", [["product_tmpl_id", "=", template]])
    return {"product_template_id": template, "product_id": variant, "quantity": 1}


@pytest.fixture
def admin(odoo, sign_in):
    """An administrator's window, at the rules of Settings."""
    return Rules(sign_in("admin"), odoo).open_from_settings()


def wait_for_run(odoo, trigger, order):
    """Until the rule has run for this order, in its ticket."""
    query = """SELECT 1 FROM omnichannel_rule_run r
                 JOIN omnichannel_conversation c ON c.id = r.conversation_id
                WHERE r.reason = %s AND c.order_ticket_id = %s"""
    odoo.wait_for_jobs(lambda: odoo.sql(query, [trigger, order]), what=f"the rule for {trigger}")


class Guest:
    """A visitor of the shop."""

    def __init__(self, url):
        self.url = url
        self.http = requests.Session()

    def get(self, path):
        answer = self.http.get(self.url + path, timeout=60)
        assert answer.ok, re.sub(r"<[^>]+>|\s+", " ", answer.text.split("<main")[-1])[:1500]
        return answer.text

    def call(self, path, params):
        answer = self.http.post(self.url + path, json={"jsonrpc": "2.0", "params": params}, timeout=60).json()
        assert "error" not in answer, answer
        return answer["result"]

    def submit(self, page, path, values):
        token = re.search(r'csrf_token: "([^"]+)"', self.get(page))[1]
        answer = self.http.post(self.url + path, data={"csrf_token": token, **values}, timeout=60)
        answer.raise_for_status()
        return answer.json()


def say_who_it_is(guest, odoo, name, email):
    """Fill in the page with the address."""
    [(country,)] = odoo.sql("SELECT id FROM res_country WHERE code = 'NL'")
    answer = guest.submit(
        "/shop/address?address_type=billing",
        "/shop/address/submit",
        {
            "address_type": "billing",
            "use_delivery_as_billing": "true",
            "name": name,
            "email": email,
            "phone": "+31 6 12345699",
            "street": "Dorpsstraat 1",
            "zip": "1234 AB",
            "city": "Ons Dorp",
            "country_id": country,
            "required_fields": "",
        },
    )
    assert "invalid_fields" not in answer, answer


def order_of(odoo, email):
    """(id, state) of the order of whoever has this address."""
    [order] = odoo.sql(
        """SELECT o.id, o.state FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
            WHERE p.email = %s""",
        [email],
    )
    return order


def test_order_of_a_guest_opens_a_ticket(odoo, product, admin):
    rpc = odoo.rpc()
    rules = rpc("omnichannel.rule", "search", [["active", "=", False], ["name", "like", "open a ticket"]])
    rpc("omnichannel.rule", "write", rules, {"active": True})
    # The confirmation's PDF needs a program that is not always there and has nothing to do with us.
    templates = rpc("mail.template", "search", [["model", "=", "sale.order"]])
    rpc("mail.template", "write", templates, {"report_template_ids": [[5]]})
    admin.add("Placed", "An order is placed in the web shop", ticket={"Team": "Customer Service"})

    guest = Guest(odoo.url)
    guest.call("/shop/cart/add", product)
    say_who_it_is(guest, odoo, "Gerda Gast", "gerda@example.com")
    guest.get("/shop/payment/validate")

    order, state = order_of(odoo, "gerda@example.com")
    assert state == "sale"
    wait_for(
        lambda: odoo.sql(
            "SELECT 1 FROM omnichannel_conversation WHERE order_ticket_id = %s AND state = 'pending'", [order]
        ),
        timeout=70,
        what="the ticket of the web shop's order",
    )
    wait_for_run(odoo, "web_order_placed", order)


def test_a_cart_is_left(odoo, admin):
    admin.add("Left", "A cart was left in the web shop", ticket={"Team": "Customer Service"})
    guest = Guest(odoo.url)
    guest.call("/shop/cart/add", published(odoo, "Bell", 12))
    say_who_it_is(guest, odoo, "Wim Weg", "wim@example.com")
    order, state = order_of(odoo, "wim@example.com")
    assert state == "draft"
    timers = """SELECT t.due - o.date_order FROM omnichannel_rule_timer t JOIN sale_order o ON o.id = t.res_id
                 WHERE o.id = %s"""
    odoo.wait_for_jobs(
        lambda: odoo.sql(timers, [order]) == [(timedelta(hours=10),)], what="the shop's own delay"
    )
    # Hours later.
    begun = datetime.utcnow().replace(microsecond=0) - timedelta(hours=11)
    odoo.rpc()("sale.order", "write", [order], {"date_order": str(begun)})
    wait_for_run(odoo, "cart_left", order)


@pytest.fixture
def play_money(odoo):
    """Odoo's provider of payments for demonstrations, which asks nobody."""
    rpc = odoo.rpc()
    provider = rpc("payment.provider", "search", [["code", "=", "demo"]])
    rpc("payment.provider", "write", provider, {"state": "test", "is_published": True})


def test_an_order_is_paid_online(odoo, admin, browser, play_money, screenshot):
    """A guest pays at the end of the checkout, in their own browser."""
    admin.add("Paid", "A sales order is paid online", ticket={"Team": "Customer Service"})
    guest = Guest(odoo.url)
    guest.call("/shop/cart/add", published(odoo, "Lamp", 30))
    say_who_it_is(guest, odoo, "Petra Paid", "petra@example.com")
    context = new_context(browser)
    context.add_cookies([{"name": "session_id", "value": guest.http.cookies["session_id"], "url": odoo.url}])
    page = context.new_page()
    page.goto(f"{odoo.url}/shop/checkout?try_skip_step=true", timeout=90_000)
    page.wait_for_url("**/shop/payment")
    order, state = order_of(odoo, "petra@example.com")
    assert state == "draft"
    screenshot(page, "webshop-payment")
    page.locator("input[name=o_payment_radio]").first.check()
    page.locator("[name=o_payment_submit_button]").first.click()
    page.wait_for_url("**/shop/confirmation**", timeout=60_000)
    context.close()
    assert order_of(odoo, "petra@example.com") == (order, "sale")
    wait_for_run(odoo, "order_paid", order)
