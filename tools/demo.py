"""`make demo`: Odoo with a web shop, two WhatsApp numbers, a mailbox, a live chat, and their conversations.

The conversations come in by their real road: the emulator posts signed webhooks, Odoo fetches mails, agents
answer over RPC.
The database is kept between runs; when the add-ons' code changed it is upgraded.
"""

import contextlib
import html
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import demo_chat
import demo_mail
import phonenumbers
from demo_dialogues import DUTCH, ENGLISH, STRANGER_QUESTIONS, STRANGERS

from emulators.mail.process import MailProcess
from emulators.whatsapp.process import EmulatorProcess
from tests.lib import database
from tests.lib import environment as env
from tests.lib.server import OdooServer, RpcError
from tests.lib.waiting import wait_for

# DEMO=other make demo: another one beside it, with data of its own.
NAME = os.environ.get("DEMO", "demo")
DATABASE = f"omnichannel_{NAME}"
CONVERSATIONS = 60
STATE = env.CACHE / NAME / "whatsapp.json"
MAILS = env.CACHE / NAME / "mail"
ACCOUNT = {
    "waba_id": "102290129340398",
    "name": "Fietshuis",
    "token": "demo-token",
    "app_secret": "demo-secret",
}
NUMBERS = [
    {
        "id": "106540352242901",
        "display_phone_number": "+31 20 123 45 01",
        "name": "WhatsApp Service",
        "team": "team_support",
    },
    {
        "id": "106540352242902",
        "display_phone_number": "+31 20 123 45 02",
        "name": "WhatsApp Sales",
        "team": "team_sales",
    },
]
LOGINS = [
    ("anna", "agent, customer service (Dutch)"),
    ("bram", "agent, sales"),
    ("sofie", "supervisor of both teams (Dutch)"),
    ("daan", "salesperson: answers from his orders"),
    ("admin", "administrator"),
]
# Customers who asked so long ago that only a template may answer them.
HOURS_WINDOW_IS_CLOSED = 30


def say(text):
    """Progress, as the scripts in this folder show it."""
    print(f"\033[1m==>\033[0m {text}", file=sys.stderr, flush=True)


def fail(text):
    """One line that says what is wrong and what to do."""
    sys.exit(f"\033[31merror:\033[0m {text}")


def require_free(port, hint):
    """Stop with one line if somebody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            fail(f"port {port} is taken: {hint}")


def prepare_database():
    """Make the demo's database or bring it up to the code; returns whether it is a new one."""
    digest = database.addons_digest()
    if database.exists(DATABASE) and _parameter("omnichannel.demo_seeded"):
        if _parameter("omnichannel.demo_digest") != digest:
            say("The code changed: upgrading the demo's database")
            installed = {
                row[0] for row in _sql("SELECT name FROM ir_module_module WHERE state = 'installed'")
            }
            old = [name for name in env.addons() if name in installed]
            new = [name for name in env.addons() if name not in installed]
            database.update(DATABASE, "-u", old, *([f"-i{','.join(new)}"] if new else []))
            _set_parameter("omnichannel.demo_digest", digest)
        return False
    if database.exists(DATABASE):
        say("The last run was stopped before its demo data was complete: starting over")
        database.drop(DATABASE)
    STATE.unlink(missing_ok=True)
    shutil.rmtree(MAILS, ignore_errors=True)
    database.create(name=DATABASE)
    _set_parameter("omnichannel.demo_digest", digest)
    return True


def connect_numbers(odoo, emulator):
    """Tell Odoo and the emulator where the other one is; both keep their records from run to run."""
    rpc = odoo.rpc()
    rpc("ir.config_parameter", "set_param", "web.base.url", odoo.url.replace("127.0.0.1", "localhost"))
    if not emulator.client._get("accounts"):
        emulator.client.add_account(**ACCOUNT)
        for number in NUMBERS:
            emulator.client.add_number(ACCOUNT["waba_id"], number["display_phone_number"], id=number["id"])
    channels = [_channel(rpc, number, emulator.url) for number in NUMBERS]
    [first] = rpc("omnichannel.channel", "read", channels[:1], ["webhook_token", "whatsapp_verify_token"])
    emulator.client.set_callback(
        ACCOUNT["waba_id"],
        f"{odoo.url}/omnichannel/webhook/{first['webhook_token']}",
        first["whatsapp_verify_token"],
    )
    for channel in channels:
        rpc("omnichannel.channel", "action_test_connection", [channel])
        rpc("omnichannel.channel", "action_whatsapp_sync_templates", [channel])
    return channels


