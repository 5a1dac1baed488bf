from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import BUSINESS, TEMPLATES, WhatsappCase

VALUES = {"header.1": "S1", "body.1": "Karin", "body.2": "morgen", "button.0": "abc"}


@tagged("post_install", "-at_install")
class TestTemplate(WhatsappCase):
    """What can be said when the window is closed."""

    def setUp(self):
        super().setUp()
        self.graph.answers["GET /message_templates"] = self.pages
        self.channel.action_whatsapp_sync_templates()
        self.late = self.template("order_late")
        old = self.receive_messages(self.message(ago=48 * 3600))
        self.conversation = old.conversation_id

    def pages(self, request):
        """Two templates a page."""
        second = "after=" in request["query"]
        paging = {"cursors": {"after": "x"}} | ({} if second else {"next": "there is one"})
        return 200, {"data": TEMPLATES[2:] if second else TEMPLATES[:2], "paging": paging}

    def template(self, name):
        return self.env["omnichannel.whatsapp.template"].search(
            [("name", "=", name), ("channel_id", "=", self.channel.id)]
        )

    def send(self, template, values):
        self.answer(
            self.conversation, "", omnichannel_template_id=template.id, omnichannel_template_values=values
        )
        self.send_queued()

    def test_all_pages_are_fetched_and_what_is_gone_goes(self):
        self.assertEqual(len(self.channel.whatsapp_template_ids), 4)
        self.graph.answers["GET /message_templates"] = (200, {"data": [dict(TEMPLATES[0], status="PAUSED")]})
        self.channel.action_whatsapp_sync_templates()
        self.assertEqual(self.channel.whatsapp_template_ids, self.late)
        self.assertEqual(self.late.status, "PAUSED")

    def test_the_cron_survives_a_refusal(self):
        self.graph.answers["GET /message_templates"] = (401, {"error": {"code": 190}})
        with self.assertLogs("odoo.addons.omnichannel_whatsapp", "WARNING"):
            self.env["omnichannel.channel"]._whatsapp_cron_sync_templates()
        self.assertEqual(len(self.channel.whatsapp_template_ids), 4)

    def test_preview_with_the_examples(self):
        self.assertIn("Hallo Ada, uw bestelling komt morgen.", self.late.preview)
        self.assertIn("De Winkel", self.late.preview)

    def test_what_the_dialog_offers(self):
        self.partner.lang = False
        offered = (
            self.env["omnichannel.whatsapp.template"]
            .with_user(self.agent)
            .get_for_conversation(self.conversation.id, self.channel.id)
        )
        self.assertEqual({found["name"] for found in offered}, {"order_late", "welcome"})
        late = next(found for found in offered if found["name"] == "order_late")
        self.assertEqual([v["key"] for v in late["variables"]], list(VALUES))
        self.assertIn("{{body.2}}", late["skeleton"])

    def test_it_is_sent_with_its_variables(self):
        self.send(self.late, VALUES)
        [request] = self.graph.sent()
        self.assertEqual(request["template"]["name"], "order_late")
        self.assertEqual(request["template"]["language"], {"code": "nl"})
        header, body, button = request["template"]["components"]
        self.assertEqual(header["parameters"], [{"type": "text", "text": "S1"}])
        self.assertEqual([p["text"] for p in body["parameters"]], ["Karin", "morgen"])
        self.assertEqual((button["sub_type"], button["index"]), ("url", "0"))
        row = self.conversation.ledger_ids.filtered(lambda m: m.direction == "out")
        self.assertEqual(row.state, "sent")
        self.assertIn("Hallo Karin, uw bestelling komt morgen.", row.body)
        self.assertIn("Hallo Karin", row.mail_message_id.body)

    def test_named_variables(self):
        self.send(self.template("welcome"), {"body.first_name": "Karin"})
        [parameter] = self.graph.sent()[0]["template"]["components"][0]["parameters"]
        self.assertEqual(parameter, {"type": "text", "text": "Karin", "parameter_name": "first_name"})

    def test_a_value_cannot_bring_a_variable_in(self):
        self.send(self.late, dict(VALUES, **{"body.1": "{{body.2}}"}))
        row = self.conversation.ledger_ids.filtered(lambda m: m.direction == "out")
        self.assertIn("Hallo {{body.2}}, uw bestelling komt morgen.", row.body)

    def test_what_cannot_be_sent_says_why(self):
        for name, values in (("order_late", {"body.1": "x"}), ("brochure", {}), ("refused", {})):
            with self.assertRaises(UserError):
                self.send(self.template(name), values)
        self.assertIn("Document", self.template("brochure").obstacle)
        self.assertIn("SCAM", self.template("refused").obstacle)

    def test_another_channels_template_is_refused(self):
        other = self.make_channel("Other", "2")
        other.action_whatsapp_sync_templates()
        with self.assertRaises(UserError):
            self.send(other.whatsapp_template_ids[0], VALUES)

    def test_meta_decides_by_webhook(self):
        about = {"message_template_name": "order_late", "message_template_language": "nl"}
        paused = {"event": "PAUSED", "reason": "LOW_QUALITY", **about}
        self.receive({"field": "message_template_status_update", "value": paused})
        self.assertEqual((self.late.status, self.late.status_reason), ("PAUSED", "LOW_QUALITY"))
        self.assertFalse(self.late.is_sendable)
        self.receive({"field": "message_template_status_update", "value": {"event": "APPROVED", **about}})
        self.assertTrue(self.late.is_sendable)
        self.receive(
            {"field": "message_template_quality_update", "value": {"new_quality_score": "RED", **about}}
        )
        self.assertEqual((self.late.quality, self.late.status), ("RED", "APPROVED"))

    def test_nobody_rewrites_what_meta_approved(self):
        with self.assertRaises(AccessError):
            self.late.with_user(self.agent).write({"body": "mine"})
        with self.assertRaises(AccessError):
            self.channel.with_user(self.agent).action_whatsapp_sync_templates()

    def test_the_account_is_asked_for_its_templates(self):
        self.assertTrue(self.graph.requests[0]["path"].endswith(f"/{BUSINESS}/message_templates"))
