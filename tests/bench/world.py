"""The database of the bench, and Odoo inside this process for what needs no server."""

import contextlib
import hmac
import itertools
import json
import os
import sys
import time
from pathlib import Path

from tests.lib import database
from tests.lib import environment as env

SECRET = "bench secret"
AGENT = "bench_agent"
ADDONS = Path(__file__).parent / "addons"
_uids = itertools.count(1)
_run = f"{time.time():.0f}"


def use_bench_addons():
    """Let every Odoo started from here find the bench's own add-on, which is not shipped."""
    usual = env.addons_path()
    env.addons_path = lambda: f"{usual},{ADDONS}"


def make_database():
    """A database with the add-ons and the bench's baselines; BENCH_DB names one to be used again."""
    name = os.environ.get("BENCH_DB")
    if name and database.exists(name):
        return name
    name = database.create(name=name)
    database.install(name, ["omnichannel_bench"])
    return name


def drop_database(name):
    if name != os.environ.get("BENCH_DB"):
        database.drop(name)


# -- Odoo in this process ------------------------------------------------------


def load_odoo():
    """Make Odoo importable here and configure it as the servers are."""
    if str(env.ODOO) not in sys.path:
        sys.path.insert(0, str(env.ODOO))
    from odoo.tools import config

    command, _environment = env.odoo_command("server")
    config.parse_config(
        [*command[3:], "--log-level=warn", "--max-cron-threads=0", "--http-interface=127.0.0.1"],
        setup_logging=True,
    )


@contextlib.contextmanager
def inside(name, login=None):
    """An environment of Odoo over a database, as superuser or as a user."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry

    with Registry(name).cursor() as cr:
        environment = api.Environment(cr, SUPERUSER_ID, {})
        if login:
            user = environment["res.users"].search([("login", "=", login)])
            environment = environment(user=user.id, su=False)
        yield environment


def timed(function, times, before=None):
    """Milliseconds of each of `times` calls; `before` prepares each one, untimed."""
    result = []
    for number in range(times):
        argument = before(number) if before else number
        start = time.perf_counter()
        function(argument)
        result.append((time.perf_counter() - start) * 1000)
    return result


@contextlib.contextmanager
def counted(cr):
    """Counts the queries of the block: `with counted(cr) as queries: …; queries[0]`."""
    result = [0]
    before = cr.sql_log_count
    yield result
    result[0] = cr.sql_log_count - before


# -- people and channel --------------------------------------------------------


def set_up(name):
    """Team, agent and channel, once a database.

    :return: dict with channel id, team id, the webhook's token
    """
    with inside(name) as odoo:
        channel = odoo["omnichannel.channel"].search([("test_account", "=", "bench")])
        if not channel:
            channel = _make_channel(odoo)
        odoo.cr.commit()
        return {"channel": channel.id, "team": channel.team_id.id, "token": channel.webhook_token}


def _make_channel(odoo):
    agent = odoo["res.users"].create(
        {
            "name": "Bench Agent",
            "login": AGENT,
            "password": AGENT,
            "group_ids": [(4, odoo.ref("omnichannel_inbox.group_omnichannel_agent").id)],
        }
    )
    team = odoo["omnichannel.team"].create({"name": "Bench", "member_ids": [(4, agent.id)]})
    return odoo["omnichannel.channel"].create(
        {
            "name": "Bench",
            "channel_type": "test",
            "team_id": team.id,
            "state": "connected",
            "test_secret": SECRET,
            "test_account": "bench",
        }
    )


def make_customers(name, count, prefix="+3168"):
    """Customers with a number each; returns their numbers."""
    numbers = [f"{prefix}{number:07}" for number in range(count)]
    with inside(name) as odoo:
        known = set(odoo["res.partner"].search([("phone", "in", numbers)]).mapped("phone"))
        odoo["res.partner"].with_context(tracking_disable=True).create(
            [{"name": f"Customer {number}", "phone": number} for number in numbers if number not in known]
        )
        odoo.cr.commit()
    return numbers


def text(sender, body="Hello, where is my order?"):
    """A customer's message, as the test channel's items are."""
    return {
        "uid": f"b{_run}-{os.getpid()}-{next(_uids)}",
        "account": "bench",
        "from": sender,
        "name": f"Sender {sender}",
        "text": body,
        "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
    }


def encode(*items):
    return json.dumps({"items": items}).encode()


def sign(raw):
    return hmac.digest(SECRET.encode(), raw, "sha256").hex()


def settle(name, timeout=120):
    """Wait until the journal holds nothing that waits."""
    connection = env.connect(name)
    try:
        with connection.cursor() as cursor:
            deadline = time.monotonic() + timeout
            while time.monotonic() < deadline:
                cursor.execute("SELECT count(*) FROM omnichannel_event WHERE state = 'pending'")
                if not cursor.fetchone()[0]:
                    return
                time.sleep(0.2)
        raise AssertionError(f"the journal still holds work after {timeout} s")
    finally:
        connection.close()


def close():
    """Let go of the connections of this process, so that the database can be dropped."""
    from odoo import sql_db

    sql_db.close_all()


def vacuum(name):
    """What autovacuum does in its own time."""
    connection = env.connect(name)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
