"""A visitor with the real widget and an agent with the inbox, side by side."""

import pytest
from playwright.sync_api import expect

from tests.lib.inbox import Inbox
from tests.lib.livechat import LiveChat
from tests.lib.looks import PHONE
from tests.lib.waiting import wait_for

AGENT = "Anna de Vries"
SOON = 60_000  # several jobs after one another, on a busy machine


@pytest.fixture(scope="module")
def chat(odoo):
    """A live chat whose visitors are given to Anna by her team's method; nobody is online."""
    rpc = odoo.rpc()
    [anna] = rpc("res.users", "search", [["login", "=", "anna"]])
    rpc("res.users", "write", [anna], {"lang": "en_US", "name": AGENT})
    team = rpc(
        "omnichannel.team",
        "create",
        {
            "name": "Chat",
            "member_ids": [[6, 0, [anna]]],
            "assign_method": "round_robin",
            "is_presence_needed": False,
        },
    )
    chat = LiveChat(odoo, "Chat of the shop", team_id=team)
    odoo.sql("DELETE FROM mail_presence")
    return chat


def answer(inbox, text):
    """Answer in the inbox, whose composer keeps what is bold where the channel does."""
    inbox.page.locator(".o_omnichannel_composer [contenteditable=true]").fill(text)
    inbox.send()
    inbox.message(text).wait_for()


class Widget:
    """A visitor's window with the live chat's page in it."""

    def __init__(self, browser, chat, **options):
        self.page = browser.new_context(**options).new_page()
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(chat.page, timeout=90_000)
        # The support page opens the window by itself; elsewhere it is the button.
        window = self.page.locator(".o-mail-ChatWindow")
        button = self.page.locator(".o-livechat-LivechatButton")
        window.or_(button).first.wait_for()
        if not window.count():
            button.click()
        self.input = self.page.locator(".o-mail-Composer-input")
        self.input.wait_for()

    def write(self, text):
        self.input.fill(text)
        self.input.press("Enter")
        self.message(text).wait_for()

    def message(self, text):
        return self.page.locator(f'.o-mail-Message:has-text("{text}")')

    @property
    def header(self):
        return self.page.locator(".o-mail-ChatWindow-header")


def wait_assigned(odoo, text):
    """Wait until the conversation with a text is Anna's: an inbox that is opened then has it so."""
    query = """SELECT u.login FROM omnichannel_conversation c JOIN res_users u ON u.id = c.user_id
                WHERE c.preview = %s"""
    wait_for(lambda: odoo.sql(query, [text]) == [("anna",)], 90, what="the assignment")


@pytest.fixture
def open_widget(browser, chat):
    widgets = []

    def open_page(**options):
        widgets.append(Widget(browser, chat, **options))
        return widgets[-1]

    yield open_page
    errors = [error for widget in widgets for error in widget.errors]
    for widget in widgets:
        widget.page.context.close()
    assert not errors, f"JavaScript errors: {errors}"


def test_visitor_and_agent_side_by_side(open_widget, chat, odoo, sign_in, screenshot):
    """Nobody is online, and yet the visitor can write; the agent gets it, and answers in the inbox."""
    visitor = open_widget()
    expect(visitor.header).to_contain_text(chat.name)
    visitor.write("Do you have this in red?")
    wait_assigned(odoo, "Do you have this in red?")
    anna = Inbox(sign_in("anna"), odoo)
    anna.page.locator('.o_omnichannel_card:has-text("in red?")').click(timeout=SOON)
    expect(anna.page.locator(".o_omnichannel_assignee")).to_contain_text(AGENT, timeout=SOON)
    # Now the visitor sees who is there.
    expect(visitor.header).to_contain_text(AGENT, timeout=SOON)
    visitor.page.get_by_text(f"{AGENT} is with you now.").wait_for()
    answer(anna, "Yes, we do.")
    received = visitor.message("Yes, we do.")
    received.wait_for(timeout=SOON)
    expect(received).to_contain_text(AGENT)
    picture = received.locator(".o-mail-Message-avatar")
    assert picture.evaluate("img => img.complete && img.naturalWidth > 0")
    # The inbox tells of what comes now; no window of Discuss opens besides.
    visitor.write("Great, thanks")
    anna.message("Great, thanks").wait_for(timeout=SOON)
    screenshot(visitor.page, "livechat_visitor")
    screenshot(anna.page, "livechat_agent")
    expect(anna.page.locator(".o-mail-ChatWindow, .o-mail-ChatBubble")).to_have_count(0)


def test_on_a_phone(open_widget, chat, odoo, sign_in, screenshot):
    """The same on small screens; the agent gives it back, and takes it again."""
    visitor = open_widget(**PHONE)
    visitor.write("I am on the train")
    wait_assigned(odoo, "I am on the train")
    anna = Inbox(sign_in("anna", **PHONE), odoo)
    anna.page.locator('.o_omnichannel_card:has-text("on the train")').click(timeout=SOON)
    expect(visitor.header).to_contain_text(AGENT, timeout=SOON)
    answer(anna, "Have a good trip")
    visitor.message("Have a good trip").wait_for(timeout=SOON)
    screenshot(visitor.page, "livechat_visitor_phone")
    screenshot(anna.page, "livechat_agent_phone")
    anna.page.locator(".o_omnichannel_close").click()
    expect(visitor.header).to_contain_text(chat.name, timeout=SOON)
    visitor.write("One more thing")
    expect(visitor.header).to_contain_text(AGENT, timeout=SOON)


def test_the_visitor_leaves(open_widget, odoo, sign_in):
    visitor = open_widget()
    visitor.write("Never mind then")
    wait_assigned(odoo, "Never mind then")
    anna = Inbox(sign_in("anna"), odoo)
    anna.page.locator('.o_omnichannel_card:has-text("Never mind then")').click(timeout=SOON)
    expect(visitor.header).to_contain_text(AGENT, timeout=SOON)
    visitor.page.locator('.o-mail-ChatWindow-header [title*="Close"]').click()
    visitor.page.locator(".o-livechat-CloseConfirmation-leave").click()
    anna.message("The visitor has left the chat.").wait_for(timeout=SOON)
