"""An address is connected: servers that answer, refuse or say nothing, and a mail that comes back."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from email.message import EmailMessage
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from emulators.mail import PASSWORD
from emulators.mail.sign_in import SignIn
from tests.lib import environment as env
from tests.lib.mailbox import incoming, sending
from tests.lib.people import make_manager
from tests.lib.server import RpcError
from tests.lib.waiting import wait_for

PATIENCE = 10  # seconds that a click may take, whatever the servers do
SAYS = ".o_error_dialog, .o_notification"


@pytest.fixture(scope="module")
def admin(odoo):
    return odoo.rpc()


@pytest.fixture(scope="module", autouse=True)
def unread(odoo):
    """Odoo's job meets mailboxes that refuse, or are gone at the end, and says so with a traceback."""
    odoo.expect_log("General failure when trying to fetch mail")


@pytest.fixture
def silent():
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def slowed(port, meanwhile):
    """A port that leads to `port` of this machine, having called `meanwhile` for the first who comes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source, target):
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)

    def serve():
        with listener:
            listener.settimeout(30)
            for number in range(2):
                client, server = listener.accept()[0], socket.create_connection(("127.0.0.1", port))
                if not number:
                    meanwhile()
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=pump, args=ends, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


class Address:
    """A channel with its servers, not tested yet; its mailbox is on `host` unless told otherwise."""

    def __init__(self, odoo, host, name, mailbox=None, outgoing=None, **values):
        self.odoo, self.rpc, self.host = odoo, odoo.rpc(), host
        self.address = f"{name}@shop.example"
        self.server = self.outgoing = False
        if mailbox is not False:
            box = incoming(self.address, host.imap_port) | (mailbox or {})
            [self.server] = self.rpc("fetchmail.server", "create", [box])
        [self.outgoing] = self.rpc(
            "ir.mail_server", "create", [sending(self.address, host.smtp.port) | (outgoing or {})]
        )
        channel = {
            "name": name,
            "channel_type": "email",
            "address": self.address,
            "fetchmail_server_id": self.server,
            "mail_server_id": self.outgoing,
        }
        [self.id] = self.rpc("omnichannel.channel", "create", [channel | values])

    def press_test(self):
        """What the click says, or the words of its error."""
        started = time.monotonic()
        try:
            said = self.rpc("omnichannel.channel", "action_test_connection", [self.id])["params"]["message"]
        except RpcError as error:
            said = str(error)
        assert time.monotonic() - started < PATIENCE
        return said

    def read(self, *names):
        [values] = self.rpc("omnichannel.channel", "read", [self.id], names)
        return tuple(values[name] for name in names)

    def archive(self):
        """Odoo's job asks its mailbox no more."""
        self.rpc("omnichannel.channel", "write", [self.id], {"active": False})
        if self.server:
            self.rpc("fetchmail.server", "write", [self.server], {"active": False})


@pytest.fixture
def connect(odoo, host):
    """`connect("support")` makes a channel for support@shop.example."""
    made = []

    def make(name, **values):
        made.append(Address(odoo, host, name, **values))
        return made[-1]

    yield make
    for address in made:
        address.archive()


def test_a_mail_goes_round(odoo, host, connect, sign_in, screenshot):
    """Whoever pressed the button sees it leave and come back, without reloading anything."""
    address = connect("round")
    host.hosts.add(address.address)
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-channels/{address.id}", timeout=90_000)
    page.locator("button[name=action_test_connection]").click()
    page.get_by_text("A test mail is on its way to round@shop.example").wait_for()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Connected")
    screenshot(page, "connect-under-way")
    page.get_by_text("The test mail to round@shop.example came back").wait_for(timeout=90_000)
    expect(page.locator(".o_field_widget[name=receiving]")).to_have_text("Mails Arrive", timeout=20_000)
    screenshot(page, "connect-came-back")
    [mail] = host.smtp.to(address.address)
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert host.count(address.address, "UNSEEN") == 0
    assert odoo.sql("SELECT count(*) FROM omnichannel_message WHERE channel_id = %s", [address.id]) == [(0,)]