def _channel(rpc, number, url):
    known = rpc("omnichannel.channel", "search", [["whatsapp_phone_number_id", "=", number["id"]]])
    if known:
        rpc("omnichannel.channel", "write", known, {"whatsapp_api_url": url})
        return known[0]
    return rpc(
        "omnichannel.channel",
        "create",
        {
            "name": number["name"],
            "channel_type": "whatsapp",
            "address": number["display_phone_number"],
            "team_id": _ref(rpc, number["team"]),
            "whatsapp_phone_number_id": number["id"],
            "whatsapp_business_account_id": ACCOUNT["waba_id"],
            "whatsapp_token": ACCOUNT["token"],
            "whatsapp_app_secret": ACCOUNT["app_secret"],
            "whatsapp_api_url": url,
        },
    )


def _ref(rpc, name):
    domain = [["module", "=", "omnichannel_inbox"], ["name", "=", name]]
    return rpc("ir.model.data", "search_read", domain, ["res_id"])[0]["res_id"]


def seed(odoo, emulator):
    """Sixty people write; the agents answer some of them, and some have the last word."""
    say(f"{CONVERSATIONS} customers are writing")
    chats = list(
        itertools.islice(itertools.chain(_customer_chats(odoo.rpc()), _stranger_chats()), CONVERSATIONS)
    )
    emulator.client.write_many([_opening(chat, index) for index, chat in enumerate(chats)])
    wait_for(lambda: _settled(odoo, emulator), 180, what="the customers' questions being worked")
    say("The agents answer")
    found = _conversations_by_address(odoo)
    agents = _agents(odoo)
    answered = [(chat, found[chat["wa_id"]]) for chat in chats if chat["answer"]]
    for chat, conversation in answered:
        _answer(next(agents[chat["number"]]), chat["answer"], conversation)
    wait_for(lambda: _settled(odoo, emulator), 180, what="the answers being sent")
    emulator.client.write_many(
        [_message(chat, chat["last"]) for chat, _conversation in answered if chat["last"]]
    )
    wait_for(lambda: _settled(odoo, emulator), 180, what="the customers' last words being worked")
    for chat, conversation in answered:
        _finish(odoo.rpc(), chat, conversation)
    total = odoo.sql("SELECT count(*) FROM omnichannel_conversation WHERE last_inbound_date IS NOT NULL")[0][
        0
    ]
    if total < CONVERSATIONS:
        fail(f"only {total} of {CONVERSATIONS} conversations came in: see {odoo.log_path}")
    _set_parameter("omnichannel.demo_seeded", "1")


def seed_mails(odoo, mails, channel):
    """Some customers write mails, of whom some wrote on WhatsApp, too; agents answer a part of them."""
    say("Some write mails")
    writers = demo_mail.Writers(odoo, mails, channel)
    writers.ask()
    answered = writers.answered()
    agents = list(_agents(odoo).values())
    for mail, conversation in answered:
        _answer(next(agents[mail["team"]]), mail["answer"], conversation)
    writers.wait_for_answers()
    writers.have_last_words()
    for mail, conversation in answered:
        _finish(odoo.rpc(), mail, conversation)
    _set_parameter("omnichannel.demo_mails", "1")


def _customer_chats(rpc):
    """A chat for each customer of the demo data with a mobile number of their own."""
    partners = _demo_partners(rpc)
    orders = {}
    for order in rpc(
        "sale.order", "search_read", [["partner_id", "in", list(partners)]], ["name", "partner_id"]
    ):
        orders[order["partner_id"][0]] = order["name"]
    dialogues = {True: itertools.cycle(DUTCH), False: itertools.cycle(ENGLISH)}
    seen = set()
    for index, (partner_id, partner) in enumerate(partners.items()):
        wa_id = _wa_id(partner)
        if wa_id and wa_id not in seen:
            seen.add(wa_id)
            dialogue = next(dialogues[partner["lang"] == "nl_NL"])
            yield _chat(wa_id, partner["name"], dialogue, NUMBERS[index % 2], orders.get(partner_id))


def _demo_partners(rpc):
    partners = rpc(
        "res.partner", "read", _demo_customers(rpc), ["name", "phone", "country_code", "lang", "is_company"]
    )
    return {partner["id"]: partner for partner in partners if not partner["is_company"]}


