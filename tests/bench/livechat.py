"""A website's chat: from the visitor's message to the agent's screen and back, alone and with 200 at once.

Against Odoo's own live chat in the same run: a visitor and an operator in Discuss.
"""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from tests.bench import load, world
from tests.bench.live import Screen, Socket
from tests.bench.table import figure, median, percentile
from tests.lib.livechat import LiveChat, Visitor
from tests.lib.server import OdooServer
from tests.lib.waiting import wait_for

ALONE = 40  # messages each way
VISITORS = 200
ARRIVING = 16  # browsers that ask at the same moment
SECONDS = 30
RATE = 20  # visitors' messages a second: each of them writes every ten seconds
ANSWERS = 4  # a second
OPERATOR = "bench_operator"


def run(name, setting):
    _make_operator(name)
    server = OdooServer(name, workers=2, cron_threads=2).start()
    sides = []
    try:
        sides += [Plain(server, setting), Ours(server, setting)]
        alone = [side.exchange([side.come()], 2, ALONE / 2) for side in sides]
        _report("chat, one visitor", *alone, limits=(150, 250))
        for side in sides:
            side.arrive()
        many = [side.exchange(side.guests[-VISITORS:], RATE, SECONDS) for side in sides]
        _report(f"chat, {VISITORS} visitors, {RATE}/s", *many)
    finally:
        for side in sides:
            side.close()
        server.stop()


def _report(label, plain, ours, limits=()):
    """Both ways, beside Odoo's own chat under the same load.

    :param limits: milliseconds of (median, 95th percentile) to be reached
    """
    for way, found, baseline in zip(("visitor -> agent", "agent -> visitor"), ours, plain):
        for number, (suffix, share) in enumerate((("", 0.5), (", p95", 0.95))):
            value, odoos = percentile(found, share), percentile(baseline, share)
            target = {"target": f"<= {limits[number]} ms", "ok": value <= limits[number]} if limits else {}
            figure(f"{label}: {way}{suffix}", value, "ms", baseline=odoos, ratio=value / odoos, **target)


def _make_operator(name):
    """Somebody with Odoo's own right to chat, who is there."""
    with world.inside(name) as odoo:
        user = odoo["res.users"].search([("login", "=", OPERATOR)])
        if not user:
            group = odoo.ref("im_livechat.im_livechat_group_user")
            user = user.create(
                {
                    "name": "Bench Operator",
                    "login": OPERATOR,
                    "password": OPERATOR,
                    "group_ids": [(4, group.id)],
                }
            )
        odoo["mail.presence"].search([("user_id", "=", user.id)]).unlink()
        odoo["mail.presence"].create({"user_id": user.id, "status": "online"})
        odoo.cr.commit()


class Side:
    """A live chat with its visitors and whoever answers them."""

    name = ""
    login = ""

    def __init__(self, server):
        self.server = server
        self.cookie = f"session_id={server.rpc(self.login).http.cookies['session_id']}"
        self.guests = []

    def close(self):
        self.screen.close()
        for guest in self.guests:
            guest.window.close()

    def come(self):
        """A visitor whose chat has begun."""
        guest = Guest(self.server, self.chat)
        self.guests.append(guest)
        return guest

    def listen(self):
        """Have whoever answers hear of the chats that are there; Odoo's page does so for each."""
        self.screen.subscribe()
        time.sleep(1)

    def arrive(self):
        """So many visitors open a chat and say hello as fast as the server lets them."""
        begun = time.perf_counter()
        with ThreadPoolExecutor(ARRIVING) as pool:
            guests = list(pool.map(lambda _number: self.come(), range(VISITORS)))
            rate = VISITORS / (time.perf_counter() - begun)
            figure(f"{self.name}: {VISITORS} visitors open it at once", rate, "/s")
            self.listen()
            said = list(pool.map(lambda guest: (guest, *guest.say("hello")), guests))
        delays = self.delays_there(said)
        figure(f"{self.name}: {VISITORS} hellos at once -> agent, median", median(delays), "ms")
        figure(f"{self.name}: {VISITORS} hellos at once -> agent, the last", max(delays), "ms")

    def exchange(self, guests, rate, seconds):
        """Visitors write at a pace and agents answer them; all must arrive, once and in order.

        :return: milliseconds of (visitors' messages, agents' answers), from the click until it is shown
        """
        self.listen()
        self.delays_there([(guest, *guest.say("hello")) for guest in guests[:1]])  # warm up
        self.prepare(guests)
        answers = []
        answering = threading.Thread(
            target=lambda: answers.extend(self.answer(guests, min(rate, ANSWERS), seconds))
        )
        answering.start()
        said = _say_paced(guests, rate, seconds)
        answering.join()
        return self.delays_there(said), self.delays_back(answers)

    def prepare(self, guests):
        """Find out where each visitor is answered."""

    def answer(self, guests, rate, seconds):
        """Answer one visitor after the other; [(visitor, mail.message id, when it was begun)]."""
        start = time.perf_counter() + 0.1
        for number in range(int(rate * seconds)):
            time.sleep(max(0, start + number / rate - time.perf_counter()))
            guest = guests[number % len(guests)]
            sent = time.perf_counter()
            yield guest, _post(self.server, self.cookie, *self.thread_of(guest), f"answer {number}"), sent

    def delays_there(self, said):
        """Milliseconds until each message was before whoever answers.

        :param said: list of (visitor, message id, when it was begun)
        """
        ids = self.ids_there([message_id for _guest, message_id, _sent in said])
        for guest in {guest for guest, _message_id, _sent in said}:
            own = [ids[message_id] for writer, message_id, _sent in said if writer is guest]
            assert own == sorted(own), "a visitor's messages changed their order"
        wait_for(lambda: all(found in self.screen.arrived for found in ids.values()), 60, what="all messages")
        return [(self.screen.arrived[ids[message_id]] - sent) * 1000 for _guest, message_id, sent in said]

    def delays_back(self, answers):
        """Milliseconds until each answer was in its visitor's window."""
        ids = self.ids_back([message_id for _guest, message_id, _sent in answers])
        wait_for(
            lambda: all(ids[message_id] in guest.window.arrived for guest, message_id, _sent in answers),
            60,
            what="all answers in the visitors' windows",
        )
        return [(guest.window.arrived[ids[message_id]] - sent) * 1000 for guest, message_id, sent in answers]


