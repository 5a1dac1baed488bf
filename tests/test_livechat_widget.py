"""What a visitor of the website sees in the chat's window, in a real browser: on Odoo's own support page."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import requests
from playwright.sync_api import expect

from tests.lib import browser as browsers
from tests.lib.chat_window import SetUpChat
from tests.lib.looks import PHONE
from tests.lib.onward import go_on
from tests.lib.waiting import wait_for

DESK = ".o_omnichannel_desk"
QUEUE = ".o_omnichannel_queue"


@pytest.fixture(scope="module")
def web_shop(odoo):
    return SetUpChat(odoo)


@pytest.fixture
def chat(web_shop):
    """The chat as it is when nothing was chosen."""
    web_shop.write(
        livechat_is_form_only=False,
        livechat_max_waiting=0,
        calendar_id=False,
        **{f"livechat_ask_{name}": "no" for name in ("name", "email", "phone", "order")},
    )
    return web_shop


def looks(visitor, name, screenshot):
    """Keep pictures of what is open, on a big screen and on a phone.

    To be done last in a step: a window that changes its shape is drawn anew.
    """
    page = visitor.page
    screenshot(page, f"widget_{name}")
    page.set_viewport_size(PHONE["viewport"])
    page.wait_for_timeout(500)  # the window takes its other shape
    # Nothing sticks out of a phone.
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    screenshot(page, f"widget_{name}_phone")
    page.set_viewport_size(browsers.SIZE)


def _close(chat):
    """Let the chat open tomorrow at nine, in Amsterdam."""
    tomorrow = datetime.now(ZoneInfo("Europe/Amsterdam")) + timedelta(days=1)
    attendance = {"name": "Open", "dayofweek": str(tomorrow.weekday()), "hour_from": 9, "hour_to": 17}
    hours = chat.odoo.rpc()(
        "resource.calendar",
        "create",
        {
            "name": "Tomorrow",
            "tz": "Europe/Amsterdam",
            "attendance_ids": [[5, 0, 0], [0, 0, attendance]],
        },
    )
    chat.write(calendar_id=hours)


def test_asked_before_the_chat(chat, come, screenshot):
    """Labels, words at the field, all by keyboard; the chat begins with the answers."""
    chat.write(livechat_ask_name="optional", livechat_ask_email="required", livechat_ask_order="optional")
    visitor = come(chat.page)
    page = visitor.page
    visitor.open()
    email = page.get_by_label("E-mail")
    email.wait_for()
    assert not page.locator(".o-mail-Composer-input").count()
    looks(visitor, "asks", screenshot)
    email.wait_for()
    # The first field has the keyboard; Tab goes on from there.
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Vera")
    page.keyboard.press("Tab")
    page.keyboard.type("vera")
    page.keyboard.press("Enter")
    page.get_by_text("This is no e-mail address").wait_for()
    page.get_by_text("Please agree").wait_for()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_be_focused()
    screenshot(page, "widget_asks_again")
    page.keyboard.press("End")
    page.keyboard.type("@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("S00027")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.locator(".o-mail-Composer-input").wait_for(timeout=30_000)
    visitor.say("Where is my parcel?")
    conversation = chat.conversation("Where is my parcel?")
    [name] = chat.odoo.sql(
        "SELECT i.name FROM omnichannel_conversation c JOIN omnichannel_identity i ON i.id = c.identity_id"
        " WHERE c.id = %s",
        [conversation],
    )
    assert name == ("Vera",)
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "vera@example.com" not in stored
    assert "S00027" not in stored


def test_what_the_server_does_not_take_is_said(chat, come, screenshot):
    """What only the server can tell stands above the form, and nothing typed is lost."""
    chat.write(livechat_ask_phone="required")
    visitor = come(chat.page)
    visitor.open()
    phone = visitor.page.get_by_label("Phone")
    phone.fill("123456")
    visitor.page.get_by_label("I agree").check()
    visitor.page.get_by_role("button", name="Start the chat").click()
    alert = visitor.page.locator(f"{DESK} .alert")
    expect(alert).to_contain_text("This is no phone number")
    screenshot(visitor.page, "widget_refused")
    phone.fill("+31 6 12345678")
    visitor.page.get_by_role("button", name="Start the chat").click()
    visitor.say("Now it is right")


def test_a_message_when_closed(chat, come, screenshot):
    """The opening is told in the visitor's own time; two clicks are one message."""
    _close(chat)
    visitor = come(chat.page, timezone_id="America/New_York")
    page = visitor.page
    visitor.open()
    expect(page.locator(DESK)).to_contain_text("opens again")
    expect(page.locator(DESK)).to_contain_text("3:00")
    looks(visitor, "closed", screenshot)
    page.get_by_label("Name").fill("Ellen")
    page.get_by_label("E-mail").fill("ellen@example.com")
    page.get_by_role("textbox", name="Message").fill("Nobody is there, so I write")
    page.get_by_label("I agree").check()
    page.get_by_role("button", name="Send").dblclick()
    expect(page.locator(DESK)).to_contain_text("we have your message")
    looks(visitor, "sent", screenshot)
    chat.conversation("Nobody is there, so I write")
    assert chat.count("Nobody is there, so I write") == 1
    page.locator(".o_omnichannel_close").click()
    visitor.button.wait_for()


