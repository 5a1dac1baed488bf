"""The inbox as agents use it all day: live, with colleagues, and when something goes wrong."""

import pytest
from playwright.sync_api import expect

from tests.lib.inbox import INPUT, SEND, Customer, Inbox
from tests.lib.waiting import wait_for

POST = "**/mail/message/post"


@pytest.fixture(scope="module", autouse=True)
def english(odoo):
    """Anna and Sofie are Dutch; the tests look for words."""
    rpc = odoo.rpc()
    agents = rpc("res.users", "search", [["login", "in", ["anna", "sofie"]]])
    rpc("res.users", "write", agents, {"lang": "en_US"})


@pytest.fixture
def customer(phones, number):
    return Customer(phones, number)


@pytest.fixture
def asked(customer):
    """A customer who has asked something."""
    customer.write("Where is my order?")
    return customer


@pytest.fixture
def anna(odoo, number, sign_in):
    return Inbox(sign_in("anna"), odoo)


@pytest.fixture
def sofie(odoo, number, sign_in):
    """Anna's colleague, of the same team."""
    return Inbox(sign_in("sofie"), odoo)


# -- live ----------------------------------------------------------------------


def test_counters_are_live(anna, customer):
    folder, systray = anna.folder_count("Unassigned"), anna.systray_count()
    customer.write("Where is my order?")
    wait_for(lambda: anna.folder_count("Unassigned") == folder + 1, 30, what="the folder's new counter")
    wait_for(lambda: anna.systray_count() == systray + 1, 30, what="the systray's new counter")
    anna.open(customer)
    wait_for(lambda: anna.systray_count() == systray, 30, what="the systray's counter after reading")


def test_what_a_colleague_changes_is_live(anna, sofie, asked):
    anna.open(asked)
    sofie.open(asked)
    unassigned, mine = anna.folder_count("Unassigned"), sofie.folder_count("Mine")
    sofie.page.locator(".o_omnichannel_assign").click()
    anna.page.locator('.o_omnichannel_assignee:has-text("Sofie Peeters")').wait_for()
    # Odoo's own line that says who changed what.
    anna.page.locator('.o-mail-Message:has-text("Assigned to"):has-text("Sofie Peeters")').wait_for()
    wait_for(lambda: anna.folder_count("Unassigned") == unassigned - 1, what="one unassigned less")
    wait_for(lambda: sofie.folder_count("Mine") == mine + 1, what="one more of Sofie's")
    sofie.page.locator(".o_omnichannel_close").click()
    anna.page.locator('.o_omnichannel_state[data-state="closed"]').wait_for()
    anna.page.locator('.o-mail-Message:has-text("Open"):has-text("Closed")').wait_for()
    expect(anna.card(asked)).to_have_count(0)


def test_colleagues_see_each_other(anna, sofie, asked):
    anna.open(asked)
    sofie.open(asked)
    of_sofie = anna.page.locator(".o_omnichannel_people img")
    expect(of_sofie).to_have_attribute("title", "Sofie Peeters is looking at this, too")
    expect(sofie.page.locator(".o_omnichannel_people img")).to_have_count(1)
    sofie.write("It left yesterday")
    expect(of_sofie).to_have_attribute("title", "Sofie Peeters is answering…")
    expect(anna.page.locator(".o_omnichannel_writers")).to_contain_text("Sofie Peeters is answering…")
    sofie.write("")
    expect(of_sofie).to_have_attribute("data-activity", "viewing")
    sofie.page.locator(".o_omnichannel_note").click()
    sofie.write("Ask the carrier")
    expect(of_sofie).to_have_attribute("data-activity", "noting")
    sofie.page.close()
    expect(of_sofie).to_have_count(0)