def test_a_mail_that_does_not_come_back(odoo, connect, sign_in, screenshot):
    """Nobody delivers to this mailbox. The form and whoever asked are told, with what to look at."""
    address = connect("lost")
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-channels/{address.id}")
    page.locator("button[name=action_test_connection]").click()
    page.get_by_text("A test mail is on its way").wait_for()
    odoo.sql(
        "UPDATE omnichannel_channel SET mail_test_sent = mail_test_sent - interval '6 minutes' WHERE id = %s",
        [address.id],
    )
    [[cron]] = odoo.sql("SELECT id FROM ir_cron WHERE cron_name LIKE 'Omnichannel: wake snoozed%%'")
    odoo.rpc()("ir.cron", "method_direct_trigger", [cron])
    page.locator('.o_notification:has-text("did not come back within 5 minutes")').wait_for()
    expect(page.locator(".o_field_widget[name=receiving]")).to_have_text("No Mails Arrive", timeout=20_000)
    expect(page.locator(".o_field_widget[name=receiving_words]")).to_contain_text("spam folder")
    screenshot(page, "connect-lost")
    assert address.read("state") == ("connected",)


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "ssl"])
def test_servers_that_say_nothing(connect, silent, secure):
    mute = {"server": "127.0.0.1", "port": silent, "is_ssl": secure}
    address = connect(f"mute{secure}", mailbox=mute)
    assert "127.0.0.1 did not answer on port" in address.press_test()
    assert address.read("state", "receiving") == ("connected", "failing")
    encryption = "ssl" if secure else "none"
    address = connect(
        f"mute2{secure}", outgoing={"smtp_port": silent, "smtp_encryption": encryption}, mailbox=mute
    )
    assert "127.0.0.1 did not answer on port" in address.press_test()
    assert address.read("state") == ("draft",)


def test_the_job_writes_while_the_mailbox_is_tested(odoo, connect, host):
    """What two transactions change at once is done once more; it says nothing about the login."""

    def touch():
        odoo.sql("UPDATE fetchmail_server SET date = now() WHERE id = %s", [address.server])

    address = connect("touched", mailbox={"port": slowed(host.imap_port, touch)})
    odoo.expect_log("could not serialize access")
    assert "A test mail is on its way" in address.press_test()
    assert odoo.sql("SELECT state FROM fetchmail_server WHERE id = %s", [address.server]) == [("done",)]


def test_what_is_wrong_with_the_mailbox(connect, host):
    for number, (mailbox, words) in enumerate(
        (
            ({"password": "wrong"}, "127.0.0.1 did not let wrong0@shop.example in: [AUTHENTICATIONFAILED]"),
            ({"port": env.free_port()}, "Check the port."),
            ({"server": "no.such.host.invalid"}, "There is no server called no.such.host.invalid."),
            ({"is_ssl": True}, "does not speak this kind of encryption"),
            (
                {"server_type": "pop", "port": host.pop_port, "password": "wrong"},
                "did not let wrong4@shop.example in",
            ),
        )
    ):
        address = connect(f"wrong{number}", mailbox=mailbox)
        assert words in address.press_test()
        assert address.read("state", "receiving") == ("connected", "failing")


