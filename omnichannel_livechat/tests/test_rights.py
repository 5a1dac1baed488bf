from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from odoo.addons.omnichannel_inbox.tests.common import AGENT, SUPERVISOR

from .common import LivechatCase

OPERATOR = "im_livechat.im_livechat_group_user"


@tagged("post_install", "-at_install")
class TestRights(LivechatCase):
    """A session is read by who takes part in it, and by whoever may read its conversation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        def user(login, groups, **values):
            return new_test_user(cls.env, login, groups, name=login, password=login, **values)

        cls.foreign_company = cls.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = {
            "company_id": cls.foreign_company.id,
            "company_ids": [(6, 0, cls.foreign_company.ids)],
        }
        cls.other_team = cls.env["omnichannel.team"].create({"name": "Another team"})
        cls.strangers = {
            "agent of another team": user("right_agent", AGENT),
            "operator of Odoo's": user("right_operator", OPERATOR),
            "operator and agent of another team": user("right_both", f"{OPERATOR},{AGENT}"),
            "administrator of Live Chat": user("right_manager", "im_livechat.im_livechat_group_manager"),
            "supervisor elsewhere": user("right_elsewhere", f"{OPERATOR},{SUPERVISOR}", **elsewhere),
            "colleague": user("right_colleague", "base.group_user"),
            "customer": user("right_portal", "base.group_portal"),
        }
        cls.other_team.member_ids = cls.strangers["agent of another team"]
        cls.other_team.member_ids |= cls.strangers["operator and agent of another team"]
        cls.supervisor = user("right_supervisor", f"{OPERATOR},{SUPERVISOR}")

    def setUp(self):
        super().setUp()
        self.chat = self.come()
        self.said = self.say(self.chat, "My secret")
        self.work()

    def sees(self, user):
        session = self.chat.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        return bool(session.search([("id", "=", session.id)]))

    def ask(self, path, **params):
        """The answer to a request, or nothing if it was refused."""
        try:
            return self.make_jsonrpc_request(path, params)
        except JsonRpcException as refusal:
            self.assertIn(str(refusal), ("werkzeug.exceptions.NotFound", "odoo.exceptions.AccessError"))
            return None

    def attempt_all(self):
        """Whatever somebody who knows the ids may try; returns what came back."""
        thread = {"thread_model": "discuss.channel", "thread_id": self.chat.id}
        data = ["discuss.channel", [self.chat.id]]
        messages = ["/mail/thread/messages", thread]
        return [
            self.ask("/discuss/channel/messages", channel_id=self.chat.id),
            self.ask("/discuss/channel/members", channel_id=self.chat.id, known_member_ids=[]),
            self.ask("/discuss/channel/join", channel_id=self.chat.id),
            self.ask("/discuss/channel/notify_typing", channel_id=self.chat.id, is_typing=True),
            self.ask("/discuss/channel/attachments", channel_id=self.chat.id),
            self.ask("/discuss/channel/mark_as_read", channel_id=self.chat.id, last_message_id=1),
            self.ask("/mail/data", fetch_params=[data, messages]),
            self.ask("/mail/message/post", post_data={"body": "I am in"}, **thread),
            self.ask("/mail/message/reaction", message_id=self.said.id, content="x", action="add"),
            self.ask("/mail/message/update_content", message_id=self.said.id, update_data={"body": "x"}),
            self.ask("/im_livechat/feedback", channel_id=self.chat.id, rate=1),
            self.ask("/im_livechat/visitor_leave_session", channel_id=self.chat.id),
            self.ask("/chatbot/step/trigger", channel_id=self.chat.id, chatbot_script_id=1),
        ]

    def assert_nothing_happened(self, answers):
        self.env.invalidate_all()
        self.assertNotIn("My secret", str(answers))
        self.assertNotIn("Visitor Shop", str(answers))
        self.assertEqual(len(self.chat.channel_member_ids), 2)
        self.assertFalse(self.chat.livechat_end_dt)
        self.assertFalse(self.chat.rating_ids)
        self.assertFalse(self.said.reaction_ids)
        self.assertNotIn("I am in", str(self.chat.message_ids.mapped("body")))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_strangers_get_nothing(self):
        for who, user in self.strangers.items():
            with self.subTest(who):
                self.assertFalse(self.sees(user))
                self.authenticate(user.login, user.login)
                self.assert_nothing_happened(self.attempt_all())

    @mute_logger("odoo.http")
    def test_another_visitor_gets_nothing(self):
        other = self.come()
        self.assertNotEqual(other, self.chat)
        self.assert_nothing_happened(self.attempt_all())

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_nobody_makes_themselves_a_member(self):
        for who, user in self.strangers.items():
            with self.subTest(who), self.assertRaises(AccessError), self.env.cr.savepoint():
                values = {"channel_id": self.chat.id, "partner_id": user.partner_id.id}
                self.env["discuss.channel.member"].with_user(user).create(values)

    def test_who_took_part_is_not_told_either(self):
        operator = self.strangers["operator of Odoo's"]
        for model in ("discuss.channel.member", "im_livechat.channel.member.history"):
            found = self.env[model].with_user(operator).search([("channel_id", "=", self.chat.id)])
            self.assertFalse(found)
        found = self.env["mail.message"].with_user(operator).search([("id", "=", self.said.id)])
        self.assertFalse(found)

    def test_who_may_read_the_conversation_reads_the_session(self):
        self.assertTrue(self.sees(self.operator))
        self.assertTrue(self.sees(self.supervisor))
        self.assertTrue(self.sees(self.env.ref("base.user_admin")))
        # An agent of the inbox needs no right of Live Chat, and gets none by it.
        self.assertFalse(self.sees(self.agent))
        self.conversation().user_id = self.agent
        self.work()
        self.assertTrue(self.sees(self.agent))

    def test_another_team_has_it_now(self):
        self.conversation().team_id = self.other_team
        self.work()
        self.assertFalse(self.sees(self.operator))
        self.assertTrue(self.sees(self.strangers["operator and agent of another team"]))

    def test_before_the_visitor_has_written(self):
        self.chat = self.come()
        self.assertTrue(self.sees(self.operator))
        self.assertTrue(self.sees(self.supervisor))
        self.assertFalse(any(self.sees(user) for user in self.strangers.values()))

    def test_a_live_chat_of_odoos_own_is_as_it_was(self):
        self.channel.active = False
        self.chat = self.come()
        self.say(self.chat, "Hello?")
        operators = [user for user in self.strangers.values() if user.has_group(OPERATOR)]
        self.assertTrue(all(self.sees(user) for user in operators))
        self.assertFalse(self.sees(self.strangers["colleague"]))

    def test_help_is_not_asked_of_everybody(self):
        with self.assertRaises(UserError):
            self.chat.livechat_status = "need_help"

    def test_the_rules_cost_no_query(self):
        """What Discuss asks when it starts, without any session; the domain is remembered."""
        Channel = self.env["discuss.channel"].with_user(self.strangers["colleague"])
        Member = self.env["discuss.channel.member"].with_user(self.strangers["colleague"])
        ours = self.env["ir.rule"].search([("name", "ilike", "connected live chat")])
        self.assertEqual(len(ours), 6)

        def count():
            Channel.env.invalidate_all()
            Channel._get_channels_as_member()
            Member.search([("is_self", "=", True)], limit=1)
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            Channel._get_channels_as_member()
            Member.search([("is_self", "=", True)], limit=1)
            return self.env.cr.sql_log_count - start

        with_rules = count()
        ours.active = False
        self.assertEqual(with_rules, count())
