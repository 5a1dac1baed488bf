"""A colleague forwards a customer's mail to one of our addresses."""

from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from odoo.tests import new_test_user, tagged

from .test_email import SHOP, EmailCase

ANNA = "anna@shop.example"
GMAIL = (
    "---------- Forwarded message ---------\nFrom: *Karin* <karin@example.com>\n"
    "Date: Mon, Nov 24, 2025 at 9:00 AM\nSubject: My order\nTo: <anna@shop.example>\n\n\nWhere is my order?\n"
)
OUTLOOK = (
    "________________________________\nVan: Karin <karin@example.com>\nVerzonden: maandag 24 november\n"
    "Aan: Anna <anna@shop.example>\nOnderwerp: My order\n\nWhere is my order?\n"
)


@tagged("post_install", "-at_install")
class TestForwardForCustomer(EmailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.email = ANNA

    def forward(self, text, sender=f"Anna Agent <{ANNA}>", **headers):
        return self.mail(
            text, sender, **{"subject": "Fwd: My order", "message_id": "<fwd-1@shop.example>"} | headers
        )

    def original(self):
        original = EmailMessage()
        original["From"], original["To"], original["Subject"] = "Karin <karin@example.com>", ANNA, "My order"
        original["Message-Id"] = "<original@example.com>"
        original.set_content("Where is my order?")
        original.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="order.pdf")
        return original

    def forward_as_file(self, words="Can you see to this?", original=None, message_id="<fwd-2@shop.example>"):
        mail = MIMEMultipart()
        mail["From"], mail["To"], mail["Subject"] = f"Anna <{ANNA}>", SHOP, "FW: My order"
        mail["Message-Id"] = message_id
        mail.attach(MIMEText(words))
        mail.attach(MIMEMessage(original or self.original()))
        return mail

    def rows(self):
        return self.env["omnichannel.message"].search([("channel_id", "=", self.mailbox.id)], order="id")

    def note(self, conversation):
        notes = conversation.message_ids.filtered(lambda m: not m.omnichannel_ledger_ids)
        self.assertLessEqual(len(notes), 1)
        return notes

    def check(self, row, words="Can you see to this?"):
        """Karin wrote it, Anna forwarded it, and an answer goes to Karin."""
        message, conversation = row.mail_message_id, row.conversation_id
        self.assertEqual(message.author_id, self.partner)
        self.assertEqual(conversation.partner_id, self.partner)
        self.assertEqual((conversation.state, conversation.preview), ("open", "Where is my order?"))
        self.assertIn("Where is my order?", message.body)
        self.assertNotIn("Can you see", message.body)
        self.assertEqual(message._omnichannel_data()["passed_on_by"], "Anna Agent")
        self.assertFalse(row.payload, "colleagues get no copies of what is answered")
        note = self.note(conversation)
        self.assertEqual(note.author_id, self.agent.partner_id if words else self.env["res.partner"])
        self.assertTrue(not words or note.subtype_id.internal)
        self.assertIn(words, note.body or "")
        answer = self.answer(conversation, user=self.agent)
        self.assertEqual(answer.omnichannel_ledger_ids.identity_id.address, "karin@example.com")

    def test_within_the_text(self):
        for number, text in enumerate((GMAIL, OUTLOOK)):
            with self.subTest(text):
                mail = self.forward(
                    f"Can you see to this?\n\n-- \nAnna\n\n{text}", message_id=f"<in-{number}@shop.example>"
                )
                row = self.deliver(mail)
                self.assertEqual(row.conversation_id.subject, "My order")
                self.check(row)
                row.conversation_id.unlink()

    def test_without_a_word(self):
        self.check(self.deliver(self.forward(GMAIL)), words="")

    def test_as_a_file(self):
        self.deliver(self.forward_as_file())
        [row] = self.rows()
        self.assertEqual(row.provider_uid, "<original@example.com>")
        self.assertEqual(row.mail_message_id.attachment_ids.mapped("name"), ["order.pdf"])
        self.check(row)

    def test_joins_the_customers_conversation(self):
        chat = self.receive(self.text("Hello"))
        self.assertEqual(self.deliver(self.forward(GMAIL)).conversation_id, chat.conversation_id)

    def test_files_of_the_text_are_the_customers(self):
        mail = self.forward(GMAIL)
        mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="order.pdf")
        self.assertEqual(self.deliver(mail).mail_message_id.attachment_ids.mapped("name"), ["order.pdf"])

    def test_what_the_customer_sent_us_too_is_there_once(self):
        original = self.mail(message_id="<original@example.com>")
        row = self.deliver(original)
        self.deliver(self.forward_as_file())
        self.assertEqual(self.rows(), row)
        self.assertIn("Can you see to this?", self.note(row.conversation_id).body, "what Anna says is new")

    def test_twice_is_once(self):
        mail = self.forward(f"Can you see to this?\n\n{GMAIL}")
        row = self.deliver(mail)
        mail["X-Path"] = "another"
        self.deliver(mail)
        self.assertEqual(self.rows(), row)
        self.assertTrue(self.note(row.conversation_id))

    def test_through_two_colleagues(self):
        new_test_user(self.env, "carl", "base.group_user", email="carl@shop.example")
        carl = GMAIL.replace("*Karin* <karin@example.com>", "Carl <carl@shop.example>").replace(
            "Where is my order?\n", f"For you, Anna.\n\n{OUTLOOK}"
        )
        row = self.deliver(self.forward(f"Can you see to this?\n\n{carl}"))
        self.check(row)
        self.assertIn("For you, Anna.", self.note(row.conversation_id).body)

    def test_of_a_stranger(self):
        row = self.deliver(self.forward(GMAIL.replace("karin@example.com", "new@example.com")))
        self.assertEqual(row.identity_id.address, "new@example.com")
        self.assertFalse(row.conversation_id.partner_id)

    def test_a_colleague_without_rights_passes_on(self):
        self.agent.write({"group_ids": [(6, 0, self.env.ref("base.group_user").ids)]})
        row = self.deliver(self.forward(f"Can you see to this?\n\n{GMAIL}"))
        self.assertEqual(self.note(row.conversation_id).author_id, self.agent.partner_id)

    def assert_own(self, mail, sender=ANNA):
        """The mail is its sender's own."""
        row = self.deliver(mail)
        self.assertEqual(row.identity_id.key, sender)
        self.assertFalse(row.passed_on_by_id)
        return row

    def test_an_ordinary_mail_stays_the_colleagues(self):
        self.assert_own(self.forward("Our printer is broken", subject="Printer"))

    def test_a_colleagues_answer_to_a_customer_is_none(self):
        """The customer is in it with the same header, and gets the mail themselves."""
        self.assert_own(
            self.forward(f"It left.\n\n{OUTLOOK}", subject="RE: My order", to=f"{SHOP}, karin@example.com")
        )
        self.assert_own(
            self.forward(
                f"It left\n\n{GMAIL}", to="karin@example.com", Cc=SHOP, message_id="<2@shop.example>"
            )
        )

    def test_a_mail_of_ours_that_is_passed_on_brings_nothing_back(self):
        ours = GMAIL.replace("*Karin* <karin@example.com>", f"Shop <{SHOP}>").replace(
            "Where is my order?\n", f"It left.\n\n{OUTLOOK}"
        )
        self.assert_own(self.forward(f"FYI\n\n{ours}"))

    def test_no_address_no_customer(self):
        self.assert_own(self.forward(GMAIL.replace("*Karin* <karin@example.com>", "Karin")))

    def test_what_a_customer_forwards_is_theirs(self):
        text = GMAIL.replace("karin@example.com", "carrier@else.example")
        row = self.assert_own(self.forward(text, sender="karin@example.com"), "karin@example.com")
        self.assertIn("carrier@else.example", row.mail_message_id.body)

    def test_who_is_no_colleague_of_this_company_passes_nothing_on(self):
        for values in ({"active": False}, {"active": True, "share": True}):
            with self.subTest(str(values)):
                if values.get("share"):
                    self.agent.active = True
                    self.agent.group_ids = self.env.ref("base.group_portal")
                else:
                    self.agent.active = False
                self.assert_own(self.forward(GMAIL, message_id=f"<{len(str(values))}@shop.example>"))
