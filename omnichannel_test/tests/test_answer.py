from datetime import timedelta

from markupsafe import Markup

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.omnichannel_inbox.exceptions import AnsweredMeanwhile

from .common import OmnichannelCase


@tagged("post_install", "-at_install")
class TestAnswer(OmnichannelCase):
    """What leaves, by which channel, and what never does."""

    def setUp(self):
        super().setUp()
        self.conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id

    def test_one_message_leaves_also_when_the_customer_follows(self):
        self.conversation.message_subscribe(self.partner.ids)
        message = self.answer(self.conversation)
        self.assertEqual(len(message.omnichannel_ledger_ids), 1)
        self.assertFalse(message.notification_ids)
        self.assertFalse(self.env["mail.mail"].search([("mail_message_id", "=", message.id)]))
        self.assertEqual(message.omnichannel_ledger_ids.channel_id, self.channel)

    def test_note_never_leaves(self):
        self.conversation.message_subscribe(self.partner.ids)
        note = self.conversation.with_user(self.agent).message_post(
            body="internal", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.assertFalse(note.omnichannel_ledger_ids)
        self.assertFalse(note.notification_ids)

    def test_answer_assigns_and_waits_for_the_customer(self):
        self.answer(self.conversation)
        self.assertEqual(self.conversation.user_id, self.agent)
        self.assertEqual(self.conversation.state, "pending")
        self.assertTrue(self.conversation.first_response_date)
        self.assertFalse(self.conversation.waiting_since)

    def test_second_answer_is_asked_for(self):
        seen = self.conversation.last_message_id
        self.answer(self.conversation, omnichannel_seen_id=seen)
        with self.assertRaises(AnsweredMeanwhile) as caught:
            self.answer(self.conversation, user=self.other_agent, omnichannel_seen_id=seen)
        self.assertIn("Anna Agent", caught.exception.args[0])
        self.answer(self.conversation, user=self.other_agent, omnichannel_seen_id=caught.exception.args[1])
        self.assertEqual(len(self.conversation.ledger_ids.filtered(lambda m: m.direction == "out")), 2)

    def test_closed_window_refuses_free_text(self):
        identity = self.conversation.identity_id
        old = fields.Datetime.now() - timedelta(hours=25)
        identity.last_inbound = {str(self.channel.id): fields.Datetime.to_string(old)}
        with self.assertRaises(UserError):
            self.answer(self.conversation)
        [option] = self.conversation.with_user(self.agent).get_composer_data()["options"]
        self.assertFalse(option["can_send"])
        self.assertTrue(option["reason"])

    def test_neutralized_copy_sends_nothing(self):
        queued = self.answer(self.conversation).omnichannel_ledger_ids
        self.channel.neutralized = True
        with self.assertRaises(UserError):
            self.answer(self.conversation)
        self.send_queued()
        self.assertEqual(queued.state, "queued")

    def test_channel_of_somebody_else_is_refused(self):
        stranger = self.receive(self.text(sender="+31600000001")).identity_id
        with self.assertRaises(UserError):
            self.answer(
                self.conversation, omnichannel_channel_id=self.channel.id, omnichannel_identity_id=stranger.id
            )

    def test_empty_answer_is_refused(self):
        with self.assertRaises(UserError):
            self.answer(self.conversation, "")

    def test_files_are_messages_of_their_own_in_order(self):
        files = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create(
                [
                    {"name": name, "raw": b"x", "res_model": "mail.compose.message", "res_id": 0}
                    for name in ("a.txt", "b.txt", "c.txt")
                ]
            )
        )
        rows = self.answer(self.conversation, "With files", attachment_ids=files.ids).omnichannel_ledger_ids
        self.assertEqual(rows.sorted("id").mapped("attachment_id.name"), ["a.txt", "b.txt", "c.txt"])
        self.assertEqual(len(rows), 4)

    def test_received_and_sent_messages_cannot_be_edited(self):
        sent = self.answer(self.conversation)
        received = self.conversation.ledger_ids.filtered(lambda m: m.direction == "in").mail_message_id
        for message in sent | received:
            with self.assertRaises(UserError):
                self.conversation._message_update_content(message, body="changed")

    def test_mentioned_colleague_reads_and_notes_but_does_not_answer(self):
        colleague = self.env["res.users"].create(
            {
                "name": "Colleague",
                "login": "omni_colleague",
                "group_ids": [(6, 0, self.env.ref("base.group_user").ids)],
            }
        )
        theirs = self.conversation.with_user(colleague)
        with self.assertRaises(AccessError):
            theirs.read(["name"])
        self.conversation.with_user(self.agent).message_post(
            body="Look",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=colleague.partner_id.ids,
        )
        theirs.invalidate_recordset()
        self.assertTrue(theirs.read(["name"]))
        theirs.message_post(body="Seen", message_type="comment", subtype_xmlid="mail.mt_note")
        with self.assertRaises(AccessError):
            self.answer(self.conversation, user=colleague)

    def test_customer_who_never_wrote_can_be_addressed(self):
        partner = self.env["res.partner"].create({"name": "Quiet", "phone": "+31622222222"})
        conversation = self.env["omnichannel.conversation"].create(
            {"partner_id": partner.id, "team_id": self.team.id}
        )
        data = conversation.with_user(self.agent).get_composer_data()
        option = next(o for o in data["options"] if o["channel_id"] == self.channel.id)
        self.assertEqual(option["recipient_address"], "+31622222222")
        self.assertFalse(option["can_send"], "Nobody wrote yet, so no window is open")

    def test_only_a_chosen_quote_travels(self):
        received = self.conversation.ledger_ids
        plain = self.answer(self.conversation).omnichannel_ledger_ids
        self.assertFalse(plain.reply_to_uid)
        quoting = self.answer(self.conversation, parent_id=received.mail_message_id.id).omnichannel_ledger_ids
        self.assertEqual(quoting.reply_to_uid, received.provider_uid)

    def test_links_travel_as_they_were_written(self):
        body = Markup('<p>See <a href="https://example.com/a">https://example.com/a</a></p><p>Bye</p>')
        row = self.answer(self.conversation, body).omnichannel_ledger_ids
        self.assertEqual(row.body.split(), ["See", "https://example.com/a", "Bye"])