def test_what_is_wrong_with_sending(connect, host):
    for number, (outgoing, words) in enumerate(
        (
            ({"smtp_port": env.free_port()}, "Check the port."),
            ({"smtp_host": "no.such.host.invalid"}, "There is no server called no.such.host.invalid."),
            ({"smtp_encryption": "ssl"}, "does not speak this kind of encryption"),
            ({"smtp_encryption": "starttls"}, "STARTTLS extension not supported"),
            ({"smtp_user": "shop", "smtp_pass": "x"}, "SMTP AUTH extension not supported"),
        )
    ):
        address = connect(f"unsent{number}", outgoing=outgoing)
        assert words in address.press_test()
        assert address.read("state") == ("draft",)
    host.smtp.misbehave("554 5.7.1 not from this address")
    address = connect("refused")
    assert (
        "127.0.0.1 did not take a mail from this address: 5.7.1 not from this address."
        in address.press_test()
    )
    host.smtp.relays = False
    try:
        said = address.press_test()
    finally:
        host.smtp.relays = True
    assert "takes mails to yourself alone, and refuses those to customers: 5.7.1 Relay access denied." in said
    assert address.read("state") == ("draft",)
    assert "A test mail is on its way" in address.press_test()


class Mailgate:
    """A mail server that hands mails over by Odoo's own script."""

    SCRIPT = env.ODOO / "odoo/addons/mail/static/scripts/odoo-mailgate.py"

    def __init__(self, odoo):
        self.odoo = odoo
        self.uid = odoo.rpc().uid

    def hand_over(self, mail):
        """The script's exit code: 0 tells the mail server that the mail is Odoo's now."""
        options = ["-d", self.odoo.database, "-u", str(self.uid), "-p", "admin"]
        where = ["--host", "127.0.0.1", "--port", str(self.odoo.port)]
        command = [sys.executable, str(self.SCRIPT), *options, *where]
        return subprocess.run(command, input=mail.as_bytes(), check=False, timeout=60).returncode


def written_to(address, number, **headers):
    """A customer's mail."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "Karin <karin@customer.example>", address
    mail["Subject"], mail["Message-Id"] = "Order", f"<gate-{number}@customer.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Where is it? Grüße")
    return mail


def channel_of(odoo, mail):
    """The channel in whose ledger a mail is, once it is worked off."""
    query = "SELECT channel_id FROM omnichannel_message WHERE provider_uid = %s AND direction = 'in'"
    [[channel]] = wait_for(
        lambda: odoo.sql(query, [mail["Message-Id"]]), timeout=60, what="the mail in the ledger"
    )
    return channel


def test_mails_forwarded_to_odoo(odoo, admin, host, connect, sign_in, screenshot):
    """By Odoo's script: to the alias, to the address itself, and the test mail that comes round that way."""
    [domain] = admin("mail.alias.domain", "create", [{"name": "odoo.shop.example"}])
    address = connect("forwarded", mailbox=False, alias_name="forwarded", alias_domain_id=domain)
    assert address.read("mail_road", "alias_email") == ("forward", "forwarded@odoo.shop.example")
    gate = Mailgate(odoo)
    assert "A test mail is on its way" in address.press_test()
    [test_mail] = host.smtp.to(address.address)
    assert gate.hand_over(test_mail.message) == 0
    wait_for(lambda: address.read("receiving") == ("arriving",), 60, what="the test mail being back")
    for number, mail in enumerate(
        (
            written_to("forwarded@odoo.shop.example", 1),
            written_to("info@shop.example", 2, Delivered_To="forwarded@odoo.shop.example"),
            written_to("forwarded@shop.example", 3, X_Forwarded_To="forwarded@odoo.shop.example"),
        )
    ):
        assert gate.hand_over(mail) == 0, number
        assert channel_of(odoo, mail) == address.id
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-channels/{address.id}", timeout=90_000)
    expect(page.locator(".o_field_widget[name=alias_email]")).to_contain_text("forwarded@odoo.shop.example")
    assert not page.locator(".o_field_widget[name=fetchmail_server_id]").is_visible()
    screenshot(page, "connect-forwarded")
    odoo.expect_log("No possible route found")
    assert gate.hand_over(written_to("nobody@odoo.shop.example", 4)) == 67  # no such user


