"""A mailbox by POP: a mail is deleted there only when it is in Odoo's journal, whatever dies meanwhile."""

import random
import threading
import time
from contextlib import suppress
from email.message import EmailMessage

import pytest
import requests

from tests.lib.mailbox import connect_mailbox
from tests.lib.server import RpcError
from tests.lib.waiting import wait_for

SHOP = "pop@shop.example"
KILLS = 6
MAILS = 120


@pytest.fixture(scope="module")
def mailbox(odoo, host):
    """The id of the mailbox that Odoo reads by POP."""
    pop = {"server_type": "pop", "port": host.pop_port}
    return connect_mailbox(odoo.rpc(), SHOP, host.imap_port, host.smtp.port, mailbox=pop)["server"]


def mail(number, text="Hello"):
    found = EmailMessage()
    found["From"], found["To"] = f"Customer <customer{number % 7}@customer.example>", SHOP
    found["Subject"], found["Message-Id"] = f"Question {number}", f"<pop-{number}@customer.example>"
    found.set_content(text)
    return found.as_bytes()


def fetch(odoo, mailbox):
    """Press *Fetch Now*; Odoo's own job may be at it."""
    with suppress(RpcError, requests.RequestException):
        odoo.rpc()("fetchmail.server", "fetch_mail", [mailbox])


def received(odoo, pattern="<pop-%"):
    """Message-Ids in the ledger."""
    return sorted(
        uid
        for (uid,) in odoo.sql(
            "SELECT provider_uid FROM omnichannel_message WHERE provider_uid LIKE %s AND direction = 'in'",
            [pattern],
        )
    )


def test_a_mail_is_deleted_only_when_it_is_in_the_journal(odoo, host, mailbox):
    """Odoo deletes a mail although working on it failed; here the journal cannot be written."""
    host.deliver(SHOP, mail(900), mail(901))
    odoo.sql("ALTER TABLE omnichannel_event ADD CONSTRAINT no_rows CHECK (position < 0) NOT VALID")
    try:
        odoo.expect_log("no_rows")
        odoo.rpc()("fetchmail.server", "fetch_mail", [mailbox])
        assert host.count(SHOP) == 2
    finally:
        odoo.sql("ALTER TABLE omnichannel_event DROP CONSTRAINT no_rows")
    wait_for(lambda: fetch(odoo, mailbox) or host.count(SHOP) == 0, 60, 0.5, "the mailbox being empty")
    wait_for(lambda: len(received(odoo, "<pop-90%")) == 2, 60, what="both mails in the ledger")


def test_a_mail_with_an_endless_line_holds_up_no_other(odoo, host, mailbox):
    endless = mail(910).replace(b"Hello", b".begins with a dot\r\n" + b"x" * 200_000)
    host.deliver(SHOP, endless, mail(911))
    wait_for(lambda: fetch(odoo, mailbox) or host.count(SHOP) == 0, 60, 0.5, "the mailbox being empty")
    wait_for(lambda: len(received(odoo, "<pop-91%")) == 2, 60, what="both mails in the ledger")
    [(body,)] = odoo.sql(
        "SELECT m.body FROM mail_message m JOIN omnichannel_message l ON l.mail_message_id = m.id"
        " WHERE l.provider_uid = '<pop-910@customer.example>'"
    )
    assert ".begins with a dot" in body
    assert "..begins" not in body


def test_a_server_that_is_killed_loses_and_doubles_nothing(odoo, host, mailbox):
    host.deliver(SHOP, *(mail(number) for number in range(MAILS)))
    for _kill in range(KILLS):
        reader = threading.Thread(target=fetch, args=(odoo, mailbox))
        reader.start()
        time.sleep(random.uniform(0.1, 1))
        odoo.kill()
        reader.join()
        assert len(set(received(odoo))) == len(received(odoo))
        odoo.start()
    wait_for(lambda: fetch(odoo, mailbox) or host.count(SHOP) == 0, 120, 0.5, "the mailbox being empty")
    expected = sorted(f"<pop-{number}@customer.example>" for number in range(MAILS))
    wait_for(lambda: set(expected) <= set(received(odoo)), 120, 0.5, "all mails in the ledger")
    assert len(received(odoo)) == len(set(received(odoo)))
