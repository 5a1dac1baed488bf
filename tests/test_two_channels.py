"""One customer on WhatsApp and by mail: one conversation, and answers leave once, as they wrote last."""

import time
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.lib.inbox import Customer, Inbox
from tests.lib.mailbox import connect_mailbox
from tests.lib.waiting import wait_for

SHOP = "support@shop.example"
QUIET = 3  # seconds in which a second answer would have left


@pytest.fixture(scope="module")
def mailbox(odoo, host):
    return connect_mailbox(odoo.rpc(), SHOP, host.imap_port, host.smtp.port)


@pytest.fixture
def karin(odoo, phones, number):
    """A customer who is known by number and address."""
    karin = Customer(phones, number)
    karin.address = f"{karin.name.lower()}@customer.example"
    odoo.rpc()(
        "res.partner", "create", {"name": karin.name, "phone": f"+{karin.wa_id}", "email": karin.address}
    )
    return karin


def write_mail(odoo, host, mailbox, sender, text):
    """The customer's mail comes in by the mailbox."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, SHOP, "My order"
    mail["Message-Id"] = make_msgid(domain="customer.example")
    mail.set_content(text)
    host.deliver(SHOP, mail.as_bytes())
    odoo.rpc()("fetchmail.server", "fetch_mail", [mailbox["server"]])


def test_one_conversation_answered_once(odoo, host, mailbox, karin, sign_in, screenshot):
    page = sign_in("anna")
    inbox = Inbox(page, odoo)
    karin.write("Is my bike ready?")
    inbox.open(karin)
    inbox.message("Is my bike ready?").wait_for()
    write_mail(odoo, host, mailbox, karin.address, "I ask by mail, too.")
    inbox.message("I ask by mail, too.").wait_for(timeout=60_000)
    assert inbox.card(karin).count() == 1

    page.locator(f'.o_omnichannel_picker:has-text("{karin.address}")').wait_for()
    answer(page, "It is ready.")
    [mail] = wait_for(lambda: host.smtp.to(karin.address), 60, what="the answer by mail")
    assert "It is ready." in mail.message.get_body(("plain",)).get_content()
    time.sleep(QUIET)
    assert karin.received == []
    assert len(host.smtp.to(karin.address)) == 1

    karin.write("Great, I come at four.")
    inbox.message("Great, I come at four.").wait_for(timeout=30_000)
    page.locator(f'.o_omnichannel_picker:has-text("+{karin.wa_id}")').wait_for()
    answer(page, "See you then.")
    wait_for(lambda: karin.received, 30, what="the answer on the phone")
    screenshot(page, "two-channels")
    time.sleep(QUIET)
    assert karin.received == ["See you then."]
    assert len(host.smtp.to(karin.address)) == 1


def answer(page, text):
    """Write into whichever composer the channel has, and send."""
    page.locator(
        ".o_omnichannel_composer_reply :is(.o-mail-Composer-input, .o-mail-Composer-html)"
    ).first.click()
    page.keyboard.type(text)
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-send").click()
    page.locator(f'.o-mail-Message:has-text("{text}")').wait_for()


def test_the_way_does_not_change_under_the_writers_hands(odoo, host, mailbox, karin, sign_in):
    page = sign_in("anna")
    inbox = Inbox(page, odoo)
    karin.write("Is my bike ready?")
    inbox.open(karin)
    picker = page.locator(".o_omnichannel_picker")
    picker.get_by_text(f"+{karin.wa_id}").wait_for()
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-input").click()
    page.keyboard.type("It is ")
    write_mail(odoo, host, mailbox, karin.address, "I ask by mail, too.")
    inbox.message("I ask by mail, too.").wait_for(timeout=60_000)
    time.sleep(1)
    page.keyboard.type("ready.")
    assert picker.get_by_text(f"+{karin.wa_id}").is_visible()
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-send").click()
    wait_for(lambda: karin.received, 30, what="the answer on the phone")
    assert karin.received == ["It is ready."]
    # With nothing written, it goes where the customer wrote last.
    karin.write("Thanks")
    inbox.message("Thanks").wait_for(timeout=30_000)
