"""A visitor goes and comes back, in a browser; meanwhile an agent answers."""

import pytest

from tests.lib.browser import new_context
from tests.lib.chat_window import SOON, ChatWindow, SetUpChat
from tests.lib.inbox import Inbox


@pytest.fixture(scope="module")
def chat(odoo):
    return SetUpChat(odoo, "Chat of the shop")


@pytest.fixture
def visit(browser, chat):
    """`visit()` comes to the page anew, in a browser that keeps what it knows from page to page."""
    context, windows = new_context(browser), []

    def open_page():
        for page in context.pages:
            page.close()
        windows.append(ChatWindow(context.new_page(), chat.page))
        return windows[-1]

    yield open_page
    context.close()
    errors = [error for window in windows for error in window.errors]
    assert not errors, f"JavaScript errors: {errors}"


def test_go_and_come_back(visit, odoo, sign_in, screenshot):
    visitor = visit()
    visitor.open()
    visitor.say("I want to return a helmet")
    anna = Inbox(sign_in("anna"), odoo)
    anna.page.locator('.o_omnichannel_card:has-text("return a helmet")').click(timeout=SOON)
    # Another page of the website, or the same again.
    visitor = visit()
    visitor.message("return a helmet").wait_for(timeout=SOON)
    visitor.say("It is too small")
    anna.message("It is too small").wait_for(timeout=SOON)
    anna.page.locator(".o_omnichannel_composer [contenteditable=true]").fill("Send it to us.")
    anna.send()
    visitor.message("Send it to us.").wait_for(timeout=SOON)
    screenshot(visitor.page, "livechat_return_1")
    # The chat is over for the visitor, and yet they have something to add.
    visitor.leave()
    screenshot(visitor.page, "livechat_return_2")
    anna.page.get_by_text("The visitor has left the chat").first.wait_for(timeout=SOON)
    # They gave no address, so that there is no way to answer until they come back.
    anna.page.locator(".o_omnichannel_cannot").wait_for(timeout=SOON)
    screenshot(anna.page, "livechat_left")
    visitor = visit()
    visitor.open()
    visitor.message("Send it to us.").wait_for(timeout=SOON)
    visitor.say("By which carrier?")
    anna.message("By which carrier?").wait_for(timeout=SOON)
    anna.page.locator(".o_omnichannel_composer [contenteditable=true]").wait_for(timeout=SOON)
    screenshot(visitor.page, "livechat_return_3")
    anna.page.locator('.o_omnichannel_card:has-text("By which carrier?")').wait_for(timeout=SOON)
