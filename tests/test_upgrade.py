"""A database that the add-ons filled before they knew e-mail: upgraded, nothing is lost, and work goes on."""

import pytest

from tests.lib import database
from tests.lib.connected import connected_number
from tests.lib.number import text
from tests.lib.server import OdooServer
from tests.lib.upgrade import assert_kept, former_addons, former_database, rows, upgraded_server
from tests.lib.waiting import wait_for

FORMER = "1f9d4a8bdb67"  # WhatsApp and the inbox, and nothing of e-mail
KARIN, OMAR = "31612340001", "31612340002"


@pytest.fixture(scope="module")
def filled(cluster, tmp_path_factory, phones):
    """(database, number, its rows) as the former add-ons left it, with work under way."""
    folder = tmp_path_factory.mktemp("former")
    former_addons(FORMER, folder)
    with former_database(folder) as name:
        server = OdooServer(name).start()
        try:
            number = connected_number(server, phones)
            talk(server, number, phones)
        finally:
            server.stop()
        server.cron_threads = 0
        server.start()
        try:
            leave_work(server, number)
        finally:
            server.stop()
        server.check_log()
    yield name, number, rows(name)
    database.drop(name)


def talk(server, number, phones):
    """Two customers, of whom one is answered, noted about and closed."""
    for phone, question in {KARIN: "Where is my bike?", OMAR: "Are you open?"}.items():
        phones.client.write(number.account, phone, question)
    wait_for(
        lambda: server.sql("SELECT count(*) FROM omnichannel_message") == [(2,)], 30, what="their questions"
    )
    anna = server.rpc("anna")
    conversation = conversation_of(server, KARIN)
    post(anna, conversation, "It leaves today.")
    wait_for(
        lambda: server.sql("SELECT 1 FROM omnichannel_message WHERE state = 'delivered'"), 30, what="a tick"
    )
    post(anna, conversation, "She is in a hurry.", subtype_xmlid="mail.mt_note")
    phones.client.read(number.account, KARIN)
    wait_for(lambda: server.sql("SELECT 1 FROM omnichannel_message WHERE state = 'read'"), 30, what="a tick")
    anna("omnichannel.conversation", "action_close", [conversation])


def leave_work(server, number):
    """Nobody works now: a webhook waits in the journal, and an answer to be sent."""
    assert number.post(number.body(text(KARIN, "Thank you!"))).status_code == 200
    post(server.rpc("anna"), conversation_of(server, OMAR), "Until six.")


def conversation_of(server, phone):
    found = """SELECT c.id FROM omnichannel_conversation c
                 JOIN omnichannel_identity i ON i.id = c.identity_id WHERE i.address = %s"""
    [(conversation_id,)] = server.sql(found, [f"+{phone}"])
    return conversation_id


def post(rpc, conversation_id, body, subtype_xmlid="mail.mt_comment"):
    """Post as the web client does."""
    rpc.request(
        "/mail/message/post",
        {
            "thread_model": "omnichannel.conversation",
            "thread_id": conversation_id,
            "post_data": {"body": body, "message_type": "comment", "subtype_xmlid": subtype_xmlid},
        },
    )


@pytest.fixture(scope="module")
def upgraded(filled):
    """A server over the upgraded database."""
    name, _number, _rows_before = filled
    with upgraded_server(name) as server:
        yield server


def test_every_row_is_what_it_was(filled, upgraded):
    name, _number, before = filled
    after = rows(name)
    assert len(before["omnichannel_message"]) == 4, "the database was not filled"
    assert_kept(before, after)


def test_work_goes_on(filled, upgraded, phones):
    _name, number, _before = filled
    sends = len(phones.client.sends())
    karin = conversation_of(upgraded, KARIN)
    upgraded.start()
    upgraded.wake_jobs()
    number.odoo, number.rpc = upgraded, upgraded.rpc()
    # What waited is worked, once: the journal's webhook, and the answer.
    number.wait_until_worked()
    wait_for(lambda: len(phones.client.sends()) > sends, 90, what="the answer that waited")
    assert [send["payload"]["text"]["body"] for send in phones.client.sends()][sends:] == ["Until six."]
    state = "SELECT state FROM omnichannel_conversation WHERE id = %s"
    assert upgraded.sql(state, [karin]) == [("open",)], "she wrote again"
    assert said(upgraded, karin) == [
        "Where is my bike?",
        "It leaves today.",
        "She is in a hurry.",
        "Thank you!",
    ]
    post(upgraded.rpc("anna"), karin, "You are welcome.")
    wait_for(lambda: len(phones.client.sends()) == sends + 2, 30, what="an answer of today")


def said(server, conversation_id):
    """The texts of a conversation as an agent's client gets them, oldest first."""
    found = server.rpc("anna").request(
        "/mail/thread/messages",
        {"thread_model": "omnichannel.conversation", "thread_id": conversation_id, "fetch_params": {}},
    )
    bodies = {message["id"]: message for message in found["data"]["mail.message"]}
    texts = [str(bodies[message_id]["body"]) for message_id in reversed(found["messages"])]
    return [text.removeprefix("['markup', '<p>").removesuffix("</p>']") for text in texts if "<p>" in text]
