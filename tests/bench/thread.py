"""Opening a conversation with 5,000 messages, against one with 50."""

import time

from tests.bench import world
from tests.bench.table import figure, median
from tests.lib.server import OdooServer

TIMES = 40


def run(name, setting):
    numbers = world.make_customers(name, 2, "+3163")
    short, long = (_conversation(name, setting, number, count) for number, count in zip(numbers, (50, 5000)))
    world.vacuum(name)
    server = OdooServer(name, cron_threads=0).start()
    try:
        rpc = server.rpc(world.AGENT)
        times = {short: [], long: []}
        for turn in range(TIMES + 5):
            for conversation_id, taken in times.items():
                start = time.perf_counter()
                _open(rpc, conversation_id)
                if turn >= 5:
                    taken.append((time.perf_counter() - start) * 1000)
    finally:
        server.stop()
    now, before = median(times[long]), median(times[short])
    figure(
        "opening a conversation with 5,000 messages", now, "ms", baseline=before, ratio=now / before,
        target="<= 1.5 x with 50", ok=now <= 1.5 * before,
    )  # fmt: skip


def _open(rpc, conversation_id):
    """What the client asks when a conversation is clicked."""
    thread = {"thread_model": "omnichannel.conversation", "thread_id": conversation_id}
    answer = rpc.request("/mail/thread/messages", {**thread, "fetch_params": {"limit": 30}})
    assert len(answer["messages"]) == 30
    for method in ("get_client_data", "get_customer_panel", "action_mark_read"):
        rpc("omnichannel.conversation", method, [conversation_id])


def _conversation(name, setting, number, count):
    with world.inside(name) as odoo:
        channel = odoo["omnichannel.channel"].browse(setting["channel"])
        for _start in range(0, count, 50):
            odoo["omnichannel.event"]._journal(
                channel, world.encode(*(world.text(number) for _n in range(50)))
            )
        odoo.cr.commit()
        for lane in (0, 1):
            odoo["omnichannel.event"]._run_lane(lane)
        return odoo["omnichannel.identity"].search([("key", "=", number)]).conversation_id.id