def test_a_message_whose_answer_got_lost(chat, come, screenshot):
    """The server has it, the visitor's connection breaks before they hear so: again is not twice."""
    chat.write(livechat_is_form_only=True)
    visitor = come(chat.page)
    page = visitor.page
    visitor.open()
    page.get_by_label("Name").fill("Rob")
    page.get_by_label("E-mail").fill("rob@example.com")
    page.get_by_role("textbox", name="Message").fill("In a tunnel")
    page.get_by_label("I agree").check()

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/omnichannel_livechat/message", lose, times=1)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(f"{DESK} .alert")).to_contain_text("try again")
    chat.conversation("In a tunnel")
    screenshot(page, "widget_try_again")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(DESK)).to_contain_text("we have your message")
    wait_for(lambda: not chat.pending(), timeout=60, what="an empty journal")
    assert chat.count("In a tunnel") == 1


def test_waiting(chat, come, screenshot):
    """Where a visitor stands, until somebody has answered."""
    first, second = come(chat.page), come(chat.page)
    for visitor, words in ((first, "I came first"), (second, "I came second")):
        visitor.open()
        visitor.say(words)
        chat.conversation(words)
    expect(second.page.locator(QUEUE)).to_contain_text("You are number", timeout=30_000)
    shown = second.page.locator(QUEUE).inner_text()
    looks(second, "waits", screenshot)
    chat.answer(chat.conversation("I came second"), "Hello second")
    second.message("Hello second").wait_for(timeout=30_000)
    expect(second.page.locator(QUEUE)).to_have_count(0, timeout=10_000)
    assert any(character.isdigit() for character in shown)
    expect(first.page.locator(QUEUE)).to_be_visible()


def _is_overloaded(chat):
    """Whether a newcomer would be told; the server remembers for some seconds how many wait."""
    params = {"channel_id": chat.id, "persisted": False}
    body = {"jsonrpc": "2.0", "method": "call", "params": params}
    answer = requests.post(f"{chat.odoo.url}/im_livechat/get_session", json=body, timeout=30).json()
    [thread] = answer["result"]["store_data"]["discuss.channel"]
    return thread["omnichannel_desk"]["overloaded"]


