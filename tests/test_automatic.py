"""Texts that customers get by themselves, set up by an administrator in the browser, and what rules write."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from playwright.sync_api import expect

from tests.lib.inbox import Customer, Inbox
from tests.lib.looks import PHONE
from tests.lib.mailbox import connect_mailbox
from tests.lib.waiting import wait_for

SHOP = "hello@shop.example"
DUE = "UPDATE omnichannel_conversation SET text_due = now() AT TIME ZONE 'utc' WHERE text_due IS NOT NULL"
ROWS = """SELECT m.conversation_id, m.automatic, m.state FROM omnichannel_message m
            JOIN omnichannel_identity i ON i.id = m.identity_id
           WHERE m.automatic IS NOT NULL AND i.address = %s ORDER BY m.id"""


@pytest.fixture
def customer(phones, number):
    return Customer(phones, number)


@pytest.fixture(scope="module")
def team(odoo, number):
    [found] = odoo.rpc()("omnichannel.channel", "read", [number.channel_id], ["team_id"])
    return found["team_id"][0]


@pytest.fixture(autouse=True)
def silence(odoo, number, team):
    """Each test begins with no text switched on, and without rules."""
    yield
    rpc = odoo.rpc()
    kinds = ("greeting", "out_of_office", "waiting", "closing")
    off = {"calendar_id": False, **{f"is_{kind}_on": False for kind in kinds}}
    rpc("omnichannel.team", "write", [team], off)
    channels = rpc("omnichannel.channel", "search", [])
    rpc("omnichannel.channel", "write", channels, off)
    rpc("omnichannel.rule", "write", rpc("omnichannel.rule", "search", []), {"active": False})


def open_texts(page, odoo, path):
    """The page of a channel's or team's form that has the texts."""
    page.goto(f"{odoo.url}/odoo/{path}")
    page.get_by_role("tab", name="Business Hours and Texts").click()
    return page


def save(page):
    """Save a new record; its page has an address of its own then."""
    page.locator(".o_form_button_save").click()
    page.wait_for_url(re.compile(r"/\d+$"))


def suggest(page, kind):
    page.locator(f"button[name=action_suggest_{kind}]").click()
    expect(page.locator(f".o_field_widget[name={kind}_text] textarea")).not_to_have_value("")


def test_a_greeting_set_up_on_a_channel(odoo, number, customer, sign_in, screenshot):
    page = open_texts(sign_in("admin"), odoo, f"omnichannel-channels/{number.channel_id}")
    suggest(page, "greeting")
    screenshot(page, "automatic-channel")
    customer.write("Where is my bell?")
    [greeting] = wait_for(lambda: customer.received, what="the greeting on the phone")
    assert greeting.startswith(f"Hello {customer.name}, thank you for your message.")
    # It is no answer: the conversation waits on, unread.
    anna = Inbox(sign_in("anna"), odoo)
    assert "o_omnichannel_unread" in anna.card(customer).get_attribute("class")
    expect(anna.card(customer)).to_contain_text("Where is my bell?")
    anna.open(customer)
    message = anna.message(greeting[:30])
    expect(message.locator(".o_omnichannel_automatic_label")).to_have_text("Automatisch: Begroeting")
    anna.tick(greeting[:30], "delivered")
    screenshot(anna.page, "automatic-thread")
    state = """SELECT state, first_response_date, waiting_since IS NOT NULL
                 FROM omnichannel_conversation WHERE id = %s"""
    [[conversation, *_row]] = odoo.sql(ROWS, [f"+{customer.wa_id}"])
    assert odoo.sql(state, [conversation]) == [("open", None, True)]
    anna.answer("It is under way.")
    wait_for(lambda: len(customer.received) == 2, what="the answer")
    customer.write("Thanks")
    anna.message("Thanks").wait_for()
    assert len(customer.received) == 2


def test_what_could_not_leave_in_time_is_given_up(odoo, team, number, customer, sign_in, screenshot):
    """The channel breaks with the greeting, and is mended hours later; an answer waits for that."""
    rpc = odoo.rpc()
    rpc("omnichannel.team", "write", [team], {"is_greeting_on": True, "greeting_text": "Hello at once"})
    rpc("omnichannel.channel", "write", [number.channel_id], {"whatsapp_token": "expired"})
    customer.write("Anybody there?")
    state = "SELECT state FROM omnichannel_channel WHERE id = %s"
    odoo.wait_for_jobs(
        lambda: odoo.sql(state, [number.channel_id]) == [("broken",)], what="the channel being broken"
    )
    odoo.sql("UPDATE omnichannel_message SET valid_until = valid_until - interval '2 hours'")
    address = [f"+{customer.wa_id}"]
    odoo.wait_for_jobs(lambda: odoo.sql(ROWS, address)[0][2] == "cancelled", what="it being given up")
    anna = Inbox(sign_in("anna"), odoo)
    anna.open(customer)
    expect(anna.message("Hello at once").locator(".o_omnichannel_given_up")).to_have_text(
        "Niet verzonden: Het kon niet op tijd weg."
    )
    screenshot(anna.page, "automatic-late")
    rpc("omnichannel.channel", "write", [number.channel_id], {"whatsapp_token": "token"})
    rpc("omnichannel.channel", "action_test_connection", [number.channel_id])
    assert odoo.sql(state, [number.channel_id]) == [("connected",)]
    anna.page.reload()
    anna.open(customer)
    anna.answer("I am here.")
    odoo.wait_for_jobs(lambda: customer.received, what="the answer")
    assert customer.received == ["I am here."]


def test_hours_days_off_and_what_is_said_then(odoo, team, customer, sign_in, screenshot):
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-days-off/new")
    page.locator(".o_field_widget[name=name] input, .o_field_widget[name=name] textarea").first.fill(
        "Fire drill"
    )
    for name, moment in (("date_from", "01/01/2020 00:00:00"), ("date_to", "12/31/2098 23:59:59")):
        box = page.locator(
            f".o_field_widget[name={name}] input, button[data-field={name}], input[data-field={name}]"
        ).first
        box.click()
        page.locator(f"input[data-field={name}]").first.fill(moment)
        page.keyboard.press("Enter")
    save(page)
    screenshot(page, "automatic-day-off")
    open_texts(page, odoo, f"omnichannel-teams/{team}")
    page.locator(".o_field_widget[name=calendar_id] input").click()
    page.locator(".o-autocomplete--dropdown-item", has_text="Standard 40 hours").first.click()
    suggest(page, "greeting")
    suggest(page, "out_of_office")
    screenshot(page, "automatic-team")
    customer.write("Anybody there?")
    [told] = wait_for(lambda: customer.received, what="what is said when nobody is there")
    assert "We are closed now and open again at a later time." in told
    # Nobody else is closed because of it.
    [day_off] = odoo.rpc()("resource.calendar.leaves", "search", [["name", "=", "Fire drill"]])
    odoo.rpc()("resource.calendar.leaves", "unlink", [day_off])


def test_a_waiting_notice_and_a_closing_text(odoo, team, customer, sign_in, screenshot):
    page = open_texts(sign_in("admin"), odoo, f"omnichannel-teams/{team}")
    suggest(page, "waiting")
    page.locator(".o_field_widget[name=waiting_minutes] input").fill("1")
    suggest(page, "closing")
    customer.write("Hello?")
    wait_for(
        lambda: odoo.sql("SELECT 1 FROM omnichannel_conversation WHERE text_due_kind = 'waiting'"),
        what="a notice being planned",
    )
    odoo.sql(DUE)
    [notice] = odoo.wait_for_jobs(lambda: customer.received, what="the notice on the phone")
    assert "You are number " in notice
    anna = Inbox(sign_in("anna"), odoo)
    conversation = anna.open(customer)
    anna.page.locator(".o_omnichannel_close").click()
    state = "SELECT state, text_due_kind FROM omnichannel_conversation WHERE id = %s"
    wait_for(
        lambda: odoo.sql(state, [conversation]) == [("closed", "closing")], what="the closing text planned"
    )
    assert len(customer.received) == 1
    odoo.sql(DUE)
    odoo.wait_for_jobs(lambda: len(customer.received) == 2, what="the closing text on the phone")
    assert "We have closed your question" in customer.received[1]
    assert odoo.sql(state, [conversation]) == [("closed", None)]


def test_two_servers_tell_each_customer_once(odoo, phones, number, team, server_factory):
    second = server_factory()
    for server in (odoo, second):
        server.expect_log("could not serialize access|deadlock detected")
    rpc = odoo.rpc()
    rpc("omnichannel.team", "write", [team], {"is_waiting_on": True, "waiting_text": "Number {position}"})
    customers = [Customer(phones, number) for _number in range(30)]
    for customer in customers:
        customer.write("Hello?")
    planned = "SELECT count(*) FROM omnichannel_conversation WHERE text_due_kind = 'waiting'"
    wait_for(lambda: odoo.sql(planned) == [(30,)], 60, what="thirty notices being planned")
    odoo.sql(DUE)
    # A job runs in one process at a time, so two of them are needed to let two servers meet.
    [[cron]] = odoo.sql("SELECT id FROM ir_cron WHERE cron_name LIKE 'Omnichannel: send automatic%%'")
    [copy] = rpc("ir.cron", "copy", [cron], {"active": False})
    barrier = threading.Barrier(2)

    def run(session, job):
        barrier.wait(30)
        session("ir.cron", "method_direct_trigger", [job])

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(run, odoo.rpc(), cron), pool.submit(run, second.rpc(), copy)]
        assert [job.result(120) for job in jobs] == [None, None]
    odoo.wait_for_jobs(lambda: odoo.sql(planned) == [(0,)], what="none being due any more")
    odoo.wait_for_jobs(lambda: all(customer.received for customer in customers), what="each being told")
    assert [len(customer.received) for customer in customers] == [1] * 30


def test_mails(odoo, host, number, sign_in):
    channel = connect_mailbox(odoo.rpc(), SHOP, host.imap_port, host.smtp.port)
    page = open_texts(sign_in("admin"), odoo, f"omnichannel-channels/{channel['id']}")
    suggest(page, "greeting")

    def write(address, **headers):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = address, SHOP, "Order"
        mail["Message-Id"] = make_msgid(domain="customer.example")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content("Where is it?")
        host.deliver(SHOP, mail.as_bytes())
        query = "SELECT 1 FROM omnichannel_message WHERE provider_uid = %s"

        def is_here():
            if not odoo.sql(query, [mail["Message-Id"]]):
                odoo.rpc()("fetchmail.server", "fetch_mail", [channel["server"]])
            return odoo.sql(query, [mail["Message-Id"]])

        wait_for(is_here, 60, interval=0.5, what="the mail in its conversation")

    robot, person = f"robot.{time.time_ns()}@customer.example", f"karin.{time.time_ns()}@customer.example"
    write(robot, Auto_Submitted="auto-generated")
    write(f"no-reply.{time.time_ns()}@customer.example")
    write(person)
    [mail] = wait_for(lambda: host.smtp.to(person), 60, what="the greeting by mail")
    assert mail.message["Auto-Submitted"] == "auto-replied"
    assert "thank you for your message" in mail.message.get_body(("plain",)).get_content().replace("\n", " ")
    assert odoo.sql("SELECT count(*) FROM omnichannel_message WHERE automatic = 'greeting'"
                    " AND channel_id = %s", [channel["id"]]) == [(1,)]  # fmt: skip
    assert not host.smtp.to(robot)


# -- rules ---------------------------------------------------------------------


def choose(page, name, label):
    page.locator(f".o_field_widget[name={name}] input").last.click()
    page.locator(".o_select_menu_item", has_text=label).first.click()


def test_a_rule_writes_and_all_texts_are_stopped(odoo, customer, sign_in, screenshot):
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-rules/new")
    page.locator(".o_field_widget[name=name]").locator("textarea, input").first.fill("Bells are sold out")
    choose(page, "trigger", "A customer writes")
    page.locator(".o_field_widget[name=text_words] input").fill("bell")
    choose(page, "lang", "English")
    page.get_by_role("button", name="Add a line").click()
    choose(page, "kind", "Send a text to the customer")
    dialog = page.locator(".modal").last
    dialog.locator(".o_field_widget[name=text] textarea").fill("Hello {customer}, bells come back in May.")
    screenshot(page, "automatic-rule-action")
    dialog.locator(".o_form_button_save").click()
    page.locator(".modal").wait_for(state="detached")
    page.get_by_role("button", name="Add a line").click()
    choose(page, "kind", "E-mail to")
    dialog = page.locator(".modal").last
    dialog.locator(".o_field_widget[name=mail_to] input").fill("store@depot.example")
    dialog.locator(".o_field_widget[name=mail_subject]").locator("input, textarea").first.fill(
        "A bell for {customer}"
    )
    dialog.locator(".o_form_button_save").click()
    page.locator(".modal").wait_for(state="detached")
    save(page)
    screenshot(page, "automatic-rule")
    rpc = odoo.rpc()
    [rule] = rpc(
        "omnichannel.rule", "search", [["name", "=", "Bells are sold out"], ["active", "in", [True, False]]]
    )
    rpc("omnichannel.rule", "write", [rule], {"active": True})

    customer.write("A bell, please")
    wait_for(
        lambda: customer.received == [f"Hello {customer.name}, bells come back in May."],
        what="the rule's text",
    )
    mail = f"SELECT count(*) FROM mail_message WHERE subject = 'A bell for {customer.name}'"
    wait_for(lambda: odoo.sql(mail) == [(1,)], what="the mail")
    # More than one a day is held back, and said.
    customer.write("A bell!")
    anna = Inbox(sign_in("anna"), odoo)
    anna.open(customer)
    anna.page.locator(".o-mail-Message", has_text="no text was sent").wait_for()
    assert len(customer.received) == 1
    screenshot(anna.page, "automatic-held-back")

    sofie = sign_in("sofie")
    Inbox(sofie, odoo)
    page.goto(f"{odoo.url}/odoo/omnichannel-rules")
    page.locator(".o_omnichannel_stop_texts").click()
    expect(page.locator(".modal-body")).to_contain_text("waiting to be sent: ")
    screenshot(page, "automatic-stop")
    page.locator(".modal-footer .btn-primary").click()
    expect(page.locator(".o_omnichannel_texts_stopped")).to_contain_text("Stopped by Mitchell Admin")
    screenshot(page, "automatic-stopped")
    # Whoever leads reads it in the inbox, which was open already; only administrators have the button.
    notice = sofie.locator(".o_omnichannel_texts_stopped")
    expect(notice).to_contain_text("Mitchell Admin", timeout=30_000)
    expect(notice.locator("button")).to_have_count(0)
    expect(anna.page.locator(".o_omnichannel_texts_stopped")).to_have_count(0)
    screenshot(sofie, "automatic-stopped-inbox")
    other = Customer(customer.phones, customer.number)
    other.write("A bell for me")
    held = "SELECT held_back FROM omnichannel_rule_run WHERE rule_id = %s ORDER BY id DESC LIMIT 1"
    wait_for(
        lambda: odoo.sql(held, [rule]) == [("All automatic texts are stopped.",)], what="it being held back"
    )
    assert not other.received
    page.goto(f"{odoo.url}/odoo/settings")
    page.locator('.settings_tab .tab[data-key="omnichannel_inbox"]').click()
    banner = page.locator(".o_omnichannel_texts_stopped")
    banner.scroll_into_view_if_needed()
    screenshot(page, "automatic-settings")
    phone = sign_in("admin", **PHONE)
    phone.goto(f"{odoo.url}/odoo/omnichannel-rules")
    phone.locator(".o_omnichannel_texts_stopped").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390, "nothing is wider than the screen"
    screenshot(phone, "automatic-stopped-phone")
    page.locator(".o_omnichannel_resume_texts").click()
    expect(page.locator(".modal-body")).to_contain_text("whose time is still to come: ")
    page.locator(".modal-footer .btn-primary").click()
    page.locator(".o_omnichannel_stop_texts").wait_for()
    expect(notice).to_have_count(0, timeout=30_000)
    other.write("A bell for me, too")
    wait_for(lambda: other.received, what="the text of a rule that may write again")


def test_a_rule_sends_a_template_when_whatsapp_takes_nothing_else(
    odoo, number, customer, sign_in, screenshot
):
    odoo.rpc()("omnichannel.channel", "action_whatsapp_sync_templates", [number.channel_id])
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-rules/new")
    page.locator(".o_field_widget[name=name]").locator("textarea, input").first.fill("Late answers")
    choose(page, "trigger", "A customer writes")
    choose(page, "hours", "Within Business Hours")
    page.locator(".o_field_widget[name=channel_ids] input").fill("WhatsApp")
    page.locator(".o-autocomplete--dropdown-item", has_text="WhatsApp").first.click()
    page.get_by_role("button", name="Add a line").click()
    choose(page, "kind", "Send a text to the customer")
    dialog = page.locator(".modal").last
    dialog.locator(".o_field_widget[name=text] textarea").fill("Hello {customer}")
    dialog.locator(".o_field_widget[name=whatsapp_template_id] input").fill("continue")
    page.locator(".o-autocomplete--dropdown-item", has_text="continue_conversation (en)").first.click()
    dialog.locator(".o_field_widget[name=whatsapp_values] textarea").fill("{customer}")
    screenshot(page, "automatic-rule-template")
    dialog.locator(".o_form_button_save").click()
    page.locator(".modal").wait_for(state="detached")
    save(page)
    rule = int(page.url.rsplit("/", 1)[1])
    odoo.rpc()("omnichannel.rule", "write", [rule], {"active": True})
    customer.write("Hello?", ago=30 * 3600)

    def sent():
        return [
            send["payload"] for send in customer.phones.client.sends() if send["customer"] == customer.wa_id
        ]

    [payload] = wait_for(sent, what="the template on the phone")
    assert payload["template"]["name"] == "continue_conversation"
    assert payload["template"]["language"] == {"code": "en"}
    assert payload["template"]["components"][0]["parameters"][0]["text"] == customer.name
