"""Servers that die by `kill -9` while messages flow: nothing is lost and nothing happens twice.

2,000 messages in, 1,000 out and 20 kills take three minutes on two busy cores; `CRASH=small` has
about a tenth of the messages and five kills.
"""

import itertools
import os
import random
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from emulators.whatsapp.process import EmulatorProcess
from tests.lib.number import BUSINESS, SECRET, Number
from tests.lib.server import RpcError
from tests.lib.waiting import wait_for

FULL = os.environ.get("CRASH") != "small"
KILLS = 20 if FULL else 5
INBOUND, OUTBOUND, CUSTOMERS = (2000, 1000, 100) if FULL else (250, 100, 25)
AGENTS = 6
ARRIVED = ("sent", "delivered", "read")


class Traffic:
    """Customers who write and agents who answer, a share of it between each kill and the next."""

    def __init__(self, servers, emulator, number):
        self.servers, self.emulator, self.number = servers, emulator, number
        self.phones = [f"3165{index:07}" for index in range(CUSTOMERS)]
        self.kills = 0
        self.posted = []  # texts whose answer the agent's client got: they must be there
        self.cut = []  # texts whose request died: they may be there
        self.in_flight = set()  # ids of the rows that were being sent when a server died
        self._texts = itertools.count(CUSTOMERS)
        self._answers = itertools.count()

    def open_conversations(self):
        """Each customer's first message, so that agents have somebody to answer."""
        self.write(self.phones, range(CUSTOMERS))
        self.emulator.wait_delivered(60)
        self.number.wait_until_worked()
        rows = self.number.odoo.sql(
            "SELECT id FROM omnichannel_conversation WHERE channel_id = %s", [self.channel]
        )
        assert len(rows) == CUSTOMERS
        self.conversations = [row[0] for row in rows]

    @property
    def channel(self):
        return self.number.channel_id

    def write(self, phones, texts):
        self.emulator.write_many(
            [
                {"number": self.number.account, "customer": phone, "body": f"in {text}"}
                for phone, text in zip(phones, texts, strict=True)
            ]
        )

    def _share(self, total):
        """How many messages may have flowed by now."""
        return total * min(self.kills + 1, KILLS) // KILLS

    def customers_write(self):
        written = CUSTOMERS
        while written < INBOUND:
            if written >= self._share(INBOUND):
                time.sleep(0.05)
                continue
            size = min(5, INBOUND - written)
            self.write(random.choices(self.phones, k=size), [next(self._texts) for _i in range(size)])
            written += size
            time.sleep(0.02)

    def agents_answer(self):
        """Post until as many as wanted were acknowledged; each text is tried once."""
        sessions = {}
        while len(self.posted) < OUTBOUND:
            if len(self.posted) >= self._share(OUTBOUND):
                time.sleep(0.05)
                continue
            index = next(self._answers)
            server, body = self.servers[index % 2], f"out {index}"
            try:
                if server not in sessions:
                    sessions[server] = server.rpc()
                sessions[server](
                    "omnichannel.conversation",
                    "message_post",
                    [random.choice(self.conversations)],
                    body=body,
                    message_type="comment",
                    subtype_xmlid="mail.mt_comment",
                )
                self.posted.append(body)
            except (requests.RequestException, RpcError):
                sessions.pop(server, None)
                self.cut.append(body)
                time.sleep(0.1)

    def kill_servers(self):
        """Kill one server after the other, at any moment, and start it again."""
        for kill in range(KILLS):
            time.sleep(random.uniform(0.2, 2))
            server = self.servers[kill % 2]
            server.kill()
            rows = server.sql("SELECT id FROM omnichannel_message WHERE state = 'sending'")
            self.in_flight.update(row[0] for row in rows)
            server.restart()
            self.kills = kill + 1

    def run(self):
        jobs = [self.customers_write, self.kill_servers, *[self.agents_answer] * AGENTS]
        with ThreadPoolExecutor(len(jobs)) as pool:
            for job in [pool.submit(job) for job in jobs]:
                job.result()


@pytest.fixture(scope="module")
def traffic(odoo, server_factory):
    """All that happened, once everything that could settle has settled."""
    servers = [odoo, server_factory()]
    for server in servers:
        # Odoo's own log lines when transactions meet and when a process finds its connections dead.
        server.expect_log("could not serialize access|deadlock detected|could not obtain lock")
    with EmulatorProcess() as emulator:
        number = Number(odoo, whatsapp_api_url=emulator.url)
        client = emulator.client
        client.add_account(waba_id=BUSINESS, token="token", app_secret=SECRET, templates=[])
        client.set_callback(BUSINESS, [server.url + number.path for server in servers], verify=False)
        client.add_number(BUSINESS, "+31 20 123 4567", id=number.account)
        # Answers take a moment, so that sends are under way when a server dies.
        client.behave(delay_after=0.05, retry_first=0.3, retry_most=2)
        found = Traffic(servers, client, number)
        found.open_conversations()
        started = time.monotonic()
        found.run()
        settle(found)
        print(f"{INBOUND} in, {OUTBOUND} out, {KILLS} kills: {time.monotonic() - started:.0f} s")
        yield found


