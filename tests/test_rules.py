"""A rule as an administrator makes it in Settings, set off by a customer's message."""

import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests.lib.number import Number, text
from tests.lib.waiting import wait_for

KARIN = "31655520001"


@pytest.fixture(scope="module")
def number(odoo):
    return Number(odoo)


@pytest.fixture
def page(odoo, sign_in):
    """An administrator's window, who is no developer."""
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/settings")
    page.locator('.settings_tab .tab[data-key="omnichannel_inbox"]').click()
    page.locator("#omnichannel_rules button", has_text="Rules").last.click()
    page.locator(".o_list_view").wait_for()
    return page


def field(page, name):
    return page.locator(f".o_field_widget[name={name}]").first


def add(page, kind, pick=None, words=""):
    """Add an action in the dialog that the list opens."""
    page.get_by_role("button", name="Add a line").click()
    dialog = page.locator(".modal").last
    choose(page, "kind", kind)
    if pick:
        box = dialog.locator(f".o_field_widget[name={pick}] input")
        box.fill(words)
        page.locator(".o-autocomplete--dropdown-item", has_text=words).first.click()
    dialog.locator(".o_form_button_save").click()
    page.locator(".modal").wait_for(state="detached")


def choose(page, name, label):
    """Choose a value of a selection, which opens as a list, in whatever is on top."""
    page.locator(f".o_field_widget[name={name}] input").last.click()
    page.locator(".o_select_menu_item", has_text=label).first.click()


def test_a_rule_is_made_tried_and_runs(odoo, number, page, screenshot):
    number.receive(text(KARIN, "Are you open?"))
    page.locator(".o_list_button_add").click()
    field(page, "name").locator("textarea, input").fill("Returns go to Anna")
    choose(page, "trigger", "A customer writes")
    field(page, "text_words").locator("input").fill("return, send back")
    add(page, "Add tags", "tag_ids", "Return")
    add(page, "Assign to a person", "user_id", "Anna")
    page.locator(".o_form_button_save").click()
    page.locator(".o_form_saved, .o_form_button_create").first.wait_for()
    screenshot(page, "rule-made")
    assert odoo.sql("SELECT active FROM omnichannel_rule WHERE trigger = 'message_received'") == [(False,)]
    page.locator(".o_form_view button[name=action_switch_on]").first.click()
    # Karin waits already; she is asked about.
    page.locator(".modal").get_by_role("button", name="Leave Them Alone").click()
    page.locator(".o_form_view button[name=action_switch_off]").wait_for()
    # It says what it would do, and why not.
    page.locator("button[name=action_test]").click()
    dialog = page.locator(".modal")
    dialog.locator(".o_field_widget[name=conversation_id] input").fill("OC")
    page.locator(".o-autocomplete--dropdown-item").first.click()
    expect(dialog).to_contain_text("The rule would do nothing")
    dialog.locator(".o_field_widget[name=text] textarea").fill("How do I send it back?")
    dialog.locator(".o_field_widget[name=text] textarea").blur()
    expect(dialog).to_contain_text("The text contains: return, send back")
    dialog.locator(".o_field_widget[name=text] textarea").fill("How do I return it?")
    dialog.locator(".o_field_widget[name=text] textarea").blur()
    expect(dialog).to_contain_text("The rule would run")
    screenshot(page, "rule-test")
    dialog.locator("footer button").first.click()
    # And does it.
    number.receive(text(KARIN, "I want to return my bell"))
    query = """SELECT u.login FROM omnichannel_conversation c JOIN res_users u ON u.id = c.user_id
                 JOIN omnichannel_identity i ON i.id = c.identity_id WHERE i.address = %s"""
    assert wait_for(lambda: odoo.sql(query, [f"+{KARIN}"]), 20, what="the rule") == [("anna",)]
    page.reload()
    page.locator("button[name=action_open_runs]").click()
    page.locator(".o_list_view .o_data_row", has_text="A customer writes").wait_for()
    screenshot(page, "rule-runs")


