"""Memory of a worker process that works and works: what leaks shows as growth."""

import multiprocessing
import os

from tests.bench import worker, world
from tests.bench.table import figure

FIRST = 1000
TOTAL = 100_000 if os.environ.get("LONG") == "1" else 10_000
CHUNK = 2000


def run(name, setting):
    numbers = world.make_customers(name, 400)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_obey, args=(name, theirs), daemon=True)
    process.start()
    ours.recv()  # it is up
    after_first = _work(name, setting, ours, numbers, FIRST)
    memory, done = after_first, FIRST
    while done < TOTAL:
        count = min(CHUNK, TOTAL - done)
        memory = _work(name, setting, ours, numbers, count)
        done += count
    ours.send(None)
    process.join(10)
    ratio = memory / after_first
    figure(
        f"memory of a worker after {TOTAL:,} messages", memory, "MB", baseline=after_first, ratio=ratio,
        target=f"<= 1.2 x after {FIRST:,}", ok=ratio <= 1.2,
    )  # fmt: skip


def _work(name, setting, pipe, numbers, count):
    """Megabytes of the worker process once it has worked off so many messages more."""
    worker.journal(name, setting, [numbers[index % len(numbers)] for index in range(count)])
    pipe.send(True)
    return pipe.recv()


def _obey(name, pipe):
    """The worker process: works off what is there whenever it is told to, and tells its memory."""
    world.use_bench_addons()
    world.load_odoo()
    worker.work(name)
    pipe.send("up")
    while pipe.recv():
        worker.work(name)
        pipe.send(_resident())


def _resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
