"""What happens to a live chat at the same moment happens once: two servers over one database."""

import contextlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lib import environment as env
from tests.lib.chat_window import SetUpChat
from tests.lib.concurrency import at_once
from tests.lib.livechat import Visitor
from tests.lib.waiting import wait_for

GATE = 4711  # at which one transaction waits in its middle until the test opens it
WAITING = """SELECT count(*) FROM pg_stat_activity
              WHERE datname = current_database() AND wait_event_type = 'Lock'"""
MEMBERS = """SELECT count(*) FROM discuss_channel_member m JOIN res_users u ON u.partner_id = m.partner_id
              WHERE m.channel_id = %s AND u.id = %s"""


@pytest.fixture(scope="module")
def servers(server_factory, odoo):
    both = odoo, server_factory()
    for server in both:
        # Odoo's own words when two transactions met, of which one is then done again.
        server.expect_log("could not serialize access")
    return both


@pytest.fixture(scope="module")
def chat(odoo):
    return SetUpChat(odoo)


@pytest.fixture(scope="module")
def do(odoo):
    """`do(server, code)` runs Python on a server, in one transaction, as its jobs do."""
    rpc = odoo.rpc()
    [model] = rpc("ir.model", "search", [["model", "=", "discuss.channel"]])

    def run(server, code):
        values = {"name": "Do", "model_id": model, "state": "code", "code": code}
        action = server.rpc()("ir.actions.server", "create", values)
        server.rpc()("ir.actions.server", "run", [action])

    return run


def anna(odoo):
    [(user,)] = odoo.sql("SELECT id FROM res_users WHERE login = 'anna'")
    return user


def join(session, user):
    agent = f"env['res.users'].browse({user})"
    return f"env['discuss.channel'].sudo().browse({session})._omnichannel_join_agent({agent})"


def test_one_form_twice(servers, chat):
    """The same form by two processes: both say that it is there, and it is there once."""
    chat.write(livechat_is_form_only=True)
    values = {"message": "Sent twice at once", "name": "Rob", "email": "rob@example.com", "consent": True}
    for number in range(3):
        form = {
            "channel_id": chat.id,
            "key": str(uuid.uuid4()),
            "values": {**values, "message": f"Sent twice at once, {number}"},
        }
        jobs = [
            lambda server=server, form=form: Visitor(chat, server.url).request(
                "/omnichannel_livechat/message", **form
            )
            for server in servers
        ]
        assert at_once(*jobs) == [{"sent": True}] * 2
    for number in range(3):
        chat.conversation(f"Sent twice at once, {number}")
    wait_for(lambda: not chat.pending(), timeout=60, what="an empty journal")
    assert [chat.count(f"Sent twice at once, {number}") for number in range(3)] == [1, 1, 1]
    chat.write(livechat_is_form_only=False)


def test_the_same_agent_joins_twice(servers, chat, odoo, do):
    """Who sends an answer and who follows the assignment bring the same agent: they are there once."""
    visitor = Visitor(chat)
    session, user = visitor.come(), anna(odoo)
    with ThreadPoolExecutor(2) as pool:
        with odoo.locked("discuss_channel", "id = %s", [session]):
            jobs = [pool.submit(do, server, join(session, user)) for server in servers]
            wait_for(lambda: odoo.sql(WAITING) == [(2,)], what="both standing at the session")
        for job in jobs:
            job.result(60)
    assert odoo.sql(MEMBERS, [session, user]) == [(1,)]


def test_two_in_a_circle(servers, chat, odoo, do):
    """One joins an agent and then changes the session, the other changes the session and then joins them:
    neither waits for the other in a circle."""
    visitor = Visitor(chat)
    session, user = visitor.come(), anna(odoo)
    change = f"env['discuss.channel'].sudo().browse({session}).write({{'omnichannel_is_news': True}})"
    flush = "env.flush_all()"
    gate = f"env.cr.execute('SELECT pg_advisory_xact_lock({GATE})')"
    first = "\n".join((join(session, user), flush, gate, change, flush))
    second = "\n".join((change, flush, join(session, user), flush))
    connection = env.connect(odoo.database)
    with ThreadPoolExecutor(2) as pool, contextlib.closing(connection):
        connection.cursor().execute("SELECT pg_advisory_lock(%s)", [GATE])
        jobs = [pool.submit(do, servers[0], first)]
        wait_for(lambda: odoo.sql(WAITING) == [(1,)], what="the one at the gate")
        jobs.append(pool.submit(do, servers[1], second))
        wait_for(lambda: odoo.sql(WAITING) == [(2,)], what="the other waiting for it")
        connection.cursor().execute("SELECT pg_advisory_unlock(%s)", [GATE])
        for job in jobs:
            job.result(60)
    assert odoo.sql(MEMBERS, [session, user]) == [(1,)]
    assert not [server for server in servers if "deadlock detected" in server.log()]
