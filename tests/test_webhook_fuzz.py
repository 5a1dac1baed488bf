"""1,000 bodies that are almost right, against the running server: every one answered, kept and worked off."""

import hashlib
import time

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lib.number import Number
from tests.lib.server import RpcError
from tests.wire import payloads as p
from tests.wire.test_fuzz import anything, body, mutated

EXAMPLES = 1000


@pytest.fixture(scope="module")
def number(odoo):
    return Number(odoo, account=p.ACCOUNT)


@st.composite
def damaged(draw):
    """Bytes of a body in which some were overwritten."""
    raw = p.raw(draw(body()))
    place, damage = draw(st.integers(0, 2000)), draw(st.binary(max_size=6))
    return raw[:place] + damage + raw[place + len(damage) :]


raws = st.one_of(
    body().map(p.raw), mutated().map(p.raw), mutated().map(p.raw), damaged(), anything.map(p.raw)
)


def work_off(odoo):
    """Let the worker try again at once what it would try later."""
    rpc = odoo.rpc()
    lanes = rpc("ir.cron", "search", [["cron_name", "like", "receive messages"]])
    pending = "SELECT count(*) FROM omnichannel_event WHERE state = 'pending'"
    for _attempt in range(30):
        odoo.sql(
            "UPDATE omnichannel_event SET next_attempt = now() AT TIME ZONE 'UTC' - interval '1 second'"
            " WHERE state = 'pending'"
        )
        for lane in lanes:
            try:
                rpc("ir.cron", "method_direct_trigger", [lane])
            except RpcError:
                time.sleep(0.5)  # it is running
        if odoo.sql(pending) == [(0,)]:
            return
    raise AssertionError(f"still waiting: {odoo.sql(pending)}")


def test_generated_bodies_against_the_server(odoo, number):
    sent = set()
    session = requests.Session()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(raws)
    def deliver(raw):
        assert number.post(raw, session=session).status_code == 200
        sent.add(hashlib.sha256(raw).hexdigest())

    deliver()
    assert len(sent) > EXAMPLES / 2
    work_off(odoo)
    rows = odoo.sql(
        "SELECT digest, state, reason FROM omnichannel_event WHERE channel_id = %s", [number.channel_id]
    )
    assert {digest for digest, _state, _reason in rows} == sent, "a body was lost"
    assert {state for _digest, state, _reason in rows} == {"done", "ignored", "dead"}
    unexplained = [row for row in rows if row[1] != "done" and not row[2]]
    assert not unexplained
    # What was given up was unreadable; a body that was readable never wore out its attempts.
    failed = odoo.sql(
        "SELECT error FROM omnichannel_event WHERE error IS NOT NULL AND error NOT LIKE 'NotYet%'"
    )
    assert not failed
