"""Another website shows the chat in a visitor's browser, if it is listed, and cannot otherwise."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from playwright.sync_api import expect

from tests.lib.chat_window import SetUpChat
from tests.lib.inbox import Inbox
from tests.lib.looks import PHONE
from tests.lib.number import Number
from tests.lib.onward import go_on
from tests.lib.people import make_manager
from tests.lib.waiting import wait_for


@contextmanager
def website(code):
    """A website of somebody's, on another port and so of another origin, whose pages hold this code."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            page = f"""<!DOCTYPE html><html><head><title>Shop</title>
                <meta name="viewport" content="width=device-width, initial-scale=1"></head>
                <body><h1>A shop of somebody's</h1><p>{self.path}</p>{code}</body></html>"""
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def chat(odoo):
    """A live chat that is connected, and its team's agent."""
    return SetUpChat(odoo)


@pytest.fixture
def shop(chat):
    with website(chat.code) as address:
        yield address


def test_a_listed_website(odoo, chat, shop, come, sign_in, screenshot):
    chat.write(livechat_origins=shop)
    someone = come(f"{shop}/bicycles")
    someone.open()
    someone.say("Do you have this bicycle in green?")
    chat.conversation("in green?")
    agent = Inbox(sign_in(chat.agent), odoo)
    agent.page.locator('.o_omnichannel_card:has-text("in green?")').click()
    agent.message("in green?").wait_for()
    editor = agent.page.locator(".o_omnichannel_composer_reply .o-mail-Composer-html")
    editor.click()
    editor.press_sequentially("Yes, in two greens.")
    agent.send()
    # Live, without anything being loaded again.
    expect(someone.thread).to_contain_text("Yes, in two greens.", timeout=30_000)
    screenshot(someone.page, "livechat-other-website")
    assert not someone.refused


def test_a_listed_website_on_a_phone(odoo, chat, shop, come, screenshot):
    number = Number(odoo, address="+31 20 123 4567")
    chat.write(livechat_origins=shop, livechat_onward_id=number.channel_id)
    someone = come(shop, **PHONE)
    someone.open()
    someone.say("From my phone")
    assert chat.conversation("From my phone")
    address, words = go_on(someone.page)
    assert address == "31201234567"
    assert "#" in words
    screenshot(someone.page, "livechat-other-website-390")
    assert someone.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_more_than_words(odoo, chat, shop, come, screenshot):
    """A long word, an emoji and a file arrive from another website."""
    chat.write(livechat_origins=shop)
    someone = come(shop)
    someone.open()
    someone.say("Here it is")
    conversation = chat.conversation("Here it is")
    someone.say("Gesellschaft" * 20)
    someone.window.locator("button[name=add-emoji]").click()
    someone.page.locator(".o-EmojiPicker .o-Emoji").first.click()
    expect(someone.composer).to_have_value("😀")
    someone.composer.press("Enter")
    someone.message("😀").wait_for()
    file = {"name": "receipt.txt", "mimeType": "text/plain", "buffer": b"A receipt"}
    with someone.page.expect_response("**/attachment/upload"):
        someone.page.locator("input[type=file]").set_input_files(file)
    someone.composer.fill("And the receipt")
    expect(someone.window.locator(".o-mail-Composer .o-isUploading")).to_have_count(0)
    someone.composer.press("Enter")
    receipt = someone.message("And the receipt")
    receipt.locator(".o-mail-AttachmentContainer, .o-mail-AttachmentCard").first.wait_for()
    query = "SELECT name FROM ir_attachment WHERE res_model = 'omnichannel.conversation' AND res_id = %s"
    wait_for(lambda: odoo.sql(query, [conversation]) == [("receipt.txt",)], 30, what="the file in the inbox")
    assert chat.count("😀") == 1
    screenshot(someone.page, "livechat-more-than-words")


