"""Quotations, invoices, credit notes and receipts as Odoo mails them, and what customers answer."""

import sys
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from emulators.mail import MailHost
from tests.lib.waiting import wait_for

CUSTOMER = "karin@customer.example"
# Odoo attaches documents, and needs a program for that which Debian's Odoo does not bring along.
PRINTER = """#!{python}
import sys
if "--version" in sys.argv:
    sys.exit(print("wkhtmltopdf 0.12.6 (with patched qt)"))
from reportlab.pdfgen.canvas import Canvas
page = Canvas(sys.argv[-1])
page.drawString(72, 720, "A document")
page.save()
"""


@pytest.fixture(scope="module")
def odoo(server_factory, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "wkhtmltopdf"
    program.write_text(PRINTER.format(python=sys.executable))
    program.chmod(0o755)
    return server_factory(conf={"bin_path": folder})


@pytest.fixture(scope="module")
def admin(odoo):
    return odoo.rpc()


@pytest.fixture(scope="module")
def host(admin):
    """The server by which Odoo sends all its mails."""
    with MailHost() as host:
        server = {
            "name": "Out",
            "smtp_host": "127.0.0.1",
            "smtp_port": host.smtp.port,
            "smtp_encryption": "none",
        }
        admin("ir.mail_server", "create", [server])
        admin(
            "omnichannel.channel",
            "create",
            [{"name": "Shop", "channel_type": "email", "address": "s@shop.example"}],
        )
        yield host


@pytest.fixture(scope="module")
def order(admin, host):
    """A quotation of one line; the tests send it, invoice it, take the money and give it back."""
    [partner] = admin("res.partner", "create", [{"name": "Karin Klant", "email": CUSTOMER}])
    [product] = admin(
        "product.product", "create", [{"name": "Bike", "invoice_policy": "order", "type": "service"}]
    )
    line = {"product_id": product, "price_unit": 100}
    return admin("sale.order", "create", [{"partner_id": partner, "order_line": [[0, 0, line]]}])[0]


@pytest.fixture
def answered(odoo, admin, host, order):
    """`answered(model, record)`: the customer answers the newest mail; the conversation is the order's."""
    seen = []

    def answer(model, record):
        mail = wait_for(lambda: host.smtp.to(CUSTOMER)[len(seen) :], 60, what="Odoo's mail")[0].message
        seen.append(mail)
        words = f"My answer about {model}"
        back = EmailMessage()
        back["From"], back["To"], back["Subject"] = (
            CUSTOMER,
            mail["Reply-To"] or mail["From"],
            f"Re: {mail['Subject']}",
        )
        back["Message-Id"], back["In-Reply-To"] = make_msgid(domain="customer.example"), mail["Message-Id"]
        back.set_content(words)
        # By the door through which a mail server hands mails in.
        admin("mail.thread", "message_process", False, back.as_string())
        query = "SELECT conversation_id FROM omnichannel_message WHERE provider_uid = %s"
        [[conversation]] = wait_for(lambda: odoo.sql(query, [back["Message-Id"]]), 60, what="the answer")
        [found] = admin("omnichannel.conversation", "read", [conversation], ["order_ids"])
        assert found["order_ids"] == [order]
        logged = [["model", "=", model], ["res_id", "=", record], ["body", "ilike", words]]
        assert admin("mail.message", "search_count", logged) == 1
        return mail, conversation

    return answer


@pytest.fixture
def page(admin, sign_in):
    """An administrator's window, who is not asked what documents are to look like."""
    [layout] = admin("ir.ui.view", "search", [["key", "=", "web.external_layout_standard"]])
    admin("res.company", "write", [1], {"external_report_layout_id": layout})
    return sign_in("admin")


def send_invoice(page, odoo, invoice):
    page.goto(f"{odoo.url}/odoo/account.move/{invoice}", timeout=90_000)
    page.locator("button[name=action_invoice_sent]:visible").first.click()
    page.locator(".modal button[name=action_send_and_print]").click()
    page.locator(".modal").wait_for(state="detached", timeout=60_000)


def test_what_customers_answer_to_odoos_mails_is_about_the_order(
    odoo, admin, order, answered, page, screenshot
):
    page.goto(f"{odoo.url}/odoo/sale.order/{order}", timeout=90_000)
    page.locator("button[name=action_quotation_send]:visible").first.click()
    page.locator(".modal button[name=action_send_mail]").click()
    page.locator(".modal").wait_for(state="detached", timeout=60_000)
    mail, conversation = answered("sale.order", order)
    assert any(part.get_content_type() == "application/pdf" for part in mail.walk())

    admin("sale.order", "action_confirm", [order])
    context = {"active_model": "sale.order", "active_ids": [order], "active_id": order}
    [wizard] = admin(
        "sale.advance.payment.inv", "create", [{"advance_payment_method": "delivered"}], context=context
    )
    admin("sale.advance.payment.inv", "create_invoices", [wizard], context=context)
    [invoice] = admin("sale.order", "read", [order], ["invoice_ids"])[0]["invoice_ids"]
    admin("account.move", "action_post", [invoice])
    send_invoice(page, odoo, invoice)
    assert answered("account.move", invoice)[1] == conversation

    context = {"active_model": "account.move", "active_ids": [invoice]}
    [wizard] = admin("account.payment.register", "create", [{}], context=context)
    admin("account.payment.register", "action_create_payments", [wizard], context=context)
    [payment] = admin("account.payment", "search", [["partner_id.email", "=", CUSTOMER]])
    [template] = admin(
        "ir.model.data", "search_read", [["name", "=", "mail_template_data_payment_receipt"]], ["res_id"]
    )
    context = {
        "default_model": "account.payment", "default_res_ids": [payment],
        "default_template_id": template["res_id"], "default_composition_mode": "comment",
    }  # fmt: skip
    [composer] = admin("mail.compose.message", "create", [{}], context=context)
    admin("mail.compose.message", "action_send_mail", [composer], context=context)
    assert answered("account.payment", payment)[1] == conversation

    context = {"active_model": "account.move", "active_ids": [invoice]}
    [journal] = admin("account.move", "read", [invoice], ["journal_id"])[0]["journal_id"][:1]
    [wizard] = admin("account.move.reversal", "create", [{"journal_id": journal}], context=context)
    admin("account.move.reversal", "refund_moves", [wizard], context=context)
    [refund] = admin("account.move", "search", [["reversed_entry_id", "=", invoice]])
    admin("account.move", "action_post", [refund])
    send_invoice(page, odoo, refund)
    # The same model, another record.
    assert answered("account.move", refund)[1] == conversation
    page.goto(f"{odoo.url}/odoo/sale.order/{order}")
    page.locator(".o_omnichannel_record_button").click()
    page.locator('.o-mail-Message:has-text("My answer about account.payment")').wait_for()
    screenshot(page, "record-mails")
