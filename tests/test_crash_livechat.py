"""Servers that die by `kill -9` in the middle of chats: nothing is lost and nothing is said twice.

What a visitor says is journalled with it, and what an agent says is posted with its row of the ledger: so
nobody is ever uncertain here, and each side has exactly what the other one has.
"""

import itertools
import random
import time
from collections import Counter

import pytest
import requests

from tests.lib.crash import Traffic
from tests.lib.livechat import LiveChat, Visitor
from tests.lib.waiting import wait_for

KILLS, INBOUND, OUTBOUND, VISITORS, WRITERS = 4, 120, 60, 12, 3


class Chats(Traffic):
    """Visitors who chat on either of the servers."""

    longest_pause = 1

    def __init__(self, servers, chat):
        super().__init__(servers, chat.channel_id, KILLS, OUTBOUND)
        self.chat = chat
        self.visitors = []
        self.said, self.broken_off = [], []  # texts whose request was answered, and those whose was not
        self._texts = itertools.count()

    def open_conversations(self):
        """Each visitor's first message, so that agents have somebody to answer."""
        for index in range(VISITORS):
            visitor = Visitor(self.chat)
            visitor.come()
            visitor.say(f"hello {index}")
            self.visitors.append(visitor)
        wait_for(lambda: len(self._conversations()) == VISITORS, timeout=60, what="all conversations")
        self.conversations = self._conversations()

    def _conversations(self):
        rows = self.odoo.sql("SELECT id FROM omnichannel_conversation WHERE channel_id = %s", [self.channel])
        return [row[0] for row in rows]

    def visitors_write(self, visitors):
        """Say as many as wanted, on whichever server answers; each text is tried once."""
        while len(self.said) < INBOUND:
            if len(self.said) >= self.share(INBOUND):
                time.sleep(0.05)
                continue
            visitor, text = random.choice(visitors), f"in {next(self._texts)}"
            visitor.url = random.choice(self.servers).url
            try:
                visitor.say(text)
                self.said.append(text)
            except (requests.RequestException, AssertionError):
                self.broken_off.append(text)
                time.sleep(0.1)


@pytest.fixture(scope="module")
def traffic(odoo, server_factory):
    """All that was said, once everything that could settle has settled."""
    servers = [odoo, server_factory()]
    chats = Chats(servers, LiveChat(odoo))
    chats.open_conversations()
    # One visitor has one browser, which makes one request after the other.
    shares = [chats.visitors[index::WRITERS] for index in range(WRITERS)]
    chats.run(*[lambda share=share: chats.visitors_write(share) for share in shares])
    chats.settle(lambda: True)
    return chats


def test_what_visitors_said_is_in_the_inbox_once_and_in_order(traffic):
    there = dict.fromkeys(range(len(traffic.visitors)))
    received = {}
    for _address, conversation, uid in traffic.received():
        received.setdefault(conversation, []).append(int(uid))
    for index, visitor in enumerate(traffic.visitors):
        said = traffic.odoo.sql(
            """SELECT id FROM mail_message WHERE model = 'discuss.channel' AND res_id = %s
                AND message_type = 'comment' AND author_guest_id IS NOT NULL ORDER BY id""",
            [visitor.session],
        )
        there[index] = [row[0] for row in said]
    assert sorted(received.values()) == sorted(there.values())
    assert len(received) == VISITORS


def test_what_was_acknowledged_is_there_once(traffic):
    bodies = Counter(text for visitor in traffic.visitors for _name, text in visitor.texts())
    assert len(traffic.said) >= INBOUND
    assert all(bodies[text] == 1 for text in traffic.said)
    assert all(bodies[text] <= 1 for text in traffic.broken_off)


def test_what_agents_said_is_in_the_chat_once(traffic):
    traffic.check_answers()
    rows = traffic.odoo.sql(
        """SELECT m.body, m.state, count(said.id) FROM omnichannel_message m
             LEFT JOIN mail_message said ON said.id = m.provider_uid::int
                  AND said.model = 'discuss.channel'
            WHERE m.direction = 'out' AND m.channel_id = %s GROUP BY m.id""",
        [traffic.channel],
    )
    # Who writes has read what was said before.
    assert {(state, count) for _body, state, count in rows} <= {("sent", 1), ("read", 1)}
    bodies = Counter(text for visitor in traffic.visitors for _name, text in visitor.texts())
    assert all(bodies[body] == 1 for body, _state, _count in rows)


def test_no_message_without_its_ledger_row(traffic):
    traffic.check_no_halves()


def test_journal_is_worked_off(traffic):
    traffic.check_journal_is_worked_off()
