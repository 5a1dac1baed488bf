import json
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.omnichannel_inbox.models.omnichannel_verification import OmnichannelVerification

from .common import CUSTOMER, WhatsappCase

STRANGER = "31687654321"
CODE = "407215"
TEMPLATE = {
    "name": "our_code",
    "status": "APPROVED",
    "category": "AUTHENTICATION",
    "components": [
        {"type": "BODY", "text": "*{{1}}* is your verification code.", "add_security_recommendation": True},
        {"type": "FOOTER", "text": "This code expires in 10 minutes.", "code_expiration_minutes": 10},
        {
            "type": "BUTTONS",
            "buttons": [
                {
                    "type": "URL",
                    "text": "Copy code",
                    "url": "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}",
                }
            ],
        },
    ],
}


@tagged("post_install", "-at_install")
class TestCode(WhatsappCase):
    """A code for an order whose customer has a number and no e-mail address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.env["sale.order"].create({"partner_id": cls.partner.id, "name": "S90001"})

    def setUp(self):
        super().setUp()
        code = patch.object(OmnichannelVerification, "_code", lambda self: CODE)
        self.addCleanup(code.stop)
        code.start()
        message = self.message(text="Where is S90001?", sender=STRANGER)
        self.conversation = self.receive_messages(message).conversation_id
        self.assertEqual(self.conversation.claimed_order_refs, "S90001")

    def add_template(self, language="nl", **values):
        return self.env["omnichannel.whatsapp.template"].create(
            {**TEMPLATE, "language": language, "channel_id": self.channel.id, **values}
        )

    def open_window(self):
        self.receive_messages(self.message(text="Something else", sender=CUSTOMER))

    def ways(self):
        [claim] = self.conversation.with_user(self.agent).get_customer_panel()["claims"]
        return claim["ways"]

    def send_code(self, way=False):
        """The agent's button; returns what went to the order's own number."""
        self.conversation.with_user(self.agent).action_send_code("S90001", way)
        self.send_queued()
        return [sent for sent in self.graph.sent() if sent.get("to") == CUSTOMER]

    def row(self):
        return self.env["omnichannel.message"].search([("automatic", "=", "code_itself")])

    # -- the way ---------------------------------------------------------------------

    def test_by_a_template(self):
        self.partner.lang = "nl_NL"
        self.add_template("en_US")
        self.add_template("nl")
        [way] = self.ways()
        self.assertEqual((way["name"], way["destination"]), ("Shop", "+31***78"))
        [sent] = self.send_code()
        self.assertEqual(sent["template"]["name"], "our_code")
        self.assertEqual(sent["template"]["language"], {"code": "nl"})
        parameter = [{"type": "text", "text": CODE}]
        self.assertEqual(
            sent["template"]["components"],
            [
                {"type": "body", "parameters": parameter},
                {"type": "button", "sub_type": "url", "index": "0", "parameters": parameter},
            ],
        )
        self.assertEqual(self.row().state, "sent")

    def test_by_text_while_the_window_is_open(self):
        self.open_window()
        [sent] = self.send_code()
        self.assertIn(f"{CODE} is your code.", sent["text"]["body"])
        self.assertIn("S90001", sent["text"]["body"])

    def test_who_asked_is_told_and_the_code_works(self):
        self.open_window()
        self.send_code()
        told = self.conversation.ledger_ids.filtered(lambda row: row.automatic == "code")
        self.assertIn("by WhatsApp to the number of your order", told.body)
        self.receive_messages(self.message(text=CODE, sender=STRANGER))
        self.assertEqual(self.conversation.order_ids, self.order)
        self.assertEqual(self.conversation.partner_id, self.partner)

    def test_the_agent_chooses(self):
        self.partner.email = "karin@example.com"
        self.add_template()
        mail, number = self.ways()
        self.assertEqual((mail["key"], mail["destination"]), ("email", "k***@e***.com"))
        self.assertFalse(self.send_code())
        self.assertTrue(self.env["mail.mail"].search([("email_to", "=", "karin@example.com")]))
        self.assertTrue(self.send_code(number["key"]))

    def test_no_way(self):
        self.assertEqual(self.ways(), [])
        with self.assertRaisesRegex(UserError, "nor a number"):
            self.send_code()
        self.assertFalse(self.env["omnichannel.verification"].search([]))

    def test_templates_that_are_none_for_codes(self):
        self.add_template(status="PAUSED")
        self.add_template("en", category="UTILITY")
        header = {"type": "HEADER", "format": "TEXT", "text": "Hi"}
        self.add_template("de", components=[header, *TEMPLATE["components"]])
        self.add_template("fr", components=[{"type": "BODY", "text": "No code at all"}])
        self.assertEqual(self.ways(), [])

    def test_what_nobody_offered(self):
        self.add_template()
        other = self.make_channel("Other", "2")
        for way in (str(other.id), "email", "x", 7, ["email"], {"a": 1}):
            with self.subTest(way=way), self.assertRaisesRegex(UserError, "this way"):
                self.send_code(way)

    def test_another_companys_number_sends_nothing(self):
        self.add_template()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["omnichannel.team"].create({"name": "There", "company_id": company.id})
        self.channel.write({"company_id": company.id, "team_id": team.id})
        self.assertEqual(self.ways(), [])

    def test_a_number_that_is_somebody_elses(self):
        self.add_template()
        self.open_window()
        friend = self.env["res.partner"].create({"name": "Piet"})
        identity = self.env["omnichannel.identity"].search([("address", "=", f"+{CUSTOMER}")])
        identity.action_link(friend.id)
        self.assertEqual(self.ways(), [])

    # -- limits and secrets ------------------------------------------------------------

    def test_three_an_hour_whichever_way(self):
        self.partner.email = "karin@example.com"
        self.add_template()
        for way in ("email", str(self.channel.id), "email"):
            self.send_code(way)
        for way in ("email", str(self.channel.id)):
            with self.assertRaisesRegex(UserError, "Three codes"):
                self.send_code(way)

    def test_it_is_readable_nowhere(self):
        self.add_template()
        self.open_window()
        with self.assertLogs(level="DEBUG") as logs:
            self.send_code()
        self.assertNotIn(CODE, " ".join(line for line in logs.output if "odoo.sql_db" not in line))
        self.assertIn("•", self.row().body)
        self.assertFalse(self.row().mail_message_id)
        read = self.conversation.with_user(self.agent).ledger_ids.read()
        self.assertNotIn(CODE, json.dumps(read, default=str))
        self.assertNotIn(CODE, " ".join(self.env["mail.message"].search([]).mapped("body")))
        self.env.flush_all()
        for table in ("omnichannel_verification", "omnichannel_message"):
            self.env.cr.execute(f"SELECT t::text FROM {table} t")
            self.assertNotIn(CODE, " ".join(row for (row,) in self.env.cr.fetchall()))

    def test_what_cannot_be_sent_is_said(self):
        self.add_template()
        self.graph.answers["POST /messages"] = (400, {"error": {"code": 131026, "message": "no"}})
        self.send_code()
        self.assertEqual(self.row().state, "failed")
        thread = " ".join(self.conversation.message_ids.mapped("body"))
        self.assertIn("could not be sent to +31***78", thread)
        self.assertIn("not on WhatsApp", thread)

    def test_all_automatic_texts_stopped(self):
        self.add_template()
        self.env.company.omnichannel_texts_stopped_date = fields.Datetime.now()
        with self.assertRaisesRegex(UserError, "stopped"):
            self.send_code()

    def test_an_answer_to_it_is_none_of_the_strangers_conversation(self):
        self.add_template()
        self.send_code()
        reply = self.message(text="What is this?", context={"id": self.row().provider_uid})
        self.assertNotEqual(self.receive_messages(reply).conversation_id, self.conversation)