def test_typing_costs_no_row_per_key(odoo, anna, sofie, asked):
    conversation = anna.open(asked)
    sofie.open(asked)
    expect(anna.page.locator(".o_omnichannel_people img")).to_have_count(1)
    said = "SELECT count(*) FROM bus_bus WHERE message LIKE '%%omnichannel/presence%%' AND message LIKE %s"
    like = f'%"conversation":{conversation},%'
    [(before,)] = odoo.sql(said, [like])
    assert before, "presence is said on the bus"
    sofie.page.locator(INPUT).press_sequentially("A text of more than thirty letters", delay=20)
    expect(anna.page.locator(".o_omnichannel_writers")).to_be_visible()
    [(after,)] = odoo.sql(said, [like])
    # One; on a busy machine typing takes so long that it is said again.
    assert before < after <= before + 3


def test_asks_when_somebody_answered_meanwhile(anna, sofie, asked):
    anna.open(asked)
    sofie.open(asked)
    anna.write("It is under way.")
    sofie.answer("It left yesterday.")
    # Anna may overlook it, busy with her own words.
    anna.message("It left yesterday.").wait_for()
    anna.send()
    dialog = anna.page.locator('.modal:has-text("Sofie Peeters has answered meanwhile")')
    dialog.get_by_role("button", name="Keep writing").click()
    expect(dialog).to_have_count(0)
    assert anna.draft() == "It is under way."
    anna.send()
    anna.message("It is under way.").wait_for()
    wait_for(lambda: len(asked.received) == 2, what="both answers on the phone")


# -- ticks ---------------------------------------------------------------------


def test_failed_message_says_why_and_is_retried(anna, phones, asked):
    anna.open(asked)
    phones.client.fail_next(code=131026, http=400)
    anna.answer("It is under way.")
    anna.tick("It is under way.", "failed")
    message = anna.message("It is under way.")
    expect(message).to_contain_text("Not sent:")
    assert not asked.received
    message.locator(".o_omnichannel_retry").click()
    anna.tick("It is under way.", "delivered")
    assert asked.received == ["It is under way."]


@pytest.mark.parametrize("way", ["send again", "it arrived"])
def test_uncertain_message_is_left_to_the_agent(odoo, anna, phones, asked, way, screenshot):
    anna.open(asked)
    phones.client.behave(withhold_statuses=True)
    phones.client.fail_next(kind="drop_after")
    anna.answer("It is under way.")
    anna.tick("It is under way.", "sending")
    # The minutes in which its status may still come have passed.
    wait_for(
        lambda: odoo.sql(
            "UPDATE omnichannel_message SET sending_since = sending_since - interval '1 hour'"
            " WHERE state = 'sending' AND error_code IS NOT NULL RETURNING id"
        ),
        30,
        what="the broken connection being noticed",
    )
    odoo.expect_log("drop_after|Connection")
    rpc = odoo.rpc()
    [job] = rpc("ir.model.data", "search_read", [["name", "=", "cron_minute"]], ["res_id"])
    rpc("ir.cron", "method_direct_trigger", [job["res_id"]])
    anna.tick("It is under way.", "uncertain")
    screenshot(anna.page, "inbox-uncertain")
    phones.client.behave(withhold_statuses=False)
    message = anna.message("It is under way.")
    if way == "it arrived":
        message.locator(".o_omnichannel_arrived").click()
        anna.tick("It is under way.", "sent")
        assert len(asked.received) == 1
    else:
        message.locator(".o_omnichannel_send_again").click()
        anna.page.locator(".modal").get_by_role("button", name="Send again").click()
        anna.tick("It is under way.", "delivered")
        assert len(asked.received) == 2


# -- nothing is lost ---------------------------------------------------------------


def test_double_click_sends_once(anna, asked):
    anna.open(asked)
    anna.write("It is under way.")
    anna.page.locator(SEND).dblclick()
    anna.tick("It is under way.", "delivered")
    expect(anna.message("It is under way.")).to_have_count(1)
    assert asked.received == ["It is under way."]


def test_text_outlives_a_broken_network(anna, asked):
    anna.open(asked)
    anna.write("It is under way.")
    anna.page.route(POST, lambda route: route.abort())
    anna.send()
    expect(anna.page.locator(SEND)).to_be_enabled()
    assert anna.draft() == "It is under way."
    anna.page.unroute(POST)
    anna.send()
    anna.tick("It is under way.", "delivered")
    assert asked.received == ["It is under way."]