def test_a_website_that_is_not_listed(odoo, chat, shop, come, screenshot):
    chat.write(livechat_origins="https://shop.example")
    before = chat.journalled()
    someone = come(shop)
    someone.wait_for(lambda: someone.refused, "the refusal")
    assert any("/im_livechat/loader/" in url for url in someone.refused)
    someone.wait_for(lambda: "assets_embed" in "".join(someone.fetched), "the second script")
    # All that the page wants to fetch is there: nothing more will come.
    someone.page.wait_for_load_state("networkidle")
    assert not someone.button.count()
    assert any("not on the list" in line for line in someone.console), someone.console
    screenshot(someone.page, "livechat-website-refused")
    # And by hand, as a program would.
    for origin in (None, "null", shop, "https://shop.example.evil.example"):
        answer = requests.post(
            f"{odoo.url}/im_livechat/cors/get_session",
            json={"jsonrpc": "2.0", "params": {"channel_id": chat.id, "persisted": True}},
            headers={"Origin": origin} if origin else {},
            timeout=30,
        )
        assert answer.status_code == 403
    assert chat.journalled() == before


def test_from_first_words_to_the_copy_by_mail(odoo, chat, shop, come, sign_in, screenshot):
    """On a page with words of its own the chat opens by itself; at its end it is rated and mailed."""
    chat.write(livechat_origins=shop)
    rule = chat.admin(
        "im_livechat.channel.rule",
        "create",
        {
            "channel_id": chat.id,
            "regex_url": "/checkout",
            "action": "auto_popup",
            "omnichannel_greeting": "Can we help you to pay?",
        },
    )
    someone = come(f"{shop}/checkout/step?number=2#pay")
    # By itself, as the rule says, which the browser's Referer alone would not have found.
    expect(someone.thread).to_contain_text("Can we help you to pay?", timeout=60_000)
    someone.say("My card is refused")
    conversation = chat.conversation("My card is refused")
    chat.answer(conversation, "Please try another one.")
    expect(someone.thread).to_contain_text("Please try another one.", timeout=30_000)
    # The chat that has begun keeps its words, wherever the visitor goes.
    someone.page.goto(f"{shop}/elsewhere")
    expect(someone.thread).to_contain_text("Can we help you to pay?", timeout=60_000)
    someone.leave()
    panel = someone.page.locator(".o_omnichannel_transcript")
    panel.wait_for()
    panel.locator("input").fill("no address")
    panel.locator("button").click()
    expect(panel).to_contain_text("This is no e-mail address")
    screenshot(someone.page, "livechat-copy-by-mail")
    panel.locator("input").fill("vera@example.com")
    panel.locator("button").click()
    expect(someone.page.locator(".o_omnichannel_transcript_sent")).to_contain_text("vera@example.com")
    someone.page.locator('img[alt="5"]').click()
    someone.page.locator(".o-mail-ChatWindow textarea").fill("Quick and kind")
    someone.page.set_viewport_size({"width": 390, "height": 844})
    screenshot(someone.page, "livechat-rating-390")
    someone.page.get_by_role("button", name="Send", exact=True).click()
    someone.page.get_by_text("Thank you for your feedback").wait_for()
    rated = "SELECT rating_last_value FROM omnichannel_conversation WHERE id = %s"
    someone.wait_for(lambda: odoo.sql(rated, [conversation]) == [(5,)], "the rating")
    mailed = "SELECT count(*) FROM mail_mail WHERE email_to = 'vera@example.com'"
    assert odoo.sql(mailed) == [(1,)]
    chat.admin("im_livechat.channel.rule", "unlink", [rule])
    agent = Inbox(sign_in(chat.agent), odoo)
    # All folders, whatever the agent's language calls them: it waits for the visitor now.
    agent.page.locator(".o_search_panel_category_value").first.click()
    agent.page.locator('.o_omnichannel_card:has-text("another one")').click()
    expect(agent.page.locator(".o_omnichannel_rating")).to_contain_text("5/5")
    # To be seen, and not folded as a quotation is.
    expect(agent.page.get_by_text("Quick and kind")).to_be_visible()
    screenshot(agent.page, "livechat-rated")
    agent.page.set_viewport_size({"width": 390, "height": 844})
    screenshot(agent.page, "livechat-rated-390")