def test_a_mail_that_cannot_be_journalled_stays_with_the_mail_server(odoo, connect):
    address = connect("unjournalled", mailbox=False)
    gate, mail = Mailgate(odoo), written_to("unjournalled@shop.example", 5)
    odoo.sql("ALTER TABLE omnichannel_event ADD CONSTRAINT no_rows CHECK (position < 0) NOT VALID")
    try:
        odoo.expect_log("no_rows")
        assert gate.hand_over(mail) != 0
    finally:
        odoo.sql("ALTER TABLE omnichannel_event DROP CONSTRAINT no_rows")
    for _time in range(2):
        assert gate.hand_over(mail) == 0
    assert channel_of(odoo, mail) == address.id


class Form:
    """The channel's form as an administrator without developer mode fills it in."""

    def __init__(self, page, odoo, name, address):
        self.page = page
        page.goto(f"{odoo.url}/odoo/omnichannel-channels/new", timeout=90_000)
        page.locator(".o_field_widget[name=name] input").fill(name)
        kind = page.locator(".o_field_widget[name=channel_type]")
        if kind.locator("select").count():
            kind.locator("select").select_option(label="E-mail")
        else:
            kind.locator("input").click()
            page.locator(".o_select_menu_item:has-text('E-mail')").click()
        page.locator(".o_field_widget[name=address] input").fill(address)

    def set_up(self, kind, **values):
        """Fill in the dialog for a mailbox; booleans are boxes, and `smtp_encryption` is chosen."""
        self.page.get_by_role("button", name="Set Up the Mailbox").click()
        dialog = self.page.locator(".modal")
        dialog.get_by_label(kind).check()
        for name, value in values.items():
            field = dialog.locator(f".o_field_widget[name={name}]")
            if isinstance(value, bool):
                field.locator("input").set_checked(value)
            elif name == "smtp_encryption" and not field.locator("select").count():
                field.locator("input").click()
                self.page.locator(f".o_select_menu_item:has-text('{value}')").click()
            elif name == "smtp_encryption":
                field.locator("select").select_option(label=value)
            else:
                field.locator("input").fill(str(value))
                field.locator("input").press("Tab")
        return dialog

    def press_test(self, words):
        """Press *Test Connection*, and close what it says if it is an error."""
        with self.page.expect_response("**/action_test_connection"):
            self.page.locator("button[name=action_test_connection]").click()
        said = self.page.locator(".modal-content, .o_notification").last
        expect(said).to_contain_text(words)
        for button in said.locator(".modal-footer .btn-primary").all():
            button.click()
            self.page.locator(".modal").wait_for(state="detached")


def test_an_administrator_connects_an_address(odoo, host, sign_in, screenshot):
    """From an empty form to the first customer's mail, without developer mode."""
    address = "walk@shop.example"
    host.hosts.add(address)
    page = sign_in("admin")
    form = Form(page, odoo, "Walk", address)
    screenshot(page, "connect-new")
    dialog = form.set_up("IMAP", password="wrong", server="imap.shop.example")
    expect(dialog.locator(".o_field_widget[name=login] input")).to_have_value(address)
    expect(dialog.locator(".o_field_widget[name=port] input")).to_have_value("993")
    expect(dialog.locator(".o_field_widget[name=smtp_host] input")).to_have_value("smtp.shop.example")
    expect(dialog.locator(".o_field_widget[name=smtp_port] input")).to_have_value("587")
    screenshot(page, "connect-set-up")
    dialog.get_by_role("button", name="Discard").click()
    dialog = form.set_up(
        "IMAP", password=PASSWORD, server="127.0.0.1", is_ssl=False, port=host.imap_port,
        smtp_encryption="None", smtp_host="127.0.0.1", smtp_port=host.smtp.port,
    )  # fmt: skip
    screenshot(page, "connect-set-up-filled")
    dialog.get_by_role("button", name="Set Up").click()
    dialog.wait_for(state="detached")
    expect(page.locator(".o_field_widget[name=fetchmail_server_id] input")).to_have_value("Walk")
    # The emulator's SMTP server knows no logins; the account's was taken over.
    form.press_test("SMTP AUTH extension not supported")
    [[outgoing]] = odoo.sql("SELECT mail_server_id FROM omnichannel_channel WHERE address = %s", [address])
    assert odoo.sql("SELECT smtp_user, smtp_pass FROM ir_mail_server WHERE id = %s", [outgoing]) == [
        (address, PASSWORD)
    ]
    odoo.rpc()("ir.mail_server", "write", [outgoing], {"smtp_user": False, "smtp_pass": False})
    form.press_test("A test mail is on its way")
    expect(page.locator(".o_field_widget[name=receiving]")).to_have_text("Mails Arrive", timeout=90_000)
    screenshot(page, "connect-walked")
    mail = written_to(address, 6)
    host.deliver(address, mail.as_bytes())
    odoo.rpc()("fetchmail.server", "fetch_mail", channel_server(odoo, address))
    assert channel_of(odoo, mail)
    # Nothing of the password is left in the dialog's own table.
    assert odoo.sql("SELECT count(*) FROM omnichannel_mailbox_setup WHERE password IS NOT NULL") == [(0,)]


