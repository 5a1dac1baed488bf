"""A shop that runs elsewhere tells the chat in its pages who is logged in there, in real browsers."""

import json
import time

import pytest
from playwright.sync_api import expect

from odoo.addons.omnichannel_livechat.wire import sign

from tests.lib.browser import new_context
from tests.lib.chat_window import FIRST, ChatWindow, SetUpChat
from tests.lib.inbox import Inbox


@pytest.fixture(scope="module")
def chat(odoo):
    return SetUpChat(odoo)


class Shop:
    """The shop: its pages, and who is logged in on them, in one browser."""

    def __init__(self, chat, context):
        self.chat, self.context = chat, context
        self.token = None
        self.secret = chat.read("livechat_secret")
        self.windows = []
        context.route("**/im_livechat/support/*", self._page)

    def _page(self, route):
        """What the shop puts into its page before the code of the chat."""
        answer = route.fetch()
        script = f"<script>window.omnichannelVisitor = {json.dumps({'token': self.token})};</script>"
        route.fulfill(response=answer, body=answer.text().replace("<head>", f"<head>{script}", 1))

    def log_in(self, secret=None, **claims):
        claims = {"channel": self.chat.id, "exp": int(time.time()) + 600} | claims
        self.token = sign(claims, secret or self.secret)

    def log_out(self):
        self.token = None

    def visit(self):
        # Odoo wants an operator who is there, and the last window of theirs that is closed says they are not.
        self.chat.odoo.sql("UPDATE mail_presence SET status = 'online' WHERE user_id IS NOT NULL")
        self.windows.append(ChatWindow(self.context.new_page(), self.chat.page))
        return self.windows[-1]


@pytest.fixture
def shop(browser, chat):
    context = new_context(browser)
    shop = Shop(chat, context)
    yield shop
    context.close()
    errors = [error for window in shop.windows for error in window.errors]
    assert not errors, f"JavaScript errors: {errors}"


@pytest.fixture(scope="module")
def customer(odoo):
    """A customer with an order: (name, reference at the shop, order's number)."""
    rpc = odoo.rpc()
    [partner] = rpc("res.partner", "create", [{"name": "Karin Klant", "ref": "K-4711"}])
    [order] = rpc("sale.order", "create", [{"partner_id": partner}])
    [found] = rpc("sale.order", "read", [order], ["name"])
    return "Karin Klant", "K-4711", found["name"]


def test_the_customer_and_their_orders_in_the_panel(odoo, chat, shop, customer, sign_in, screenshot):
    name, ref, order = customer
    shop.log_in(ref=ref, name="Karin")
    page = shop.visit()
    page.open()
    page.say("When does it come?")
    chat.conversation("When does it come?")
    agent = Inbox(sign_in("admin"), odoo)
    agent.page.locator('.o_omnichannel_card:has-text("When does it come?")').click()
    panel = agent.page.locator(".o_omnichannel_panel")
    expect(panel.locator(".o_omnichannel_partner")).to_have_text(name, timeout=30_000)
    expect(panel.locator(".o_omnichannel_orders")).to_contain_text(order)
    expect(panel).to_contain_text("Signed by the shop")
    screenshot(agent.page, "livechat-known-visitor")


def test_a_wrong_token_is_a_stranger(odoo, chat, shop, customer, sign_in, screenshot):
    _name, ref, order = customer
    shop.log_in(ref=ref, name="Karin", secret="guessed")
    page = shop.visit()
    page.open()
    page.say(f"I say that I am Karin, order {order}")
    chat.conversation("I say that I am Karin")
    agent = Inbox(sign_in("admin"), odoo)
    agent.page.locator('.o_omnichannel_card:has-text("I say that I am Karin")').click()
    panel = agent.page.locator(".o_omnichannel_panel")
    expect(panel).to_contain_text("It is not known yet who this is.", timeout=30_000)
    expect(panel.locator(".o_omnichannel_orders")).to_contain_text(f"Claimed, not verified: {order}")
    assert not panel.locator(".o_omnichannel_row").count()
    screenshot(agent.page, "livechat-stranger")


def test_one_browser_and_two_customers(chat, shop, customer):
    """The one who logs out leaves nothing for the next one to see."""
    shop.log_in(ref=customer[1])
    first = shop.visit()
    first.open()
    first.say("What only I may see")
    chat.conversation("What only I may see")
    first.page.close()
    again = shop.visit()
    expect(again.thread).to_contain_text("What only I may see", timeout=30_000)
    again.page.close()
    for next_one in (shop.log_out, lambda: shop.log_in(email="next@example.com")):
        next_one()
        page = shop.visit()
        page.button.or_(page.window).first.wait_for(timeout=FIRST)
        assert not page.page.get_by_text("What only I may see").count()
        page.open()
        assert not page.page.get_by_text("What only I may see").count()
        page.say("I am another one")
        page.page.close()