def test_a_page_that_hides_where_it_is(chat, come):
    """Its script comes, as a listed website's would that hides it; what the script asks for is refused."""
    chat.write(livechat_origins="https://shop.example")
    hidden = f'<meta name="referrer" content="no-referrer">{chat.code}'
    with website(hidden) as address:
        someone = come(address)
        someone.wait_for(lambda: any("/cors/" in url for url in someone.refused), "the refusal")
        someone.page.wait_for_load_state("networkidle")
        assert not someone.button.count()
        # To the script a refusal looks like a server that is not there.
        assert all("couldn't be established" in error for error in someone.errors)
        someone.errors.clear()


def test_set_up_in_the_browser(odoo, chat, sign_in, screenshot):
    """By an administrator of Omnichannel who has no right to Odoo's own live chat."""
    page = sign_in(make_manager(odoo.rpc(), "Mara"))
    page.goto(f"{odoo.url}/odoo/omnichannel-channels/{chat.channel_id}")
    origins = page.locator(".o_field_widget[name=livechat_origins] textarea")
    origins.fill("shop.example")
    page.locator(".o_form_button_save").click()
    expect(page.locator(".modal-content")).to_contain_text("Write it with https://")
    page.locator(".modal-footer .btn-primary").click()
    origins.fill("HTTPS://Shop.example/")
    page.locator(".o_form_button_save").click()
    expect(origins).to_have_value("https://shop.example")
    code = page.locator(".o_field_widget[name=livechat_code]")
    expect(code).to_contain_text(f"/im_livechat/loader/{chat.id}")
    screenshot(page, "livechat-channel-form")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code.locator(".o_clipboard_button").click()
    assert chat.code in page.evaluate("navigator.clipboard.readText()")


def test_connect_a_live_chat_from_settings(odoo, come, sign_in, screenshot):
    """Made by its name, given colors, and told where to open by itself; then seen by visitors."""
    page = sign_in(make_manager(odoo.rpc(), "Milou"))
    page.goto(f"{odoo.url}/odoo/omnichannel-channels/new")
    page.locator(".o_field_widget[name=name] input").fill("Garden shop")
    page.locator(".o_field_widget[name=channel_type] input").click()
    page.locator(".o_select_menu_item:has-text('Live Chat')").click()
    name = page.locator(".o_field_widget[name=livechat_channel_id] input")
    name.fill("Garden shop")
    page.locator('.o-autocomplete--dropdown-item:has-text("Create")').first.click()
    page.locator(".o_form_button_save").click()
    page.locator(".o_field_widget[name=livechat_logo]").wait_for()
    page.locator(".o_field_widget[name=livechat_greeting] input").fill("Good day! Shall we help?")
    page.locator(".o_field_widget[name=livechat_button_color] input").fill("#227744")
    page.locator(".o_form_button_save").click()
    page.locator(".o_form_button_save").wait_for(state="hidden")
    screenshot(page, "livechat-channel-look")
    page.locator("button[name=action_livechat_rules]").click()
    expect(page.locator(".o_view_nocontent")).to_contain_text("Let the chat open by itself")
    page.locator(".o_list_button_add").click()
    page.locator(".o_selected_row [name=regex_url] input").fill("/cart")
    page.locator(".o_selected_row [name=auto_popup_timer] input").fill("2")
    page.locator(".o_list_button_save").first.click()
    page.locator(".o_selected_row").wait_for(state="detached")
    screenshot(page, "livechat-pages")

    [chat] = odoo.rpc()(
        "omnichannel.channel", "search_read", [["name", "=", "Garden shop"]], ["livechat_code"]
    )
    Inbox(sign_in("anna"), odoo)  # somebody is there
    # A page tells other origins no more than its origin, unless it says that it wants to tell more.
    policy = '<meta name="referrer" content="no-referrer-when-downgrade">'
    with website(policy + chat["livechat_code"]) as address:
        odoo.rpc()("omnichannel.channel", "write", [chat["id"]], {"livechat_origins": address})
        elsewhere = come(f"{address}/blog")
        elsewhere.button.wait_for(timeout=90_000)
        expect(elsewhere.button).to_have_css("background-color", "rgb(34, 119, 68)")
        buying = come(f"{address}/cart")
        buying.window.wait_for(timeout=30_000)
        expect(buying.thread).to_contain_text("Good day! Shall we help?")
        screenshot(buying.page, "livechat-opened-by-itself")
        assert not elsewhere.window.count()
