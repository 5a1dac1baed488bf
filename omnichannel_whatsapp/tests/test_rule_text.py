"""What a rule sends on WhatsApp, within the 24 hours and after them."""

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TEMPLATES, WhatsappCase

LINES = "S1\n{customer}\ntomorrow\n{reference}"


@tagged("post_install", "-at_install")
class TestRuleText(WhatsappCase):
    def setUp(self):
        super().setUp()
        self.env["omnichannel.rule"].with_context(active_test=False).search([]).unlink()
        english = dict(TEMPLATES[0], id="9", language="en_US")
        self.graph.answers["GET /message_templates"] = (200, {"data": [*TEMPLATES, english]})
        self.channel.action_whatsapp_sync_templates()
        self.late = self.env["omnichannel.whatsapp.template"].search(
            [("name", "=", "order_late"), ("language", "=", "nl"), ("channel_id", "=", self.channel.id)]
        )

    def rule(self, **values):
        return self.env["omnichannel.rule"].create(
            {
                "name": "Late",
                "trigger": "message_received",
                "team_id": self.team.id,
                "action_ids": [Command.create({"kind": "text", "text": "Hello {customer}", **values})],
            }
        )

    def hear(self, ago=0):
        conversation = self.receive_messages(self.message(ago=ago)).conversation_id
        while self.env["omnichannel.signal"]._run_batch():
            pass
        self.send_queued()
        return conversation

    def test_within_the_window_free_text(self):
        self.rule(whatsapp_template_id=self.late.id, whatsapp_values=LINES)
        self.hear()
        [request] = self.graph.sent()
        self.assertEqual(request["text"]["body"], "Hello Karin Klant")

    def test_after_it_the_template(self):
        self.rule(whatsapp_template_id=self.late.id, whatsapp_values=LINES)
        self.partner.lang = False
        self.channel.lang = "en_US"
        conversation = self.hear(ago=48 * 3600)
        [request] = self.graph.sent()
        template = request["template"]
        self.assertEqual((template["name"], template["language"]), ("order_late", {"code": "en_US"}))
        body = next(part for part in template["components"] if part["type"] == "body")
        self.assertEqual([p["text"] for p in body["parameters"]], ["Karin Klant", "tomorrow"])
        row = conversation.ledger_ids.filtered("automatic")
        self.assertEqual((row.state, row.kind), ("sent", "template"))
        self.assertIn("Karin Klant", row.mail_message_id.body)

    def test_in_the_customers_language_if_there_is_one(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.partner.lang = "nl_NL"
        self.rule(whatsapp_template_id=self.late.id, whatsapp_values=LINES)
        self.hear(ago=48 * 3600)
        [request] = self.graph.sent()
        self.assertEqual(request["template"]["language"], {"code": "nl"})

    def test_after_it_nothing_without_a_template(self):
        rule = self.rule()
        self.hear(ago=48 * 3600)
        self.assertFalse(self.graph.sent())
        self.assertIn("too long ago", rule.run_ids.held_back)
        self.assertEqual(rule.state, "running")

    def test_a_template_that_was_withdrawn(self):
        rule = self.rule(whatsapp_template_id=self.late.id, whatsapp_values=LINES)
        self.channel.whatsapp_template_ids.status = "PAUSED"
        self.hear(ago=48 * 3600)
        self.assertFalse(self.graph.sent())
        self.assertTrue(rule.run_ids.held_back)

    def test_each_variable_has_a_line(self):
        with self.assertRaisesRegex(ValidationError, "4 variables"):
            self.rule(whatsapp_template_id=self.late.id, whatsapp_values="one\ntwo")
