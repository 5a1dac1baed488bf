"""A customer's mail is forwarded to a carrier, whose mail program answers, on real mail servers."""

import re
import smtplib
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr

import pytest

from tests.lib.looks import PHONE
from tests.lib.mailbox import connect_mailbox
from tests.lib.waiting import wait_for

SHOP = "support@shop.example"
BADGE = ".o_omnichannel_aside_badge"
DIALOG = ".o_omnichannel_forward"


@pytest.fixture(scope="module")
def channel(odoo, host):
    return connect_mailbox(odoo.rpc(), SHOP, host.imap_port, host.smtp.port)


class Program:
    """Somebody's mail program: reads their mailbox by IMAP, writes and answers by SMTP."""

    def __init__(self, host, odoo, channel, name):
        self.host, self.odoo, self.channel = host, odoo, channel
        self.name = name
        self.address = f"{name.split()[0].lower()}.{time.time_ns()}@mail.example"

    def received(self):
        """The mails in the mailbox, after the provider put there what it took for it."""
        for taken in self.host.smtp.to(self.address):
            self.host.smtp.received.remove(taken)
            self.host.deliver(self.address, taken.content)
        if not self.host.count(self.address):
            return []
        connection = self.host.open(self.address)
        try:
            connection.select("INBOX")
            numbers = connection.search(None, "ALL")[1][0].split()
            contents = [connection.fetch(number, "(RFC822)")[1][0][1] for number in numbers]
        finally:
            connection.logout()
        return [message_from_bytes(content, policy=policy.default) for content in contents]

    def next(self, count=1):
        """Wait until so many mails are there, and return the newest."""
        return wait_for(lambda: self.received()[count - 1 :], 60, interval=0.5, what="the mail")[-1]

    def write(self, text, subject="Order", files=(), **headers):
        """Send a mail to the shop; returns it once Odoo has it in a conversation, with that's id."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"{self.name} <{self.address}>", SHOP, subject
        mail["Message-Id"] = make_msgid(domain="mail.example")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        for name, content in files:
            mail.add_attachment(content, maintype="application", subtype="pdf", filename=name)
        with smtplib.SMTP("127.0.0.1", self.host.smtp.port) as smtp:
            smtp.send_message(mail)
        for taken in self.host.smtp.to(SHOP):
            self.host.smtp.received.remove(taken)
            self.host.deliver(SHOP, taken.content)
        [[conversation]] = wait_for(
            lambda: self._fetch(mail["Message-Id"]), 60, interval=0.5, what="the mail"
        )
        return conversation

    def _fetch(self, uid):
        found = self.odoo.sql(
            "SELECT conversation_id FROM omnichannel_message WHERE provider_uid = %s", [uid]
        )
        if not found:
            self.odoo.rpc()("fetchmail.server", "fetch_mail", [self.channel["server"]])
        return found

    def answer(self, mail, text):
        """Answer to where the mail says, with what it said below."""
        assert parseaddr(mail["Reply-To"] or mail["From"])[1] == SHOP
        quoted = "\n".join(f"> {line}" for line in mail.get_body(("plain",)).get_content().splitlines())
        return self.write(
            f"{text}\n\nOn Mon, 24 Nov 2025 at 09:00, Shop wrote:\n{quoted}\n",
            mail["Subject"] if mail["Subject"].startswith("Re:") else f"Re: {mail['Subject']}",
            In_Reply_To=mail["Message-Id"],
            References=" ".join(filter(None, [mail["References"], mail["Message-Id"]])),
        )


@pytest.fixture
def make(host, odoo, channel):
    return lambda name: Program(host, odoo, channel, name)


def open_inbox(sign_in, odoo, conversation, login="anna", **options):
    page = sign_in(login, **options)
    page.goto(f"{odoo.url}/odoo/inbox", timeout=90_000)
    page.locator(".o_omnichannel_inbox").wait_for()
    [[name]] = odoo.sql(
        "SELECT COALESCE(last_author, name) FROM omnichannel_conversation WHERE id = %s", [conversation]
    )
    page.locator(f'.o_omnichannel_card:has-text("{name}")').first.click(timeout=30_000)
    page.locator(".o-mail-Message").first.wait_for()
    return page


def send(page, text):
    page.locator(f"{DIALOG} textarea").fill(text)
    page.locator(f"{DIALOG} .o_omnichannel_forward_send").click()
    page.locator(DIALOG).wait_for(state="detached")


def test_there_and_back(odoo, make, sign_in, screenshot):
    """Anna asks the carrier, who answers from their mail program; the customer hears nothing of it."""
    karin, carrier = make("Karin Kwijt"), make("Carrier BV")
    odoo.rpc()("res.partner", "create", {"name": "Carrier BV", "email": carrier.address})
    conversation = karin.write(
        "Where is my parcel?", files=[("label.pdf", b"%PDF-1.4"), ("private.pdf", b"%PDF-1.4 x")]
    )
    page = open_inbox(sign_in, odoo, conversation)
    page.locator('.o-mail-Message:has-text("Where is my parcel?")').hover()
    page.locator('.o-mail-Message-actions [name="omnichannel-forward"]').first.click()
    page.locator(DIALOG).wait_for()
    # Anna reads Dutch; what she types and sees of mails is the same in each language.
    page.locator("#omnichannel_forward_to").fill("Carrier")
    page.locator(f'{DIALOG} .o-autocomplete--dropdown-item:has-text("{carrier.address}")').click()
    page.locator('.o_omnichannel_forward_file:has-text("private.pdf") input').uncheck()
    page.locator(f"{DIALOG} textarea").fill("Can you find it?")
    screenshot(page, "forward-dialog")
    send(page, "Can you find it?")
    note = page.locator('.o-mail-Message.o_omnichannel_note:has-text("Can you find it?")')
    note.wait_for()
    assert carrier.address in note.inner_text()
    assert not page.locator(".o-mail-Attachment-unlink").count(), "these are the customer's own files"
    note.locator('.o_omnichannel_tick[data-state="sent"]').wait_for(timeout=60_000)

    mail = carrier.next()
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "Fwd: Order"
    assert mail["To"] == f"Carrier BV <{carrier.address}>"
    assert text.index("Can you find it?") < text.index("Where is my parcel?")
    assert [file.get_filename() for file in mail.iter_attachments()] == ["label.pdf"]
    assert karin.address not in mail.as_string()

    assert carrier.answer(mail, "It lies in Utrecht.") == conversation
    back = page.locator('.o-mail-Message.o_omnichannel_note:has-text("It lies in Utrecht.")')
    back.locator(BADGE).wait_for(timeout=30_000)
    assert "Carrier BV" in back.locator(BADGE).inner_text()
    screenshot(page, "forward-thread")

    back.locator(".o_omnichannel_answer_aside").click()
    page.locator(DIALOG).wait_for()
    assert page.locator("#omnichannel_forward_to").input_value() == f'"Carrier BV" <{carrier.address}>'
    screenshot(page, "forward-answer-dialog")
    send(page, "Please send it on.")
    again = carrier.next(2)
    assert again["In-Reply-To"]
    assert again["References"].split()[0] == mail["Message-Id"]
    assert "Please send it on." in again.get_body(("plain",)).get_content()
    assert not karin.received(), "the customer has heard of nothing"

    # What is written in the composer goes to the customer alone, and names nothing of all this.
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-html").click()
    page.keyboard.type("It comes tomorrow.")
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-send").click()
    answer = karin.next()
    assert answer["To"] == f"{karin.name} <{karin.address}>"
    content = answer.as_string()
    assert carrier.address not in content
    assert not {uid for uid in re.findall(r"<[^<>\s]+>", mail["Message-Id"]) if uid in content}
    assert len(carrier.received()) == 2


def test_the_customer_is_refused_and_another_is_taken(odoo, make, sign_in):
    karin, carrier = make("Petra Plus"), make("Depot NV")
    conversation = karin.write("Where is it?")
    page = open_inbox(sign_in, odoo, conversation)
    page.locator(".o_omnichannel_forward_button").click()
    page.locator("#omnichannel_forward_to").fill(karin.address)
    page.locator(f"{DIALOG} .o_omnichannel_forward_send").click()
    page.locator(f'.modal:has-text("{karin.address}") .btn-primary').last.click()
    page.locator("#omnichannel_forward_to").fill(carrier.address)
    send(page, "Where?")
    carrier.next()
    assert not karin.received()


def test_on_a_phone(odoo, make, sign_in, screenshot):
    karin, carrier = make("Nora Narrow"), make("Truck GmbH")
    conversation = karin.write("Where is my parcel?", files=[("label.pdf", b"%PDF-1.4")])
    page = open_inbox(sign_in, odoo, conversation, **PHONE)
    page.locator(".o_omnichannel_forward_button").click()
    page.locator("#omnichannel_forward_to").fill(carrier.address)
    page.locator(f"{DIALOG} textarea").fill("Can you find it?")
    screenshot(page, "forward-dialog-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    send(page, "Can you find it?")
    assert carrier.answer(carrier.next(), "It lies in Utrecht.") == conversation
    page.locator(BADGE).wait_for(timeout=30_000)
    screenshot(page, "forward-thread-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_from_the_order(odoo, make, sign_in, screenshot):
    """Daan, who sees only his own orders and customers, asks the carrier from the order."""
    karin, carrier = make("Olga Order"), make("Lorry AG")
    rpc = odoo.rpc()
    [daan] = rpc("res.users", "search", [["login", "=", "daan"]])
    [partner] = rpc("res.partner", "create", [{"name": karin.name, "email": karin.address}])
    [order] = rpc("sale.order", "create", [{"partner_id": partner, "user_id": daan}])
    conversation = karin.write(f"Where is {rpc('sale.order', 'read', [order], ['name'])[0]['name']}?")
    page = sign_in("daan")
    page.goto(f"{odoo.url}/odoo/action-sale.action_orders/{order}")
    page.locator(".o_omnichannel_record_button").click()
    page.locator(f".o_omnichannel_conversation[data-conversation='{conversation}']").wait_for()
    page.locator(".o_omnichannel_forward_button").click()
    page.locator("#omnichannel_forward_to").fill(carrier.address)
    send(page, "Can you find it?")
    carrier.answer(carrier.next(), "It lies in Utrecht.")
    page.locator(f"{BADGE}").wait_for(timeout=30_000)
    screenshot(page, "forward-order")
