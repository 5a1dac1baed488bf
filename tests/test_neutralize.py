"""A copy of the production database, made harmless by Odoo's own command: nothing leaves it any more."""

import subprocess

import pytest
from playwright.sync_api import expect

from emulators.whatsapp.process import EmulatorProcess
from tests.lib import browser as browsers
from tests.lib import database
from tests.lib import environment as env
from tests.lib.connected import connected_number
from tests.lib.number import image
from tests.lib.server import OdooServer, RpcError
from tests.lib.waiting import wait_for

COPY = "This is a copy of a production database"
PHONE = "31655500041"


@pytest.fixture(scope="module")
def phones():
    with EmulatorProcess() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def production(server_factory, phones):
    """A server that stopped with an answer on its way out and a customer's picture still to be fetched."""
    server = server_factory()
    number = connected_number(server, phones)
    number.rpc("omnichannel.channel", "action_whatsapp_sync_templates", [number.channel_id])
    phones.client.write(number.account, {"wa_id": PHONE, "name": "Wilma Kopie"}, "Hello?")
    conversation = wait_for(lambda: _conversation(server), 30, what="the conversation")
    # Not stopped: Odoo would write errors about jobs that it cuts off.
    server.kill()
    server.cron_threads = 0
    server.start()
    _answer(server, conversation)
    assert number.post(number.body(image(PHONE))).status_code == 200
    server.stop()
    return server


def _conversation(server):
    rows = server.sql(
        "SELECT r.conversation_id FROM omnichannel_conversation_identity_rel r"
        " JOIN omnichannel_identity i ON i.id = r.identity_id WHERE i.key = %s",
        [f"+{PHONE}"],
    )
    return rows and rows[0][0]


def _answer(server, conversation):
    post = {"body": "On its way.", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
    server.rpc("admin").request(
        "/mail/message/post",
        {"thread_model": "omnichannel.conversation", "thread_id": conversation, "post_data": post},
    )


@pytest.fixture(scope="module")
def copy(production):
    """A server over a neutralised copy, its scheduled jobs switched on again."""
    name = database.create(template=production.database)
    command, environment = env.odoo_command("neutralize", "-d", name)
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=120)
    server = OdooServer(name)
    server.sql("UPDATE ir_cron SET active = true WHERE cron_name ~ '^(Omnichannel|WhatsApp): '")
    yield server.start()
    server.stop()
    server.check_log()
    database.drop(name)


def test_nothing_leaves_the_queue(production, copy, phones):
    states = "SELECT state FROM omnichannel_message WHERE body = 'On its way.'"
    assert production.sql(states) == [("queued",)], "it waits in production"
    # The worker runs in the copy: it makes a message of the customer's picture, and goes for the file.
    copy.wake_jobs()
    pending = "SELECT count(*) FROM omnichannel_event WHERE state = 'pending'"
    wait_for(lambda: copy.sql(pending) == [(0,)], 90, what="the journal being worked in the copy")
    own = "cron_name ~ '^(Omnichannel|WhatsApp): '"
    copy.sql(f"UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'utc', lastcall = NULL WHERE {own}")
    copy.wake_jobs()
    ran = f"SELECT count(*) FROM ir_cron WHERE {own} AND lastcall IS NULL"
    wait_for(lambda: copy.sql(ran) == [(0,)], 150, what="every job having run in the copy")
    assert copy.sql(states) == [("cancelled",)]
    assert phones.client.sends() == []
    assert phones.client.refusals() == [], "not even a call without a token"


def test_it_says_so_where_one_would_send(copy, browser):
    page = browsers.signed_in_page(browser, copy, "admin")
    page.goto(f"{copy.url}/odoo/inbox")
    page.locator(f'.o_omnichannel_card:has-text("{PHONE}")').click()
    expect(page.locator(".o_omnichannel_cannot")).to_contain_text(COPY)
    assert not page.locator(".o_omnichannel_templates").count()
    browsers.screenshot(page, "neutralized-composer")
    [[channel]] = copy.sql("SELECT id FROM omnichannel_channel")
    page.goto(f"{copy.url}/odoo/omnichannel-channels/{channel}")
    expect(page.locator(".o_form_view .alert-warning")).to_contain_text(COPY)
    for name in ("action_test_connection", "action_whatsapp_sync_templates"):
        assert not page.locator(f"button[name={name}]").count()
        with pytest.raises(RpcError, match=COPY):
            copy.rpc()("omnichannel.channel", name, [channel])
    browsers.screenshot(page, "neutralized-channel")
    assert not page.errors
    page.context.close()


def test_who_writes_anyway_is_refused(copy):
    with pytest.raises(RpcError, match=COPY):
        _answer(copy, _conversation(copy))
    assert copy.sql("SELECT count(*) FROM omnichannel_message WHERE state = 'queued'") == [(0,)]


def test_the_copy_knows_no_secret(copy):
    secrets = "SELECT count(whatsapp_token), count(whatsapp_app_secret) FROM omnichannel_channel"
    assert copy.sql(secrets) == [(0, 0)]
