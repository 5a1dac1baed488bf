"""A visitor of the web shop chats, and the agent sees where they are and what they have in the cart."""

import pytest
from playwright.sync_api import expect

from tests.lib import database
from tests.lib.chat_window import ChatWindow
from tests.lib.inbox import Inbox
from tests.lib.livechat import LiveChat
from tests.lib.looks import PHONE

# One pixel of red.
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
SOON = 60_000  # several jobs after one another, on a busy machine


@pytest.fixture(scope="module")
def db(cluster):
    """A database with the add-ons and Odoo's web shop, which they do not depend on."""
    with database.copied(database.bridges_template()) as name:
        yield name


@pytest.fixture(scope="module")
def chat(odoo):
    """The website's live chat, which an agent with a salesperson's rights answers."""
    rpc = odoo.rpc()
    [anna] = rpc("res.users", "search", [["login", "=", "anna"]])
    [seller] = rpc(
        "ir.model.data", "search_read", [["name", "=", "group_sale_salesman_all_leads"]], ["res_id"]
    )
    rpc("res.users", "write", [anna], {"lang": "en_US", "group_ids": [[4, seller["res_id"]]]})
    team = rpc("omnichannel.team", "create", {"name": "Shop chat", "member_ids": [[6, 0, [anna]]]})
    chat = LiveChat(odoo, "Chat of the shop", team_id=team)
    [website] = rpc("website", "search", [], limit=1)
    rpc("website", "write", [website], {"channel_id": chat.id})
    return chat


@pytest.fixture(scope="module")
def product(odoo):
    """What the visitor looks at; returns its page."""
    rpc = odoo.rpc()
    values = {
        "name": "Bell <b>& whistle</b>",
        "list_price": 12.5,
        "is_published": True,
        "type": "service",
        "taxes_id": [[5]],
        "image_1920": PICTURE,
    }
    template = rpc("product.template", "create", values)
    [found] = rpc("product.template", "read", [template], ["website_url"])
    return found["website_url"]


@pytest.fixture
def visitor(browser, odoo, chat):
    """A visitor on the website's first page, with the chat open."""
    # Wide enough that the chat leaves the shop's buttons free.
    context = browser.new_context(viewport={"width": 1700, "height": 950})
    widget = ChatWindow(context.new_page(), odoo.url + "/")
    widget.open()
    widget.composer.wait_for()
    yield widget
    widget.page.context.close()
    assert not widget.errors, f"JavaScript errors: {widget.errors}"


def test_the_agent_sees_page_and_cart(visitor, chat, product, odoo, sign_in, browser, screenshot):
    visitor.say("I am looking for a bell")
    anna = Inbox(sign_in("anna"), odoo)
    anna.page.locator('.o_search_panel_category_value:has-text("All")').first.click()
    anna.page.locator('.o_omnichannel_card:has-text("looking for a bell")').click(timeout=SOON)
    page = anna.page.locator(".o_omnichannel_visited")
    expect(anna.page.locator(".o_omnichannel_path")).to_have_text("/", timeout=SOON)

    # The visitor walks on, and the agent sees it without doing anything.
    visitor.page.goto(odoo.url + product)
    expect(page.first).to_contain_text("Bell <b>& whistle</b>", timeout=SOON)
    expect(page.first.locator("a")).to_have_attribute("href", odoo.url + product)
    expect(page).to_have_count(2)
    visitor.page.locator("#add_to_cart").click()
    cart = anna.page.locator(".o_omnichannel_cart")
    expect(cart).to_contain_text("Bell <b>& whistle</b>", timeout=SOON)
    expect(cart).to_contain_text("12.50")
    screenshot(anna.page, "webshop_chat_agent")
    with anna.page.context.expect_page() as opened:
        page.first.locator("a").click()
    expect(opened.value.locator("#product_detail")).to_contain_text("whistle")
    opened.value.close()

    # What else there is, as a card.
    visitor.page.goto(odoo.url + "/contactus")
    anna.page.locator(".o_omnichannel_choose_card").click()
    dialog = anna.page.locator(".modal")
    dialog.locator(".o_searchview_input").fill("whistle")
    dialog.locator(".o_searchview_input").press("Enter")
    row = dialog.locator(".o_data_row")
    expect(row).to_have_count(1)
    screenshot(anna.page, "webshop_chat_choose")
    assert "Cost" not in dialog.inner_text()
    # By the keyboard: past the heads of the columns to the first row.
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        anna.page.keyboard.press(key)
    sent = anna.page.locator(".o-mail-Message .o_omnichannel_sent_card")
    expect(sent).to_contain_text("Bell <b>& whistle</b>", timeout=SOON)
    card = visitor.page.locator(".o-mail-ChatWindow .o_omnichannel_sent_card")
    expect(card).to_contain_text("12.50", timeout=SOON)
    picture = card.locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("img => img.decode().then(() => img.naturalWidth > 0)")
    screenshot(anna.page, "webshop_chat_card_agent")
    screenshot(visitor.page, "webshop_chat_card_visitor")
    with visitor.page.context.expect_page() as opened:
        card.locator("a").click()
    expect(opened.value.locator("#product_detail")).to_contain_text("whistle")
    opened.value.close()
    # On a phone.
    visitor.page.set_viewport_size(PHONE["viewport"])
    screenshot(visitor.page, "webshop_chat_card_visitor_phone")
    anna.page.set_viewport_size(PHONE["viewport"])
    sent.scroll_into_view_if_needed()
    screenshot(anna.page, "webshop_chat_card_agent_phone")
    anna.page.set_viewport_size({"width": 1440, "height": 900})
    cart.click()
    expect(anna.page.locator(".o_form_view .o_last_breadcrumb_item")).to_contain_text("S0", timeout=SOON)
