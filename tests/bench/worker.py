"""Journal → conversation, against `discuss.channel.message_post` one by one."""

import multiprocessing
import time
import zlib

from tests.bench import world
from tests.bench.table import figure, median

BODY = 10  # messages a webhook body
COUNT = 1000
ROUNDS = 3
POSTS = 60


def run(name, setting):
    known = world.make_customers(name, 400)
    journal(name, setting, known)
    work(name)  # each has a conversation
    baseline = _post_one_by_one(name)
    figure("discuss.channel.message_post, one by one", baseline, "/s")
    rates = [_rate(name, setting, [known[i % len(known)] for i in range(COUNT)]) for _round in range(ROUNDS)]
    _report("journal -> conversation, known customers", median(rates), baseline, 10)
    rates = [_rate(name, setting, _strangers(300)) for _round in range(ROUNDS)]
    _report("journal -> conversation, all new customers", median(rates), baseline, 3)
    queries = _queries(name, setting, known[:100])
    figure("queries a message, batch of 100 known customers", queries, "", target="<= 2", ok=queries <= 2)
    queries = _queries(name, setting, _strangers(100))
    figure("queries a message, batch of 100 new customers", queries, "")
    _two_workers(name, setting, known)


def _report(label, rate, baseline, target):
    ratio = rate / baseline
    figure(
        label,
        rate,
        "/s",
        baseline=baseline,
        ratio=ratio,
        target=f">= {target} x message_post",
        ok=ratio >= target,
    )


_stranger = iter(range(int(time.time()) % 500_000 * 10, 10_000_000))


def _strangers(count):
    return [f"+3165{next(_stranger):07}" for _number in range(count)]


def journal(name, setting, numbers, lane=None):
    """Journal a message from each number, ten a body; with `lane` all in that one."""
    with world.inside(name) as odoo:
        channel = odoo["omnichannel.channel"].browse(setting["channel"])
        for start in range(0, len(numbers), BODY):
            items = [world.text(number) for number in numbers[start : start + BODY]]
            odoo["omnichannel.event"]._journal(channel, world.encode(*items))
        if lane is not None:
            odoo.cr.execute("UPDATE omnichannel_event SET lane = %s WHERE state = 'pending'", [lane])
        odoo.cr.commit()
    return len(numbers)


def work(name, lanes=(0, 1)):
    """Work off what the journal holds, as the cron jobs do."""
    with world.inside(name) as odoo:
        for lane in lanes:
            odoo["omnichannel.event"]._run_lane(lane)


def _rate(name, setting, numbers):
    count = journal(name, setting, numbers)
    start = time.perf_counter()
    work(name)
    rate = count / (time.perf_counter() - start)
    _check_done(name)
    return rate


def _check_done(name):
    with world.inside(name) as odoo:
        odoo.cr.execute("SELECT count(*) FROM omnichannel_event WHERE state NOT IN ('done', 'ignored')")
        assert odoo.cr.fetchone()[0] == 0, "the worker left something undone"


def _post_one_by_one(name):
    """Messages per second of the way other gateways go: two members, a commit each."""
    with world.inside(name) as odoo:
        users = odoo["res.users"].search([("share", "=", False)], limit=2)
        channel = odoo["discuss.channel"].create({"name": "Bench"})
        channel.add_members(users.partner_id.ids)
        odoo.cr.commit()

        def post(number):
            channel.message_post(
                body=f"Message {number}", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
            odoo.cr.commit()
            odoo.invalidate_all()

        world.timed(post, 10)
        return 1000 / median(world.timed(post, POSTS))


def _queries(name, setting, numbers):
    journal(name, setting, numbers, lane=0)
    with world.inside(name) as odoo:
        odoo["omnichannel.event"].search_count([])  # what a process loads once
        with world.counted(odoo.cr) as queries:
            done = odoo["omnichannel.event"]._work_batch(0)
            odoo.cr.commit()
        assert done == len(numbers)
    return queries[0] / len(numbers)


# -- two worker processes ------------------------------------------------------


def _two_workers(name, setting, known):
    lanes = [[number for number in known if zlib.crc32(number.encode()) % 2 == lane] for lane in (0, 1)]
    size = min(map(len, lanes))
    numbers = [number for pair in zip(lanes[0][:size], lanes[1][:size]) for number in pair] * 4
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _process in (0, 1)]
    processes = [context.Process(target=_obey, args=(name, theirs), daemon=True) for _ours, theirs in pipes]
    for process in processes:
        process.start()
    ours = [pipe for pipe, _theirs in pipes]
    for pipe in ours:
        pipe.recv()  # it is up
    _together(name, setting, numbers, ours, [(0,), (1,)])  # warm up
    ones, twos = [], []
    for _round in range(ROUNDS):
        ones.append(_together(name, setting, numbers, ours, [(0, 1)]))
        twos.append(_together(name, setting, numbers, ours, [(0,), (1,)]))
    for pipe in ours:
        pipe.send(None)
    ratio = median([two / one for one, two in zip(ones, twos)])
    figure(
        "two worker processes", median(twos), "/s", baseline=median(ones), ratio=ratio,
        target=">= 1.4 x one process", ok=ratio >= 1.4,
    )  # fmt: skip


def _together(name, setting, numbers, pipes, lanes_of):
    """Messages per second when as many processes as there are entries in `lanes_of` work them off."""
    count = journal(name, setting, numbers)
    start = time.perf_counter()
    for pipe, lanes in zip(pipes, lanes_of):
        pipe.send(lanes)
    for pipe, _lanes in zip(pipes, lanes_of):
        pipe.recv()
    rate = count / (time.perf_counter() - start)
    _check_done(name)
    return rate


def _obey(name, pipe):
    """A worker process: works off the lanes that it is told to."""
    world.use_bench_addons()
    world.load_odoo()
    work(name)
    pipe.send("up")
    while lanes := pipe.recv():
        work(name, lanes=lanes)
        pipe.send("done")
