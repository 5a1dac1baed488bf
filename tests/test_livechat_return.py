"""A visitor goes and comes back, in a browser; meanwhile an agent answers."""

import contextlib

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from tests.lib.inbox import Inbox
from tests.lib.livechat import LiveChat

SOON = 60_000  # ms: several jobs after one another


class Window:
    """A page of the website with the chat open in it."""

    def __init__(self, page, chat):
        self.page = page
        page.goto(chat.page, timeout=90_000)
        self.input = page.locator(".o-mail-Composer-input")
        button = page.locator(".o-livechat-LivechatButton")
        self.input.or_(button).first.wait_for(timeout=SOON)
        # Who has a chat finds it open a moment after the button was there.
        with contextlib.suppress(PlaywrightTimeoutError):
            self.input.wait_for(timeout=2000)
        if not self.input.count():
            button.click()
        self.input.wait_for()

    def write(self, text):
        self.input.fill(text)
        self.input.press("Enter")
        self.message(text).wait_for()

    def message(self, text):
        return self.page.locator(f'.o-mail-Message:has-text("{text}")')


@pytest.fixture(scope="module")
def chat(odoo):
    return LiveChat(odoo, "Chat of the shop")


@pytest.fixture
def visit(browser, chat):
    """`visit()` opens the chat anew, in a browser that keeps what it knows from page to page."""
    context, errors = browser.new_context(), []

    def open_page():
        for page in context.pages:
            page.close()
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return Window(page, chat)

    yield open_page
    context.close()
    assert not errors, f"JavaScript errors: {errors}"


def test_go_and_come_back(visit, odoo, sign_in, screenshot):
    visitor = visit()
    visitor.write("I want to return a helmet")
    anna = Inbox(sign_in("anna"), odoo)
    anna.page.locator('.o_omnichannel_card:has-text("return a helmet")').click(timeout=SOON)
    # Another page of the website, or the same again.
    visitor = visit()
    visitor.message("return a helmet").wait_for(timeout=SOON)
    visitor.write("It is too small")
    anna.message("It is too small").wait_for(timeout=SOON)
    anna.page.locator(".o_omnichannel_composer [contenteditable=true]").fill("Send it to us.")
    anna.send()
    visitor.message("Send it to us.").wait_for(timeout=SOON)
    screenshot(visitor.page, "livechat_return_1")
    # The chat is over for the visitor, and yet they have something to add.
    visitor.page.locator('.o-mail-ChatWindow-header [title*="Close"]').click()
    visitor.page.locator(".o-livechat-CloseConfirmation-leave").click()
    screenshot(visitor.page, "livechat_return_2")
    anna.page.get_by_text("The visitor has left the chat").first.wait_for(timeout=SOON)
    # They gave no address, so that there is no way to answer until they come back.
    anna.page.locator(".o_omnichannel_cannot").wait_for(timeout=SOON)
    screenshot(anna.page, "livechat_left")
    visitor = visit()
    visitor.message("Send it to us.").wait_for(timeout=SOON)
    visitor.write("By which carrier?")
    anna.message("By which carrier?").wait_for(timeout=SOON)
    anna.page.locator(".o_omnichannel_composer [contenteditable=true]").wait_for(timeout=SOON)
    screenshot(visitor.page, "livechat_return_3")
    anna.page.locator('.o_omnichannel_card:has-text("By which carrier?")').wait_for(timeout=SOON)
