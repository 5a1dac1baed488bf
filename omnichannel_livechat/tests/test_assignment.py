from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from odoo.addons.omnichannel_inbox.tests.common import AGENT

from .common import LivechatCase


@tagged("post_install", "-at_install")
class TestAssignment(LivechatCase):
    """Nobody is turned away, and whoever has the conversation is with the visitor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = new_test_user(cls.env, "chat_second", AGENT, name="Bea Agent", password="chat_second")
        cls.team.member_ids |= cls.second
        cls.desk = cls.channel.livechat_desk_id

    def assign(self):
        """What the job of assignment does."""
        self.env.flush_all()
        while self.env["omnichannel.assignment"]._assign_batch(self.team.id):
            self.env.flush_all()
        self.work()

    def present(self, session):
        """Who is there, apart from the desk: {partner: member type}"""
        members = session.channel_member_ids.filtered(lambda member: member.partner_id != self.desk)
        return {member.partner_id: member.livechat_member_type for member in members if member.partner_id}

    def nobody_is_online(self):
        self.env["mail.presence"].search([]).unlink()

    def start(self, text="Hello?"):
        session = self.come()
        self.say(session, text)
        self.work()
        return session, self.conversation()

    # -- nobody is turned away ---------------------------------------------------------

    def test_there_is_a_session_though_nobody_is_online(self):
        self.nobody_is_online()
        self.assertTrue(self.livechat.get_livechat_info()["available"])
        session = self.come()
        self.assertEqual(session.livechat_operator_id, self.desk)
        self.assertEqual(session.name, "Visitor Shop")
        self.assertEqual(session.channel_member_ids.sorted("id")[0].livechat_member_type, "visitor")
        self.say(session, "Hello?")
        self.work()
        self.assertFalse(self.conversation().user_id)
        self.assertEqual(self.conversation().state, "open")

    def test_a_live_chat_of_odoos_own_is_as_it_was(self):
        self.nobody_is_online()
        own = self.env["im_livechat.channel"].create({"name": "Own", "user_ids": self.operator.ids})
        self.assertFalse(own.get_livechat_info()["available"])
        self.authenticate(None, None)
        params = {"channel_id": own.id, "persisted": True}
        self.assertFalse(self.make_jsonrpc_request("/im_livechat/get_session", params))
        self.env["mail.presence"]._update_presence(self.operator)
        self.env.invalidate_all()
        data = self.make_jsonrpc_request("/im_livechat/get_session", params)
        session = self.env["discuss.channel"].browse(data["channel_id"])
        self.assertEqual(session.livechat_operator_id, self.operator.partner_id)
        self.assertFalse(session.omnichannel_channel_id)

    def test_a_live_chat_connected_later_turns_nobody_away(self):
        """What was remembered before it was connected does not hold."""
        self.nobody_is_online()
        other = self.env["im_livechat.channel"].create({"name": "Other"})
        self.assertFalse(other.get_livechat_info()["available"])
        self.channel.copy({"name": "Other", "livechat_channel_id": other.id})
        self.assertTrue(other.get_livechat_info()["available"])

    def test_the_desk_is_no_customer_and_no_addressee(self):
        self.assertFalse(self.desk.active)
        self.assertFalse(self.desk.email)
        self.assertNotIn(self.desk, self.env["res.partner"].search([("name", "=", "Shop")]))
        self.livechat.name = "Web shop"
        self.assertEqual(self.desk.name, "Web shop")

    # -- who is there --------------------------------------------------------------------

    def test_the_rules_assign_and_the_agent_joins(self):
        self.nobody_is_online()
        self.team.write({"assign_method": "round_robin", "is_presence_needed": False})
        session, conversation = self.start()
        self.assign()
        user = conversation.user_id
        self.assertTrue(user)
        self.assertEqual(self.present(session), {user.partner_id: "agent"})
        self.assertEqual(session.livechat_operator_id, user.partner_id)
        self.assertEqual(session.name, f"Visitor {user.name}")
        self.assertIn(f"{user.name} is with you now.", session.message_ids[0].body)
        self.assertFalse(user.has_group("im_livechat.im_livechat_group_user") and user != self.operator)

    def test_another_agent_takes_it(self):
        session, conversation = self.start()
        conversation.with_user(self.agent).action_assign_to_me()
        self.work()
        conversation.with_user(self.second).action_assign_to_me()
        self.work()
        self.assertEqual(self.present(session), {self.second.partner_id: "agent"})
        self.assertEqual(session.livechat_operator_id, self.second.partner_id)
        self.assertFalse(session.livechat_end_dt)

    def test_nobody_has_it_any_more(self):
        session, conversation = self.start()
        conversation.user_id = self.agent
        self.work()
        conversation.user_id = False
        self.work()
        self.assertFalse(self.present(session))
        self.assertEqual(session.livechat_operator_id, self.desk)
        self.assertFalse(session.livechat_end_dt)

    def test_closed_and_opened_again(self):
        session, conversation = self.start()
        conversation.user_id = self.agent
        self.work()
        conversation.with_user(self.agent).action_close()
        self.work()
        self.assertFalse(self.present(session))
        self.assertFalse(session.livechat_end_dt)
        self.say(session, "One more thing")
        self.work()
        self.assertEqual((conversation.state, conversation.user_id), ("open", self.agent))
        self.assertEqual(session.livechat_operator_id, self.agent.partner_id)

    def test_an_agent_leaves_in_discuss(self):
        """The visitor is at the desk; the conversation is the agent's as before."""
        session, conversation = self.start()
        conversation.user_id = self.agent
        self.work()
        self.authenticate("chat_agent", "chat_agent")
        self.make_jsonrpc_request(
            "/web/dataset/call_kw/discuss.channel/action_unfollow",
            {"model": "discuss.channel", "method": "action_unfollow", "args": [session.ids], "kwargs": {}},
        )
        self.work()
        self.assertFalse(session.livechat_end_dt)
        self.assertEqual(session.livechat_operator_id, self.desk)
        self.assertFalse(self.present(session))
        self.assertEqual((conversation.state, conversation.user_id), ("open", self.agent))
        self.answer(conversation, "Here I am again.")
        self.work()
        self.assertEqual(self.present(session), {self.agent.partner_id: "agent"})

    def test_another_agent_answers(self):
        session, conversation = self.start()
        conversation.user_id = self.second
        self.work()
        self.answer(conversation, "I know about this.")
        self.work()
        self.assertEqual(set(self.present(session)), set((self.agent | self.second).partner_id))

    def test_who_talks_to_the_visitor_already_has_it(self):
        session = self.come()
        session._add_members(users=self.operator)
        session.with_user(self.operator).message_post(body="May I help?", message_type="comment")
        self.say(session, "Yes, please.")
        self.work()
        self.assertEqual(self.conversation().user_id, self.operator)
        self.assertEqual(session.livechat_operator_id, self.operator.partner_id)

    # -- the visitor leaves ----------------------------------------------------------------

    def test_the_visitor_leaves(self):
        session, conversation = self.start()
        conversation.user_id = self.agent
        self.work()
        self.assertEqual(conversation.livechat_presence, "here")
        self.make_jsonrpc_request("/im_livechat/visitor_leave_session", {"channel_id": session.id})
        self.work()
        self.assertEqual(conversation.livechat_presence, "left")
        self.assertEqual((conversation.state, conversation.user_id), ("open", self.agent))
        said = [body for body in conversation.message_ids.mapped("body") if "The visitor has left" in body]
        self.assertEqual(len(said), 1)
        self.work()
        self.assertEqual(conversation.livechat_presence, "left")

    def test_the_visitor_leaves_before_the_conversation_is_there(self):
        session = self.come()
        self.say(session, "Hello? ... never mind.")
        self.make_jsonrpc_request("/im_livechat/visitor_leave_session", {"channel_id": session.id})
        self.work()
        self.assertEqual(self.conversation().livechat_presence, "left")

    # -- windows in Discuss -------------------------------------------------------------------

    def test_no_window_opens_in_discuss_unless_wanted(self):
        session, conversation = self.start()
        conversation.user_id = self.agent
        self.work()
        self.assertTrue(session.channel_member_ids.filtered("partner_id.user_ids").mute_until_dt)
        self.second.with_user(self.second).omnichannel_in_discuss = True
        conversation.user_id = self.second
        self.work()
        member = session.channel_member_ids.filtered(lambda m: m.partner_id == self.second.partner_id)
        self.assertFalse(member.mute_until_dt)

    # -- moving, batches ------------------------------------------------------------------------

    def test_the_session_goes_where_its_messages_go(self):
        session, conversation = self.start()
        self.assertEqual(session.omnichannel_conversation_id, conversation)
        message = conversation.ledger_ids.mail_message_id
        target = self.env["omnichannel.conversation"].browse(conversation.action_move_message(message.id))
        target.user_id = self.second
        self.work()
        self.assertEqual(session.omnichannel_conversation_id, target)
        self.assertEqual(self.present(session), {self.second.partner_id: "agent"})

    def test_many_are_assigned_at_once(self):
        """The number of queries of the assigning transaction does not grow with the sessions."""
        Conversation = self.env["omnichannel.conversation"]

        def count(number):
            values = {"team_id": self.team.id, "livechat_presence": "here"}
            conversations = Conversation.create([dict(values) for _number in range(number)])
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            conversations.write({"user_id": self.agent.id})
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        count(2)
        self.assertLessEqual(count(50), count(5) + 1)

    def test_without_a_session_it_costs_nothing(self):
        conversations = self.env["omnichannel.conversation"].create([{"team_id": self.team.id}] * 3)
        self.env.flush_all()
        conversations.write({"user_id": self.agent.id})
        self.env.flush_all()
        self.assertFalse(any(conversations.mapped("is_livechat_news")))
        self.assertFalse(self.env["discuss.channel"]._omnichannel_batch())


