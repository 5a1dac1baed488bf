"""A guest orders in the web shop, and the order opens its ticket."""

import re

import pytest
import requests

from tests.lib import database
from tests.lib.waiting import wait_for


@pytest.fixture(scope="module")
def db(cluster):
    """A database with the add-ons and Odoo's web shop, which they do not depend on."""
    name = database.create()
    database.install(name, ["website_sale"])
    yield name
    database.drop(name)


@pytest.fixture(scope="module")
def product(odoo):
    """Something that costs nothing, so that the shop confirms without a payment provider."""
    admin = odoo.rpc()
    template = admin(
        "product.template",
        "create",
        {"name": "Sample", "type": "service", "list_price": 0, "is_published": True, "sale_ok": True},
    )
    [variant] = admin("product.product", "search", [["product_tmpl_id", "=", template]])
    return {"product_template_id": template, "product_id": variant, "quantity": 1}


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


def test_order_of_a_guest_opens_a_ticket(odoo, product):
    admin = odoo.rpc()
    rules = admin("omnichannel.rule", "search", [["active", "=", False], ["name", "like", "open a ticket"]])
    admin("omnichannel.rule", "write", rules, {"active": True})
    # The confirmation's PDF needs a program that is not always there and has nothing to do with us.
    templates = admin("mail.template", "search", [["model", "=", "sale.order"]])
    admin("mail.template", "write", templates, {"report_template_ids": [[5]]})
    [(country,)] = odoo.sql("SELECT id FROM res_country WHERE code = 'NL'")

    guest = Guest(odoo.url)
    guest.call("/shop/cart/add", product)
    answer = guest.submit(
        "/shop/address?address_type=billing",
        "/shop/address/submit",
        {
            "address_type": "billing",
            "use_delivery_as_billing": "true",
            "name": "Gerda Gast",
            "email": "gerda@example.com",
            "phone": "+31 6 12345699",
            "street": "Dorpsstraat 1",
            "zip": "1234 AB",
            "city": "Ons Dorp",
            "country_id": country,
            "required_fields": "",
        },
    )
    assert "invalid_fields" not in answer, answer
    guest.get("/shop/payment/validate")

    [(order, state)] = odoo.sql(
        """SELECT o.id, o.state FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
            WHERE p.email = 'gerda@example.com'"""
    )
    assert state == "sale"
    wait_for(
        lambda: odoo.sql(
            "SELECT 1 FROM omnichannel_conversation WHERE order_ticket_id = %s AND state = 'pending'", [order]
        ),
        timeout=70,
        what="the ticket of the web shop's order",
    )