def _demo_customers(rpc):
    """Ids of the demo data's customers."""
    domain = [
        ["module", "=", "omnichannel_inbox"],
        ["model", "=", "res.partner"],
        ["name", "like", "customer_"],
    ]
    return [row["res_id"] for row in rpc("ir.model.data", "search_read", domain, ["res_id"], order="name")]


def _wa_id(partner):
    try:
        number = phonenumbers.parse(partner["phone"], partner["country_code"])
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")


def _stranger_chats():
    questions = itertools.cycle(STRANGER_QUESTIONS)
    for index, name in enumerate(STRANGERS):
        yield _chat(f"3168765{4300 + index}", name, next(questions), NUMBERS[index % 3 == 0], None)


def _chat(wa_id, name, dialogue, number, order):
    tag, question, answer, last, state = dialogue
    question = question.replace("{order}", order or "").replace("  ", " ")
    return {
        "wa_id": wa_id, "name": name, "number": number["id"], "tag": tag, "question": question,
        "answer": answer, "last": last, "state": state,
    }  # fmt: skip


def _opening(chat, index):
    """The first message, between minutes and most of a day ago."""
    hours = (index * 7 % 40) / 2
    if not chat["answer"] and index % 4 == 0:
        hours = HOURS_WINDOW_IS_CLOSED
    return _message(chat, chat["question"], timestamp=time.time() - hours * 3600 - 120)


def _message(chat, body, **values):
    customer = {"wa_id": chat["wa_id"], "name": chat["name"]}
    return {"number": chat["number"], "customer": customer, "body": body, **values}


def _settled(odoo, emulator):
    """Nothing is on its way any more, in either direction."""
    waiting = odoo.sql(
        "SELECT (SELECT count(*) FROM omnichannel_event WHERE state = 'pending')"
        " + (SELECT count(*) FROM omnichannel_message WHERE state IN ('queued', 'sending', 'sent'))"
    )
    return waiting == [(0,)] and not emulator.client.pending()


def _conversations_by_address(odoo):
    """Customer's WhatsApp id → conversation and channel."""
    rows = odoo.sql(
        "SELECT regexp_replace(i.address, '\\D', '', 'g'), c.id, c.channel_id, i.id"
        " FROM omnichannel_conversation c JOIN omnichannel_identity i ON i.id = c.identity_id"
    )
    return {address: {"id": id_, "channel": channel, "identity": who} for address, id_, channel, who in rows}


def _agents(odoo):
    """Number's id → those of its team, in turn. Sofie is in both teams and helps with each third question."""
    anna, bram, sofie = odoo.rpc("anna"), odoo.rpc("bram"), odoo.rpc("sofie")
    teams = ([anna, anna, sofie], [bram, bram, sofie])
    return {number["id"]: itertools.cycle(team) for number, team in zip(NUMBERS, teams, strict=True)}


def _answer(agent, body, conversation):
    """An agent takes the conversation and answers, as the inbox does it."""
    agent("omnichannel.conversation", "action_assign_to_me", [conversation["id"]])
    agent.request(
        "/mail/message/post",
        {
            "thread_model": "omnichannel.conversation",
            "thread_id": conversation["id"],
            "post_data": {
                "body": html.escape(body).replace("\n", "<br>"),
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "omnichannel_channel_id": conversation["channel"],
                "omnichannel_identity_id": conversation["identity"],
            },
        },
    )


def _finish(rpc, chat, conversation):
    """Tag it and leave it in the state that the dialogue ends in."""
    ids = [conversation["id"]]
    rpc("omnichannel.conversation", "write", ids, {"tag_ids": [[4, _ref(rpc, f"tag_{chat['tag'].lower()}")]]})
    if chat["state"] == "closed":
        rpc("omnichannel.conversation", "action_close", ids)
    elif chat["state"] == "pending":
        rpc("omnichannel.conversation", "action_pending", ids)
    elif chat["state"] == "snoozed":
        until = datetime.now(UTC) + timedelta(hours=20)
        rpc("omnichannel.conversation", "action_snooze", ids, until.strftime("%Y-%m-%d %H:%M:%S"))


def _sql(query, parameters=None):
    connection = env.connect(DATABASE)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def _parameter(key):
    rows = _sql("SELECT value FROM ir_config_parameter WHERE key = %s", [key])
    return rows and rows[0][0]