class Plain(Side):
    """Odoo's own: an operator in Discuss."""

    name = "Odoo's chat"
    login = OPERATOR

    def __init__(self, server, _setting):
        super().__init__(server)
        rpc = server.rpc()
        [user] = rpc("res.users", "search", [["login", "=", OPERATOR]])
        chat = rpc("im_livechat.channel", "create", {"name": "Plain", "user_ids": [[6, 0, [user]]]})
        self.chat = SimpleNamespace(odoo=server, id=chat)
        self.screen = DiscussSocket(server, self.cookie)

    def thread_of(self, guest):
        return "discuss.channel", guest.session

    def ids_there(self, message_ids):
        return {message_id: message_id for message_id in message_ids}

    ids_back = ids_there


class Ours(Side):
    """A connected chat: an agent in the inbox."""

    name = "chat"
    login = world.AGENT

    def __init__(self, server, setting):
        super().__init__(server)
        self.chat = LiveChat(server, team_id=setting["team"])
        self.screen = Screen(server)

    def prepare(self, guests):
        wait_for(
            lambda: self._threads().keys() >= {guest.session for guest in guests}, 60, what="all threads"
        )
        self.threads = self._threads()

    def _threads(self):
        """{session: conversation}"""
        rows = self.server.sql(
            """SELECT said.res_id, max(row.conversation_id) FROM omnichannel_message row
                 JOIN mail_message said ON said.id = row.provider_uid::int
                WHERE row.channel_id = %s AND said.model = 'discuss.channel' GROUP BY said.res_id""",
            [self.chat.channel_id],
        )
        return dict(rows)

    def thread_of(self, guest):
        return "omnichannel.conversation", self.threads[guest.session]

    def ids_there(self, message_ids):
        return self._counterparts("provider_uid::int", "mail_message_id", message_ids)

    def ids_back(self, message_ids):
        return self._counterparts("mail_message_id", "provider_uid::int", message_ids)

    def _counterparts(self, ours, theirs, message_ids):
        """{message: its counterpart on the other side}, once all of them have one."""

        def look():
            rows = self.server.sql(
                f"SELECT {ours}, {theirs} FROM omnichannel_message"
                f" WHERE channel_id = %s AND provider_uid IS NOT NULL AND {ours} = ANY(%s)",
                [self.chat.channel_id, message_ids],
            )
            return len(rows) == len(set(message_ids)) and dict(rows)

        return wait_for(look, 60, 0.5, what="all messages on the other side")


def _say_paced(guests, rate, seconds):
    """[(visitor, message id, when the request was begun)]; each visitor waits for their own answer."""
    start = time.perf_counter() + 0.1

    def write(number):
        guest = guests[number % len(guests)]
        time.sleep(max(0, start + number / rate - time.perf_counter()))
        return guest, *guest.say(f"message {number}")

    with ThreadPoolExecutor(min(len(guests), ARRIVING)) as pool:
        return list(pool.map(write, range(int(rate * seconds))))


# -- people --------------------------------------------------------------------------


class DiscussSocket(Socket):
    """A visitor's chat window, or Discuss."""

    def _message_ids_of(self, message):
        if message["type"] != "discuss.channel/new_message":
            return []
        return [said["id"] for said in message["payload"]["data"]["mail.message"]]


class Guest(Visitor):
    """A visitor whose window is open."""

    def __init__(self, server, chat):
        super().__init__(chat)
        self.come()
        self.cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.browser.cookies)
        self.window = DiscussSocket(server, self.cookie)

    def say(self, text, **_values):
        """:return: the message's id, and when the request was begun"""
        sent = time.perf_counter()
        return _post(self.chat.odoo, self.cookie, "discuss.channel", self.session, text), sent


def _post(server, cookie, model, record_id, body):
    """Say something as a browser does; returns the message's id."""
    values = {"body": body, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
    params = {"thread_model": model, "thread_id": record_id, "post_data": values}
    raw = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
    answer = load.answer(server.port, load.request("/mail/message/post", raw, [("Cookie", cookie)]))
    return json.loads(answer.split(b"\r\n\r\n", 1)[1])["result"]["message_id"]