def channel_server(odoo, address):
    [row] = odoo.sql("SELECT fetchmail_server_id FROM omnichannel_channel WHERE address = %s", [address])
    return list(row)


def test_an_administrator_of_the_inbox_alone(odoo, connect, sign_in, screenshot):
    """Sees no server and no secret, is told whom to ask, and may test what is there."""
    make_manager(odoo.rpc())
    address = connect("mias")
    page = sign_in("mia")
    page.goto(f"{odoo.url}/odoo/omnichannel-channels/{address.id}", timeout=90_000)
    page.get_by_text("Mail servers and their passwords are shown to administrators").wait_for()
    for name in ("fetchmail_server_id", "mail_server_id", "mail_road"):
        assert not page.locator(f".o_field_widget[name={name}]").count()
    assert not page.get_by_role("button", name="Set Up the Mailbox").count()
    page.locator("button[name=action_test_connection]").click()
    page.get_by_text("A test mail is on its way").wait_for()
    screenshot(page, "connect-manager")
    with pytest.raises(RpcError, match="AccessError"):
        odoo.rpc("mia")("omnichannel.mailbox.setup", "create", [{"channel_id": address.id}])


@pytest.mark.parametrize(
    ("kind", "client", "page_of", "scope"),
    [
        ("Gmail", "google_gmail_client", "https://accounts.google.com/**", "https://mail.google.com/"),
        (
            "Outlook, Microsoft 365",
            "microsoft_outlook_client",
            "https://login.microsoftonline.com/**",
            "IMAP.Access",
        ),
    ],
    ids=["gmail", "outlook"],
)
def test_a_mailbox_with_a_sign_in_page(odoo, sign_in, screenshot, kind, client, page_of, scope):
    """From the form to the provider's page, and what is missing before."""
    page = sign_in("admin")
    form = Form(page, odoo, kind, f"{client}@shop.example")
    dialog = form.set_up(kind)
    expect(dialog.locator(".o_field_widget[name=password]")).to_have_count(0)
    screenshot(page, f"connect-set-up-{client}")
    dialog.get_by_role("button", name="Set Up").click()
    dialog.wait_for(state="detached")
    form.press_test("Nobody has signed in to send mails yet")
    screenshot(page, f"connect-{client}")
    sign_in_button = page.locator("button[name=action_sign_in_mailbox]")
    odoo.expect_log("has to know this Odoo first")  # Odoo logs a warning with a way out as an error
    sign_in_button.click()
    said = page.locator(".modal-content")
    said.get_by_text("/confirm").wait_for()
    screenshot(page, f"connect-{client}-unknown")
    assert "Open Settings" in said.inner_text()
    said.get_by_role("button", name="Close").last.click()
    for part in ("id", "secret"):
        odoo.rpc()("ir.config_parameter", "set_param", f"{client}_{part}", f"our {part}")
    asked = []
    page.route(page_of, lambda route: (asked.append(route.request.url), route.fulfill(body="Sign in")))
    sign_in_button.click()
    page.wait_for_url(page_of)
    assert scope in unquote(asked[0])
    assert "our+id" in asked[0]
    # The provider sends people back to the mailbox's own form, from where it is one click to the channel.
    page.goto(f"{odoo.url}/odoo/fetchmail.server/{channel_server(odoo, f'{client}@shop.example')[0]}")
    page.get_by_role("button", name="Back to the Channel").click()
    expect(page.locator(".o_field_widget[name=address] input")).to_have_value(f"{client}@shop.example")


