"""The mail provider of the demo, and its page where one is the customer: there and back in a browser."""

import re
import subprocess
import tempfile

import pytest

from emulators.mail.process import MailProcess
from tests.lib.browser import new_context
from tests.lib.mailbox import connect_mailbox
from tests.lib.waiting import wait_for

SHOP = "support@shop.example"
KARIN = "karin@customer.example"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("mails")


@pytest.fixture(scope="module")
def mails(folder):
    with MailProcess(folder, SHOP) as mails:
        mails.meet({"address": KARIN, "name": "Karin Klant"})
        yield mails


@pytest.fixture(scope="module")
def channel(odoo, mails):
    """The shop's address in Odoo, and the id of the mailbox that is read."""
    return connect_mailbox(odoo.rpc(), SHOP, mails.imap_port, mails.smtp_port)


@pytest.fixture
def mailbox(browser, mails):
    """`mailbox("karin@…")` opens the page as that customer; fails on JavaScript errors at the end."""
    context = new_context(browser, viewport={"width": 1280, "height": 860})
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    def open_as(address):
        page.goto(f"{mails.url}/mailbox#address={address}")
        page.locator(f'#people .on[data-address="{address}"]').wait_for()
        return page

    yield open_as
    context.close()
    assert not errors, f"JavaScript errors: {errors}"


def fetch(odoo, mails, channel):
    """Odoo reads its mailbox, which has something new."""
    wait_for(mails.waiting, what="a mail in the shop's mailbox")
    odoo.rpc()("fetchmail.server", "fetch_mail", [channel["server"]])
    assert mails.waiting() == 0


def inbound(odoo, address):
    """[(conversation, subject, body, number of files)] of a customer's mails in Odoo, oldest first."""
    return odoo.sql(
        """SELECT row.conversation_id, mail.subject, mail.body,
                  (SELECT count(*) FROM message_attachment_rel file WHERE file.message_id = mail.id)
             FROM omnichannel_message row JOIN mail_message mail ON mail.id = row.mail_message_id
             JOIN omnichannel_identity who ON who.id = row.identity_id
            WHERE row.direction = 'in' AND who.address = %s ORDER BY row.id""",
        [address],
    )


def test_there_and_back(odoo, mails, channel, mailbox, tmp_path, screenshot):
    (tmp_path / "receipt.txt").write_text("two bells, 9.90")
    page = mailbox(KARIN)
    page.locator("#subject").fill("Where are my bells?")
    page.locator("#text").fill("Hello,\n\nmy two bells did not come.\n\nKarin")
    page.locator("#picker").set_input_files(tmp_path / "receipt.txt")
    page.locator('#chips:has-text("receipt.txt")').wait_for()
    page.locator("#send").click()
    page.locator('.letter.in:has-text("my two bells did not come")').wait_for()
    fetch(odoo, mails, channel)
    [(conversation, subject, body, files)] = wait_for(
        lambda: inbound(odoo, KARIN), 60, what="the mail in its conversation"
    )
    assert (subject, files) == ("Where are my bells?", 1)
    assert "my two bells did not come" in body

    odoo.rpc()(
        "omnichannel.conversation", "message_post", [conversation], body="They left this morning.",
        message_type="comment", subtype_xmlid="mail.mt_comment",
    )  # fmt: skip
    # The page was there before the answer, and nobody reloads it.
    answer = page.locator(".letter.out")
    answer.locator("iframe").content_frame.get_by_text("They left this morning.").wait_for(timeout=60_000)
    assert page.locator(".thread").count() == 1, "the answer belongs to the question's thread"
    screenshot(page, "mailbox")

    page.locator("#text").fill("Thank you!")
    page.locator("#send").click()
    page.locator('.letter.in:has-text("Thank you!") .quoted').wait_for()
    fetch(odoo, mails, channel)
    [_first, (again, subject, _body, _files)] = wait_for(
        lambda: len(inbound(odoo, KARIN)) == 2 and inbound(odoo, KARIN), 60, what="the customer's last word"
    )
    assert again == conversation
    assert subject.startswith("Re: Where are my bells?")
    assert page.locator(".thread").count() == 1


def test_somebody_new(odoo, mails, channel, mailbox):
    page = mailbox(KARIN)
    page.locator("#add").click()
    page.locator("dialog input[name=name]").fill("Otto Onbekend")
    page.locator("dialog input[name=address]").fill("Otto@elsewhere.example")
    page.locator("dialog .primary").click()
    page.locator('#people .on[data-address="otto@elsewhere.example"]').wait_for()
    page.locator(".empty").wait_for()
    page.locator("#text").fill("Do you sell pumps?")
    page.locator("#send").click()
    page.locator('.letter.in:has-text("Do you sell pumps?")').wait_for()
    fetch(odoo, mails, channel)
    wait_for(lambda: inbound(odoo, "otto@elsewhere.example"), 60, what="the stranger's mail")


def test_an_unread_answer_is_counted_until_it_is_looked_at(odoo, mails, channel, mailbox):
    mails.write(KARIN, "Bells again", "Are they still sold?")
    page = mailbox(KARIN)
    mails.write("piet@customer.example", "Bike", "Hello", name="Piet")
    fetch(odoo, mails, channel)
    [(conversation, *_mail)] = wait_for(
        lambda: inbound(odoo, "piet@customer.example"), 60, what="Piet's mail"
    )
    odoo.rpc()(
        "omnichannel.conversation", "message_post", [conversation], body="Hello Piet",
        message_type="comment", subtype_xmlid="mail.mt_comment",
    )  # fmt: skip
    piet = page.locator('#people [data-address="piet@customer.example"]')
    piet.locator(".badge").wait_for(timeout=60_000)
    piet.click()
    page.locator(".letter.out.fresh").wait_for()
    wait_for(lambda: mails.letters("piet@customer.example")[-1]["read"], what="the answer being read")


def test_mails_are_kept_over_a_restart(tmp_path):
    with MailProcess(tmp_path, SHOP) as mails:
        mails.write(KARIN, "Do not forget me", "Hello", name="Karin Klant")
        before = mails.letters(KARIN)
    with MailProcess(tmp_path, SHOP) as mails:
        assert mails.letters(KARIN) == before
        assert mails.waiting() == 1
        mails.write(KARIN, "", "Still there?", answer_to=before[0]["id"])
        assert mails.letters(KARIN)[-1]["subject"] == "Re: Do not forget me"


@pytest.fixture
def temporary(monkeypatch):
    """What a killed program leaves behind goes with it."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        yield


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_dovecot_ends_with_it(tmp_path, temporary, end):
    mails = MailProcess(tmp_path, SHOP).start()
    started = dovecots(mails)
    assert started
    mails.process.kill() if end == "kill" else mails.stop()
    wait_for(lambda: not any(is_alive(pid) for pid in started), what="the end of Dovecot")
    if end == "kill":
        mails.stop()


def dovecots(mails):
    """Process ids of the Dovecot that a provider started."""
    return [int(pid) for pid in _ps("pid=", "--ppid", mails.process.pid).split()]


def is_alive(pid):
    return _ps("stat=", "-p", pid).strip() not in ("", "Z")


def _ps(column, *which):
    command = ["ps", "-o", column, *map(str, which)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_without_dovecot_one_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("emulators.mail.dovecot.PROGRAM", "no-such-dovecot")
    from emulators.mail.dovecot import Dovecot

    with pytest.raises(RuntimeError, match=re.escape("apt-get install dovecot-imapd dovecot-pop3d")):
        Dovecot(tmp_path).start()
