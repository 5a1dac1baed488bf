"""Traffic through servers that die by `kill -9`, and what must be true of it afterwards."""

import functools
import itertools
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.lib.server import RpcError
from tests.lib.waiting import wait_for

AGENTS = 6


class Traffic:
    """Customers who write and agents who answer, a share of it between each kill and the next."""

    longest_pause = 2  # seconds between a kill and the next

    def __init__(self, servers, channel_id, kills, outbound):
        self.servers, self.channel, self.wanted_kills, self.outbound = servers, channel_id, kills, outbound
        self.odoo = servers[0]
        self.kills = 0
        self.conversations = []
        self.posted = []  # texts whose answer the agent's client got: they must be there
        self.cut = []  # texts whose request died: they may be there
        self.in_flight = set()  # ids of the rows that were being sent when a server died
        self._answers = itertools.count()
        self._lock = threading.Lock()
        for server in servers:
            # Odoo's own log lines when transactions meet and when a process finds its connections dead.
            server.expect_log("could not serialize access|deadlock detected|could not obtain lock")
            # What Odoo says of a job whose process died three times over it.
            server.expect_log(r"odoo\.addons\.base\.models\.ir_cron: Job .* timed out")

    # -- while it flows -----------------------------------------------------------

    def share(self, total):
        """How many messages may have flowed by now."""
        return total * min(self.kills + 1, self.wanted_kills) // self.wanted_kills

    def agents_answer(self):
        """Post until as many as wanted were acknowledged; each text is tried once."""
        sessions = {}
        while len(self.posted) < self.outbound:
            if len(self.posted) >= self.share(self.outbound):
                time.sleep(0.05)
                continue
            index = next(self._answers)
            server, body = self.servers[index % len(self.servers)], f"out {index}"
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

    def kill(self, server, times):
        """Kill a server at any moment, and start it again; another one may be down at the same time."""
        for _time in range(times):
            time.sleep(random.uniform(0.2, self.longest_pause))
            server.kill()
            rows = server.sql("SELECT id FROM omnichannel_message WHERE state = 'sending'")
            self.in_flight.update(row[0] for row in rows)
            server.restart()
            with self._lock:
                self.kills += 1

    def run(self, *jobs):
        """All of it at once, with what the customers do."""
        kills = [
            functools.partial(self.kill, server, len(range(index, self.wanted_kills, len(self.servers))))
            for index, server in enumerate(self.servers)
        ]
        jobs = [*jobs, *kills, *[self.agents_answer] * AGENTS]
        with ThreadPoolExecutor(len(jobs)) as pool:
            for job in [pool.submit(job) for job in jobs]:
                job.result()

    # -- afterwards -------------------------------------------------------------------

    def settle(self, is_delivered):
        """Wait for what comes by itself, and let the worker do at once what it would do minutes later.

        :param is_delivered: tells whether all that the provider has is here
        """
        rpc = self.odoo.rpc()
        crons = rpc(
            "ir.cron", "search", [["cron_name", "like", "Omnichannel:"], ["interval_type", "=", "minutes"]]
        )

        def is_quiet():
            self._hurry(is_delivered() and not self._count("event", "'pending'"))
            for cron in crons:
                try:
                    rpc("ir.cron", "method_direct_trigger", [cron])
                except RpcError:
                    time.sleep(0.2)  # it is running
            return (
                is_delivered()
                and not self._count("event", "'pending'")
                and not self._count("message", "'queued', 'sending'")
            )

        wait_for(is_quiet, timeout=240, interval=1, what="everything being settled")

    def _hurry(self, all_is_here):
        """What waits for a moment to come waits no more."""
        for table, where in (("event", "state = 'pending'"), ("message", "state = 'queued'")):
            self.odoo.sql(
                f"UPDATE omnichannel_{table} SET next_attempt = now() AT TIME ZONE 'UTC' WHERE {where}"
                " AND next_attempt > now() AT TIME ZONE 'UTC'"
            )
        if all_is_here:
            # Every status is in: a send that none of them settled was cut off.
            self.odoo.sql(
                "UPDATE omnichannel_message SET sending_since = sending_since - interval '10 minutes'"
                " WHERE state = 'sending'"
                " AND sending_since < now() AT TIME ZONE 'UTC' - interval '15 seconds'"
            )

    def _count(self, table, states):
        return self.odoo.sql(f"SELECT count(*) FROM omnichannel_{table} WHERE state IN ({states})")[0][0]

    def received(self):
        """[(address, conversation, provider's id)] of what came in, in the order in which it is shown."""
        return self.odoo.sql(
            """SELECT i.address, m.conversation_id, m.provider_uid FROM omnichannel_message m
                 JOIN omnichannel_identity i ON i.id = m.identity_id
                 JOIN mail_message mail ON mail.id = m.mail_message_id
                      AND mail.model = 'omnichannel.conversation' AND mail.res_id = m.conversation_id
                WHERE m.direction = 'in' AND m.channel_id = %s ORDER BY m.mail_message_id""",
            [self.channel],
        )

    def sent(self):
        """[(id, reference, state)] of what was to go out."""
        return self.odoo.sql(
            "SELECT id, reference, state FROM omnichannel_message"
            " WHERE direction = 'out' AND channel_id = %s",
            [self.channel],
        )

    def check_no_halves(self):
        """A crash between a message and its ledger row would leave half of it behind."""
        halves = self.odoo.sql(
            """SELECT mail.id FROM mail_message mail
                WHERE mail.model = 'omnichannel.conversation' AND mail.message_type = 'comment'
                  AND mail.res_id = ANY(%s)
                  AND NOT EXISTS (SELECT 1 FROM omnichannel_message m WHERE m.mail_message_id = mail.id)""",
            [self.conversations],
        )
        assert not halves

    def check_journal_is_worked_off(self):
        """Nothing waits or is dead, and only duplicates were ignored."""
        states = self.odoo.sql(
            "SELECT state, count(*) FROM omnichannel_event WHERE channel_id = %s GROUP BY 1", [self.channel]
        )
        assert set(dict(states)) <= {"done", "ignored"}
        ignored = self.odoo.sql(
            "SELECT DISTINCT reason FROM omnichannel_event WHERE state = 'ignored' AND channel_id = %s",
            [self.channel],
        )
        assert ignored in ([], [("A duplicate of a message that is here already.",)])

    def check_answers(self):
        """Every answer that was acknowledged is there once."""
        bodies = Counter(
            body
            for (body,) in self.odoo.sql(
                "SELECT body FROM omnichannel_message WHERE direction = 'out' AND channel_id = %s",
                [self.channel],
            )
        )
        assert len(self.posted) >= self.outbound
        assert set(bodies.values()) == {1}
        assert set(self.posted) <= set(bodies) <= set(self.posted) | set(self.cut)
