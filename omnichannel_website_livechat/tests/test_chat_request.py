from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import html2plaintext

from .common import WebsiteChatCase

LIVECHAT_MANAGER = "im_livechat.im_livechat_group_manager"


@tagged("post_install", "-at_install")
class TestChatRequest(WebsiteChatCase):
    """A chat that an agent begins from the list of the website's visitors is a conversation like others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whom Odoo lets begin chats.
        cls.operator.group_ids |= cls.env.ref("im_livechat.im_livechat_group_manager")

    def make_visitor(self, token, **values):
        return self.env["website.visitor"].create(
            {"access_token": token, "website_id": self.website.id, **values}
        )

    def request(self, visitor, text="Can I help you?"):
        """The operator begins a chat and says something; returns the session."""
        visitor.with_user(self.operator).action_send_chat_request()
        session = self.env["discuss.channel"].search(
            [("livechat_visitor_id", "=", visitor.id), ("livechat_end_dt", "=", False)]
        )
        session.with_user(self.operator).message_post(
            body=text, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        return session.with_env(self.env)

    def said(self):
        """What was said in the conversation: [(direction, text)]"""
        rows = self.conversation().ledger_ids.sorted("id")
        return [(row.direction, html2plaintext(row.mail_message_id.body)) for row in rows]

    def open_page(self, visitor):
        """The visitor's next page, on which the chat opens."""
        self.patch(
            type(self.env["website.visitor"]),
            "_get_visitor_from_request",
            lambda visitors, **options: visitor.sudo(),
        )
        self.make_jsonrpc_request("/mail/action", {"fetch_params": [["init_livechat", self.livechat.id]]})

    def test_it_is_a_conversation_once_the_visitor_answers(self):
        visitor = self.make_visitor("1" * 32)
        self.authenticate(None, None)
        session = self.request(visitor)
        self.work()
        conversations = self.env["omnichannel.conversation"].search([("channel_id", "=", self.channel.id)])
        self.assertFalse(conversations, "nobody has asked anything yet")
        self.open_page(visitor)
        self.assertFalse(session.is_pending_chat_request)
        self.say(session, "Yes, please")
        self.work()
        conversation = self.conversation()
        self.assertEqual(conversation.user_id, self.operator)
        self.assertEqual(self.said(), [("out", "Can I help you?"), ("in", "Yes, please")])
        self.assertEqual(session.omnichannel_conversation_id, conversation)
        self.answer(conversation, "Here I am")
        self.work()
        self.assertEqual(len(session.message_ids.filtered(lambda said: "Here I am" in said.body)), 1)
        self.assertEqual(len(conversation.ledger_ids), 3)

    def test_a_visitor_who_was_here_before_is_the_same(self):
        """Odoo makes up a guest, and puts the browser's own in its place when the page opens."""
        former = self.come()
        self.say(former, "Hello")
        self.work()
        self.make_jsonrpc_request("/im_livechat/visitor_leave_session", {"channel_id": former.id})
        self.work()
        visitor = self.make_visitor("2" * 32)
        session = self.request(visitor)
        self.open_page(visitor)
        self.assertEqual(session.livechat_customer_history_ids.guest_id, former.livechat_customer_guest_ids)
        self.say(session, "It is me again")
        self.work()
        self.assertEqual(self.said(), [("in", "Hello"), ("out", "Can I help you?"), ("in", "It is me again")])

    def test_a_customer_who_is_logged_in(self):
        partner = self.make_customer()
        visitor = self.make_visitor(str(partner.id))
        session = self.request(visitor)
        self.authenticate("karin_chat", "karin_chat")
        self.say(session, "Yes, please")
        self.work()
        self.assertEqual(self.conversation().partner_id, partner)

    def test_another_teams_chat_is_not_begun(self):
        other = new_test_user(self.env, "request_other", LIVECHAT_MANAGER)
        visitor = self.make_visitor("3" * 32)
        with self.assertRaisesRegex(UserError, "Chat team"):
            visitor.with_user(other).action_send_chat_request()
        self.assertFalse(visitor.discuss_channel_ids)

    def test_a_chat_that_is_not_connected_is_odoos(self):
        self.channel.active = False
        session = self.request(self.make_visitor("4" * 32))
        self.assertFalse(session.omnichannel_channel_id)
        self.assertFalse(session.livechat_customer_history_ids, "as Odoo has it")