@tagged("post_install", "-at_install")
class TestChatbot(LivechatCase):
    """A chatbot talks to the visitor first, and hands over to the team."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls.channel.livechat_desk_id
        cls.script = cls.env["chatbot.script"].create({"title": "Robot"})
        cls.bot = cls.script.operator_partner_id
        cls.question, cls.forward = cls.env["chatbot.script.step"].create(
            [
                {
                    "chatbot_script_id": cls.script.id,
                    "step_type": "free_input_single",
                    "message": "What is it about?",
                },
                {
                    "chatbot_script_id": cls.script.id,
                    "step_type": "forward_operator",
                    "message": "I am getting a colleague.",
                },
            ]
        )
        cls.livechat.rule_ids = [(0, 0, {"chatbot_script_id": cls.script.id, "regex_url": "/"})]
        cls.team.write({"assign_method": "round_robin", "is_presence_needed": True})

    def start(self):
        self.authenticate(None, None)
        data = self.make_jsonrpc_request(
            "/im_livechat/get_session",
            {"channel_id": self.livechat.id, "chatbot_script_id": self.script.id, "persisted": True},
        )
        self.opener.cookies["dgid"] = data["store_data"]["Store"]["guest_token"]
        return self.env["discuss.channel"].browse(data["channel_id"])

    def trigger(self, session):
        params = {"channel_id": session.id, "chatbot_script_id": self.script.id}
        return self.make_jsonrpc_request("/chatbot/step/trigger", params)

    def assign(self):
        self.env.flush_all()
        self.env["omnichannel.assignment"]._sweep()
        while self.env["omnichannel.assignment"]._assign_batch(self.team.id):
            self.env.flush_all()
        self.work()

    def nobody_is_online(self):
        self.env["mail.presence"].search([]).unlink()

    def test_what_was_said_to_the_chatbot_is_in_the_thread(self):
        session = self.start()
        self.work()
        self.assertFalse(self.env["omnichannel.conversation"].search([("channel_id", "=", self.channel.id)]))
        self.say(session, "My parcel")
        self.work()
        rows = self.conversation().ledger_ids.sorted("id")
        self.assertEqual(rows.mapped("direction"), ["out", "in"])
        self.assertIn("What is it about?", rows[0].mail_message_id.body)
        self.trigger(session)
        self.work()
        rows = self.conversation().ledger_ids.sorted("id")
        self.assertEqual(rows.mapped("direction"), ["out", "in", "out"])
        self.assertEqual(rows[0].mail_message_id.author_id | rows[2].mail_message_id.author_id, self.bot)

    def test_nobody_is_given_it_before_the_hand_over(self):
        session = self.start()
        self.say(session, "My parcel")
        self.work()
        self.assign()
        conversation = self.conversation()
        self.assertFalse(conversation.user_id)
        self.assertFalse(conversation.queued_since)
        self.assertEqual(session.livechat_operator_id, self.bot)
        self.trigger(session)
        self.work()
        self.assertEqual(session.livechat_operator_id, self.desk)
        self.assertTrue(conversation.queued_since)
        self.assign()
        self.assertEqual(conversation.user_id, self.operator)  # who alone is online
        self.assertEqual(session.livechat_operator_id, self.operator.partner_id)
        self.assertNotIn(self.bot, session.channel_member_ids.partner_id)
        self.assertFalse(session.livechat_end_dt)
        self.say(session, "Are you there?")
        self.assertIsNone(self.trigger(session))
        self.assertFalse(session.livechat_end_dt)

    def test_nobody_can_take_it(self):
        """The visitor is told so, can write on, and waits in the queue."""
        self.nobody_is_online()
        session = self.start()
        self.say(session, "My parcel")
        self.trigger(session)
        self.work()
        self.assign()
        conversation = self.conversation()
        self.assertTrue(conversation.queued_since)
        self.assertEqual(session.livechat_operator_id, self.desk)
        self.assertIn("Nobody is free right now", session.message_ids[0].body)
        self.say(session, "It has the number 12.")
        self.work()
        self.assertIn("number 12", conversation.preview)

    def test_nobody_can_take_it_and_the_script_goes_on(self):
        self.nobody_is_online()
        self.env["chatbot.script.step"].create(
            {
                "chatbot_script_id": self.script.id,
                "step_type": "question_email",
                "message": "Where can we reach you?",
            }
        )
        session = self.start()
        self.say(session, "My parcel")
        self.trigger(session)
        self.trigger(session)
        self.assertIn("Where can we reach you?", session.message_ids[0].body)
        self.work()
        self.assign()
        self.assertTrue(self.conversation().queued_since)

    def test_the_visitor_stops_answering(self):
        session = self.start()
        self.say(session, "My parcel")
        self.work()
        self.assertTrue(self.conversation().is_held)
        session.last_interest_dt = fields.Datetime.now() - timedelta(minutes=11)
        self.env.flush_all()
        self.env["discuss.channel"]._omnichannel_release_abandoned()
        self.work()
        self.assertFalse(self.conversation().is_held)
        self.assertTrue(self.conversation().queued_since)

    def test_the_visitor_leaves_the_chatbot(self):
        session = self.start()
        self.say(session, "My parcel")
        self.work()
        self.make_jsonrpc_request("/im_livechat/visitor_leave_session", {"channel_id": session.id})
        self.work()
        self.assertFalse(self.conversation().is_held)

    def test_an_agent_takes_it_from_the_chatbot(self):
        session = self.start()
        self.say(session, "My parcel")
        self.work()
        self.conversation().with_user(self.agent).action_assign_to_me()
        self.work()
        self.assertEqual(session.livechat_operator_id, self.agent.partner_id)
        self.assertNotIn(self.bot, session.channel_member_ids.partner_id)
        self.say(session, "It is blue")
        self.assertIsNone(self.trigger(session))
        self.assertFalse(session.livechat_end_dt)
