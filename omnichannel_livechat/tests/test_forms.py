import time
import uuid
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .. import wire
from .common import LivechatCase

REFUSED = "odoo.http"


@tagged("post_install", "-at_install")
class TestForms(LivechatCase):
    """What visitors are asked before the chat, and the message they leave instead of one."""

    def setUp(self):
        super().setUp()
        self.channel.company_id.country_id = self.env.ref("base.nl")

    def open(self, **values):
        """The visitor opens the window; returns what it begins with."""
        data = self.make_jsonrpc_request(
            "/im_livechat/get_session", {"channel_id": self.livechat.id, "persisted": False, **values}
        )
        [thread] = data["store_data"]["discuss.channel"]
        return thread["omnichannel_desk"]

    def begin(self, omnichannel_token=None, **answers):
        data = self.make_jsonrpc_request(
            "/im_livechat/get_session",
            {
                "channel_id": self.livechat.id,
                "persisted": True,
                "omnichannel_answers": answers,
                "omnichannel_token": omnichannel_token,
            },
        )
        if token := data["store_data"]["Store"].get("guest_token"):
            self.opener.cookies["dgid"] = token
        return self.env["discuss.channel"].browse(data["channel_id"])

    def leave(self, key=None, **values):
        params = {
            "channel_id": self.livechat.id,
            "key": key or str(uuid.uuid4()),
            "values": {
                "name": "Vera",
                "email": "vera@example.com",
                "message": "Where is it?",
                "consent": True,
                **values,
            },
        }
        return self.make_jsonrpc_request("/omnichannel_livechat/message", params)

    @mute_logger(REFUSED)
    def refusal(self, call, **values):
        """The words with which something is refused, and of which nothing is left."""
        count = self.env["discuss.channel"].search_count([("channel_type", "=", "livechat")])
        said = []

        def look(response, **kwargs):
            said.append(response.json()["error"]["data"]["message"])

        with patch.dict(self.opener.hooks, {"response": [look]}), self.assertRaises(JsonRpcException):
            call(**values)
        self.env.invalidate_all()
        self.assertEqual(self.env["discuss.channel"].search_count([("channel_type", "=", "livechat")]), count)
        return said[0]

    def close(self):
        """Let business hours begin tomorrow."""
        tomorrow = fields.Date.today() + timedelta(days=1)
        hours = self.env["resource.calendar"].create(
            {
                "name": "Tomorrow",
                "tz": "UTC",
                "attendance_ids": [
                    (5, 0),
                    (
                        0,
                        0,
                        {"name": "d", "dayofweek": str(tomorrow.weekday()), "hour_from": 9, "hour_to": 17},
                    ),
                ],
            }
        )
        self.channel.calendar_id = hours
        return f"{tomorrow} 09:00:00"

    # -- before the chat ---------------------------------------------------------------

    def test_nothing_is_asked_unless_chosen(self):
        self.authenticate(None, None)
        desk = self.open()
        self.assertEqual(desk["questions"], [])
        self.assertFalse(desk["is_form"])

    def test_what_is_asked(self):
        self.channel.write({"livechat_ask_email": "required", "livechat_ask_order": "optional"})
        self.authenticate(None, None)
        desk = self.open()
        self.assertEqual(
            desk["questions"], [{"name": "email", "required": True}, {"name": "order", "required": False}]
        )
        self.assertIn(self.channel.company_id.name, desk["consent"])
        new_test_user(self.env, "known", "base.group_portal", password="known12345", email="k@example.com")
        self.authenticate("known", "known12345")
        desk = self.open()
        self.assertEqual((desk["questions"], desk["mail_questions"]), ([], []))

    def test_the_answers_begin_the_session(self):
        self.channel.write(
            {f"livechat_ask_{name}": "optional" for name in ("name", "email", "phone", "order")}
        )
        self.authenticate(None, None)
        session = self.begin(
            name="  Vera  Visser", email=" Vera@Example.com", phone="0612345678", consent=True
        )
        self.assertEqual(session.livechat_customer_guest_ids.name, "Vera Visser")
        self.say(session, "Hello")
        self.work()
        self.assertEqual(self.conversation().identity_id.name, "Vera Visser")

    def test_who_is_not_asked_needs_not_answer(self):
        self.channel.livechat_ask_email = "required"
        new_test_user(self.env, "known", "base.group_portal", password="known12345", email="k@example.com")
        self.authenticate("known", "known12345")
        self.assertTrue(self.begin())

    def test_who_is_logged_in_elsewhere_is_not_asked(self):
        """As a shop on another system has signed."""
        self.channel.livechat_ask_email = "required"
        claims = {
            "channel": self.livechat.id,
            "exp": int(time.time()) + 600,
            "email": "vera@example.com",
            "name": "Vera",
        }
        token = wire.sign(claims, self.channel.livechat_secret)
        self.authenticate(None, None)
        self.assertEqual(self.open(omnichannel_token=token)["questions"], [])
        self.assertEqual(len(self.open(omnichannel_token=token + "x")["questions"]), 1)
        self.assertTrue(self.begin(omnichannel_token=token))

    def test_refused_in_words(self):
        self.channel.write(
            {
                "livechat_ask_email": "required",
                "livechat_ask_phone": "optional",
                "livechat_ask_name": "optional",
            }
        )
        self.authenticate(None, None)
        good = {"email": "vera@example.com", "consent": True}
        self.assertIn("required", self.refusal(self.begin))
        self.assertIn("required", self.refusal(self.begin, email=["a@b.nl"], consent=True))
        self.assertIn("e-mail", self.refusal(self.begin, email="nobody", consent=True))
        self.assertIn("agree", self.refusal(self.begin, email="vera@example.com"))
        self.assertIn("agree", self.refusal(self.begin, email="vera@example.com", consent="yes"))
        self.assertIn("phone", self.refusal(self.begin, **good, phone="12"))
        self.assertIn("long", self.refusal(self.begin, **good, name="x" * 101))
        self.assertIn("long", self.refusal(self.begin, **good, name="a\x00b"))

    def test_what_was_not_asked_is_not_kept(self):
        self.authenticate(None, None)
        session = self.begin(name="Vera", email="vera@example.com", consent=True)
        self.assertNotEqual(session.livechat_customer_guest_ids.name, "Vera")

    def test_consent_in_the_visitors_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.authenticate(None, None)
        self.opener.cookies["frontend_lang"] = "nl_NL"
        self.assertIn("akkoord", self.open()["consent"])
        self.channel.livechat_consent = "Our own words"
        self.channel.with_context(lang="nl_NL").livechat_consent = "Eigen woorden"
        self.assertEqual(self.open()["consent"], "Eigen woorden")

    # -- instead of a chat -------------------------------------------------------------

    def test_closed(self):
        opening = self.close()
        self.authenticate(None, None)
        desk = self.open()
        self.assertTrue(desk["is_form"])
        self.assertEqual((desk["open"], desk["next_opening"]), (False, opening))
        self.assertEqual([question["name"] for question in desk["mail_questions"]], ["name", "email"])

    def test_form_only(self):
        self.channel.livechat_is_form_only = True
        self.authenticate(None, None)
        desk = self.open()
        self.assertEqual((desk["is_form"], desk["open"], desk["next_opening"]), (True, True, False))

    def test_a_message_opens_a_conversation(self):
        self.authenticate(None, None)
        self.assertEqual(self.leave(), {"sent": True})
        self.work()
        conversation = self.conversation()
        self.assertEqual(conversation.preview, "Where is it?")
        self.assertEqual(conversation.state, "open")
        self.assertEqual(conversation.identity_id.name, "Vera")
        session = self.env["discuss.channel"].search([("livechat_channel_id", "=", self.livechat.id)])
        self.assertTrue(session.livechat_end_dt)

    def test_the_same_form_arrives_once(self):
        self.authenticate(None, None)
        key = str(uuid.uuid4())
        self.leave(key)
        self.assertEqual(self.leave(key), {"sent": True})
        self.work()
        self.assertEqual(len(self.conversation().ledger_ids), 1)
        self.leave()
        self.work()
        self.assertEqual(
            len(self.env["omnichannel.message"].search([("channel_id", "=", self.channel.id)])), 2
        )

    def test_a_chat_that_is_on_is_not_ended_by_a_form(self):
        session = self.come()
        self.say(session, "Is anybody there?")
        self.work()
        self.leave(message="I write a message, too")
        self.work()
        self.assertFalse(session.livechat_end_dt)
        self.assertEqual(self.conversation().preview, "I write a message, too")

    def test_a_message_by_who_is_logged_in(self):
        user = new_test_user(
            self.env, "known", "base.group_portal", password="known12345", email="k@example.com"
        )
        self.authenticate("known", "known12345")
        self.leave(name="", email="", consent=False)
        self.work()
        self.assertEqual(self.conversation().partner_id, user.partner_id)

    def test_messages_refused_in_words(self):
        self.authenticate(None, None)
        self.assertIn("what we can do", self.refusal(self.leave, message="  "))
        self.assertIn("what we can do", self.refusal(self.leave, message={"a": 1}))
        self.assertIn("5000", self.refusal(self.leave, message="x" * 5001))
        self.assertIn("required", self.refusal(self.leave, email=""))
        self.assertIn("agree", self.refusal(self.leave, consent=False))
        for key in ("short", "x" * 65, "'; DROP TABLE discuss_channel; --"):
            self.refusal(self.leave, key=key)

    @mute_logger(REFUSED)
    def test_a_message_to_what_is_not_connected(self):
        other = self.env["im_livechat.channel"].create({"name": "Other"})
        self.authenticate(None, None)
        for number in (other.id, 999999999, "1 OR 1", None, True):
            with self.assertRaises(JsonRpcException):
                self.make_jsonrpc_request(
                    "/omnichannel_livechat/message",
                    {"channel_id": number, "key": str(uuid.uuid4()), "values": {}},
                )

    def test_markup_is_text(self):
        self.authenticate(None, None)
        self.leave(message="<b>bold</b> <script>alert(1)</script>")
        self.work()
        [message] = self.conversation().ledger_ids.mail_message_id
        self.assertIn("&lt;b&gt;bold", message.body)

    # -- the button --------------------------------------------------------------------

    def test_the_button_is_there_without_agents(self):
        self.env["mail.presence"].search([]).unlink()
        self.authenticate(None, None)

        def shown():
            data = self.make_jsonrpc_request(
                "/mail/action", {"fetch_params": [["init_livechat", self.livechat.id]]}
            )
            return data["Store"]["livechat_available"]

        self.assertTrue(shown())
        self.env["im_livechat.channel.rule"].create(
            {"channel_id": self.livechat.id, "action": "hide_button", "regex_url": ""}
        )
        self.assertFalse(shown())
        self.channel.active = False
        self.env["im_livechat.channel.rule"].search([("channel_id", "=", self.livechat.id)]).unlink()
        self.assertFalse(shown())
