import time
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .. import wire
from .common import LivechatCase


@tagged("post_install", "-at_install")
class TestReturn(LivechatCase):
    """A visitor goes: the answer takes another way. They come back: their chat is there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox = cls.env["omnichannel.channel"].create(
            {
                "name": "Shop mail",
                "channel_type": "email",
                "address": "shop@example.com",
                "team_id": cls.team.id,
                "state": "connected",
            }
        )

    def leave(self, session):
        self.make_jsonrpc_request("/im_livechat/visitor_leave_session", {"channel_id": session.id})
        self.env.invalidate_all()

    def be_gone(self, session):
        """Nothing was heard of the visitor for a while."""
        long_ago = fields.Datetime.now() - timedelta(minutes=5)
        session.message_ids.date = long_ago
        session.livechat_customer_history_ids.guest_id.presence_ids.write(
            {"status": "offline", "last_poll": long_ago}
        )

    def ways(self, conversation):
        """The ways that the composer offers: {type of channel: option}, and the type of the default."""
        data = conversation.with_user(self.agent).get_composer_data()
        by_type = {option["channel_type"]: option for option in data["options"]}
        [default] = [option for option in data["options"] if option["key"] == data["default"]]
        return by_type, default["channel_type"]

    # -- going -------------------------------------------------------------------

    def test_who_is_there_is_answered_in_the_chat(self):
        session = self.come()
        session._omnichannel_introduce(email="vera@example.com", consent=True)
        self.say(session, "Hello?")
        self.work()
        ways, default = self.ways(self.conversation())
        self.assertEqual((default, ways["livechat"]["away"]), ("livechat", False))
        self.assertEqual(ways["email"]["recipient_address"], "vera@example.com")

    def test_who_has_left_is_answered_by_mail(self):
        session = self.come()
        session._omnichannel_introduce(email="vera@example.com", consent=True)
        self.say(session, "Bye")
        self.work()
        self.leave(session)
        ways, default = self.ways(self.conversation())
        self.assertEqual(default, "email")
        self.assertEqual(ways["livechat"]["reason"], "The visitor has left the chat.")
        answer = self.answer(self.conversation())
        row = answer.omnichannel_ledger_ids
        self.assertEqual((row.channel_id, row.identity_id.key), (self.mailbox, "vera@example.com"))

    def test_who_is_away_is_answered_by_mail_but_may_be_written_to(self):
        session = self.come()
        session._omnichannel_introduce(email="vera@example.com", consent=True)
        self.say(session, "I will be back")
        self.work()
        self.be_gone(session)
        conversation = self.conversation()
        ways, default = self.ways(conversation)
        self.assertEqual(default, "email")
        self.assertTrue(ways["livechat"]["can_send"])
        self.assertIn("when they come back", ways["livechat"]["away"])
        chosen = self.answer(
            conversation,
            omnichannel_channel_id=self.channel.id,
            omnichannel_identity_id=conversation.identity_id.id,
        )
        self.work()
        self.assertEqual(chosen.omnichannel_ledger_ids.state, "sent")

    def test_who_is_away_and_gave_no_address_is_written_to_in_the_chat(self):
        session = self.come()
        self.say(session, "I will be back")
        self.work()
        self.be_gone(session)
        ways, default = self.ways(self.conversation())
        self.assertEqual((default, set(ways)), ("livechat", {"livechat"}))

    def test_who_has_left_and_gave_no_address_cannot_be_written_to(self):
        session = self.come()
        self.say(session, "Bye")
        self.work()
        self.leave(session)
        ways, _default = self.ways(self.conversation())
        self.assertFalse(ways["livechat"]["can_send"])

    def test_nobody_is_taken_at_their_word_for_somebody_we_know(self):
        """The address of a customer whom we know is not this visitor's because they say so."""
        customer = self.env["res.partner"].create({"name": "Karin", "email": "karin@example.com"})
        self.env["omnichannel.identity"].create(
            {
                "channel_type": "email",
                "key": "karin@example.com",
                "address": "karin@example.com",
                "partner_id": customer.id,
                "company_id": self.env.company.id,
            }
        )
        session = self.come()
        session._omnichannel_introduce(email="karin@example.com", consent=True)
        self.say(session, "I am Karin")
        self.work()
        ways, _default = self.ways(self.conversation())
        self.assertNotIn("email", ways)

    # -- coming back ---------------------------------------------------------------

    def come_again(self, persisted=False, **params):
        """The same browser opens the chat again; returns the session that it gets."""
        data = self.make_jsonrpc_request(
            "/im_livechat/get_session", {"channel_id": self.livechat.id, "persisted": persisted, **params}
        )
        self.env.invalidate_all()
        return data["channel_id"]

    def test_a_chat_goes_on(self):
        session = self.come()
        self.say(session, "First")
        self.work()
        self.assertEqual(self.come_again(), session.id)
        self.leave(session)
        self.assertTrue(session.livechat_end_dt)
        self.assertEqual(self.come_again(), session.id)
        self.assertFalse(session.livechat_end_dt)
        self.say(session, "Second")
        self.work()
        self.assertEqual(len(self.conversation().ledger_ids), 2)
        _ways, default = self.ways(self.conversation())
        self.assertEqual(default, "livechat")

    def test_after_it_was_settled_another_one_begins(self):
        session = self.come()
        self.say(session, "First")
        self.work()
        self.conversation().with_user(self.agent).action_close()
        self.leave(session)
        self.assertNotEqual(self.come_again(persisted=True), session.id)

    def test_another_browser_gets_nothing_of_it(self):
        session = self.come()
        self.say(session, "First")
        self.work()
        self.opener.cookies.clear()
        self.authenticate(None, None)
        self.assertNotEqual(self.come_again(persisted=True), session.id)

    def test_rubbish_instead_of_a_live_chat(self):
        for rubbish in ("1", None, [], {}, -1, 2**70):
            data = self.url_open(
                "/im_livechat/get_session",
                json={"params": {"channel_id": rubbish, "persisted": False}},
            ).json()
            self.assertNotIn("channel_id", data.get("result") or {})

    def test_what_was_said_elsewhere_is_shown_to_who_is_logged_in(self):
        self.make_customer()
        session = self.come("karin_chat")
        self.say(session, "It is me.")
        self.work()
        self.leave(session)
        conversation = self.conversation()
        answer = self.answer(conversation, "By mail")
        conversation.with_user(self.agent).message_post(body="A note", message_type="comment")
        answer.omnichannel_ledger_ids.state = "sent"
        for _time in range(2):
            self.assertEqual(self.come_again(), session.id)
            texts = session.message_ids.filtered(lambda said: said.message_type == "comment").sorted("id")
            self.assertEqual([said._omnichannel_text() for said in texts], ["It is me.", "By mail"])
        self.work()
        self.assertEqual(len(conversation.ledger_ids), 2)

    def test_what_was_said_elsewhere_is_shown_to_who_is_logged_in_at_the_shop(self):
        self.env["res.partner"].create({"name": "Karin Klant", "email": "karin@example.com"})
        claims = {
            "channel": self.livechat.id,
            "exp": int(time.time()) + 600,
            "email": "karin@example.com",
            "name": "Karin",
        }
        token = wire.sign(claims, self.channel.livechat_secret)
        session = self.come(omnichannel_token=token)
        self.say(session, "It is me.")
        self.work()
        self.leave(session)
        self.answer(self.conversation(), "By mail").omnichannel_ledger_ids.state = "sent"
        self.assertEqual(self.come_again(omnichannel_token=token), session.id)
        self.assertIn("By mail", "".join(session.message_ids.mapped("body")))
        # Logged out there: the same browser is nobody's now.
        self.assertNotEqual(self.come_again(persisted=True), session.id)

    def test_what_was_said_elsewhere_is_not_shown_to_a_browser(self):
        session = self.come()
        session._omnichannel_introduce(email="vera@example.com", consent=True)
        self.say(session, "It is me.")
        self.work()
        self.leave(session)
        self.answer(self.conversation(), "By mail").omnichannel_ledger_ids.state = "sent"
        self.come_again()
        self.assertNotIn("By mail", "".join(session.message_ids.mapped("body")))
