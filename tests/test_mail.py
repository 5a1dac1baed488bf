"""Mails on the road: a mailbox is read, an agent answers, and a real mail server takes the answer."""

import time
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from emulators.mail import PASSWORD
from tests.lib.waiting import wait_for

SHOP = "support@shop.example"
CUSTOMER = "karin@customer.example"


@pytest.fixture(scope="module")
def admin(odoo):
    return odoo.rpc()


@pytest.fixture(scope="module")
def channel(odoo, admin, host):
    """The address, connected as an administrator does."""
    server = admin(
        "fetchmail.server",
        "create",
        [{"name": "Mailbox", "server_type": "imap", "server": "127.0.0.1", "port": host.imap_port,
          "user": SHOP, "password": PASSWORD}],
    )  # fmt: skip
    outgoing = admin(
        "ir.mail_server",
        "create",
        [{"name": "Out", "smtp_host": "127.0.0.1", "smtp_port": host.smtp.port, "smtp_encryption": "none",
          "from_filter": SHOP}],
    )  # fmt: skip
    channel = admin(
        "omnichannel.channel",
        "create",
        [{"name": "Shop", "channel_type": "email", "address": SHOP, "fetchmail_server_id": server[0],
          "mail_server_id": outgoing[0]}],
    )  # fmt: skip
    admin("omnichannel.channel", "action_test_connection", channel)
    return {"id": channel[0], "server": server}