def test_answer_whose_receipt_got_lost_is_not_sent_twice(anna, asked):
    anna.open(asked)
    anna.write("It is under way.")

    def deliver_and_break(route):
        route.fetch()
        route.abort()

    anna.page.route(POST, deliver_and_break)
    anna.send()
    expect(anna.page.locator(SEND)).to_be_enabled()
    anna.page.unroute(POST)
    anna.send()
    expect(anna.page.locator(INPUT)).to_have_value("")
    anna.tick("It is under way.", "delivered")
    expect(anna.message("It is under way.")).to_have_count(1)
    assert asked.received == ["It is under way."]


def test_draft_survives_switching_and_a_note_stays_a_note(anna, asked, phones, number):
    other = Customer(phones, number)
    other.write("Do you repair bikes?")
    anna.open(asked)
    anna.page.locator(".o_omnichannel_note").click()
    anna.write("He was rude on the phone.")
    anna.open(other)
    expect(anna.page.locator(".o_omnichannel_composer_reply")).to_be_visible()
    anna.write("Yes, every day.")
    anna.open(asked)
    expect(anna.page.locator(".o_omnichannel_composer_note")).to_be_visible()
    assert anna.draft() == "He was rude on the phone."
    anna.page.reload()
    anna.open(asked)
    expect(anna.page.locator(".o_omnichannel_composer_note")).to_be_visible()
    expect(anna.page.locator(INPUT)).to_have_value("He was rude on the phone.")
    anna.send()
    anna.page.locator('.o_omnichannel_note:has-text("He was rude on the phone.")').wait_for()
    anna.open(other)
    assert anna.draft() == "Yes, every day."
    anna.open(asked)
    expect(anna.page.locator(".o_omnichannel_composer_reply")).to_be_visible()
    assert not asked.received


def test_conversation_that_is_deleted_while_open(odoo, anna, asked):
    conversation = anna.open(asked)
    odoo.rpc()("omnichannel.conversation", "unlink", [conversation])
    expect(anna.page.locator(".o_omnichannel_gone")).to_contain_text("was deleted")
    expect(anna.card(asked)).to_have_count(0)
    expect(anna.page.locator(".modal, .o_notification")).to_have_count(0)


def test_conversation_that_goes_to_another_team_while_open(odoo, anna, asked):
    conversation = anna.open(asked)
    rpc = odoo.rpc()
    [sales] = rpc("omnichannel.team", "search", [["name", "=", "Sales"]])
    rpc("omnichannel.conversation", "write", [conversation], {"team_id": sales})
    expect(anna.page.locator(".o_omnichannel_gone")).to_contain_text("not yours to see")
    expect(anna.card(asked)).to_have_count(0)
    expect(anna.page.locator(".modal, .o_notification")).to_have_count(0)


# -- what an agent does -----------------------------------------------------------


def test_closing_and_snoozing_are_undone(anna, asked):
    anna.open(asked)
    anna.page.locator(".o_omnichannel_close").click()
    expect(anna.card(asked)).to_have_count(0)
    anna.page.locator(".o_omnichannel_undo_notice").get_by_role("button", name="Undo").click()
    anna.open(asked)
    expect(anna.page.locator('.o_omnichannel_state[data-state="open"]')).to_be_visible()
    expect(anna.card(asked).locator(".o_omnichannel_waiting")).to_be_visible()
    anna.page.locator(".o_omnichannel_snooze").click()
    anna.page.get_by_role("menuitem", name="Until the customer writes").click()
    expect(anna.card(asked)).to_have_count(0)
    anna.page.locator(".o_omnichannel_undo_notice").get_by_role("button", name="Undo").click()
    expect(anna.card(asked)).to_have_count(1)


def test_snoozed_until_the_customer_writes(anna, asked):
    anna.open(asked)
    anna.page.locator(".o_omnichannel_snooze").click()
    anna.page.get_by_role("menuitem", name="Until the customer writes").click()
    expect(anna.card(asked)).to_have_count(0)
    asked.write("Hello?")
    anna.open(asked)
    expect(anna.page.locator('.o_omnichannel_state[data-state="open"]')).to_be_visible()


