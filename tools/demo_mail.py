"""The demo shop's mailbox: connected as an administrator does it, and filled by its customers.

Mails come in by their real road: the mail emulator puts them into Dovecot, Odoo fetches them by IMAP and
hands its answers to the emulator's SMTP server.
"""

import base64
import contextlib
import io
import time

import requests
from demo_dialogues import MAILS
from reportlab.pdfgen.canvas import Canvas

from tests.lib.mailbox import connect_mailbox, incoming, sending
from tests.lib.server import RpcError
from tests.lib.waiting import wait_for

SHOP = "support@fietshuis.example"
NAME = "Fietshuis Support"


def connect(rpc, mails, team):
    """The shop's mailbox in Odoo: made, or told where the mail servers listen this time."""
    domain = [["channel_type", "=", "email"], ["address", "=", SHOP]]
    fields = ["fetchmail_server_id", "mail_server_id"]
    found = rpc("omnichannel.channel", "search_read", domain, fields, limit=1)
    if not found:
        _own_domain(rpc)
        return connect_mailbox(rpc, SHOP, mails.imap_port, mails.smtp_port, name=NAME, team_id=team)
    channel, server = found[0]["id"], found[0]["fetchmail_server_id"][0]
    rpc("fetchmail.server", "write", [server], incoming(SHOP, mails.imap_port))
    rpc("ir.mail_server", "write", [found[0]["mail_server_id"][0]], sending(SHOP, mails.smtp_port))
    rpc("omnichannel.channel", "action_test_connection", [channel])
    return {"id": channel, "server": server}


def _own_domain(rpc):
    """Answers to what Odoo itself sends, such as quotations, come back to an address of the shop's."""
    if not rpc("mail.alias.domain", "search", []):
        rpc("mail.alias.domain", "create", [{"name": SHOP.rpartition("@")[2]}])


def meet_customers(rpc, mails, customers):
    """The page's list of whom one can write as."""
    partners = rpc("res.partner", "read", customers, ["name", "email"])
    # The duplicates that a shop has share an address: the first of them has the better name.
    people = {partner["email"].lower(): partner["name"] for partner in reversed(partners) if partner["email"]}
    mails.meet(*({"address": address, "name": name} for address, name in people.items()))


def fetch(rpc, mails, channel):
    """Press *Fetch Now* when a mail is waiting: Odoo's own job would come within the minute."""
    with contextlib.suppress(RpcError, requests.RequestException):
        if mails.waiting():
            rpc("fetchmail.server", "fetch_mail", [channel["server"]])


class Writers:
    """Who wrote what in the demo, and the conversations that came of it."""

    def __init__(self, odoo, mails, channel):
        self.odoo, self.mails, self.channel = odoo, mails, channel
        self.rpc = odoo.rpc()
        self.uids = []

    def ask(self):
        """Each customer's question, some hours old."""
        for index, mail in enumerate(MAILS):
            hours = 1 + index * 5 % 19
            self.uids.append(
                self.mails.write(
                    mail["from"],
                    self._named(mail, mail["subject"]),
                    self._named(mail, mail["question"]),
                    name=mail.get("name", ""),
                    files=[_pdf(mail["file"])] if mail.get("file") else [],
                    written=time.time() - hours * 3600 - 400,
                )
            )
        self._wait_until_worked(self.uids)

    def answered(self):
        """[(mail, conversation)] of the questions that an agent answers."""
        return [
            (mail, self._conversation(uid))
            for mail, uid in zip(MAILS, self.uids, strict=True)
            if mail["answer"]
        ]

    def wait_for_answers(self):
        """Until each answer lies in its customer's mailbox."""
        for mail in MAILS:
            if mail["answer"]:
                wait_for(
                    lambda mail=mail: self._last(mail)["direction"] == "out", 60, what="the answers by mail"
                )

    def have_last_words(self):
        """Some customers answer the answer."""
        uids = [
            self.mails.write(mail["from"], "", mail["last"], answer_to=self._last(mail)["id"])
            for mail in MAILS
            if mail["last"]
        ]
        self._wait_until_worked(uids)

    def _last(self, mail):
        return self.mails.letters(mail["from"])[-1]

    def _named(self, mail, text):
        """A text with the customer's own order in it."""
        if "{order}" not in text:
            return text
        domain = [["partner_id.email", "=ilike", mail["from"]]]
        [order] = self.rpc("sale.order", "search_read", domain, ["name"], limit=1)
        return text.replace("{order}", order["name"])

    def _wait_until_worked(self, uids):
        def is_worked():
            fetch(self.rpc, self.mails, self.channel)
            return all(self._rows(uid) for uid in uids)

        wait_for(is_worked, 120, interval=0.5, what="the customers' mails being worked")

    def _rows(self, uid):
        return self.odoo.sql(
            "SELECT conversation_id, identity_id FROM omnichannel_message WHERE provider_uid = %s", [uid]
        )

    def _conversation(self, uid):
        [[conversation, identity]] = self._rows(uid)
        return {"id": conversation, "channel": self.channel["id"], "identity": identity}


def _pdf(title):
    """A file as customers attach them."""
    output = io.BytesIO()
    page = Canvas(output, pagesize=(420, 300))
    page.setFont("Helvetica-Bold", 18)
    page.drawString(40, 240, title)
    page.setFont("Helvetica", 11)
    for line, text in enumerate(
        ("12 x city bike, 28 inch", "12 x lock with chain", "Delivery: at reception")
    ):
        page.drawString(40, 205 - 18 * line, text)
    page.save()
    data = base64.b64encode(output.getvalue()).decode()
    return {"name": f"{title}.pdf", "type": "application/pdf", "data": data}
