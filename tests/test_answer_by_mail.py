"""An agent who is not in Odoo: their mailbox gets what customers write, and what they answer reaches them."""

import contextlib
import json
import time
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.lib.inbox import Customer, Inbox
from tests.lib.looks import PHONE
from tests.lib.mailbox import connect_mailbox
from tests.lib.server import RpcError
from tests.lib.waiting import wait_for

SHOP = "support@shop.example"
PRIVATE = "anna.private@home.example"


@pytest.fixture(scope="module")
def mailbox(odoo, host):
    return connect_mailbox(odoo.rpc(), SHOP, host.imap_port, host.smtp.port)


@pytest.fixture(scope="module")
def anna(odoo, host, mailbox):
    rpc = odoo.rpc()
    [user_id] = rpc("res.users", "search", [["login", "=", "anna"]])
    rpc("res.users", "write", [user_id], {"email": PRIVATE, "lang": "en_US"})
    return Agent(odoo, host, mailbox)


class Agent:
    """Anna with her mail program."""

    def __init__(self, odoo, host, mailbox):
        self.odoo, self.host, self.mailbox, self.rpc = odoo, host, mailbox, odoo.rpc()
        self._seen = 0

    def notice(self, text):
        """The mail that says what a customer wrote, once half a minute has gone by."""
        wait_for(lambda: self.odoo.sql("SELECT id FROM omnichannel_notice"), 60, what="the planned notice")
        self.odoo.sql("UPDATE omnichannel_notice SET due = now() AT TIME ZONE 'UTC' - interval '1 second'")
        [[job]] = self.odoo.sql(
            "SELECT id FROM ir_cron WHERE cron_name LIKE 'Omnichannel: mail colleagues%%'"
        )
        with contextlib.suppress(RpcError):
            # It may be running by itself.
            self.rpc("ir.cron", "method_direct_trigger", [job])
        [mail] = wait_for(
            lambda: [m for m in self.host.smtp.to(PRIVATE) if text in m.content.decode()],
            90,
            what="the notice",
        )
        return mail.message

    def answer(self, notice, text):
        """Answer as a mail program does: quotation and signature below, and a private address everywhere."""
        mail = EmailMessage()
        mail["Received"] = f"from annas-laptop ([10.20.30.40]) by home.example for <{PRIVATE}>"
        mail["From"], mail["Sender"], mail["Reply-To"] = f"Anna P. <{PRIVATE}>", PRIVATE, PRIVATE
        mail["To"], mail["Subject"] = notice["Reply-To"], f"Re: {notice['Subject']}"
        mail["Message-Id"] = make_msgid(domain="home.example")
        mail["In-Reply-To"] = notice["Message-Id"]
        mail["References"] = f"{notice['References']} {notice['Message-Id']}"
        quoted = "\n".join(
            f"> {line}" for line in notice.get_body(("plain",)).get_content().strip().split("\n")
        )
        mail.set_content(
            f"{text}\n\n-- \nAnna Privata\n{PRIVATE}\n\n"
            f"On Mon, 24 Nov 2025 at 09:00, {notice['From']} wrote:\n\n{quoted}\n"
        )
        self.send(mail)
        return mail

    def send(self, mail):
        """Bring a mail into the shop's mailbox and let Odoo read it."""
        before = self._journalled()
        self.host.deliver(SHOP, mail.as_bytes())

        def is_read():
            self.rpc("fetchmail.server", "fetch_mail", [self.mailbox["server"]])
            return self._journalled() > before

        wait_for(is_read, 60, interval=0.5, what="the mail in the journal")
        wait_for(
            lambda: not self.odoo.sql("SELECT id FROM omnichannel_event WHERE state = 'pending'"),
            60,
            what="the mail being worked",
        )

    def _journalled(self):
        return self.odoo.sql("SELECT count(*) FROM omnichannel_event")[0][0]