@pytest.fixture(scope="module")
def provider(host):
    with SignIn(host.imap_port, PASSWORD) as provider:
        yield provider


def fetched(odoo, host, address, number):
    """A customer's mail that Odoo's own job or button has read."""
    mail = written_to(address.address, number)
    host.deliver(address.address, mail.as_bytes())
    with contextlib.suppress(RpcError):
        odoo.rpc()("fetchmail.server", "fetch_mail", [address.server])
    assert channel_of(odoo, mail) == address.id
    assert host.count(address.address, "UNSEEN") == 0


def test_outlook_signs_in_and_is_read(odoo, admin, host, provider, connect, sign_in):
    """Microsoft's page, its tokens and XOAUTH2 by the emulator: Odoo's add-on is told to ask there."""
    for name, value in (
        ("microsoft_outlook_client_id", "id"),
        ("microsoft_outlook_client_secret", "secret"),
        ("microsoft_outlook.endpoint", provider.url),
    ):
        admin("ir.config_parameter", "set_param", name, value)
    box = {"server_type": "outlook", "port": provider.port, "is_ssl": True, "password": False}
    address = connect("outlook", mailbox=box)
    assert "Nobody has signed in to the mailbox" in address.press_test()
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo/omnichannel-channels/{address.id}", timeout=90_000)
    page.locator("button[name=action_sign_in_mailbox]").click()
    page.get_by_text("Outlook Token Valid").wait_for()
    page.get_by_role("button", name="Back to the Channel").click()
    page.locator(".o_field_widget[name=receiving]").wait_for()
    assert provider.asked == ["authorization_code"]
    assert "A test mail is on its way" in address.press_test()
    fetched(odoo, host, address, 20)
    # An hour later the token is no good any more, and Odoo asks for another.
    provider.tokens = set()
    admin("fetchmail.server", "write", [address.server], {"microsoft_outlook_access_token_expiration": 1})
    fetched(odoo, host, address, 21)
    assert set(provider.asked) == {"authorization_code", "refresh_token"}
    provider.tokens = set()
    assert "did not let outlook@shop.example in: [AUTHENTICATIONFAILED]" in address.press_test()
    provider.refuses = "AADSTS70000: the grant was revoked"
    admin("fetchmail.server", "write", [address.server], {"microsoft_outlook_access_token_expiration": 1})
    assert "AADSTS70000" in address.press_test()
    assert address.read("state", "receiving") == ("connected", "failing")


def test_gmail_is_read(odoo, admin, host, provider, connect):
    """Its token is put there by hand: Odoo's add-on asks Google's own address for one, and no other."""
    box = {"server_type": "gmail", "port": provider.port, "is_ssl": True, "password": False}
    address = connect("gmail", mailbox=box)
    tokens = {
        "google_gmail_refresh_token": "again",
        "google_gmail_access_token": provider.give_token(),
        "google_gmail_access_token_expiration": int(time.time()) + 3600,
    }
    admin("fetchmail.server", "write", [address.server], tokens)
    assert "A test mail is on its way" in address.press_test()
    fetched(odoo, host, address, 30)
