"""Webhooks answered per second, against a controller that inserts one row."""

from tests.bench import load, world
from tests.bench.table import figure, median, percentile
from tests.lib.server import OdooServer

CLIENTS = 8
REQUESTS = 1000
ROUNDS = 3


def run(name, setting):
    """Both are asked in turns, so that a noisy neighbour hits both alike."""
    server = OdooServer(name, workers=4, cron_threads=1).start()
    try:
        numbers = [f"+3169{number:07}" for number in range(200)]
        _round(server, setting, numbers, 200)  # warm each worker up
        rounds = [_round(server, setting, numbers, REQUESTS) for _round_number in range(ROUNDS)]
        quiet = [_round(server, setting, numbers, REQUESTS, drain=True) for _round_number in range(ROUNDS)]
    finally:
        server.stop()
    # A busy worker shares the two cores with the webhook; without it, it is the controller alone.
    _report("webhook answered", quiet, "")
    _report("webhook answered, worker busy beside it", rounds, None)


def _round(server, setting, numbers, count, drain=False):
    """(baseline, webhook), each (answers/s, times)."""
    baseline = [load.request("/omnichannel_bench/insert", _body(numbers, i)) for i in range(count)]
    bodies = [_body(numbers, i) for i in range(count)]
    path = f"/omnichannel/webhook/{setting['token']}"
    signed = [load.request(path, raw, [("X-Test-Signature", world.sign(raw))]) for raw in bodies]
    if drain:
        _crons(server, active=False)
    result = load.run(server.port, baseline, CLIENTS), load.run(server.port, signed, CLIENTS)
    if drain:
        _crons(server, active=True)
        server.sql("DELETE FROM omnichannel_event WHERE state = 'pending'")
    else:
        world.settle(server.database)
    return result


def _crons(server, active):
    """Keep the worker from running: then the controller is measured, and not what shares its cores."""
    server.sql(
        "UPDATE ir_cron SET active = %s WHERE id IN (SELECT res_id FROM ir_model_data WHERE module = "
        "'omnichannel_inbox' AND model = 'ir.cron' AND name LIKE 'cron_inbound%%')",
        [active],
    )


def _body(numbers, index):
    return world.encode(world.text(numbers[index % len(numbers)]))


def _report(label, rounds, target):
    rates = [webhook[0] for _baseline, webhook in rounds]
    baselines = [baseline[0] for baseline, _webhook in rounds]
    ratio = median([webhook[0] / baseline[0] for baseline, webhook in rounds])
    p99 = [percentile([t for r in rounds for t in r[which][1]], 0.99) for which in (0, 1)]
    has_target = target is not None
    figure(
        label, median(rates), "/s", baseline=median(baselines), ratio=ratio,
        target=">= 0.8 x one raw insert" if has_target else "", ok=ratio >= 0.8 if has_target else None,
    )  # fmt: skip
    figure(
        f"{label}, p99", p99[1], "ms", baseline=p99[0], ratio=p99[1] / p99[0],
        target="<= 25 ms or 1.25 x the baseline" if has_target else "",
        ok=(p99[1] <= 25 or p99[1] <= 1.25 * p99[0]) if has_target else None,
    )  # fmt: skip