def test_nobody_answers_for_an_hour(odoo, number, page, screenshot):
    """Those who wait already are left alone; who waits from now on is not forgotten."""
    early, late = "31655520002", "31655520003"
    number.receive(text(early, "Is anybody there?"))
    page.locator(".o_list_button_add").click()
    field(page, "name").locator("textarea, input").fill("Nobody waits longer than an hour")
    choose(page, "trigger", "We did not answer for some time")
    field(page, "delay").locator("input").fill("1")
    add(page, "Set the priority")
    page.locator(".o_form_button_save").click()
    page.locator(".o_form_saved, .o_form_button_create").first.wait_for()
    screenshot(page, "rule-waiting")
    page.locator(".o_form_view button[name=action_switch_on]").first.click()
    expect(page.locator(".modal")).to_contain_text("conversation(s)")
    screenshot(page, "rule-switch-on")
    page.locator(".modal").get_by_role("button", name="Leave Them Alone").click()
    page.locator(".o_form_view button[name=action_switch_off]").wait_for()
    number.receive(text(late, "And now?"))
    timers = """SELECT t.id FROM omnichannel_rule_timer t JOIN omnichannel_rule r ON r.id = t.rule_id
                 WHERE r.trigger = 'no_answer'"""
    [[timer]] = wait_for(lambda: odoo.sql(timers), 20, what="the timer")
    # Two hours go by.
    odoo.sql("UPDATE omnichannel_conversation SET waiting_since = waiting_since - interval '2 hours'")
    odoo.sql("UPDATE omnichannel_rule_timer SET due = due - interval '2 hours' WHERE id = %s", [timer])
    [[cron]] = odoo.sql("SELECT id FROM ir_cron WHERE cron_name = 'Omnichannel: look at what rules wait for'")
    odoo.rpc()("ir.cron", "method_direct_trigger", [cron])
    urgent = """SELECT i.address FROM omnichannel_conversation c
                  JOIN omnichannel_identity i ON i.id = c.identity_id WHERE c.priority = '2'"""
    assert wait_for(lambda: odoo.sql(urgent), 20, what="the rule") == [(f"+{late}",)]


class Listener(BaseHTTPRequestHandler):
    """Another system, which does not take the first call."""

    calls = []

    def do_POST(self):
        """A rule calls."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.calls.append((dict(self.headers), body))
        self.send_response(503 if len(self.calls) == 1 else 204)
        self.end_headers()

    def log_message(self, *_arguments):
        """Nothing: the test looks at the calls."""


@pytest.fixture
def other_system():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


def test_another_system_is_told(odoo, number, page, other_system, screenshot):
    """It is called again when it did not take the call, signed, and the same delivery is the same."""
    number.receive(text("31655520004", "Hello"))
    page.locator(".o_list_button_add").click()
    field(page, "name").locator("textarea, input").fill("Tell the warehouse")
    choose(page, "trigger", "A customer writes")
    field(page, "text_words").locator("input").fill("pallet")
    page.get_by_role("button", name="Add a line").click()
    choose(page, "kind", "Call another system")
    dialog = page.locator(".modal").last
    address = f"http://127.0.0.1:{other_system}/hook"
    dialog.locator(".o_field_widget[name=webhook_url] input").fill(address)
    dialog.locator(".o_field_widget[name=webhook_secret] input").fill("s3cret")
    screenshot(page, "rule-webhook")
    dialog.locator(".o_form_button_save").click()
    page.locator(".modal").wait_for(state="detached")
    page.locator(".o_form_button_save").click()
    page.locator(".o_form_saved, .o_form_button_create").first.wait_for()
    page.locator(".o_form_view button[name=action_switch_on]").first.click()
    page.locator(".modal").get_by_role("button", name="Leave Them Alone").click()
    page.locator(".o_form_view button[name=action_switch_off]").wait_for()
    number.receive(text("31655520004", "Where is my pallet?"))
    wait_for(lambda: Listener.calls, 20, what="the first call")
    query = "SELECT state, attempts, error FROM omnichannel_rule_call"
    wait_for(lambda: odoo.sql(query) == [("queued", 1, "HTTP 503")], 10, what="the refusal being noted")
    odoo.sql("UPDATE omnichannel_rule_call SET next_attempt = next_attempt - interval '1 day'")
    [[cron]] = odoo.sql(
        "SELECT id FROM ir_cron WHERE cron_name = 'Omnichannel: call other systems for rules'"
    )
    odoo.rpc()("ir.cron", "method_direct_trigger", [cron])
    assert odoo.sql(query) == [("done", 2, None)]
    (first, _body), (headers, body) = Listener.calls
    assert headers["X-Omnichannel-Delivery"] == first["X-Omnichannel-Delivery"]
    signature = hmac.new(b"s3cret", body, "sha256").hexdigest()
    assert headers["X-Omnichannel-Signature"] == f"sha256={signature}"
    told = json.loads(body)
    assert (told["event"], told["rule"]) == ("message_received", "Tell the warehouse")
    assert told["conversation"]["reference"].startswith("OC")
    page.goto(f"{odoo.url}/odoo/action-omnichannel_inbox.omnichannel_rule_call_action")
    page.locator(".o_data_row", has_text=address).wait_for()
    screenshot(page, "rule-calls")
