import json
import uuid

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import OmnichannelCase


@tagged("post_install", "-at_install")
class TestInbox(OmnichannelCase):
    """What the server does for the inbox: who is here, live lines, taking back, preferences."""

    def setUp(self):
        super().setUp()
        self.conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        self.flush_bus()
        self.mine = self.conversation.with_user(self.agent)

    def flush_bus(self):
        """Run what waits for the commit: tracking lines and notifications."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()

    def said(self, kind):
        """[(channel, payload)] of the notifications of a kind since the bus was flushed."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        messages = [(row.channel, json.loads(row.message)) for row in self.env["bus.bus"].search([])]
        return [(channel, message["payload"]) for channel, message in messages if message["type"] == kind]

    # -- presence -----------------------------------------------------------

    def test_presence_says_ids_alone_and_to_the_conversation_alone(self):
        self.mine.action_presence("answering", True)
        [(channel, payload)] = self.said("omnichannel/presence")
        self.assertIn(f'"omnichannel.conversation",{self.conversation.id}]', channel)
        self.assertEqual(
            payload,
            {
                "conversation": self.conversation.id,
                "user": self.agent.id,
                "activity": "answering",
                "is_new": True,
            },
        )

    def test_presence_is_for_readers_alone(self):
        stranger = new_test_user(
            self.env, "omni_stranger", "base.group_user,omnichannel_inbox.group_omnichannel_agent"
        )
        with self.assertRaises(AccessError):
            self.conversation.with_user(stranger).action_presence("viewing")
        self.mine.action_presence("<b>dancing</b>")
        self.assertFalse(self.said("omnichannel/presence"))

    # -- live ----------------------------------------------------------------

    def test_line_of_a_change_is_announced(self):
        self.mine.action_assign_to_me()
        updates = [payload for _channel, payload in self.said("omnichannel/update")]
        line = self.conversation.message_ids.filtered("tracking_value_ids")[:1]
        self.assertTrue(line)
        self.assertTrue(
            any(line.id in update["messages"].get(str(self.conversation.id), []) for update in updates)
        )

    def test_moved_question_waits_in_its_new_conversation(self):
        message = self.conversation.ledger_ids.mail_message_id
        target = self.env["omnichannel.conversation"].browse(self.mine.action_move_message(message.id))
        self.assertEqual(target.last_author, "Karin Klant")
        self.assertEqual(target.waiting_since, message.date)
        self.assertEqual(target.last_inbound_date, message.date)
        self.assertFalse(self.conversation.waiting_since)

    # -- taking back -----------------------------------------------------------

    def test_undo_closing(self):
        before = self.mine.get_client_data()
        self.mine.action_close()
        self.assertFalse(self.conversation.waiting_since)
        self.mine.action_undo(before)
        self.assertEqual(self.conversation.state, "open")
        self.assertEqual(fields.Datetime.to_string(self.conversation.waiting_since), before["waiting_since"])
        self.assertFalse(self.conversation.closed_date)

    def test_undo_comes_too_late_when_the_customer_wrote(self):
        self.mine.action_pending()
        before = self.mine.get_client_data()
        self.mine.action_close()
        self.receive(self.text("Wait!"))
        self.mine.action_undo(before)
        self.assertEqual(self.conversation.state, "open")
        self.assertTrue(self.conversation.waiting_since)

    # -- one answer is one answer ----------------------------------------------------

    def test_same_answer_asked_for_twice_is_one(self):
        token = uuid.uuid4().hex
        seen = self.conversation.last_message_id
        first = self.answer(self.conversation, omnichannel_token=token, omnichannel_seen_id=seen)
        # A colleague's answer in between does not make the repeated one a new one.
        self.answer(self.conversation, user=self.other_agent)
        again = self.answer(self.conversation, omnichannel_token=token, omnichannel_seen_id=seen)
        self.assertEqual(again, first)
        self.assertEqual(len(self.conversation.ledger_ids.filtered(lambda row: row.direction == "out")), 2)
        self.assertEqual(first.omnichannel_ledger_ids.reference, token)

    def test_token_of_another_conversation_gives_nothing_away(self):
        token = uuid.uuid4().hex
        self.answer(self.conversation, omnichannel_token=token)
        other = self.receive(self.text(sender="+31687654321", at=str(fields.Datetime.now()))).conversation_id
        self.assertFalse(other.with_user(self.agent)._posted_before(token))
        message = self.answer(other, omnichannel_token="'; DROP TABLE")
        self.assertRegex(message.omnichannel_ledger_ids.reference, r"^[0-9a-f]{32}$")

    # -- preferences -------------------------------------------------------------------

    def test_each_user_chooses_how_to_be_told(self):
        agent = self.agent.with_user(self.agent)
        self.assertTrue(agent.omnichannel_notify)
        self.env.invalidate_all()
        agent.write({"omnichannel_sound": False})
        self.assertFalse(self.agent.res_users_settings_id.omnichannel_sound)
        self.assertTrue(self.agent.res_users_settings_id.omnichannel_notify)
        [(channel, payload)] = self.said("res.users.settings")
        self.assertIn(f'"res.partner",{self.agent.partner_id.id}]', channel)
        self.assertIs(payload["omnichannel_sound"], False)
        with self.assertRaises(AccessError):
            self.other_agent.with_user(self.agent).write({"omnichannel_sound": False})

    def test_what_discuss_loads_is_left_as_it_is(self):
        settings = self.env["res.users.settings"]._find_or_create_for_user(self.agent)
        whole = settings._res_users_settings_format()
        self.assertIn("is_discuss_sidebar_category_chat_open", whole)
        self.assertFalse([name for name in whole if name.startswith("omnichannel")])

    def test_preferences_show_it(self):
        view = self.env.ref("base.view_users_form_simple_modif")
        arch = self.env["res.users"].with_user(self.agent).get_view(view.id)["arch"]
        self.assertIn('name="omnichannel_notify"', arch)
        plain = new_test_user(self.env, "omni_plain", "base.group_user")
        arch = self.env["res.users"].with_user(plain).get_view(view.id)["arch"]
        self.assertNotIn('name="omnichannel_notify"', arch)


@tagged("post_install", "-at_install")
class TestInboxSession(HttpCase, OmnichannelCase):
    """What a page knows when it opens."""

    def test_page_knows_how_its_user_wants_to_be_told(self):
        self.agent.with_user(self.agent).write({"omnichannel_sound": False})
        self.authenticate(self.agent.login, self.agent.login)
        settings = self.make_jsonrpc_request("/web/session/get_session_info")["user_settings"]
        self.assertEqual((settings["omnichannel_notify"], settings["omnichannel_sound"]), (True, False))
        self.assertIn("is_discuss_sidebar_category_chat_open", settings)