def settle(traffic):
    """Wait for what comes by itself, and let the worker do at once what it would do minutes later."""
    odoo = traffic.servers[0]
    rpc = odoo.rpc()
    crons = rpc(
        "ir.cron", "search", [["cron_name", "like", "Omnichannel:"], ["interval_type", "=", "minutes"]]
    )

    def is_quiet():
        traffic.emulator.wait_delivered(120)
        for table, where in (("event", "state = 'pending'"), ("message", "state = 'queued'")):
            odoo.sql(
                f"UPDATE omnichannel_{table} SET next_attempt = now() AT TIME ZONE 'UTC' WHERE {where}"
                " AND next_attempt > now() AT TIME ZONE 'UTC'"
            )
        if not traffic.emulator.pending() and not counts("event", "'pending'"):
            # Every status is in: a send that none of them settled was cut off.
            odoo.sql(
                "UPDATE omnichannel_message SET sending_since = sending_since - interval '10 minutes'"
                " WHERE state = 'sending'"
                " AND sending_since < now() AT TIME ZONE 'UTC' - interval '15 seconds'"
            )
        for cron in crons:
            try:
                rpc("ir.cron", "method_direct_trigger", [cron])
            except RpcError:
                time.sleep(0.2)  # it is running
        return (
            not traffic.emulator.pending()
            and not counts("event", "'pending'")
            and not counts("message", "'queued', 'sending'")
        )

    def counts(table, states):
        return odoo.sql(f"SELECT count(*) FROM omnichannel_{table} WHERE state IN ({states})")[0][0]

    wait_for(is_quiet, timeout=240, interval=1, what="everything being settled")


def test_every_inbound_message_is_there_once_and_in_order(odoo, traffic):
    written = defaultdict(list)
    for message in traffic.emulator.messages():
        if message["direction"] == "in":
            written["+" + message["customer"]].append(message["id"])
    assert sum(map(len, written.values())) == INBOUND
    rows = odoo.sql(
        """SELECT i.address, m.conversation_id, m.provider_uid FROM omnichannel_message m
             JOIN omnichannel_identity i ON i.id = m.identity_id
             JOIN mail_message mail ON mail.id = m.mail_message_id
                  AND mail.model = 'omnichannel.conversation' AND mail.res_id = m.conversation_id
            WHERE m.direction = 'in' AND m.channel_id = %s ORDER BY m.mail_message_id""",
        [traffic.channel],
    )
    received, conversations = defaultdict(list), defaultdict(set)
    for address, conversation, uid in rows:
        received[address].append(uid)
        conversations[address].add(conversation)
    assert received == written
    assert {len(found) for found in conversations.values()} == {1}


def test_no_message_without_its_ledger_row(odoo, traffic):
    """A crash between the two would leave half of a message behind."""
    halves = odoo.sql(
        """SELECT mail.id FROM mail_message mail
            WHERE mail.model = 'omnichannel.conversation' AND mail.message_type = 'comment'
              AND mail.res_id = ANY(%s)
              AND NOT EXISTS (SELECT 1 FROM omnichannel_message m WHERE m.mail_message_id = mail.id)""",
        [traffic.conversations],
    )
    assert not halves


def test_journal_is_worked_off(odoo, traffic):
    states = odoo.sql(
        "SELECT state, count(*) FROM omnichannel_event WHERE channel_id = %s GROUP BY 1", [traffic.channel]
    )
    assert set(dict(states)) <= {"done", "ignored"}
    ignored = odoo.sql(
        "SELECT DISTINCT reason FROM omnichannel_event WHERE state = 'ignored' AND channel_id = %s",
        [traffic.channel],
    )
    assert ignored in ([], [("A duplicate of a message that is here already.",)])


def test_every_send_leaves_once_and_only_cut_ones_are_uncertain(odoo, traffic):
    rows = odoo.sql(
        "SELECT id, reference, state FROM omnichannel_message WHERE direction = 'out' AND channel_id = %s",
        [traffic.channel],
    )
    accepted = traffic.emulator.sends_by_opaque()
    assert set(accepted.values()) == {1}, "something was sent twice"
    assert set(accepted) <= {reference for _id, reference, _state in rows}
    for row_id, reference, state in rows:
        if reference in accepted:
            assert state in ARRIVED
        else:
            assert state == "uncertain", "a send ended without leaving"
            assert row_id in traffic.in_flight, "uncertain although no server died over it"


def test_every_answer_that_was_acknowledged_is_there_once(odoo, traffic):
    bodies = Counter(
        body
        for (body,) in odoo.sql(
            "SELECT body FROM omnichannel_message WHERE direction = 'out' AND channel_id = %s",
            [traffic.channel],
        )
    )
    assert len(traffic.posted) >= OUTBOUND
    assert set(bodies.values()) == {1}
    assert set(traffic.posted) <= set(bodies) <= set(traffic.posted) | set(traffic.cut)
