import base64

from odoo.tests import new_test_user, tagged

from odoo.addons.omnichannel_inbox.tests.common import AGENT

from .common import LivechatCase


@tagged("post_install", "-at_install")
class TestIntroduction(LivechatCase):
    """Who a visitor says they are is shown as what they say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {"name": "Karin Klant", "email": "karin@example.com", "phone": "+31612345678"}
        )
        cls.order = cls.env["sale.order"].create({"partner_id": cls.customer.id, "name": "S90001"})

    def introduce(self, session, **said):
        return session._omnichannel_introduce(**said)

    def panel(self):
        return self.conversation().with_user(self.agent).get_customer_panel()

    def test_what_is_claimed_links_nothing(self):
        session = self.come()
        refused = self.introduce(
            session, name="Karin", email="Karin@Example.com", order="S90001", consent=True
        )
        self.assertEqual(refused, [])
        self.say(session, "Where is it?")
        self.work()
        conversation = self.conversation()
        self.assertFalse(conversation.partner_id)
        self.assertFalse(conversation.order_ids)
        self.assertEqual(conversation.claimed_order_refs, "S90001")
        [identity] = self.panel()["identities"]
        self.assertEqual(identity["name"], "Karin")
        self.assertEqual(
            identity["introduction"], {"said": ["karin@example.com", "S90001"], "is_proven": False}
        )
        self.assertEqual([c["name"] for c in identity["candidates"]], ["Karin Klant"])
        self.assertEqual(self.panel()["orders"], [])

    def test_later_than_the_first_message(self):
        session = self.come()
        self.say(session, "Hello?")
        self.work()
        self.introduce(session, phone="+31 6 12345678", order="S90001", consent=True)
        self.work()
        self.assertEqual(self.conversation().claimed_order_refs, "S90001")
        self.assertEqual(self.conversation().identity_id.introduced_phone, "+31612345678")

    def test_without_consent_the_name_alone_is_kept(self):
        session = self.come()
        self.introduce(session, name="Karin", email="karin@example.com", phone="+31612345678", order="S90001")
        self.say(session, "Hello?")
        self.work()
        identity = self.conversation().identity_id
        self.assertEqual(identity.name, "Karin")
        [shown] = self.panel()["identities"]
        self.assertIs(shown["introduction"], False)
        bodies = self.env["omnichannel.event"].search([("channel_id", "=", self.channel.id)]).mapped("body")
        written = b"".join(base64.b64decode(body) for body in bodies)
        self.assertIn(b"Hello?", written)
        self.assertNotIn(b"karin@example.com", written)

    def test_nothing_opens_by_it(self):
        session = self.come()
        self.introduce(session, email="karin@example.com", consent=True)
        self.work()
        self.assertFalse(self.env["omnichannel.conversation"].search([("channel_id", "=", self.channel.id)]))

    def test_what_cannot_be_meant_is_refused(self):
        session = self.come()
        for name, value in (
            ("email", "nobody"),
            ("email", "x" * 5000 + "@example.com"),
            ("email", ["karin@example.com"]),
            ("phone", "12"),
            ("phone", {"a": 1}),
            ("order", "' OR 1=1"),
            ("order", "S" * 500 + "1"),
            ("order", "no number"),
        ):
            with self.subTest(name=name, value=value):
                self.assertEqual(self.introduce(session, consent=True, **{name: value}), [name])
        self.introduce(session, name="x" * 4000, consent=True)
        self.introduce(session, name=7, consent=True)
        self.assertFalse(self.env["omnichannel.event"].search([("channel_id", "=", self.channel.id)]))

    def test_the_answer_does_not_tell_what_exists(self):
        session = self.come()
        self.assertEqual(
            self.introduce(session, order="S90001", consent=True),
            self.introduce(session, order="S99999", consent=True),
        )
        self.say(session, "Where is it?")
        self.work()
        self.assertFalse(self.conversation().order_ids)

    def test_their_own_order_is_tied(self):
        new_test_user(
            self.env, "karin_chat", "base.group_portal", partner_id=self.customer.id, password="karin_chat"
        )
        session = self.come("karin_chat")
        self.introduce(session, order="S90001", consent=True)
        self.say(session, "Where is it?")
        self.work()
        self.assertEqual(self.conversation().order_ids, self.order)

    def test_an_agent_sees_no_candidate_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.customer.company_id = other
        session = self.come()
        self.introduce(session, email="karin@example.com", consent=True)
        self.say(session, "Hello?")
        self.work()
        new_test_user(self.env, "both", AGENT, company_ids=[(6, 0, (self.env.company | other).ids)])
        self.assertEqual(self.panel()["identities"][0]["candidates"], [])
