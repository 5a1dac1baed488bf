"""Confirming an order: without the add-ons, with them, and with one rule that opens a ticket."""

from tests.bench import world
from tests.bench.table import figure, median
from tests.lib import database

TIMES = 60
RULE = "omnichannel_inbox.rule_order_confirmed"


def run(name, _setting):
    plain = database.create(database.base_template())
    try:
        _confirm(plain, 10), _confirm(name, 10)
        bare, without, listening = [], [], []
        for _turn in range(TIMES // 10):
            bare += _confirm(plain, 10)
            _switch(name, False)
            without += _confirm(name, 10)
            _switch(name, True)
            listening += _confirm(name, 10)
        _switch(name, False)
        _drop_signals(name)
    finally:
        world.close()
        database.drop(plain)
    base, none, one = (_middle(times) for times in (bare, without, listening))
    figure("order confirmed, no rule", none[0], "ms", baseline=base[0], ratio=none[0] / base[0],
           target="+0 ms (10 % is noise)", ok=none[0] <= 1.1 * base[0])  # fmt: skip
    figure(
        "order confirmed, no rule: queries", none[1], "", baseline=base[1], target="+0", ok=none[1] <= base[1]
    )
    figure("order confirmed, one rule", one[0], "ms", baseline=base[0], ratio=one[0] / base[0],
           target="<= +3 ms", ok=one[0] <= base[0] + 3)  # fmt: skip
    figure(
        "order confirmed, one rule: queries",
        one[1],
        "",
        baseline=base[1],
        target="<= +6",
        ok=one[1] <= base[1] + 6,
    )


def _middle(pairs):
    return median([ms for ms, _queries in pairs]), median([queries for _ms, queries in pairs])


def _switch(name, active):
    with world.inside(name) as odoo:
        odoo.ref(RULE).active = active
        odoo.cr.commit()


def _drop_signals(name):
    with world.inside(name) as odoo:
        odoo["omnichannel.signal"].search([]).unlink()
        odoo.cr.commit()


def _confirm(name, times):
    """[(milliseconds, queries)] of confirming orders of three lines, commit included."""
    with world.inside(name) as odoo:
        partner = odoo["res.partner"].search([("email", "!=", False)], limit=1)
        products = odoo["product.product"].search([("sale_ok", "=", True), ("type", "=", "service")], limit=1)
        lines = [(0, 0, {"product_id": products.id, "product_uom_qty": 1})] * 3
        orders = odoo["sale.order"].create([{"partner_id": partner.id, "order_line": lines}] * times)
        odoo.cr.commit()
        result = []
        for order in orders:
            odoo.invalidate_all()
            with world.counted(odoo.cr) as queries:
                [ms] = world.timed(lambda _n, order=order: (order.action_confirm(), odoo.cr.commit()), 1)
            result.append((ms, queries[0]))
        return result
