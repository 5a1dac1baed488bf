"""A database in which a former version's rules, texts and assignment are at work: upgraded, they go on."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.lib import database
from tests.lib.connected import connected_number
from tests.lib.number import BUSINESS
from tests.lib.server import OdooServer
from tests.lib.upgrade import assert_kept, former_addons, former_database, rows, upgraded_server
from tests.lib.waiting import wait_for

FORMER = "cf20d6cd3787"  # the first one that knew rules that wait, texts, health and assignment
KARIN, OMAR, LATE = "31612340001", "31612340002", "31612340003"
RULES = """SELECT name->>'en_US', state, active FROM omnichannel_rule
            WHERE name->>'en_US' LIKE 'Test: %%' ORDER BY 1"""


class OtherSystem(BaseHTTPRequestHandler):
    """What a rule calls; it is there only after the upgrade."""

    calls = []

    def do_POST(self):
        """A rule calls."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.calls.append(self.headers["X-Omnichannel-Delivery"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments):
        """Nothing: the test looks at the calls."""


@pytest.fixture(scope="module")
def other_system():
    """A system that takes calls as soon as it serves."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherSystem, bind_and_activate=False)
    server.server_bind()
    yield server
    server.server_close()


@pytest.fixture(scope="module")
def filled(cluster, tmp_path_factory, phones, other_system):
    """(database, number, its rows) as the former add-ons left it: everything is on, and waits."""
    folder = tmp_path_factory.mktemp("former")
    former_addons(FORMER, folder)
    with former_database(folder) as name:
        server = OdooServer(name, cron_threads=0).start()
        try:
            number = connected_number(server, phones)
            shop = Shop(server, number, phones)
            shop.set_up_team()
            shop.set_up_rules(f"http://127.0.0.1:{other_system.server_address[1]}/hook")
            shop.let_things_happen()
        finally:
            server.stop()
        server.check_log()
    yield name, number, rows(name)
    database.drop(name)


def customer(phone):
    return {"wa_id": phone, "name": f"Customer {phone}"}


class Shop:
    """An administrator at the former version, whose jobs run when they are told to."""

    def __init__(self, server, number, phones):
        self.server = server
        self.number = number
        self.phones = phones
        self.rpc = server.rpc()

    def run_job(self, name):
        [[job]] = self.server.sql("SELECT id FROM ir_cron WHERE cron_name = %s", [f"Omnichannel: {name}"])
        self.rpc("ir.cron", "method_direct_trigger", [job])

    def set_up_team(self):
        """It assigns in turn, has hours and texts; its agents have limits, skills, hours and a switch."""
        rpc = self.rpc
        users = rpc("res.users", "search", [["login", "in", ["anna", "sofie"]]], order="login")
        [hours] = rpc("resource.calendar", "create", [{"name": "Day and night", "tz": "Europe/Amsterdam"}])
        days = [
            {"name": "Day", "calendar_id": hours, "dayofweek": str(day), "hour_from": 0, "hour_to": 24}
            for day in range(7)
        ]
        rpc("resource.calendar", "write", [hours], {"attendance_ids": [[5, 0, 0]]})
        rpc("resource.calendar.attendance", "create", days)
        values = {
            "name": "Helpdesk",
            "member_ids": [[6, 0, users]],
            "assign_method": "round_robin",
            "is_presence_needed": False,
            "match_tags": "prefer",
            "reassign_minutes": 600,
            "limit_ids": [[0, 0, {"max_open": 8}]],
            "calendar_id": hours,
            "is_greeting_on": True,
            "greeting_text": "Hello {customer}",
            "is_waiting_on": True,
            "waiting_text": "You are number {position}",
        }
        [self.team] = rpc("omnichannel.team", "create", [values])
        rpc("omnichannel.channel", "write", [self.number.channel_id], {"team_id": self.team})
        [tag] = rpc("omnichannel.tag", "create", [{"name": "Bells"}])
        agent = {"tag_ids": [[6, 0, [tag]]], "limit_ids": [[0, 0, {"max_open": 3}]], "calendar_id": hours}
        rpc("omnichannel.agent", "create", [{"user_id": users[0], **agent}])
        rpc("omnichannel.agent", "create", [{"user_id": users[1], "availability": "busy"}])

    def set_up_rules(self, address):
        """Each kind once: at once, waiting, at a set time, of an order, calling, and one that breaks."""
        [self.tag] = self.rpc("omnichannel.tag", "create", [{"name": "Gone"}])
        write = {"trigger": "message_received"}
        self.rule("text", {"kind": "text", "text": "We look at {reference}"}, **write)
        self.rule("call", {"kind": "webhook", "webhook_url": address}, **write)
        self.rule("breaks", {"kind": "tag", "tag_ids": [[6, 0, [self.tag]]]}, text_words="break", **write)
        urgent = {"kind": "priority", "priority": "3"}
        self.rule("waits", urgent, trigger="no_answer", delay=2, delay_unit="hours")
        self.rule("each day", urgent, trigger="scheduled", schedule_date="2030-01-01 09:00:00")
        self.rule(
            "order", {"kind": "priority", "priority": "2"}, trigger="order_confirmed", team_id=self.team
        )
        off = self.rule("off", urgent, trigger="message_sent")
        self.rpc("omnichannel.rule", "action_switch_off", [off])

    def rule(self, name, action, **values):
        values = {"name": f"Test: {name}", "action_ids": [[0, 0, action]], "active": False, **values}
        [rule] = self.rpc("omnichannel.rule", "create", [values])
        self.rpc("omnichannel.rule", "write", [rule], {"active": True})
        return rule

    def let_things_happen(self):
        """Customers write and order; rules run, wait, break and are told of; then the server stops."""
        self.write(KARIN, "Where is my bell?")
        self.rpc("omnichannel.tag", "unlink", [self.tag])
        self.write(OMAR, "It may break")
        self.run_job("assign conversations")
        for _look in range(2):
            self.run_job("alert of what is wrong or waits too long")
            self.server.sql("UPDATE omnichannel_alert SET since = since - interval '5 minutes'")
        [partner] = self.rpc("res.partner", "create", [{"name": "Ordering"}])
        [order] = self.rpc("sale.order", "create", [{"partner_id": partner}])
        self.rpc("sale.order", "action_confirm", [order])

    def write(self, phone, words):
        self.phones.client.write(self.number.account, customer(phone), words)
        pending = "SELECT 1 FROM omnichannel_event WHERE state = 'pending'"
        wait_for(lambda: self.server.sql(pending), what="the webhook")
        for lane in (0, 1):
            self.run_job(f"receive messages (lane {lane})")
        self.run_job("run rules")


@pytest.fixture(scope="module")
def upgraded(filled):
    """A server over the upgraded database."""
    name, _number, _rows = filled
    with upgraded_server(name) as server:
        yield server


def test_every_row_is_what_it_was(filled, upgraded):
    name, _number, before = filled
    full = {table: len(found) for table, found in before.items() if table.startswith("omnichannel_")}
    for table in ("rule_timer", "rule_call", "rule_run", "signal", "agent", "limit", "alert"):
        assert full[f"omnichannel_{table}"], f"the former version filled no {table}"
    assert_kept(before, rows(name))


def test_rules_are_on_as_they_were(upgraded):
    assert upgraded.sql(RULES) == [
        ("Test: breaks", "error", True),
        ("Test: call", "running", True),
        ("Test: each day", "running", True),
        ("Test: off", "running", False),
        ("Test: order", "running", True),
        ("Test: text", "running", True),
        ("Test: waits", "running", True),
    ]


def test_what_waited_happens(filled, upgraded, phones, other_system):
    """Once the time has come: texts, the timer, the signal, the call; and the team goes on in turn."""
    _name, number, _before = filled
    assert not phones.client.sends()
    other_system.server_activate()
    threading.Thread(target=other_system.serve_forever, daemon=True).start()
    # Two hours go by.
    upgraded.sql("UPDATE omnichannel_conversation SET waiting_since = waiting_since - interval '2 hours'")
    upgraded.sql("UPDATE omnichannel_rule_timer SET due = due - interval '2 hours' WHERE res_id <> 0")
    upgraded.start()
    upgraded.wake_jobs()
    number.url = upgraded.url + number.path

    def texts(phone):
        return [s["payload"]["text"]["body"] for s in phones.client.sends() if s["customer"] == phone]

    conversations = """SELECT i.address, c.name, c.priority FROM omnichannel_conversation c
                         JOIN omnichannel_identity i ON i.id = c.identity_id"""
    references = {address: name for address, name, _priority in upgraded.sql(conversations)}
    for phone in (KARIN, OMAR):
        said = [f"Hello Customer {phone}", f"We look at {references[f'+{phone}']}"]
        wait_for(lambda phone=phone, said=said: texts(phone)[:2] == said, 60, what=f"the texts to {phone}")
    wait_for(
        lambda: {priority for *_row, priority in upgraded.sql(conversations)} == {"3"},
        60,
        what="the rule that waited",
    )
    wait_for(lambda: len(OtherSystem.calls) == 2, 60, what="the calls")
    ticket = "SELECT priority FROM omnichannel_conversation WHERE order_ticket_id IS NOT NULL"
    assert wait_for(lambda: upgraded.sql(ticket), 60, what="the order's ticket") == [("2",)]
    phones.client.set_callback(BUSINESS, number.url, verify=False)
    phones.client.write(number.account, customer(LATE), "And me?")
    owner = """SELECT u.login FROM omnichannel_conversation c JOIN res_users u ON u.id = c.user_id
                 JOIN omnichannel_identity i ON i.id = c.identity_id WHERE i.address = %s"""
    found = upgraded.wait_for_jobs(lambda: upgraded.sql(owner, [f"+{LATE}"]), what="somebody for the newest")
    assert found == [("anna",)], "Sofie is busy"
    wait_for(lambda: len(texts(LATE)) == 2, 30, what="texts of today")