def _set_parameter(key, value):
    _sql(
        "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)"
        " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
        [key, value],
    )


def _stop_postgres():
    """Stop the cluster if this run started it and nobody else is using it by now."""
    if not os.environ.get("OMNICHANNEL_STARTED_POSTGRES"):
        return
    connection = env.connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        others = cursor.fetchone()[0] - 1
    connection.close()
    if not others:
        subprocess.run(["bash", "-c", ". tools/lib.sh && postgres_stop"], cwd=env.ROOT, check=False)


def seed_chats(odoo, chat):
    """Some visitors of the website chat, and are answered."""
    say("Visitors chat")
    agents = list(_agents(odoo).values())
    for conversation, answer in demo_chat.ask(odoo, chat):
        _answer(next(agents[0]), answer, conversation)
    _set_parameter("omnichannel.demo_chats", "1")


def announce(port, chat):
    """Where to go, and as whom."""
    print(f"\n  Odoo                http://localhost:{port}/odoo/inbox")
    print(
        f"  Customer's phone    http://localhost:{port + 1}/phone     (write as a customer, see the answers)"
    )
    print(f"  Customer's mailbox  http://localhost:{port + 2}/mailbox   (the same by mail)")
    print(f"  Website's chat      http://localhost:{port}/im_livechat/support/{chat['id']}\n")
    print("  login and password")
    for login, role in LOGINS:
        print(f"    {login:<8} {role}")
    print(
        "\n  Ctrl-C stops it; the data stays for the next `make demo`; `make clean` removes it.\n", flush=True
    )


def run(port):
    """All of it, until Ctrl-C."""
    env.DATA_DIR.mkdir(parents=True, exist_ok=True)
    STATE.parent.mkdir(parents=True, exist_ok=True)
    new = prepare_database()
    with contextlib.ExitStack() as stack:
        stack.callback(say, "Stopped")
        say("Starting the emulators and Odoo")
        emulator = EmulatorProcess(STATE, port=port + 1)
        stack.callback(lambda: emulator.process and emulator.stop())
        emulator.start()
        mails = MailProcess(MAILS, demo_mail.SHOP, port=port + 2)
        stack.callback(lambda: mails.process and mails.stop())
        mails.start()
        odoo = OdooServer(DATABASE, port=port)
        stack.callback(odoo.stop)
        odoo.start()
        connect_numbers(odoo, emulator)
        if new:
            seed(odoo, emulator)
        rpc = odoo.rpc()
        mailbox = demo_mail.connect(rpc, mails, _ref(rpc, "team_support"))
        demo_mail.meet_customers(rpc, mails, _demo_customers(rpc))
        if not _parameter("omnichannel.demo_mails"):
            seed_mails(odoo, mails, mailbox)
        chat = demo_chat.connect(rpc, _ref(rpc, "team_support"))
        if not _parameter("omnichannel.demo_chats"):
            seed_chats(odoo, chat)
        announce(port, chat)
        while all(server.process.poll() is None for server in (odoo, emulator, mails)):
            demo_mail.fetch(rpc, mails, mailbox)
            time.sleep(0.5)
        fail(f"a server ended by itself: see {odoo.log_path}")


def wanted_port():
    """The port that PORT names, when it and the emulators' beside it are free."""
    try:
        port = int(os.environ.get("PORT", "8069"))
    except ValueError:
        fail("PORT is not a number: PORT=8070 make demo")
    if not 1024 <= port < 65534:
        fail("PORT has to be between 1024 and 65533: PORT=8070 make demo")
    require_free(port, f"PORT={port + 10} make demo")
    require_free(port + 1, f"the WhatsApp emulator needs it: PORT={port + 10} make demo")
    require_free(port + 2, f"the mail emulator needs it: PORT={port + 10} make demo")
    return port


def main():
    """Check what can be wrong before anything is started."""
    # Also where Ctrl-C was switched off, as it is for what a script starts in the background.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        port = wanted_port()
        if shutil.disk_usage(env.CACHE).free < 1 << 30:
            fail(f"{env.CACHE} has less than 1 GB free: make room or set OMNICHANNEL_CACHE")
        run(port)
    except KeyboardInterrupt:
        pass
    except (database.InstallError, RpcError, RuntimeError, AssertionError) as error:
        fail(str(error))
    finally:
        _stop_postgres()


if __name__ == "__main__":
    main()
