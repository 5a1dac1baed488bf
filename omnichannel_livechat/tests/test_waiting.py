from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..models import omnichannel_channel_queue
from .common import LivechatCase


@tagged("post_install", "-at_install")
class TestWaiting(LivechatCase):
    """Where visitors stand in the queue, how long others waited, what newcomers are told when it is full."""

    def setUp(self):
        super().setUp()
        self.startPatch(patch.object(omnichannel_channel_queue, "FRESH", 0))
        self.team.assign_method = "manual"

    def startPatch(self, patcher):
        self.addCleanup(patcher.stop)
        return patcher.start()

    def visitor(self, text="Hello?"):
        """Somebody new who has asked something; returns (session, their browser)."""
        session = self.come()
        self.say(session, text)
        self.work()
        return session, self.opener

    def ask(self, session, browser):
        """What the widget of a visitor is told about a session."""
        with patch.object(self, "opener", browser):
            return self.make_jsonrpc_request("/omnichannel_livechat/queue", {"channel_id": session.id})

    def conversation_of(self, session):
        return session.omnichannel_conversation_id

    def desk(self):
        """What a newcomer's window begins with."""
        self.authenticate(None, None)
        data = self.make_jsonrpc_request(
            "/im_livechat/get_session", {"channel_id": self.livechat.id, "persisted": False}
        )
        [thread] = data["store_data"]["discuss.channel"]
        return thread["omnichannel_desk"]

    # -- the queue ---------------------------------------------------------------------

    def test_position(self):
        visitors = [self.visitor() for _number in range(3)]
        said = [self.ask(*visitor) for visitor in visitors]
        self.assertEqual([state["position"] for state in said], [1, 2, 3])
        self.assertEqual({state["expected_minutes"] for state in said}, {None})
        # Somebody has the first one, who waits for an answer all the same.
        self.conversation_of(visitors[0][0]).user_id = self.agent
        self.assertEqual([self.ask(*visitor)["position"] for visitor in visitors], [0, 1, 2])
        self.answer(self.conversation_of(visitors[1][0]))
        self.work()
        self.assertEqual(self.ask(*visitors[1]), {"answered": True})
        self.assertEqual(self.ask(*visitors[2])["position"], 1)

    def test_who_has_left_is_not_waited_for(self):
        first, second = self.visitor(), self.visitor()
        first[0].sudo()._close_livechat_session()
        self.work()
        self.assertEqual(self.ask(*second)["position"], 1)

    def test_nothing_is_known_before_the_conversation_is_there(self):
        session = self.come()
        self.say(session, "Hello?")
        self.assertEqual(self.ask(session, self.opener), {})

    def test_nobody_asks_about_others(self):
        (session, _browser), (_own, browser) = self.visitor(), self.visitor()
        self.assertEqual(self.ask(session, browser), {})
        for number in (0, -1, 10**12, "1", None, True, [session.id]):
            session_like = type("Session", (), {"id": number})
            self.assertEqual(self.ask(session_like, browser), {})

    def test_a_widget_on_another_site_asks_by_its_token(self):
        session, _browser = self.visitor()
        token = session.livechat_customer_guest_ids._format_auth_cookie()
        self.authenticate(None, None)
        self.channel.livechat_origins = "https://shop.example"
        state = self.make_jsonrpc_request(
            "/omnichannel_livechat/cors/queue",
            {"channel_id": session.id, "guest_token": token},
            headers={"Origin": "https://shop.example"},
        )
        self.assertEqual(state["position"], 1)

    # -- how long ----------------------------------------------------------------------

    def waited(self, *minutes, ago=0):
        """Conversations that were answered after so many minutes."""
        now = fields.Datetime.now() - timedelta(minutes=ago)
        conversations = self.env["omnichannel.conversation"].create(
            [{"channel_id": self.channel.id, "team_id": self.team.id} for _minute in minutes]
        )
        for conversation, minute in zip(conversations, minutes):
            conversation.first_response_date = now
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE omnichannel_conversation SET create_date = %s WHERE id = %s",
                [now - timedelta(minutes=minute), conversation.id],
            )

    def test_expected_minutes(self):
        self.waited(4, 6)
        self.assertIsNone(self.channel._livechat_service_state()["expected_minutes"], "too few to say")
        self.waited(50)
        self.assertEqual(self.channel._livechat_service_state()["expected_minutes"], 6)
        self.assertEqual(self.ask(*self.visitor())["expected_minutes"], 6)

    def test_old_waits_say_nothing(self):
        self.waited(5, 5, 5, ago=180)
        self.assertIsNone(self.channel._livechat_service_state()["expected_minutes"])

    # -- too many ----------------------------------------------------------------------

    def test_overload(self):
        self.channel.livechat_max_waiting = 2
        first = self.visitor("I was first")
        self.assertFalse(self.desk()["overloaded"])
        second = self.visitor("And I second")
        desk = self.desk()
        self.assertTrue(desk["overloaded"])
        self.assertEqual(desk["waiting"], 2)
        # Who wants to wait may, and nothing that is going on is touched.
        third = self.visitor("I wait")
        self.assertEqual(self.ask(*third)["position"], 3)
        for session, _browser in (first, second, third):
            self.assertFalse(session.livechat_end_dt)
            answer = self.answer(self.conversation_of(session))
            self.work()
            self.assertEqual(answer.omnichannel_ledger_ids.state, "sent")
        self.assertFalse(self.desk()["overloaded"])

    def test_more_agents_can_have_more_waiting(self):
        self.channel.livechat_max_waiting = 1
        self.visitor()
        self.assertTrue(self.desk()["overloaded"])
        agents = self.agent | self.agent.copy({"login": "chat_agent_2"})
        self.team.member_ids = agents
        self.env["omnichannel.agent"]._of_users(agents)
        self.team.is_presence_needed = False
        self.assertFalse(self.desk()["overloaded"])

    # -- what it costs -----------------------------------------------------------------

    def test_queries(self):
        visitors = [self.visitor() for _number in range(3)]
        self.ask(*visitors[2])  # what is read once for good
        with patch.object(omnichannel_channel_queue, "FRESH", 60):
            omnichannel_channel_queue._remembered.clear()
            counts = []
            for visitor in [visitors[0], *visitors]:
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.cr.sql_log_count
                self.ask(*visitor)
                counts.append(self.cr.sql_log_count - before)
        omnichannel_channel_queue._remembered.clear()
        self.assertLessEqual(max(counts[1:]), 12)
        self.assertLessEqual(counts[0], 14)
