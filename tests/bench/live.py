"""From a customer's webhook to the agent's screen: a real websocket, told of the message by the bus."""

import json
import os
import threading
import time

import websocket

from tests.bench import load, world
from tests.bench.table import figure, median, percentile
from tests.lib import environment as env
from tests.lib.server import OdooServer

IDLE_MESSAGES = 40
STEADY_SECONDS = 20
SURGE_SECONDS = 600 if os.environ.get("LONG") == "1" else 120
SURGE_RATE = 200
CUSTOMERS = 1000
BODY = 4  # messages a webhook body, at load
SENDERS = 4


def run(name, setting):
    numbers = world.make_customers(name, CUSTOMERS)
    server = OdooServer(name, workers=2, cron_threads=2).start()
    screen = None
    try:
        screen = Screen(server)
        _flow(server, setting, screen, numbers, 25, 5)  # warm up; each process loads what it needs
        idle = _flow(server, setting, screen, numbers, 2, IDLE_MESSAGES / 2, body=1)
        _report("webhook -> screen, idle", idle, 150, 250)
        steady = _flow(server, setting, screen, numbers, 200, STEADY_SECONDS)
        _report("webhook -> screen, steady 200/s", steady, 200, 300)
        _surge(server, setting, screen, numbers)
    finally:
        if screen:
            screen.close()
        server.stop()


def _report(label, delays, middle, high):
    p50, p95 = median(delays), percentile(delays, 0.95)
    figure(label, p50, "ms", target=f"<= {middle} ms", ok=p50 <= middle)
    figure(f"{label}, p95", p95, "ms", target=f"<= {high} ms", ok=p95 <= high)


def _surge(server, setting, screen, numbers):
    """25 → 200 messages a second, while agents answer."""
    _flow(server, setting, screen, numbers, 25, 5)
    stop = threading.Event()
    answering = threading.Thread(target=_answer_until, args=(server, stop))
    answering.start()
    try:
        delays = _flow(server, setting, screen, numbers, SURGE_RATE, SURGE_SECONDS)
    finally:
        stop.set()
        answering.join()
    minute = SURGE_RATE * 60
    first, last = median(delays[:minute]), median(delays[-minute:])
    figure(
        f"surge 25 -> 200/s for {SURGE_SECONDS} s: delay in its last minute", last, "ms", baseline=first,
        ratio=last / first, target="<= 1.5 x in its first", ok=last <= 1.5 * first,
    )  # fmt: skip
    p95 = percentile(delays, 0.95)
    figure(f"surge 25 -> 200/s for {SURGE_SECONDS} s, p95", p95, "ms", target="<= 300 ms", ok=p95 <= 300)


def _answer_until(server, stop):
    """An agent who answers twice a second."""
    rpc = server.rpc(world.AGENT)
    while not stop.wait(0.5):
        [[conversation_id]] = server.sql(
            "SELECT c.id FROM omnichannel_conversation c JOIN omnichannel_channel ch ON ch.id = c.channel_id "
            "WHERE ch.test_account = 'bench' AND c.state = 'open' AND c.identity_id IS NOT NULL "
            "ORDER BY c.last_message_date DESC LIMIT 1"
        )
        rpc.request(
            "/mail/message/post",
            {
                "thread_model": "omnichannel.conversation",
                "thread_id": conversation_id,
                "post_data": {
                    "body": "It is on its way",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )


def _flow(server, setting, screen, numbers, rate, seconds, body=BODY):
    """Send at a steady pace and wait until all of it is on the screen, each once and in order.

    :return: milliseconds from each message's POST until the screen knew, in the order of sending
    """
    path = f"/omnichannel/webhook/{setting['token']}"
    bodies, number = [], 0
    for _body in range(int(rate * seconds / body)):
        items = [world.text(numbers[(number + i) % len(numbers)]) for i in range(body)]
        number += body
        raw = world.encode(*items)
        request = load.request(path, raw, [("X-Test-Signature", world.sign(raw))])
        bodies.append((request, [item["uid"] for item in items]))
    sent = _send_paced(server.port, bodies, rate / body)
    uids = [uid for _request, own in bodies for uid in own]
    ids = screen.wait_for(server, uids)
    _check_order([ids[uid] for uid in uids], len(numbers))
    return [(screen.arrived[ids[uid]] - sent[uid]) * 1000 for uid in uids]


def _check_order(ids, customers):
    """Each customer's messages became messages in the order in which they were sent."""
    for customer in range(customers):
        own = ids[customer::customers]
        assert own == sorted(own), "a customer's messages changed their order"


def _send_paced(port, bodies, pace):
    """POST each body at its moment; returns when each message's request was begun."""
    sent, failed = {}, []
    start = time.perf_counter() + 0.1

    def client(offset):
        for index in range(offset, len(bodies), SENDERS):
            request, uids = bodies[index]
            time.sleep(max(0, start + index / pace - time.perf_counter()))
            sent.update(dict.fromkeys(uids, time.perf_counter()))
            status = load.post(port, request)
            if status != 200:
                failed.append(status)

    threads = [threading.Thread(target=client, args=(offset,)) for offset in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, f"a webhook was answered with {failed[0]}"
    return sent


class Socket:
    """A browser, as far as the bus goes: when it learnt of which message."""

    def __init__(self, server, cookie):
        self.arrived = {}  # mail.message id → when
        self._socket = websocket.create_connection(
            f"ws://127.0.0.1:{server.gevent_port}/websocket?version=19.0-2", cookie=cookie, origin=server.url
        )
        self.subscribe()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def subscribe(self):
        """Ask for all that this user is to hear of now."""
        subscription = {"channels": [], "last": 0}
        self._socket.send(json.dumps({"event_name": "subscribe", "data": subscription}))

    def close(self):
        self._socket.close()

    def _listen(self):
        while True:
            try:
                notifications = json.loads(self._socket.recv())
            except (websocket.WebSocketException, OSError, ValueError):
                return
            now = time.perf_counter()
            for notification in notifications:
                for message_id in self._message_ids_of(notification["message"]):
                    self.arrived.setdefault(message_id, now)

    def _message_ids_of(self, message):
        """The mail.message ids that a notification brings."""
        raise NotImplementedError


class Screen(Socket):
    """An agent's inbox."""

    def __init__(self, server):
        super().__init__(server, f"session_id={server.rpc(world.AGENT).http.cookies['session_id']}")
        time.sleep(1)

    def _message_ids_of(self, message):
        if message["type"] != "omnichannel/update":
            return []
        return [message_id for ids in message["payload"]["messages"].values() for message_id in ids]

    def wait_for(self, server, uids, timeout=120):
        """{uid: message id}; fails when one is lost."""
        world.settle(server.database, timeout)
        deadline = time.monotonic() + 20
        while True:
            ids = self._message_ids(server, uids)
            missing = [uid for uid in uids if ids.get(uid) not in self.arrived]
            if not missing:
                return ids
            assert time.monotonic() < deadline, f"{len(missing)} of {len(uids)} never came to the screen"
            time.sleep(0.2)

    def _message_ids(self, server, uids):
        connection = env.connect(server.database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT provider_uid, mail_message_id FROM omnichannel_message"
                    " WHERE provider_uid = ANY(%s)",
                    [uids],
                )
                return dict(cursor.fetchall())
        finally:
            connection.close()
