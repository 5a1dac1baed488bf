import re

from odoo.tests import tagged

from .common import LivechatCase


@tagged("post_install", "-at_install")
class TestVerification(LivechatCase):
    """A visitor shows that an order is theirs, and one who guesses gets nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create({"name": "Karin Klant", "email": "karin@example.com"})
        cls.order = cls.env["sale.order"].create({"partner_id": cls.customer.id, "name": "S90001"})

    def say(self, session, text, **values):
        """As the widget does: what is no comment is not shown to the visitor."""
        return super().say(session, text, subtype_xmlid="mail.mt_comment", **values)

    def heard(self, session):
        """What the visitor has got, as their widget fetches it."""
        data = self.make_jsonrpc_request("/discuss/channel/messages", {"channel_id": session.id})
        messages = sorted(data["data"]["mail.message"], key=lambda message: message["id"])
        return [str(message["body"]) for message in messages]

    def test_by_the_code(self):
        session = self.come()
        self.say(session, "Where is S90001?")
        self.work()
        conversation = self.conversation()
        conversation.with_user(self.agent).action_send_code("S90001")
        mail = self.env["mail.mail"].search([("email_to", "=", "karin@example.com")])
        code = re.search(r"<p>(\d{6})", mail.body_html)[1]
        self.work()
        self.assertIn("We have sent a code", self.heard(session)[-1])
        self.say(session, f"{(int(code) + 1) % 10**6:06}")
        self.work()
        self.work()
        self.assertIn("Attempts left: 4", self.heard(session)[-1])
        self.assertFalse(conversation.order_ids)
        self.say(session, code)
        self.work()
        self.work()
        self.assertIn("the code is right", self.heard(session)[-1])
        self.assertEqual(conversation.order_ids, self.order)
        self.assertEqual(conversation.partner_id, self.customer)
        self.assertNotIn("karin", " ".join(self.heard(session)).lower())

    def test_who_guesses_numbers_of_orders_gets_the_same(self):
        answers = {}
        for number in ("S90001", "S99999"):
            session = self.come()
            refused = session._omnichannel_introduce(order=number, consent=True)
            self.say(session, f"My order is {number}")
            self.work()
            bodies = [body.replace(number, "…") for body in self.heard(session)]
            answers[number] = refused, bodies
        self.assertEqual(*answers.values())

    def test_who_guesses_codes_unasked_gets_nothing(self):
        session = self.come()
        self.say(session, "Where is S90001?")
        for number in range(3):
            self.say(session, f"{number:06}")
        self.work()
        self.assertFalse(self.conversation().order_ids)
        self.assertEqual(len(self.heard(session)), 4)
