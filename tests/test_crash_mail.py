"""Servers that die by `kill -9` while mails are fetched and sent: none is lost, none leaves twice.

A real IMAP server holds the mailbox and a real SMTP server takes the answers. Some mails come twice, as by a
mailing list. `CRASH=full` has more of all, `CRASH=small` less.
"""

import itertools
import os
import random
import re
import time
from collections import Counter, defaultdict
from contextlib import closing
from email.message import EmailMessage

import pytest
import requests

from emulators.mail import MailHost
from tests.lib import environment as env
from tests.lib.crash import Traffic
from tests.lib.mailbox import connect_mailbox
from tests.lib.server import RpcError
from tests.lib.waiting import wait_for

SHOP = "support@shop.example"
SIZES = {"small": (5, 60, 30, 10), "": (20, 300, 150, 25), "full": (40, 2000, 1000, 100)}
KILLS, INBOUND, OUTBOUND, CUSTOMERS = SIZES[os.environ.get("CRASH", "")]
DOUBLES = 10  # every tenth mail comes by two ways


class Mails(Traffic):
    """Customers with mail programs, at an address."""

    def __init__(self, servers, host, mailbox):
        super().__init__(servers, mailbox["id"], KILLS, OUTBOUND)
        self.host, self.mailbox = host, mailbox["server"]
        self.addresses = [f"customer{index}@customer.example" for index in range(CUSTOMERS)]
        self.written = defaultdict(list)  # address → Message-Ids in their order
        self._numbers = itertools.count()
        [[self.job]] = self.odoo.sql("SELECT id FROM ir_cron WHERE cron_name = 'Mail: Fetchmail Service'")

    def write(self, *addresses):
        """One mail of each of them into the shop's mailbox."""
        mails = []
        for address in addresses:
            number = next(self._numbers)
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = f"Customer <{address}>", SHOP, f"Question {number}"
            mail["Message-Id"] = f"<in-{number}@customer.example>"
            mail.set_content(f"in {number}")
            raw = mail.as_bytes()
            mails.append(raw)
            if number % DOUBLES == 0:
                mails.append(b"Received: from list.example; Wed, 25 Nov 2026 12:00:00 +0000\n" + raw)
            self.written[address].append(mail["Message-Id"])
        self.host.deliver(SHOP, *mails)

    def total(self):
        return sum(map(len, self.written.values()))

    def open_conversations(self):
        """Each customer's first mail, so that agents have somebody to answer."""
        self.write(*self.addresses)
        rows = wait_for(self._opened, 60, interval=1, what="the first mails in their conversations")
        self.conversations = [row[0] for row in rows]

    def _opened(self):
        """The conversations once all are there. While Odoo's own job reads the mailbox, asking is no use."""
        if not self.is_delivered():
            self.fetch_now(self.odoo)
        found = self.odoo.sql("SELECT id FROM omnichannel_conversation WHERE channel_id = %s", [self.channel])
        return len(found) == CUSTOMERS and found

    def customers_write(self):
        while self.total() < INBOUND:
            if self.total() >= self.share(INBOUND):
                time.sleep(0.05)
                continue
            self.write(*random.choices(self.addresses, k=min(3, INBOUND - self.total())))
            time.sleep(0.05)

    def servers_fetch(self):
        """Odoo's own job on whichever server takes it, and *Fetch Now* on each of them."""
        for server in itertools.cycle(self.servers):
            if self.total() == INBOUND and self.kills == KILLS and self.is_delivered():
                return
            self.wake_job()
            time.sleep(random.uniform(0, 0.3))
            try:
                self.fetch_now(server)
            except (requests.RequestException, RpcError):
                time.sleep(0.1)

    def wake_job(self):
        """Odoo's job that reads mailboxes is due now, unless it is running."""
        self.odoo.sql(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' WHERE id IN"
            " (SELECT id FROM ir_cron WHERE id = %s FOR UPDATE SKIP LOCKED)",
            [self.job],
        )
        with closing(env.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('cron_trigger', %s)", [self.odoo.database])

    def fetch_now(self, server):
        server.rpc()("fetchmail.server", "fetch_mail", [self.mailbox])

    def is_delivered(self):
        return self.host.count(SHOP, "UNSEEN") == 0


@pytest.fixture(scope="module")
def traffic(odoo, server_factory):
    """All that happened, once everything that could settle has settled."""
    servers = [odoo, server_factory()]
    with MailHost() as host:
        mailbox = connect_mailbox(odoo.rpc(), SHOP, host.imap_port, host.smtp.port)
        host.smtp.received.clear()  # the test mail
        # Answers take a moment, so that sends are under way when a server dies.
        host.smtp.delay = 0.05
        found = Mails(servers, host, mailbox)
        found.open_conversations()
        started = time.monotonic()
        found.run(found.customers_write, found.servers_fetch)
        found.settle(found.is_delivered)
        print(f"{INBOUND} in, {OUTBOUND} out, {KILLS} kills: {time.monotonic() - started:.0f} s")
        yield found


def test_every_mail_is_there_once_and_in_order(traffic):
    assert traffic.total() == INBOUND
    received, conversations = defaultdict(list), defaultdict(set)
    for address, conversation, uid in traffic.received():
        received[address].append(uid)
        conversations[address].add(conversation)
    assert received == traffic.written
    assert {len(found) for found in conversations.values()} == {1}


def test_no_message_without_its_ledger_row(traffic):
    traffic.check_no_halves()


def test_journal_is_worked_off(traffic):
    traffic.check_journal_is_worked_off()


def test_no_mail_leaves_twice_and_only_cut_ones_are_uncertain(traffic):
    taken = Counter(mail.message["Message-Id"] for mail in traffic.host.smtp.received)
    assert set(taken.values()) == {1}, "something was sent twice"
    references = {re.match(r"<omnichannel-(\w+)@", uid)[1] for uid in taken}
    rows = traffic.sent()
    assert references <= {reference for _id, reference, _state in rows}
    for row_id, reference, state in rows:
        if state != "sent":
            assert state == "uncertain", "a send ended without leaving"
            assert row_id in traffic.in_flight, "uncertain although no server died over it"
        else:
            assert reference in references, "a send that nobody took is shown as sent"


def test_every_answer_that_was_acknowledged_is_there_once(traffic):
    traffic.check_answers()
