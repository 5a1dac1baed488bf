import json

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import NUMBER, WhatsappCase

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@tagged("post_install", "-at_install")
class TestSend(WhatsappCase):
    """The road out, to a provider of real sockets."""

    def setUp(self):
        super().setUp()
        self.inbound = self.receive_messages(self.message())
        self.conversation = self.inbound.conversation_id

    def outbound(self):
        return self.conversation.ledger_ids.filtered(lambda m: m.direction == "out").sorted("id")

    def status(self, name, row, **parts):
        uid = parts.pop("uid", row.provider_uid)
        status = {"id": uid, "status": name, "timestamp": "1764000000", "recipient_id": "31612345678"}
        self.receive(self.change(statuses=[status | parts]))

    def test_text_goes_to_the_number_that_wrote(self):
        self.answer(self.conversation, "Tomorrow.")
        self.send_queued()
        row = self.outbound()
        self.assertEqual(row.state, "sent")
        [request] = self.graph.sent()
        self.assertEqual(request["to"], "31612345678")
        self.assertEqual(request["text"]["body"], "Tomorrow.")
        self.assertEqual(request["biz_opaque_callback_data"], row.reference)
        self.assertTrue(self.graph.requests[0]["path"].endswith(f"/{NUMBER}/messages"))
        self.assertEqual(self.graph.requests[0]["token"], "Bearer the token")

    def test_ticks(self):
        self.answer(self.conversation)
        self.send_queued()
        row = self.outbound()
        for name, state in (("read", "read"), ("delivered", "read"), ("failed", "read")):
            self.status(name, row, errors=[{"code": 131026}])
            self.assertEqual(row.state, state)

    def test_a_number_that_is_not_on_whatsapp_is_marked_until_it_writes(self):
        self.answer(self.conversation)
        self.send_queued()
        identity = self.inbound.identity_id
        self.status("failed", self.outbound(), errors=[{"code": 131047}])
        self.assertFalse(identity.unreachable_date)
        self.answer(self.conversation)
        self.send_queued()
        self.status("failed", self.outbound()[-1], errors=[{"code": 131026}])
        self.assertEqual(
            identity.unreachable_words, "The number is not on WhatsApp, or cannot receive this message."
        )
        self.receive_messages(self.message())
        self.assertFalse(identity.unreachable_date)

    def test_a_status_that_overtakes_the_answer_settles_the_send(self):
        self.answer(self.conversation)
        row = self.outbound()
        row.state = "sending"
        self.status("delivered", row, uid="wamid.early", biz_opaque_callback_data=row.reference)
        self.assertEqual((row.state, row.provider_uid), ("delivered", "wamid.early"))

    def test_three_files_are_three_messages_in_order(self):
        self.graph.answers["POST /media"] = lambda request: (200, {"id": f"up{len(self.graph.requests)}"})
        draft = {"res_model": "mail.compose.message", "res_id": 0}
        files = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create(
                [
                    {"name": "a.png", "raw": PNG, "mimetype": "image/png", **draft},
                    {"name": "b.pdf", "raw": b"%PDF-1.4", "mimetype": "application/pdf", **draft},
                    {"name": "c.csv", "raw": b"a,b", "mimetype": "text/csv", **draft},
                ]
            )
        )
        self.answer(self.conversation, "Three files", attachment_ids=files.ids)
        for _round in range(4):
            self.send_queued()
        self.assertEqual(
            [sent["type"] for sent in self.graph.sent()], ["text", "image", "document", "document"]
        )
        self.assertEqual([sent["document"]["filename"] for sent in self.graph.sent()[2:]], ["b.pdf", "c.csv"])
        self.assertEqual(set(self.outbound().mapped("state")), {"sent"})

    def test_what_whatsapp_would_refuse_is_refused_before_it_is_queued(self):
        archive = self.env["ir.attachment"].create(
            {"name": "a.zip", "raw": b"PK", "mimetype": "application/zip"}
        )
        image = self.env["ir.attachment"].create(
            {"name": "a.png", "raw": PNG + b"0" * 5 * 1024 * 1024, "mimetype": "image/png"}
        )
        for params in ({"attachment_ids": archive.ids}, {"attachment_ids": image.ids}, {"text": "x" * 4097}):
            with self.assertRaises(UserError):
                self.answer(self.conversation, **params)
        self.assertFalse(self.outbound())

    def test_after_24_hours_by_the_customers_own_clock_free_text_is_refused(self):
        late = self.receive_messages(self.message(sender="31687654321", ago=25 * 3600))
        with self.assertRaises(UserError):
            self.answer(late.conversation_id)
        fresh = self.receive_messages(self.message(sender="31687654322", ago=23 * 3600))
        self.assertTrue(self.answer(fresh.conversation_id))

    def test_a_reply_quotes(self):
        self.answer(self.conversation, parent_id=self.inbound.mail_message_id.id)
        self.send_queued()
        self.assertEqual(self.graph.sent()[0]["context"], {"message_id": self.inbound.provider_uid})

    def refuse(self, status, code):
        self.graph.answers["POST /messages"] = (status, {"error": {"code": code, "message": "(#1) Meta"}})
        self.answer(self.conversation)
        self.send_queued()
        return self.outbound()

    def test_temporary_refusals_are_tried_again(self):
        row = self.refuse(429, 130429)
        self.assertEqual(row.state, "queued")
        self.assertGreater(row.next_attempt, row.create_date)

    def test_permanent_refusals_say_why(self):
        row = self.refuse(400, 131026)
        self.assertEqual((row.state, row.error_code), ("failed", "131026"))
        self.assertIn("not on WhatsApp", row.error_text)

    def test_an_expired_token_breaks_the_channel_and_keeps_the_queue(self):
        row = self.refuse(401, 190)
        self.assertEqual(row.state, "queued")
        self.assertEqual(self.channel.state, "broken")
        self.assertIn("token", self.channel.state_reason)

    def test_an_answer_that_says_nothing_is_uncertain(self):
        self.graph.answers["POST /messages"] = (200, b"<html>")
        self.answer(self.conversation)
        self.send_queued()
        self.assertEqual(self.outbound().state, "sending", "its status may still come")

    @mute_logger("odoo.addons.omnichannel_inbox.models.omnichannel_message")
    def test_an_unreachable_provider_is_tried_again(self):
        self.channel.whatsapp_api_url = "http://127.0.0.1:9"
        self.answer(self.conversation)
        self.send_queued()
        self.assertEqual(self.outbound().state, "queued")

    def test_a_note_never_leaves(self):
        self.conversation.with_user(self.agent).message_post(
            body="internal", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.send_queued()
        self.assertFalse(self.graph.sent())

    def test_the_token_is_in_no_message(self):
        self.answer(self.conversation)
        self.send_queued()
        self.assertNotIn("the token", json.dumps(self.graph.sent()))
