"""`make bench`, or `BENCH=webhook,worker make bench`; LONG=1: a surge of 10 minutes, 100,000 messages."""

import importlib
import os
import sys
import traceback

from tests.bench import table, world
from tests.lib import environment as env

BENCHES = ("webhook", "worker", "mail", "live", "livechat", "memory", "inbox", "answer", "order", "thread")


def main():
    wanted = [part for part in os.environ.get("BENCH", "").replace(",", " ").split() if part] or BENCHES
    unknown = set(wanted).difference(BENCHES)
    if unknown:
        sys.exit(f"BENCH knows {', '.join(BENCHES)}; not {', '.join(sorted(unknown))}")
    env.start_postgres()
    world.use_bench_addons()
    name = world.make_database()
    broken = []
    try:
        world.load_odoo()
        setting = world.set_up(name)
        for bench in wanted:
            print(f"==> {bench}", file=sys.stderr, flush=True)
            try:
                importlib.import_module(f"tests.bench.{bench}").run(name, setting)
            except Exception:  # noqa: BLE001 - the other figures are wanted all the same
                traceback.print_exc()
                broken.append(bench)
    finally:
        world.close()
        world.drop_database(name)
    table.finish()
    # A figure that falls short is a result; a bench that broke is an error.
    sys.exit(f"broken: {', '.join(broken)}" if broken else 0)


if __name__ == "__main__":
    main()
