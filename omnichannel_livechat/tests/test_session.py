from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LivechatCase


@tagged("post_install", "-at_install")
class TestSession(LivechatCase):
    """A visitor's session is in the inbox, and the answer in the session."""

    def test_there_and_back(self):
        session = self.come()
        said = self.say(session, "Do you have this in <b>red</b>?")
        self.work()
        conversation = self.conversation()
        row = conversation.ledger_ids
        self.assertEqual((row.direction, row.provider_uid), ("in", str(said.id)))
        self.assertEqual(conversation.team_id, self.team)
        self.assertIn("red", row.mail_message_id.body)
        answer = self.answer(conversation, "Yes, we do.")
        self.work()
        sent = answer.omnichannel_ledger_ids
        self.assertEqual(sent.state, "sent")
        posted = self.env["mail.message"].browse(int(sent.provider_uid))
        self.assertEqual((posted.model, posted.res_id), ("discuss.channel", session.id))
        self.assertEqual(posted.author_id, self.agent.partner_id)
        self.assertIn("Yes, we do.", posted.body)
        # What we said ourselves does not come back.
        self.assertEqual(len(conversation.ledger_ids), 2)
        # Nor is it written down to be told apart later.
        self.assertEqual(
            self.env["omnichannel.event"].search_count([("channel_id", "=", self.channel.id)]), 1
        )

    def test_nothing_opens_before_the_visitor_has_written(self):
        session = self.come()
        session.with_user(self.operator).message_post(body="May I help you?", message_type="comment")
        self.work()
        self.assertFalse(self.env["omnichannel.event"].search([("channel_id", "=", self.channel.id)]))
        self.say(session, "Yes, please.")
        self.work()
        rows = self.conversation().ledger_ids.sorted("id")
        self.assertEqual(rows.mapped("direction"), ["out", "in"])
        self.assertEqual(rows[0].mail_message_id.author_id, self.operator.partner_id)
        self.assertEqual(self.conversation().state, "open")

    def test_a_colleague_answers_in_discuss(self):
        session = self.come()
        self.say(session, "Hello?")
        self.work()
        session.with_user(self.operator).message_post(body="I am here.", message_type="comment")
        self.work()
        conversation = self.conversation()
        self.assertEqual(conversation.last_direction, "out")
        self.assertEqual(
            conversation.ledger_ids.sorted("id")[-1].mail_message_id.author_id, self.operator.partner_id
        )

    def test_who_is_logged_in_is_known(self):
        partner = self.make_customer()
        session = self.come("karin_chat")
        self.say(session, "It is me.")
        self.work()
        self.assertEqual(self.conversation().partner_id, partner)

    def test_files_are_copied(self):
        session = self.come()
        file_id, token = self.upload(session)
        self.say(session, "Look", attachment_ids=[file_id], attachment_tokens=[token])
        self.work()
        self.fetch_files()
        [file] = self.conversation().ledger_ids.attachment_id
        self.assertEqual((file.raw, file.res_model), (b"A drawing", "omnichannel.conversation"))
        self.env["ir.attachment"].browse(file_id).unlink()
        self.assertEqual(file.raw, b"A drawing")

    def test_the_client_cannot_hide_what_it_says(self):
        """The mark of our own messages is nothing that a request could carry."""
        session = self.come()
        self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "discuss.channel",
                "thread_id": session.id,
                "post_data": {"body": "Hidden?", "message_type": "comment"},
                "context": {"omnichannel_ours": True},
            },
        )
        self.work()
        self.assertIn("Hidden?", self.conversation().preview)

    @mute_logger("odoo.addons.omnichannel_inbox.models.omnichannel_message")
    def test_the_visitor_has_left(self):
        session = self.come()
        self.say(session, "Bye")
        self.work()
        self.make_jsonrpc_request("/im_livechat/visitor_leave_session", {"channel_id": session.id})
        answer = self.answer(self.conversation())
        self.work()
        self.assertEqual(answer.omnichannel_ledger_ids.state, "failed")
        self.assertIn("left", answer.omnichannel_ledger_ids.error_text)

    def test_a_live_chat_that_is_not_connected_stays_alone(self):
        self.channel.active = False
        session = self.come()
        self.say(session, "Hello?")
        self.assertFalse(self.env["omnichannel.event"].search([("channel_id", "=", self.channel.id)]))
