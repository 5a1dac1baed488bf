import logging
import time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .. import wire
from .common import LivechatCase


@tagged("post_install", "-at_install")
class TestToken(LivechatCase):
    """A shop elsewhere says who is logged in there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {"name": "Karin Klant", "email": "karin@example.com", "ref": "4711"}
        )
        cls.mail = cls.env["omnichannel.channel"].create(
            {
                "name": "Support",
                "channel_type": "email",
                "team_id": cls.team.id,
                "address": "support@shop.example",
                "state": "connected",
            }
        )
        cls.order = cls.env["sale.order"].create({"partner_id": cls.customer.id, "name": "S90001"})

    def token(self, channel=None, **claims):
        channel = channel or self.channel
        claims = {"channel": channel.livechat_channel_id.id, "exp": int(time.time()) + 600} | claims
        return wire.sign(claims, channel.livechat_secret)

    def visit(self, token=None):
        """A visitor's page begins a session; returns it. The browser keeps its cookies."""
        data = self.make_jsonrpc_request(
            "/im_livechat/get_session",
            {"channel_id": self.livechat.id, "persisted": True, "omnichannel_token": token},
        )
        return self.env["discuss.channel"].browse(data["channel_id"])

    def load(self, token=None):
        """A visitor's page is loaded: what it is told, and the sessions it is shown."""
        told = self.make_jsonrpc_request(
            "/omnichannel_livechat/visitor", {"channel_id": self.livechat.id, "token": token}
        )
        data = self.make_jsonrpc_request(
            "/mail/action", {"fetch_params": ["init_messaging", "channels_as_member"]}
        )
        return told, [thread["id"] for thread in data.get("discuss.channel", ())]

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def another_browser(self):
        for cookie in [cookie for cookie in self.opener.cookies if cookie.name == "dgid"]:
            self.opener.cookies.clear(cookie.domain, cookie.path, cookie.name)

    def conversations(self):
        return self.env["omnichannel.conversation"].search([("channel_id", "=", self.channel.id)])

    def test_the_customer_with_their_orders(self):
        self.say(self.visit(self.token(email="Karin@example.com", name="Karin")), "Where is it?")
        self.work()
        conversation = self.conversation()
        self.assertEqual(conversation.partner_id, self.customer)
        panel = conversation.with_user(self.agent).get_customer_panel()
        self.assertTrue(panel["identities"][0]["introduction"]["is_proven"])
        self.assertEqual(conversation.identity_id.name, "Karin")
        self.assertEqual(conversation.identity_id.address, "Karin@example.com")

    def test_by_the_customers_reference(self):
        self.say(self.visit(self.token(ref=4711)), "My order S90001")
        self.work()
        self.assertEqual(self.conversation().partner_id, self.customer)
        self.assertEqual(self.conversation().order_ids, self.order)

    def test_an_answer_arrives(self):
        session = self.visit(self.token(ref="4711"))
        self.say(session, "Hello?")
        self.work()
        answer = self.answer(self.conversation())
        self.work()
        posted = self.env["mail.message"].browse(int(answer.omnichannel_ledger_ids.provider_uid))
        self.assertEqual(posted.res_id, session.id)

    def test_several_customers_are_left_to_the_agent(self):
        self.env["res.partner"].create({"name": "Karin Zwei", "email": "karin@example.com"})
        self.say(self.visit(self.token(email="karin@example.com")), "Hello?")
        self.work()
        self.assertFalse(self.conversation().partner_id)
        for identity in self.conversation().with_user(self.agent).get_customer_panel()["identities"]:
            self.assertEqual(len(identity["candidates"]), 2)

    def test_who_has_bought_nothing_yet(self):
        partners = self.env["res.partner"].search_count([])
        self.say(self.visit(self.token(email="new@example.com", name="Nina New")), "Hello?")
        self.work()
        conversation = self.conversation()
        self.assertFalse(conversation.partner_id)
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        [identity] = conversation.with_user(self.agent).get_customer_panel()["identities"]
        self.assertEqual((identity["name"], identity["address"]), ("Nina New", "new@example.com"))
        # The answer can go on by mail when she has left.
        options = conversation.with_user(self.agent).get_composer_data()["options"]
        self.assertIn("new@example.com", [one["recipient_address"] for one in options])

    def test_a_wrong_token_is_a_stranger(self):
        other = self.env["omnichannel.channel"].create(
            {
                "name": "Other chat",
                "channel_type": "livechat",
                "team_id": self.team.id,
                "livechat_channel_id": self.env["im_livechat.channel"].create({"name": "Other"}).id,
            }
        )
        good = self.token(ref="4711")
        wrong = {
            "signature": good[:-1] + ("0" if good[-1] != "0" else "1"),
            "expired": self.token(ref="4711", exp=int(time.time()) - 1),
            "lifetime": self.token(ref="4711", exp=int(time.time()) + 200_000),
            "channel": self.token(ref="4711", channel=other),
            "form": "karin@example.com",
            "nobody": self.token(),
        }
        # As another live chat's secret says it, with the right name of this one.
        claims = {"channel": self.livechat.id, "exp": int(time.time()) + 600, "ref": "4711"}
        wrong["signature "] = wire.sign(claims, other.livechat_secret)
        for reason, token in wrong.items():
            with self.subTest(reason=reason):
                self.another_browser()
                with self.assertLogs(
                    "odoo.addons.omnichannel_livechat.models.omnichannel_channel_token", logging.INFO
                ) as logs:
                    session = self.visit(token)
                self.assertIn(reason.strip(), logs.output[0])
                self.assertNotIn(token, "".join(logs.output))
                self.say(session, "My order S90001")
                self.work()
                conversation = self.conversations()[0]
                self.assertFalse(conversation.partner_id or conversation.order_ids)
                self.assertTrue(conversation.identity_id.key.startswith("guest:"))
        for nonsense in (7, ["x"], {"a": 1}, True):
            with self.subTest(nonsense=nonsense):
                self.assertTrue(self.visit(nonsense))

    def test_the_customer_of_another_company_is_none(self):
        self.customer.company_id = self.env["res.company"].create({"name": "Other"})
        self.say(self.visit(self.token(ref="4711")), "My order S90001")
        self.work()
        self.assertFalse(self.conversation().partner_id or self.conversation().order_ids)

    def test_one_customer_in_two_browsers(self):
        self.say(self.visit(self.token(email="new@example.com")), "From my phone")
        self.work()
        self.another_browser()
        session = self.visit(self.token(email="New@Example.com"))
        self.say(session, "From my computer")
        self.work()
        self.assertEqual(len(self.conversation().identity_ids), 1)
        answer = self.answer(self.conversation())
        self.work()
        posted = self.env["mail.message"].browse(int(answer.omnichannel_ledger_ids.provider_uid))
        self.assertEqual(posted.res_id, session.id)

    def test_who_logs_in_later_stays_one(self):
        session = self.visit()
        self.say(session, "Hello?")
        self.work()
        conversation = self.conversation()
        told, shown = self.load(self.token(ref="4711"))
        self.assertEqual(told, {"known": True, "forget": False})
        self.assertIn(session.id, shown)
        self.say(session, "It is me: S90001")
        self.work()
        self.assertEqual(self.conversation(), conversation)
        self.assertEqual(conversation.partner_id, self.customer)
        self.assertEqual(len(conversation.identity_ids), 1)
        self.assertEqual(conversation.order_ids, self.order)

    def test_who_logs_in_later_and_was_known_before(self):
        """What they wrote as a guest goes on as theirs."""
        self.say(self.visit(self.token(email="new@example.com")), "Monday")
        self.work()
        monday = self.conversation()
        monday.state = "closed"
        self.another_browser()
        session = self.visit()
        self.say(session, "Tuesday, not logged in")
        self.work()
        tuesday = self.conversations() - monday
        self.load(self.token(email="new@example.com"))
        self.say(session, "Now I am")
        self.work()
        self.assertEqual(self.conversations(), monday | tuesday)
        self.assertEqual(tuesday.last_inbound_date, max(tuesday.message_ids.mapped("date")))
        self.assertEqual(tuesday.identity_id, monday.identity_id)

    def test_the_next_customer_in_this_browser_sees_nothing(self):
        session = self.visit(self.token(ref="4711"))
        self.say(session, "My secret")
        self.work()
        self.assertIn(session.id, self.load(self.token(ref="4711"))[1])
        told, shown = self.load(self.token(email="next@example.com"))
        self.assertEqual((told["forget"], shown), (True, []))
        self.say(self.visit(self.token(email="next@example.com")), "Another one")
        self.work()
        self.assertEqual(len(self.conversations()), 2)
        self.assertEqual(self.conversations().partner_id, self.customer)

    def test_who_has_logged_out_leaves_nothing(self):
        session = self.visit(self.token(ref="4711"))
        self.say(session, "My secret")
        self.assertEqual(self.load(), ({"known": False, "forget": True}, []))
        self.assertEqual(self.load(), ({"known": False, "forget": False}, []))

    def test_a_page_that_does_not_ask_first(self):
        """A new session is never the former person's, whatever the page did before."""
        self.say(self.visit(self.token(ref="4711")), "My secret")
        self.say(self.visit(), "Somebody else")
        self.work()
        self.assertEqual(len(self.conversations()), 2)
        self.assertEqual(len(self.conversations().identity_ids), 2)

    def test_who_logs_in_here_after_writing(self):
        session = self.visit()
        self.say(session, "Hello?")
        self.work()
        conversation = self.conversation()
        [cookie] = [cookie for cookie in self.opener.cookies if cookie.name == "dgid"]
        new_test_user(
            self.env, "karin_chat", "base.group_portal", partner_id=self.customer.id, password="karin_chat"
        )
        self.authenticate("karin_chat", "karin_chat")
        self.opener.cookies.set_cookie(cookie)
        self.say(self.visit(), "Logged in now")
        self.work()
        self.assertEqual(self.conversation(), conversation)
        self.assertEqual(conversation.partner_id, self.customer)
        # Logged out again: the chat is nobody else's.
        self.authenticate(None, None)
        self.opener.cookies.set_cookie(cookie)
        self.assertEqual(self.load(), ({"known": False, "forget": True}, []))

    def test_who_is_known_by_a_code_is_not_the_next_customer(self):
        session = self.visit()
        self.say(session, "Hello?")
        self.work()
        identity = self.conversation().identity_id
        identity._relink(self.customer)
        told, shown = self.load(self.token(email="next@example.com"))
        self.assertEqual((told["forget"], shown), (True, []))
        self.say(self.visit(self.token(email="next@example.com")), "Another one")
        self.work()
        self.assertEqual(len(self.conversations()), 2)
        self.assertEqual(identity.key, f"guest:{session.livechat_customer_history_ids.guest_id.id}")

    def test_who_is_known_by_a_code_and_logs_in(self):
        session = self.visit()
        self.say(session, "Hello?")
        self.work()
        self.conversation().identity_id._relink(self.customer)
        told, shown = self.load(self.token(email="karin@example.com"))
        self.assertEqual((told["forget"], shown), (False, [session.id]))
        self.say(session, "Logged in now")
        self.work()
        self.assertEqual(self.conversation().partner_id, self.customer)

    def test_a_number_as_the_country_writes_it(self):
        self.env.company.country_id = self.env.ref("base.nl")
        self.customer.phone = "+31612345678"
        self.say(self.visit(self.token(phone="06 12 34 56 78")), "Hello?")
        self.work()
        self.assertEqual(self.conversation().partner_id, self.customer)

    def test_the_secret_is_the_systems(self):
        manager = new_test_user(self.env, "manager", "omnichannel_inbox.group_omnichannel_manager")
        for user in (self.agent, manager, self.operator):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.channel.with_user(user).read(["livechat_secret"])
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.channel.with_user(user).action_renew_secret()
        for name in ("omnichannel_key", "omnichannel_person"):
            self.assertNotIn(name, self.env["mail.guest"].with_user(self.agent).fields_get())

    def test_a_new_secret_ends_the_old_one(self):
        old = self.token(ref="4711")
        self.channel.with_user(self.env.ref("base.user_admin")).action_renew_secret()
        self.assertEqual(self.channel._read_token(old), (False, None))
        self.assertTrue(self.channel._read_token(self.token(ref="4711"))[0])

    def test_from_another_origin(self):
        """The routes for other sites do the same by the guest's token instead of a cookie."""
        self.channel.livechat_origins = "https://shop.example"
        headers = {"Origin": "https://shop.example"}
        data = self.make_jsonrpc_request(
            "/im_livechat/cors/get_session",
            {"channel_id": self.livechat.id, "persisted": True, "omnichannel_token": self.token(ref="4711")},
            headers=headers,
        )
        guest_token = data["store_data"]["Store"]["guest_token"]
        self.assertTrue(data["store_data"]["Store"]["omnichannel_is_somebodys"])
        told = [
            self.make_jsonrpc_request(
                "/omnichannel_livechat/cors/visitor",
                {"channel_id": self.livechat.id, "token": token, "guest_token": guest_token},
                headers=headers,
            )
            for token in (self.token(ref="4711"), self.token(ref="4712"), None, "nonsense")
        ]
        self.assertEqual([one["forget"] for one in told], [False, True, True, True])
