"""Mails → messages, against Odoo's own `message_process` on the same mails.

Half of the mails begin something, the others answer them; every fourth brings a file. Each is committed on
its own, as Odoo's job does that reads mailboxes.
"""

import itertools
import time
from email.message import EmailMessage

from tests.bench import world
from tests.bench.table import figure, median
from tests.bench.worker import work

ADDRESS = "support@bench.example"
CUSTOMERS = 50
ROUNDS = 3
PDF = b"%PDF-1.4 " + bytes(20_000)
_mails = itertools.count(1)
_run = f"{time.time():.0f}"


def run(name, _setting):
    _make_customers(name)
    baselines, rates = [], []
    for _round in range(ROUNDS):
        # Turn about: what disturbs the machine disturbs both.
        baselines.append(_rate(name, _process_by_odoo))
        rates.append(_rate(name, _process_by_us))
    ratio = median([rate / baseline for rate, baseline in zip(rates, baselines)])
    figure(
        "mails, journalled and worked off", median(rates), "/s", baseline=median(baselines), ratio=ratio,
        target=">= 1 x message_process", ok=ratio >= 1,
    )  # fmt: skip


def _make_customers(name):
    with world.inside(name) as odoo:
        if not odoo["omnichannel.channel"].search([("address", "=", ADDRESS)]):
            team = odoo["omnichannel.channel"].search([], limit=1).team_id
            odoo["omnichannel.channel"].create(
                {
                    "name": "Bench",
                    "channel_type": "email",
                    "address": ADDRESS,
                    "team_id": team.id,
                    "state": "connected",
                }
            )
            odoo["res.partner"].with_context(tracking_disable=True).create(
                [{"name": f"Mailer {number}", "email": _sender(number)} for number in range(CUSTOMERS)]
            )
        odoo.cr.commit()


def _rate(name, process):
    """Mails per second; each round has mails of its own."""
    mails = _make_mails()
    start = time.perf_counter()
    process(name, mails)
    return len(mails) / (time.perf_counter() - start)


def _process_by_odoo(name, mails):
    """A lead for each first mail; the answers go into its chatter."""
    from odoo.addons.mail.models.mail_thread import MailThread

    with world.inside(name) as odoo:
        for raw in mails:
            MailThread.message_process(odoo["mail.thread"], "crm.lead", raw)
            odoo.cr.commit()
            odoo.invalidate_all()


def _process_by_us(name, mails):
    with world.inside(name) as odoo:
        before = odoo["omnichannel.message"].search_count([("direction", "=", "in")])
        for raw in mails:
            odoo["mail.thread"].message_process(None, raw)
            odoo.cr.commit()
            odoo.invalidate_all()
    work(name)
    with world.inside(name) as odoo:
        done = odoo["omnichannel.message"].search_count([("direction", "=", "in")]) - before
    assert done == len(mails), f"{done} messages of {len(mails)} mails"


# -- mails ---------------------------------------------------------------------


def _make_mails():
    """The bytes of two mails of each customer: a question, and later an answer in the same thread."""
    questions = [_mail(number) for number in range(CUSTOMERS)]
    answers = [_mail(number, question["Message-Id"]) for number, question in enumerate(questions)]
    return [mail.as_bytes() for mail in questions + answers]


def _mail(number, answered=None):
    mail = EmailMessage()
    mail["From"] = f"Mailer {number} <{_sender(number)}>"
    mail["To"] = ADDRESS
    mail["Subject"] = "Re: My order" if answered else "My order"
    mail["Message-Id"] = f"<bench-{_run}-{next(_mails)}@customers.example>"
    mail["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    if answered:
        mail["In-Reply-To"] = mail["References"] = answered
    quoted = "\n\nOn Mon, 24 Nov 2025 Bench wrote:\n> Hello,\n> it is on its way.\n" if answered else ""
    mail.set_content(f"Where is my order {number}?{quoted}")
    mail.add_alternative(
        f"<p>Where is <b>my order</b> {number}?</p><blockquote>{quoted}</blockquote>", subtype="html"
    )
    if not number % 4:
        mail.add_attachment(PDF, maintype="application", subtype="pdf", filename="invoice.pdf")
    return mail


def _sender(number):
    return f"mailer{number}@customers.example"
