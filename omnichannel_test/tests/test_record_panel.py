from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.omnichannel_inbox.models.omnichannel_conversation_news import CUSTOMER_SUBCHANNEL
from odoo.addons.omnichannel_inbox.tests.common import OmnichannelUsers

from .common import OmnichannelCase

CONVERSATION = "omnichannel.conversation"


@tagged("post_install", "-at_install")
class TestRecordPanel(OmnichannelUsers, OmnichannelCase):
    """What the forms of orders and customers show, and who begins a conversation from there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.env["sale.order"].create({"partner_id": cls.partner.id, "user_id": cls.seller.id})

    def conversations(self, user):
        return self.env[CONVERSATION].with_user(user)

    def count(self, user, record):
        return self.conversations(user).get_count_for_record(record._name, record.id)

    def customer_writes(self, text):
        return self.receive(self.text(text, at=fields.Datetime.now().isoformat())).conversation_id

    # -- the button ----------------------------------------------------------

    def test_the_button_counts_what_the_panel_shows(self):
        conversation = self.customer_writes(f"Where is {self.order.name}?")
        self.assertEqual(conversation.order_ids, self.order)
        found = self.count(self.seller, self.order)
        self.assertEqual((found["count"], found["unread"]), (1, 1))
        shown = self.conversations(self.seller).get_for_record("sale.order", self.order.id)
        self.assertEqual([c["id"] for c in shown["conversations"]], conversation.ids)
        conversation.with_user(self.seller).action_mark_read()
        self.assertEqual(self.count(self.seller, self.order)["unread"], 0)

    def test_it_is_of_no_use_to_who_may_not_read_the_order(self):
        self.order.user_id = self.seller_all
        with self.assertRaises(AccessError):
            self.count(self.seller, self.order)

    def test_the_customers_other_conversations_come_last(self):
        other = self.customer_writes("Hello")
        other.with_user(self.agent).action_close()
        about = self.env[CONVERSATION].create(
            {"partner_id": self.partner.id, "team_id": self.team.id, "order_ids": [(4, self.order.id)]}
        )
        other.order_ids = False
        Conversation = self.conversations(self.seller_all)
        found = Conversation.get_for_record("sale.order", self.order.id)
        self.assertEqual([c["id"] for c in found["conversations"]], about.ids)
        self.assertEqual(found["others"], 1)
        both = Conversation.get_for_record("sale.order", self.order.id, include_others=True)
        self.assertEqual(
            [(c["id"], c["is_tied"]) for c in both["conversations"]], [(about.id, True), (other.id, False)]
        )

    # -- live ------------------------------------------------------------------

    def test_ids_alone_are_told_to_the_customers_channel(self):
        told = []
        Listener = self.env.registry["res.partner"]
        self.patch(
            Listener, "_bus_send", lambda partner, *args, **options: told.append((partner, args, options))
        )
        conversation = self.customer_writes("A secret")
        self.env.cr.precommit.run()
        [(partner, (kind, payload), options)] = [one for one in told if one[0] == self.partner]
        self.assertEqual((kind, options["subchannel"]), ("omnichannel/update", CUSTOMER_SUBCHANNEL))
        self.assertEqual(payload["conversations"], conversation.ids)
        self.assertEqual(payload["customer"], partner.id)
        self.assertNotIn("secret", str(payload))

    # -- writing first -----------------------------------------------------------

    def test_a_salesperson_may_write_to_a_customer_who_is_nobodys(self):
        self.customer_writes("Hello")
        self.partner.user_id = False
        conversation = self.conversations(self.seller).browse(
            self.conversations(self.seller).start_for_record("res.partner", self.partner.id)
        )
        self.assertEqual(conversation.user_id, self.seller)
        self.answer(conversation, "Good morning", user=self.seller)
        self.assertEqual(conversation.sudo().ledger_ids.body, "Good morning")

    def test_who_hands_a_conversation_over_does_not_keep_it(self):
        self.partner.user_id = False
        start = self.conversations(self.seller).start_for_record
        conversation = self.conversations(self.seller).browse(start("res.partner", self.partner.id))
        conversation.sudo().user_id = self.agent
        with self.assertRaises(AccessError):
            conversation.read(["subject"])

    def test_one_that_was_begun_and_left_is_taken_up_again(self):
        self.customer_writes("Hello")
        start = self.conversations(self.seller).start_for_record
        first = start("sale.order", self.order.id)
        self.assertEqual(start("sale.order", self.order.id), first)
        self.assertNotEqual(start("res.partner", self.partner.id), first, "not about the order")
        self.assertNotEqual(
            self.conversations(self.seller_all).start_for_record("sale.order", self.order.id), first
        )
        self.answer(self.env[CONVERSATION].browse(first), "Good morning", user=self.seller)
        self.assertNotEqual(start("sale.order", self.order.id), first)


@tagged("post_install", "-at_install")
class TestRecordPanelLive(OmnichannelUsers, HttpCase, OmnichannelCase):
    """Who has a customer before them hears of a conversation that begins."""

    def heard(self, user):
        """What the bus tells a user who names the customer as what they want to hear of."""
        self.authenticate(user.login, user.login)
        names = [f"omnichannel.customer_{self.partner.id}"]
        answer = self.make_jsonrpc_request(
            "/websocket/peek_notifications", {"channels": names, "last": 0, "is_first_poll": True}
        )
        payloads = [notification["message"]["payload"] for notification in answer["notifications"]]
        return [payload for payload in payloads if payload.get("customer") == self.partner.id]

    def test_who_hears_of_it(self):
        self.receive(self.text("Hello", at=fields.Datetime.now().isoformat()))
        self.env.cr.precommit.run()
        for user, expected in (
            (self.seller, True), (self.outsider, True), (self.employee, False), (self.portal, False),
        ):  # fmt: skip
            self.assertEqual(bool(self.heard(user)), expected, user.login)