def test_too_many(chat, come, number, phones, screenshot):
    """Newcomers are told, and choose: to wait, to write by WhatsApp, to leave a message."""
    # Which tells the number as customers know it.
    chat.odoo.rpc()("omnichannel.channel", "action_test_connection", [number.channel_id])
    chat.write(livechat_onward_id=number.channel_id)
    waiting = come(chat.page)
    waiting.open()
    waiting.say("I wait already")
    chat.conversation("I wait already")
    chat.write(livechat_max_waiting=1)
    wait_for(lambda: _is_overloaded(chat), timeout=30, what="a queue that is too long")

    visitor = come(chat.page)
    page = visitor.page
    visitor.open()
    expect(page.locator(DESK)).to_contain_text("It is busy right now", timeout=15_000)
    link = page.get_by_role("link", name="WhatsApp")
    assert link.get_attribute("href") == "https://wa.me/31201234567"
    looks(visitor, "busy", screenshot)
    page.get_by_role("button", name="Leave a message").click()
    page.get_by_role("textbox", name="Message").wait_for()
    looks(visitor, "leaves", screenshot)

    patient = come(chat.page)
    patient.open()
    patient.page.get_by_role("button", name="Wait in the chat").click()
    patient.say("I can wait")
    chat.answer(chat.conversation("I wait already"), "You are next")
    waiting.message("You are next").wait_for(timeout=30_000)
    conversation = chat.conversation("I can wait")
    # Not for ever, though: they go on in the same conversation by WhatsApp, and the chat says so.
    address, words = go_on(patient.page)
    assert address == "31201234567"
    looks(patient, "goes_on", screenshot)
    phones.client.behave(copies=3)  # which Meta does at times, and at once
    phones.client.write(number.account, "31611112222", words)
    expect(patient.page.locator(".o-mail-ChatWindow")).to_contain_text(
        "You go on by WhatsApp now", timeout=30_000
    )
    expect(patient.page.get_by_role("button", name="Continue on WhatsApp")).to_have_count(0)
    reference = words.rpartition(" ")[2]
    assert chat.conversation(reference) == conversation
    assert chat.count(reference) == 1
    looks(patient, "gone_on", screenshot)


def test_dutch(chat, come, screenshot):
    """A visitor whose browser speaks Dutch reads Dutch."""
    chat.write(livechat_ask_email="required")
    visitor = come(chat.page, locale="nl-NL", extra_http_headers={"Accept-Language": "nl-NL,nl;q=0.9"})
    visitor.open()
    expect(visitor.page.locator(DESK)).to_contain_text("Voor we beginnen")
    visitor.page.get_by_role("button", name="Chat beginnen").click()
    expect(visitor.page.locator(DESK)).to_contain_text("Vul dit in.")
    expect(visitor.page.locator(DESK)).to_contain_text("akkoord")
    looks(visitor, "dutch", screenshot)
    _close(chat)
    closed = come(chat.page, locale="nl-NL", extra_http_headers={"Accept-Language": "nl-NL,nl;q=0.9"})
    closed.open()
    expect(closed.page.locator(DESK)).to_contain_text("De chat is weer open")
    looks(closed, "dutch_closed", screenshot)


def test_nothing_asked(chat, come):
    """Who is fast has said several things before the first is there: it is one chat, in their order."""
    visitor = come(chat.page)
    visitor.open()
    texts = [f"Straight to point {number}" for number in range(3)]
    held = []
    visitor.page.route("**/im_livechat/get_session", lambda route: held.append(route))  # noqa: PLW0108  it sets an attribute
    for text in texts:
        visitor.composer.fill(text)
        visitor.composer.press("Enter")
    visitor.composer.fill("Half written")
    visitor.wait_for(lambda: held, "the session being asked for")
    held[0].continue_()
    visitor.page.unroute("**/im_livechat/get_session")
    for text in texts:
        expect(visitor.message(text)).to_have_count(1, timeout=30_000)
    expect(visitor.window).to_have_count(1)
    conversation = chat.conversation(texts[-1])
    expect(visitor.composer).to_have_value("Half written")
    said = """SELECT DISTINCT ON (id) id, res_id, regexp_replace(body, '<[^>]*>', '', 'g') FROM mail_message
               WHERE model = %s AND body LIKE '%%Straight to point%%' ORDER BY id"""
    for model in ("discuss.channel", "omnichannel.conversation"):
        rows = chat.odoo.sql(said, [model])
        assert [row[2] for row in rows] == texts
        assert len({row[1] for row in rows}) == 1, conversation
