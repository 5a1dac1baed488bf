from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import LivechatCase


@tagged("post_install", "-at_install")
class TestChange(LivechatCase):
    """What is done to a message afterwards is done on both sides; who writes and reads is seen on both."""

    def setUp(self):
        super().setUp()
        self.chat = self.come()
        self.said = self.say(self.chat, "I ordered a red one")
        self.work()
        self.talk = self.conversation()

    def posted(self, text="Our answer", **values):
        """An answer from the inbox; returns (its message there, its message in the session)."""
        answer = self.answer(self.talk, text, **values)
        self.work()
        return answer, self.env["mail.message"].browse(int(answer.omnichannel_ledger_ids.provider_uid))

    def plan(self):
        """A file that the agent adds to their answer."""
        values = {"name": "plan.txt", "raw": b"Our plan", "res_model": "mail.compose.message"}
        return self.env["ir.attachment"].with_user(self.agent).create(values)

    def join(self, user):
        """A colleague takes part in the session."""
        return self.env["discuss.channel.member"].create(
            {
                "channel_id": self.chat.id,
                "partner_id": user.partner_id.id,
                "livechat_member_type": "agent",
            }
        )

    def update(self, message, **values):
        """Whoever has the browser edits a message."""
        return self.make_jsonrpc_request(
            "/mail/message/update_content", {"message_id": message.id, "update_data": values}
        )

    def react(self, message, emoji, action="add"):
        self.make_jsonrpc_request(
            "/mail/message/reaction", {"message_id": message.id, "content": emoji, "action": action}
        )

    def mirrored(self):
        """What the conversation shows of what the visitor said first."""
        return self.talk.ledger_ids.sorted("id")[0].mail_message_id

    # -- the visitor, and colleagues in Discuss ----------------------------------

    def test_the_visitor_edits(self):
        self.update(self.said, body="I ordered a blue one", attachment_ids=[])
        self.work()
        self.assertRegex(self.mirrored().body, "(?s)blue.*Before the customer edited it.*red")

    def test_the_visitor_takes_it_back(self):
        self.update(self.said, body="", attachment_ids=[])
        self.work()
        self.assertRegex(self.mirrored().body, "(?s)red.*The customer withdrew this message.")

    def test_a_file_that_is_taken_back_stays_with_us(self):
        file_id, token = self.upload(self.chat)
        said = self.say(self.chat, "", attachment_ids=[file_id], attachment_tokens=[token])
        self.work()
        self.fetch_files()
        self.update(said, body="", attachment_ids=[])
        self.work()
        self.assertFalse(self.env["ir.attachment"].browse(file_id).exists())
        self.assertEqual(self.talk.ledger_ids.attachment_id.raw, b"A drawing")

    @mute_logger("odoo.addons.omnichannel_inbox.models.omnichannel_message")
    def test_a_file_that_was_taken_back_at_once_is_told(self):
        file_id, token = self.upload(self.chat)
        said = self.say(self.chat, "", attachment_ids=[file_id], attachment_tokens=[token])
        self.update(said, body="", attachment_ids=[])
        self.work()
        self.fetch_files()
        row = self.talk.ledger_ids.filtered(lambda row: row.media_state == "failed")
        self.assertIn("taken the file back", row.error_words)

    def test_a_colleague_edits_in_discuss(self):
        answer = self.chat.with_user(self.operator).message_post(
            body="Tomorrow", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.work()
        self.chat.with_user(self.operator)._message_update_content(answer.sudo(), body="On Monday")
        self.work()
        body = self.talk.ledger_ids.sorted("id")[-1].mail_message_id.body
        self.assertIn("On Monday", body)
        self.assertNotIn("Tomorrow", body)
        self.chat.with_user(self.operator)._message_update_content(answer.sudo(), body="", attachment_ids=[])
        self.work()
        self.assertIn(
            "Otto Operator withdrew this message.",
            self.talk.ledger_ids.sorted("id")[-1].mail_message_id.body,
        )

    def test_the_visitor_reacts(self):
        _answer, there = self.posted()
        for emoji in ("👍", "❤️"):
            self.react(there, emoji)
        self.work()
        row = self.talk.ledger_ids.sorted("id")[-1]
        self.assertEqual(set(row.mail_message_id.reaction_ids.mapped("content")), {"👍", "❤️"})
        self.assertEqual(row.mail_message_id.reaction_ids.guest_id, row.identity_id.guest_id)
        self.react(there, "👍", "remove")
        self.work()
        self.assertEqual(row.mail_message_id.reaction_ids.mapped("content"), ["❤️"])

    def test_a_colleague_reacts_in_discuss(self):
        no_guest = self.env["mail.guest"]
        self.said.with_user(self.operator).sudo()._message_reaction(
            "🎉", "add", self.operator.partner_id, no_guest
        )
        self.work()
        self.assertEqual(self.mirrored().reaction_ids.partner_id, self.operator.partner_id)

    # -- agents in the inbox -----------------------------------------------------

    def test_an_agent_edits_and_deletes(self):
        answer, there = self.posted("Tomorow")
        self.authenticate("chat_agent", "chat_agent")
        self.update(answer, body="Tomorrow", attachment_ids=[])
        self.assertIn("Tomorrow", there.body)
        self.update(answer, body="", attachment_ids=[])
        self.assertFalse(there._omnichannel_text())
        self.work()
        # What we did ourselves does not come back.
        self.assertEqual(len(self.env["omnichannel.event"].search([("channel_id", "=", self.channel.id)])), 1)

    @mute_logger("odoo.http")
    def test_what_is_not_there_yet_cannot_be_edited(self):
        answer = self.answer(self.talk)
        self.authenticate("chat_agent", "chat_agent")
        with self.assertRaises(JsonRpcException):
            self.update(answer, body="Something else", attachment_ids=[])

    @mute_logger("odoo.http")
    def test_nobody_edits_what_the_visitor_wrote(self):
        self.authenticate("admin", "admin")
        with self.assertRaises(JsonRpcException):
            self.update(self.mirrored(), body="Something else", attachment_ids=[])

    def test_files_of_a_deleted_answer_are_gone_there(self):
        file = self.plan()
        answer, there = self.posted("", attachment_ids=file.ids)
        self.assertEqual(there.attachment_ids.raw, b"Our plan")
        self.assertNotEqual(there.attachment_ids, answer.attachment_ids)
        self.authenticate("chat_agent", "chat_agent")
        self.update(answer, body="", attachment_ids=[])
        self.assertFalse(there.attachment_ids)

    def test_text_and_files_are_one_message(self):
        file = self.plan()
        answer, there = self.posted("Here it is", attachment_ids=file.ids)
        self.assertEqual(len(answer.omnichannel_ledger_ids), 1)
        self.assertIn("Here it is", there.body)
        self.assertEqual(there.attachment_ids.name, "plan.txt")

    def test_an_agent_quotes(self):
        _answer, there = self.posted("Which size?", parent_id=self.mirrored().id)
        self.assertEqual(there.parent_id, self.said)

    def test_an_agent_reacts(self):
        self.authenticate("chat_agent", "chat_agent")
        self.react(self.mirrored(), "👀")
        self.assertEqual(self.said.reaction_ids.partner_id, self.agent.partner_id)
        self.react(self.mirrored(), "👀", "remove")
        self.assertFalse(self.said.reaction_ids)

    def test_a_note_never_gets_there(self):
        before = self.chat.message_ids
        note = self.talk.with_user(self.agent).message_post(body="He is angry", message_type="comment")
        self.authenticate("chat_agent", "chat_agent")
        self.update(note, body="She is angry", attachment_ids=[])
        self.react(note, "👀")
        self.work()
        self.assertEqual(self.chat.message_ids, before)
        self.assertNotIn("angry", "".join(self.chat.message_ids.mapped("body")))

    # -- at once -----------------------------------------------------------------

    def said_on_the_bus(self, channel, kind):
        """What was sent to ``channel`` of a kind, since the last look."""
        notifications = self.env["bus.bus"].sudo().search([], order="id")
        found = [
            one.message for one in notifications if channel in one.channel and kind in (one.message or "")
        ]
        notifications.unlink()
        return found

    def test_the_visitor_is_writing(self):
        self.env["bus.bus"].sudo().search([]).unlink()
        for is_typing in (True, False):
            self.make_jsonrpc_request(
                "/discuss/channel/notify_typing", {"channel_id": self.chat.id, "is_typing": is_typing}
            )
            self.env.cr.precommit.run()
            [said] = self.said_on_the_bus("omnichannel.conversation", "omnichannel/presence")
            self.assertIn('"writing"' if is_typing else '"left"', said)

    def test_an_agent_is_writing(self):
        member = self.join(self.agent)
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()
        for activity, is_typing in (("answering", "true"), ("noting", "false")):
            self.talk.with_user(self.agent).action_presence(activity)
            self.env.cr.precommit.run()
            # The inbox hears of it once, from the inbox.
            notes = self.env["bus.bus"].sudo().search([("message", "like", "omnichannel/presence")])
            self.assertEqual(len(notes), 1)
            [said] = self.said_on_the_bus("discuss.channel", "isTyping")
            self.assertIn(f'"isTyping":{is_typing}', said.replace(" ", ""))
            self.assertIn(f'"id":{member.id}', said.replace(" ", ""))

    def test_a_colleague_is_writing_in_discuss(self):
        self.join(self.operator)
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()
        self.authenticate("chat_operator", "chat_operator")
        for is_typing in (True, False):
            self.make_jsonrpc_request(
                "/discuss/channel/notify_typing", {"channel_id": self.chat.id, "is_typing": is_typing}
            )
            self.env.cr.precommit.run()
            [said] = self.said_on_the_bus("omnichannel.conversation", "omnichannel/presence")
            self.assertIn('"answering"' if is_typing else '"viewing"', said)
            self.assertIn(f'"user":{self.operator.id}', said.replace(" ", ""))

    def test_the_visitor_has_read_it(self):
        answer, there = self.posted()
        self.make_jsonrpc_request(
            "/discuss/channel/mark_as_read",
            {"channel_id": self.chat.id, "last_message_id": there.id},
        )
        self.env.invalidate_all()
        self.assertEqual(answer.omnichannel_ledger_ids.state, "read")
        self.assertEqual(answer._omnichannel_data()["state"], "read")

    def test_an_agent_has_read_it(self):
        member = self.join(self.agent)
        self.talk.with_user(self.agent).action_mark_read()
        self.assertEqual(member.seen_message_id, self.said)

    def test_read_in_discuss_is_read_here(self):
        member = self.join(self.agent)
        self.assertTrue(self.talk.with_user(self.agent).is_unread)
        member.with_user(self.agent)._mark_as_read(self.said.id)
        self.assertFalse(self.talk.with_user(self.agent).is_unread)
