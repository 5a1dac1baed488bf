"""Servers that die by `kill -9` while messages flow: nothing is lost and nothing happens twice.

2,000 messages in, 1,000 out and 20 kills take three minutes on two busy cores; `CRASH=small` has
about a tenth of the messages and five kills.
"""

import itertools
import os
import random
import time
from collections import defaultdict

import pytest

from emulators.whatsapp.process import EmulatorProcess
from tests.lib.crash import Traffic
from tests.lib.number import BUSINESS, SECRET, Number

FULL = os.environ.get("CRASH") != "small"
KILLS = 20 if FULL else 5
INBOUND, OUTBOUND, CUSTOMERS = (2000, 1000, 100) if FULL else (250, 100, 25)
ARRIVED = ("sent", "delivered", "read")


class Phones(Traffic):
    """Customers with phones, at a number."""

    def __init__(self, servers, emulator, number):
        super().__init__(servers, number.channel_id, KILLS, OUTBOUND)
        self.emulator, self.number = emulator, number
        self.phones = [f"3165{index:07}" for index in range(CUSTOMERS)]
        self._texts = itertools.count(CUSTOMERS)

    def open_conversations(self):
        """Each customer's first message, so that agents have somebody to answer."""
        self.write(self.phones, range(CUSTOMERS))
        self.emulator.wait_delivered(60)
        self.number.wait_until_worked()
        rows = self.odoo.sql("SELECT id FROM omnichannel_conversation WHERE channel_id = %s", [self.channel])
        assert len(rows) == CUSTOMERS
        self.conversations = [row[0] for row in rows]

    def write(self, phones, texts):
        self.emulator.write_many(
            [
                {"number": self.number.account, "customer": phone, "body": f"in {text}"}
                for phone, text in zip(phones, texts, strict=True)
            ]
        )

    def customers_write(self):
        written = CUSTOMERS
        while written < INBOUND:
            if written >= self.share(INBOUND):
                time.sleep(0.05)
                continue
            size = min(5, INBOUND - written)
            self.write(random.choices(self.phones, k=size), [next(self._texts) for _i in range(size)])
            written += size
            time.sleep(0.02)

    def is_delivered(self):
        self.emulator.wait_delivered(120)
        return not self.emulator.pending()


@pytest.fixture(scope="module")
def traffic(odoo, server_factory):
    """All that happened, once everything that could settle has settled."""
    servers = [odoo, server_factory()]
    with EmulatorProcess() as emulator:
        number = Number(odoo, whatsapp_api_url=emulator.url)
        client = emulator.client
        client.add_account(waba_id=BUSINESS, token="token", app_secret=SECRET, templates=[])
        client.set_callback(BUSINESS, [server.url + number.path for server in servers], verify=False)
        client.add_number(BUSINESS, "+31 20 123 4567", id=number.account)
        # Answers take a moment, so that sends are under way when a server dies.
        client.behave(delay_after=0.05, retry_first=0.3, retry_most=2)
        found = Phones(servers, client, number)
        found.open_conversations()
        started = time.monotonic()
        found.run(found.customers_write)
        found.settle(found.is_delivered)
        print(f"{INBOUND} in, {OUTBOUND} out, {KILLS} kills: {time.monotonic() - started:.0f} s")
        yield found


def test_every_inbound_message_is_there_once_and_in_order(traffic):
    written = defaultdict(list)
    for message in traffic.emulator.messages():
        if message["direction"] == "in":
            written["+" + message["customer"]].append(message["id"])
    assert sum(map(len, written.values())) == INBOUND
    received, conversations = defaultdict(list), defaultdict(set)
    for address, conversation, uid in traffic.received():
        received[address].append(uid)
        conversations[address].add(conversation)
    assert received == written
    assert {len(found) for found in conversations.values()} == {1}


def test_no_message_without_its_ledger_row(traffic):
    traffic.check_no_halves()


def test_journal_is_worked_off(traffic):
    traffic.check_journal_is_worked_off()


def test_every_send_leaves_once_and_only_cut_ones_are_uncertain(traffic):
    rows = traffic.sent()
    accepted = traffic.emulator.sends_by_opaque()
    assert set(accepted.values()) == {1}, "something was sent twice"
    assert set(accepted) <= {reference for _id, reference, _state in rows}
    for row_id, reference, state in rows:
        if reference in accepted:
            assert state in ARRIVED
        else:
            assert state == "uncertain", "a send ended without leaving"
            assert row_id in traffic.in_flight, "uncertain although no server died over it"


def test_every_answer_that_was_acknowledged_is_there_once(traffic):
    traffic.check_answers()