def test_snoozed_until_a_moment(odoo, anna, asked):
    conversation = anna.open(asked)
    anna.page.locator(".o_omnichannel_snooze").click()
    anna.page.get_by_role("menuitem", name="Tomorrow morning").click()
    expect(anna.card(asked)).to_have_count(0)
    [(state, until)] = odoo.sql(
        "SELECT state, snooze_until > now() AT TIME ZONE 'utc' FROM omnichannel_conversation WHERE id = %s",
        [conversation],
    )
    assert (state, until) == ("snoozed", True)


def test_message_is_moved_and_says_so(anna, asked, screenshot):
    anna.open(asked)
    asked.write("By the way, do you repair bikes?")
    message = anna.message("do you repair bikes?")
    message.wait_for(timeout=30_000)
    message.hover()
    message.get_by_role("button", name="Move to Another Conversation").click()
    screenshot(anna.page, "inbox-move")
    anna.page.locator(".o_omnichannel_move_new").click()
    expect(message).to_have_count(0)
    expect(anna.card(asked)).to_have_count(2)
    anna.card(asked).filter(has_text="By the way").click()
    expect(anna.message("do you repair bikes?")).to_contain_text("Moved here by hand")


def test_canned_response(odoo, anna, asked):
    rpc = odoo.rpc()
    [agents] = rpc("ir.model.data", "search_read", [["name", "=", "group_omnichannel_agent"]], ["res_id"])
    text = "You may return it within 30 days."
    response = {"source": "returns", "substitution": text, "group_ids": [[4, agents["res_id"]]]}
    odoo.rpc("sofie")("mail.canned.response", "create", response)
    anna.open(asked)
    anna.page.locator(INPUT).press_sequentially("::returns", delay=30)
    anna.page.locator(".o-mail-Composer-suggestion").first.click()
    wait_for(lambda: text in anna.draft(), what="the canned response's text")


def test_after_the_window_the_composer_says_why(anna, customer, screenshot):
    customer.write("Where is my order?", ago=30 * 3600)
    anna.open(customer)
    expect(anna.page.locator(".o_omnichannel_cannot")).to_contain_text("too long ago for free text")
    expect(anna.page.locator(INPUT)).to_have_count(0)
    expect(anna.page.locator(".o_omnichannel_templates")).to_be_visible()
    screenshot(anna.page, "inbox-window-closed")
    anna.page.locator(".o_omnichannel_composer .o_omnichannel_note").click()
    expect(anna.page.locator(INPUT)).to_be_visible()


def test_keyboard(anna, asked):
    anna.card(asked).wait_for(timeout=30_000)
    anna.page.keyboard.press("j")
    expect(anna.page.locator(".o_omnichannel_card.o_omnichannel_selected")).to_have_count(1)
    anna.open(asked)
    anna.page.keyboard.press("a")
    expect(anna.page.locator(".o_omnichannel_assignee")).to_have_text("Anna de Vries")
    anna.page.keyboard.press("n")
    expect(anna.page.locator(".o_omnichannel_composer_note " + INPUT.split()[1])).to_be_focused()
    anna.page.keyboard.type("je")
    assert anna.draft() == "je", "a key that is typed is a letter and no command"
    anna.page.keyboard.press("Control+Enter")
    anna.page.locator('.o_omnichannel_note:has-text("je")').wait_for()
    anna.page.keyboard.press("Escape")
    anna.page.keyboard.press("r")
    expect(anna.page.locator(".o_omnichannel_composer_reply " + INPUT.split()[1])).to_be_focused()
    anna.page.keyboard.type("Under way.")
    anna.page.keyboard.press("Control+Enter")
    anna.message("Under way.").wait_for()
    anna.page.keyboard.press("Escape")
    anna.page.keyboard.press("e")
    expect(anna.card(asked)).to_have_count(0)