class Customer:
    """Somebody with a mail program."""

    def __init__(self, host, odoo, channel, address):
        self.host, self.odoo, self.channel, self.address = host, odoo, channel, address
        self.rpc = odoo.rpc()

    def write(self, text, **headers):
        """Send a mail to the shop; returns its Message-Id."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = (
            f"Karin <{self.address}>",
            SHOP,
            headers.pop("subject", "Order"),
        )
        mail["Message-Id"] = make_msgid(domain="customer.example")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        self.host.deliver(SHOP, mail.as_bytes())
        return mail["Message-Id"]

    def fetched(self, uid):
        """Let Odoo read the mailbox and return the conversation that a mail is in."""
        [[conversation]] = wait_for(
            lambda: self._fetch(uid), 60, interval=0.5, what="the mail in its conversation"
        )
        return conversation

    def _fetch(self, uid):
        found = self.odoo.sql(
            "SELECT conversation_id FROM omnichannel_message WHERE provider_uid = %s", [uid]
        )
        if not found:
            # Odoo's own job reads the mailbox, too: while it does, this call does nothing.
            self.rpc("fetchmail.server", "fetch_mail", self.channel["server"])
        return found


@pytest.fixture
def customer(host, odoo, channel):
    return Customer(host, odoo, channel, f"karin.{time.time_ns()}@customer.example")


def answer(admin, conversation, text):
    """An agent's answer; returns the id of its ledger row's message."""
    return admin(
        "omnichannel.conversation", "message_post", [conversation],
        body=text, message_type="comment", subtype_xmlid="mail.mt_comment",
    )  # fmt: skip


def sent(odoo, conversation, column):
    rows = odoo.sql(
        f"SELECT {column} FROM omnichannel_message"
        " WHERE conversation_id = %s AND direction = 'out' ORDER BY id",
        [conversation],
    )
    return [value for (value,) in rows]


def states(odoo, conversation):
    return sent(odoo, conversation, "state")


def errors(odoo, conversation):
    return sent(odoo, conversation, "error_code")


def test_there_and_back(odoo, admin, host, customer):
    uid = customer.write("Where is my order?")
    conversation = customer.fetched(uid)
    answer(admin, conversation, "It left this morning.")
    [mail] = wait_for(lambda: host.smtp.to(customer.address), timeout=60, what="the answer at the customer's")
    assert mail.sender == SHOP
    assert mail.message["From"] == f"Shop <{SHOP}>"
    assert mail.message["In-Reply-To"] == uid
    assert "It left this morning." in mail.message.get_body(("plain",)).get_content()
    wait_for(lambda: states(odoo, conversation) == ["sent"], timeout=60, what="the tick")

    again = customer.write("Thanks!", In_Reply_To=mail.message["Message-Id"], subject=mail.message["Subject"])
    assert customer.fetched(again) == conversation


def test_a_mail_is_marked_as_read_only_when_it_is_in_the_journal(odoo, host, customer):
    """Odoo marks a mail as handled although working on it failed; here the journal cannot be written."""
    odoo.sql("ALTER TABLE omnichannel_event ADD CONSTRAINT no_rows CHECK (position < 0) NOT VALID")
    try:
        uid = customer.write("Do not lose me")
        odoo.expect_log("no_rows")
        odoo.rpc()("fetchmail.server", "fetch_mail", customer.channel["server"])
        assert host.count(SHOP, "UNSEEN") == 1
    finally:
        odoo.sql("ALTER TABLE omnichannel_event DROP CONSTRAINT no_rows")
    assert customer.fetched(uid)
    assert host.count(SHOP, "UNSEEN") == 0


@pytest.mark.parametrize(
    ("misbehaviour", "expected", "taken"),
    [
        (["451 4.3.0 try again later"], "sent", 1),
        (["550 5.1.1 no such user"], "failed", 0),
    ],
    ids=["temporary", "permanent"],
)
def test_refusals(odoo, admin, host, customer, misbehaviour, expected, taken):
    conversation = customer.fetched(customer.write("Hello"))
    host.smtp.misbehave(*misbehaviour)
    answer(admin, conversation, "Our answer")
    odoo.wait_for_jobs(
        lambda: states(odoo, conversation) == [expected], timeout=150, what=f"the answer being {expected}"
    )
    assert len(host.smtp.to(customer.address)) == taken


def test_a_send_that_was_cut_off_is_not_repeated(odoo, admin, host, customer):
    """The server took the mail and the connection broke before it said so."""
    conversation = customer.fetched(customer.write("Hello"))
    host.smtp.misbehave("drop")
    answer(admin, conversation, "Our answer")
    wait_for(lambda: host.smtp.to(customer.address), timeout=60, what="the mail that nobody confirmed")
    wait_for(lambda: errors(odoo, conversation) == ["connection"], timeout=60, what="the broken connection")
    # Two minutes without a word from the server, and a person has to decide.
    odoo.sql(
        "UPDATE omnichannel_message SET sending_since = now() - interval '1 hour' WHERE conversation_id = %s",
        [conversation],
    )
    [[cron]] = odoo.sql("SELECT id FROM ir_cron WHERE cron_name LIKE 'Omnichannel: wake snoozed%%'")
    admin("ir.cron", "method_direct_trigger", [cron])
    assert states(odoo, conversation) == ["uncertain"]
    assert len(host.smtp.to(customer.address)) == 1


def test_the_thread_folds_quotations_and_holds_images_back(odoo, host, customer, sign_in, screenshot):
    uid = customer.write(
        "Thank you!\n\nOn Mon, 24 Nov 2025 at 09:00, Shop wrote:\n> An older mail that nobody needs again\n"
    )
    conversation = customer.fetched(uid)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Karin <{customer.address}>", SHOP, "Order"
    mail["Message-Id"] = make_msgid(domain="customer.example")
    mail.set_content('<p>With a <b>picture</b></p><img src="https://track.example/1.gif">', subtype="html")
    host.deliver(SHOP, mail.as_bytes())
    assert customer.fetched(mail["Message-Id"]) == conversation

    page = sign_in("admin")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "track.example" in request.url else None)
    page.goto(f"{odoo.url}/odoo/omnichannel.conversation/{conversation}")
    button = page.get_by_role("button", name="Show images")
    button.wait_for()
    assert page.get_by_text("Thank you!").is_visible()
    assert not page.get_by_text("An older mail that nobody needs again").is_visible()
    screenshot(page, "mail-thread")
    page.get_by_role("button", name="…").click()
    assert page.get_by_text("An older mail that nobody needs again").is_visible()
    assert not asked
    page.route("**/track.example/**", lambda route: route.abort())
    with page.expect_request(lambda request: "track.example" in request.url):
        button.click()


def test_subject_and_copies_are_chosen_in_the_composer(odoo, host, customer, sign_in, screenshot):
    copied = "colleague@customer.example"
    conversation = customer.fetched(customer.write("Hello there", subject="A question", Cc=copied))
    page = sign_in("anna")
    page.goto(f"{odoo.url}/odoo/inbox")
    page.locator('.o_omnichannel_card:has-text("Hello there")').first.click(timeout=30_000)
    subject = page.locator(".o_omnichannel_email_subject")
    subject.wait_for()
    assert subject.get_attribute("placeholder").startswith("Re: A question [")
    subject.fill("Your delivery")
    assert page.get_by_label("Cc", exact=True).input_value() == copied
    page.get_by_label("Bcc").fill("nobody")
    editor = page.locator(".o_omnichannel_composer_reply .o-mail-Composer-html")
    editor.click()
    page.keyboard.type("It comes ")
    page.keyboard.press("Control+b")
    page.keyboard.type("tomorrow")
    page.keyboard.press("Control+b")
    page.keyboard.type(".")
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-send").click()
    # Anna reads Dutch.
    page.get_by_text("nobody is geen e-mailadres").wait_for()
    page.locator(".modal-footer .btn-primary").click()
    page.get_by_label("Bcc").fill("boss@shop.example")
    page.get_by_label("Cc", exact=True).fill(f"{copied}, partner@customer.example")
    screenshot(page, "mail-composer")
    page.locator(".o_omnichannel_composer_reply .o-mail-Composer-send").click()
    [mail] = wait_for(lambda: host.smtp.to(customer.address), timeout=60, what="the answer at the customer's")
    assert mail.recipients == [customer.address, copied, "partner@customer.example", "boss@shop.example"]
    assert mail.message["Subject"].startswith("Your delivery [")
    assert mail.message["Cc"] == f"{copied}, partner@customer.example"
    assert "boss" not in mail.content.decode()
    assert "<strong>tomorrow</strong>" in mail.message.get_body(("html",)).get_content()
    plain = mail.message.get_body(("plain",)).get_content()
    assert "It comes *tomorrow*." in plain.replace("\xa0", " ")
    assert states(odoo, conversation)
