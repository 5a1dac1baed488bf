"""A confirmed order opens its ticket: live, in numbers, and with two workers at it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lib.waiting import wait_for

ORDERS = 150


@pytest.fixture(scope="module")
def admin(odoo):
    return odoo.rpc()


@pytest.fixture(scope="module")
def rule(admin):
    """The rule that comes with the app, switched on."""
    [rule_id] = admin(
        "omnichannel.rule", "search", [["active", "=", False], ["name", "like", "order is confirmed"]]
    )
    admin("omnichannel.rule", "write", [rule_id], {"active": True})
    return rule_id


def make_orders(admin, number):
    partner = admin("res.partner", "create", {"name": f"Customer of {number} orders"})
    return admin("sale.order", "create", [{"partner_id": partner} for _index in range(number)])


def tickets(odoo, orders):
    """[(order, state)] of the tickets that these orders opened."""
    return odoo.sql(
        "SELECT order_ticket_id, state FROM omnichannel_conversation"
        " WHERE order_ticket_id = ANY(%s) ORDER BY 1",
        [orders],
    )


def test_rule_is_installed_switched_off(odoo, admin):
    orders = make_orders(admin, 1)
    admin("sale.order", "action_confirm", orders)
    assert not odoo.sql("SELECT 1 FROM omnichannel_signal")
    assert not tickets(odoo, orders)


def test_ticket_is_there_at_once(odoo, admin, rule):
    # What the signal waits for is the wake-up: without it, it would take up to a minute.
    orders = make_orders(admin, 1)
    started = time.monotonic()
    admin("sale.order", "action_confirm", orders)
    wait_for(lambda: tickets(odoo, orders), timeout=60, interval=0.02, what="the order's ticket")
    assert time.monotonic() - started < 20, "It was the poll that found the signal, not the wake-up"
    assert tickets(odoo, orders) == [(orders[0], "pending")]


def test_many_at_once(odoo, admin, rule):
    orders = make_orders(admin, ORDERS)
    admin("sale.order", "action_confirm", orders)
    wait_for(lambda: len(tickets(odoo, orders)) >= ORDERS, timeout=60, what="a ticket for each order")
    assert tickets(odoo, orders) == [(order, "pending") for order in sorted(orders)]


def test_two_workers_open_one_ticket(odoo, server_factory, admin, rule):
    """Each order's signal is there twice, and two workers on two servers take them at once."""
    admins = [admin, server_factory().rpc()]
    [cron] = admin("ir.cron", "search_read", [["name", "=", "Omnichannel: run rules"]], ["model_id", "code"])
    admin("ir.cron", "write", [cron["id"]], {"active": False})
    # One record runs in one process; two need two.
    jobs = admin(
        "ir.cron",
        "create",
        [
            {
                "name": f"Rules, by worker {number}",
                "model_id": cron["model_id"][0],
                "state": "code",
                "code": cron["code"],
                "active": False,
            }
            for number in range(2)
        ],
    )
    try:
        orders = make_orders(admin, ORDERS)
        for _time in range(2):
            admin("sale.order", "action_confirm", orders)
            admin("sale.order", "action_cancel", orders)
            admin("sale.order", "action_draft", orders)
        admin("sale.order", "action_confirm", orders)
        [(waiting,)] = odoo.sql("SELECT count(*) FROM omnichannel_signal")
        assert waiting == 3 * ORDERS
        with ThreadPoolExecutor(2) as pool:
            list(
                pool.map(
                    lambda pair: pair[0]("ir.cron", "method_direct_trigger", [pair[1]]),
                    zip(admins, jobs, strict=True),
                )
            )
        assert tickets(odoo, orders) == [(order, "pending") for order in sorted(orders)]
        assert not odoo.sql("SELECT 1 FROM omnichannel_signal")
        [state] = admin("omnichannel.rule", "read", [rule], ["state"])
        assert state["state"] == "running"
    finally:
        admin("ir.cron", "write", [cron["id"]], {"active": True})


def test_broken_rule_stops_no_order(odoo, admin, rule):
    odoo.sql("UPDATE omnichannel_rule SET filter_domain = %s WHERE id = %s", ["[('gone', '=', 1)]", rule])
    orders = make_orders(admin, 2)
    admin("sale.order", "action_confirm", orders)
    assert {order["state"] for order in admin("sale.order", "read", orders, ["state"])} == {"sale"}
    wait_for(
        lambda: odoo.sql("SELECT 1 FROM omnichannel_rule WHERE id = %s AND state = 'error'", [rule]),
        timeout=30,
        what="the rule's error state",
    )
    assert not tickets(odoo, orders)
    assert admin(
        "mail.activity", "search_count", [["res_model", "=", "omnichannel.rule"], ["res_id", "=", rule]]
    )
