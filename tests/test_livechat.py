"""A visitor with the real widget and an agent with the inbox, side by side."""

import pytest
from playwright.sync_api import expect

from tests.lib.chat_window import SOON, SetUpChat
from tests.lib.inbox import Inbox
from tests.lib.looks import PHONE

AGENT = "Anna de Vries"


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
    chat = SetUpChat(odoo, "Chat of the shop", team_id=team)
    odoo.sql("DELETE FROM mail_presence")
    return chat


def answer(inbox, text):
    """Answer in the inbox, whose composer keeps what is bold where the channel does."""
    inbox.page.locator(".o_omnichannel_composer [contenteditable=true]").fill(text)
    inbox.send()
    inbox.message(text).wait_for()


def test_visitor_and_agent_side_by_side(come, chat, odoo, sign_in, screenshot):
    """Nobody is online, and yet the visitor can write; the agent gets it, and answers in the inbox."""
    visitor = come(chat.page)
    visitor.open()
    expect(visitor.header).to_contain_text(chat.name)
    visitor.say("Do you have this in red?")
    chat.assigned("Do you have this in red?")
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
    visitor.say("Great, thanks")
    anna.message("Great, thanks").wait_for(timeout=SOON)
    screenshot(visitor.page, "livechat_visitor")
    screenshot(anna.page, "livechat_agent")
    expect(anna.page.locator(".o-mail-ChatWindow, .o-mail-ChatBubble")).to_have_count(0)


def test_on_a_phone(come, chat, odoo, sign_in, screenshot):
    """The same on small screens; the agent gives it back, and takes it again."""
    visitor = come(chat.page, **PHONE)
    visitor.open()
    visitor.say("I am on the train")
    chat.assigned("I am on the train")
    anna = Inbox(sign_in("anna", **PHONE), odoo)
    anna.page.locator('.o_omnichannel_card:has-text("on the train")').click(timeout=SOON)
    expect(visitor.header).to_contain_text(AGENT, timeout=SOON)
    answer(anna, "Have a good trip")
    visitor.message("Have a good trip").wait_for(timeout=SOON)
    screenshot(visitor.page, "livechat_visitor_phone")
    screenshot(anna.page, "livechat_agent_phone")
    anna.page.locator(".o_omnichannel_close").click()
    expect(visitor.header).to_contain_text(chat.name, timeout=SOON)
    visitor.say("One more thing")
    expect(visitor.header).to_contain_text(AGENT, timeout=SOON)


class Discuss:
    """An agent's window with the session in it, as Odoo has it."""

    def __init__(self, page, odoo, session):
        self.page = page
        page.goto(f"{odoo.url}/odoo/discuss?active_id=discuss.channel_{session}", timeout=90_000)
        self.composer = page.locator(".o-mail-Composer-input")
        self.composer.wait_for(timeout=SOON)

    @property
    def typing(self):
        return self.page.locator(".o-discuss-Typing-icon")

    def message(self, text):
        return self.page.locator(f'.o-mail-Thread .o-mail-Message:has-text("{text}")')


@pytest.fixture
def sofie(odoo, chat):
    """The id of Sofie, who is of the team for as long as this lasts, and prefers Discuss."""
    rpc = odoo.rpc()
    [sofie] = rpc("res.users", "search", [["login", "=", "sofie"]])
    [group] = rpc("res.groups", "search", [["full_name", "=", "Live Chat / User"]])
    rpc("res.users", "write", [sofie], {"group_ids": [[4, group]], "lang": "en_US", "name": "Sofie Smit"})
    team = chat.read("team_id")[0]
    rpc("omnichannel.team", "write", [team], {"member_ids": [[4, sofie]]})
    odoo.rpc("sofie")("res.users", "write", [sofie], {"omnichannel_in_discuss": True})
    yield sofie
    # What is written later is Anna's again.
    rpc("omnichannel.team", "write", [team], {"member_ids": [[3, sofie]]})


def test_two_agents_at_once(come, chat, odoo, sofie, sign_in, screenshot):
    """One answers in Discuss and one in the inbox: both have everything before them, and have it once."""
    visitor = come(chat.page)
    visitor.open()
    visitor.say("Do two of you work here?")
    conversation = chat.conversation("two of you")
    odoo.rpc()("omnichannel.conversation", "write", [conversation], {"user_id": sofie})
    expect(visitor.header).to_contain_text("Sofie Smit", timeout=SOON)
    [(session,)] = odoo.sql(
        "SELECT id FROM discuss_channel WHERE omnichannel_conversation_id = %s", [conversation]
    )
    discuss = Discuss(sign_in("sofie"), odoo, session)
    discuss.message("two of you").wait_for()
    inbox = Inbox(sign_in("anna"), odoo)
    inbox.page.locator('.o_search_panel_category_value:has-text("All")').first.click()
    inbox.page.locator('.o_omnichannel_card:has-text("two of you")').click(timeout=SOON)
    inbox.message("two of you").wait_for()
    # Everybody sees who is writing, whatever they look at it in.
    visitor.composer.press_sequentially("Hm")
    inbox.page.locator(".o_omnichannel_customer_writing").wait_for(timeout=SOON)
    discuss.typing.first.wait_for(timeout=SOON)
    visitor.composer.fill("")
    discuss.composer.press_sequentially("Yes, ")
    expect(inbox.page.locator(".o_omnichannel_writers")).to_contain_text("Sofie Smit", timeout=SOON)
    discuss.composer.fill("Yes, we do (Discuss)")
    discuss.composer.press("Enter")
    # Whose answer crosses another one is asked whether they still want to send it.
    inbox.message("(Discuss)").wait_for(timeout=SOON)
    answer(inbox, "So it is (inbox)")
    visitor.message("So it is (inbox)").wait_for(timeout=SOON)
    visitor.say("Thanks to both")
    texts = ("two of you", "Yes, we do (Discuss)", "So it is (inbox)", "Thanks to both")
    for window in (visitor, discuss, inbox):
        for text in texts:
            expect(window.message(text)).to_have_count(1, timeout=SOON)
    assert [chat.count(text) for text in texts] == [1, 1, 1, 1]
    screenshot(discuss.page, "livechat_two_discuss")
    screenshot(inbox.page, "livechat_two_inbox")


def test_the_visitor_leaves(come, chat, odoo, sign_in):
    visitor = come(chat.page)
    visitor.open()
    visitor.say("Never mind then")
    chat.assigned("Never mind then")
    anna = Inbox(sign_in("anna"), odoo)
    anna.page.locator('.o_omnichannel_card:has-text("Never mind then")').click(timeout=SOON)
    expect(visitor.header).to_contain_text(AGENT, timeout=SOON)
    visitor.leave()
    anna.message("The visitor has left the chat.").wait_for(timeout=SOON)