def forwarded(customer, text):
    """A mail of Anna's that passes a customer's on, as Gmail does."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Anna <{PRIVATE}>", SHOP, "Fwd: My parcel"
    mail["Message-Id"] = make_msgid(domain="home.example")
    mail.set_content(
        "He wrote to me at home, can somebody see to it?\n\n---------- Forwarded message ---------\n"
        f"From: *Wilma de Wit* <{customer}>\nDate: Mon, Nov 24, 2025 at 9:00 AM\nSubject: My parcel\n"
        f"To: <{PRIVATE}>\n\n\n{text}\n"
    )
    return mail


def test_the_agent_asks_for_mails(anna, odoo, sign_in, screenshot):
    page = sign_in("anna")
    page.goto(f"{odoo.url}/odoo", timeout=90_000)
    page.locator(".o_user_menu button").click()
    page.locator('[data-menu="preferences"]').click()
    wish = page.locator(".o_field_widget[name='omnichannel_mail']")
    wish.wait_for()
    wish.scroll_into_view_if_needed()
    wish.locator("input").click()
    page.locator(".o_select_menu_item", has_text="In mine and in my teams' unassigned ones").click()
    screenshot(page, "mail-preference")
    page.locator("button[name='preference_save']").click()
    wait_for(
        lambda: odoo.sql("SELECT omnichannel_mail FROM res_users WHERE login = 'anna'") == [("team",)],
        what="the preference being saved",
    )


def test_a_customer_on_whatsapp_gets_the_mailed_answer(anna, odoo, phones, number, sign_in, screenshot):
    customer = Customer(phones, number)
    customer.write("Is it under way yet?")
    notice = anna.notice("Is it under way yet?")
    assert notice["Reply-To"] == f"Shop <{SHOP}>"
    assert customer.name in notice["Subject"]
    body = notice.get_body(("plain",)).get_content()
    assert "Answer this mail to answer the customer." in body

    mail = anna.answer(notice, "It left this morning.")
    wait_for(lambda: customer.received, 60, what="the answer on the phone")
    # Once more, as if the mail had been delivered by another path.
    mail["X-Other-Path"] = "yes"
    anna.send(mail)
    time.sleep(3)
    assert customer.received == ["It left this morning."]
    sent = [send for send in phones.client.sends() if send["customer"] == customer.wa_id]
    for private in (PRIVATE, "home.example", "Privata", "10.20.30.40"):
        assert private not in json.dumps(sent)

    page = sign_in("anna")
    inbox = Inbox(page, odoo)
    page.locator(".o_omnichannel_folders").get_by_text("Waiting").first.click()
    inbox.open(customer)
    inbox.message("It left this morning.").wait_for()
    screenshot(page, "mail-answered-by-mail")


def test_a_customer_on_mail_gets_the_mailed_answer(anna, odoo, host, sign_in, screenshot):
    address = f"wilma.{time.time_ns()}@customer.example"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Wilma <{address}>", SHOP, "My parcel"
    mail["Message-Id"] = make_msgid(domain="customer.example")
    mail.set_content("My parcel has not come.")
    anna.send(mail)
    notice = anna.notice("My parcel has not come.")
    anna.answer(notice, "I will ask the carrier.")
    [answer] = wait_for(lambda: host.smtp.to(address), 60, what="the answer at the customer's")
    raw = answer.content.decode().lower()
    assert "i will ask the carrier." in raw
    assert answer.message["From"] == f"Shop <{SHOP}>"
    assert answer.message["In-Reply-To"] == mail["Message-Id"]
    for private in (PRIVATE, "home.example", "privata", "10.20.30.40", "omnichannel-notice"):
        assert private not in raw
    # Somebody else answers in the inbox; Anna answers the same notice once more.
    [[conversation]] = odoo.sql(
        "SELECT conversation_id FROM omnichannel_message WHERE provider_uid = %s", [mail["Message-Id"]]
    )
    anna.rpc(
        "omnichannel.conversation", "message_post", [conversation],
        body="The carrier lost it.", message_type="comment", subtype_xmlid="mail.mt_comment",
    )  # fmt: skip
    wait_for(lambda: len(host.smtp.to(address)) == 2, 60, what="the colleague's answer")
    anna.answer(notice, "It comes tomorrow!")
    [told] = wait_for(
        lambda: [m for m in host.smtp.to(PRIVATE) if m.message["Subject"].startswith("Not sent")],
        90,
        what="the mail that says why",
    )
    assert "has answered meanwhile" in told.message.get_body(("plain",)).get_content()
    assert len(host.smtp.to(address)) == 2
    page = sign_in("anna")
    page.goto(f"{odoo.url}/odoo/omnichannel.conversation/{conversation}")
    page.get_by_text("This answer by e-mail was not sent:").wait_for()
    screenshot(page, "mail-not-sent")


def test_a_forwarded_mail_is_the_customers(anna, odoo, host, sign_in, screenshot):
    address = f"wim.{time.time_ns()}@customer.example"
    mail = forwarded(address, "Where is my parcel?")
    anna.send(mail)
    [[conversation]] = odoo.sql(
        "SELECT conversation_id FROM omnichannel_message WHERE provider_uid = %s", [mail["Message-Id"]]
    )
    for options, name in (({}, "mail-forwarded"), (PHONE, "phone-mail-forwarded")):
        page = sign_in("anna", **options)
        page.goto(f"{odoo.url}/odoo/inbox")
        page.locator('.o_omnichannel_card:has-text("Where is my parcel?")').click(timeout=30_000)
        page.locator(".o_omnichannel_passed_on").wait_for()
        page.get_by_text("can somebody see to it?").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        screenshot(page, name)
    anna.rpc(
        "omnichannel.conversation", "message_post", [conversation],
        body="We are looking for it.", message_type="comment", subtype_xmlid="mail.mt_comment",
    )  # fmt: skip
    [answer] = wait_for(lambda: host.smtp.to(address), 60, what="the answer at the customer's")
    assert PRIVATE not in answer.content.decode().lower()
