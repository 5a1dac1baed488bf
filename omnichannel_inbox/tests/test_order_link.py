from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.mail.tests.common import mail_new_test_user
from odoo.addons.sale.tests.common import SaleCommon


@tagged("-at_install", "post_install")
class TestOrderLink(SaleCommon):
    """Which orders a conversation is tied to, by what its customer writes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["omnichannel.team"].create({"name": "Links"})
        cls.customer = cls.env["res.partner"].create(
            {"name": "Ann Buyer", "email": "ann@example.com", "phone": "+1 202-555-0101"}
        )
        cls.stranger = cls.env["res.partner"].create({"name": "Somebody Else"})

    def conversation(self, partner=None, **values):
        return self.env["omnichannel.conversation"].create(
            {"partner_id": partner and partner.id, "team_id": self.team.id, **values}
        )

    def order(self, partner=None, **values):
        return self._create_so(partner_id=(partner or self.customer).id, **values)

    def write_in(self, conversation, *texts):
        self.env["omnichannel.conversation"]._tie_orders({conversation: list(texts)})

    # -- named -------------------------------------------------------------

    def test_named_order_of_the_sender(self):
        order, other = self.order(), self.order(state="sent")
        conversation = self.conversation(self.customer)
        self.write_in(conversation, f"Where is {order.name}?")
        self.assertEqual(conversation.order_ids, order, "The one that was named, not the open one")
        self.write_in(conversation, None, "", f"and {other.name.lower()}, please")
        self.assertEqual(conversation.order_ids, order | other)
        self.assertFalse(conversation.claimed_order_refs)

    def test_named_among_punctuation(self):
        order = self.order(name="SO/2026-07/0012")
        for text in (
            "(SO/2026-07/0012)",
            "order:SO/2026-07/0012.",
            "#SO/2026-07/0012!",
            "a\nSO/2026-07/0012\nb",
        ):
            with self.subTest(text):
                conversation = self.conversation(self.customer)
                self.write_in(conversation, text)
                self.assertEqual(conversation.order_ids, order)

    def test_part_of_a_longer_word_is_no_number(self):
        order = self.order(name="4711")
        conversation = self.conversation(self.customer)
        self.write_in(conversation, "47110 x4711 4711-9 https://example.com/4711/a")
        self.assertFalse(conversation.order_ids & order)

    def test_stranger_learns_and_ties_nothing(self):
        order = self.order()
        for sender in (self.stranger, None):
            conversation = self.conversation(sender)
            self.write_in(conversation, f"Change the address of {order.name}")
            self.assertFalse(conversation.order_ids)
            self.assertEqual(conversation.claimed_order_refs, order.name)
            self.assertNotIn(self.customer.name, str(conversation.message_ids.mapped("body")))

    def test_claims_add_up_and_are_verified_with_the_customer(self):
        order, foreign = self.order(), self.order(self.stranger)
        conversation = self.conversation()
        self.write_in(conversation, order.name)
        self.write_in(conversation, f"{foreign.name} {order.name}")
        self.assertEqual(conversation.claimed_order_refs, f"{order.name}, {foreign.name}")
        conversation._change_customer(self.customer)
        self.assertEqual(conversation.order_ids, order)
        self.assertEqual(conversation.claimed_order_refs, foreign.name)

    def test_unknown_number_is_nothing(self):
        conversation = self.conversation(self.customer)
        self.write_in(conversation, "S99999999 and 2026-11-25")
        self.assertFalse(conversation.order_ids)
        self.assertFalse(conversation.claimed_order_refs)

    def test_colleague_in_the_same_firm(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        buyer, asker = self.env["res.partner"].create(
            [{"name": "Buyer", "parent_id": firm.id}, {"name": "Asker", "parent_id": firm.id}]
        )
        order = self.order(buyer)
        conversation = self.conversation(asker)
        self.write_in(conversation, order.name)
        self.assertEqual(conversation.order_ids, order)

    def test_guest_who_checked_out_twice(self):
        again = self.customer.copy({"email": "ANN@example.com", "phone": "+12025550101"})
        order = self.order(again, state="sent")
        conversation = self.conversation(self.customer)
        self.write_in(conversation, "hello")
        self.assertEqual(conversation.order_ids, order)

    def test_same_number_alone_is_not_the_same_customer(self):
        flatmate = self.customer.copy({"email": "bob@example.com", "phone": self.customer.phone})
        order = self.order(flatmate, state="sent")
        conversation = self.conversation(self.customer)
        self.write_in(conversation, order.name)
        self.assertFalse(conversation.order_ids)

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "company_id": company.id, "state": "sent"}
        )
        conversation = self.conversation(self.customer)
        self.write_in(conversation, f"hello {order.name}")
        self.assertFalse(conversation.order_ids)
        self.assertFalse(conversation.claimed_order_refs)

    # -- not named ---------------------------------------------------------

    def test_the_only_open_order(self):
        open_order = self.order(state="sent")
        self.order()
        self.order()._action_cancel()
        conversation = self.conversation(self.customer)
        self.write_in(conversation, "Where is my parcel?")
        self.assertEqual(conversation.order_ids, open_order, "Drafts and cancelled ones are not open")

    def test_several_open_orders(self):
        self.order(state="sent")
        self.order().action_confirm()
        conversation = self.conversation(self.customer)
        self.write_in(conversation, "Where is my parcel?")
        self.assertFalse(conversation.order_ids)

    def test_tied_one_stays(self):
        first = self.order()
        conversation = self.conversation(self.customer, order_ids=[Command.link(first.id)])
        self.order(state="sent")
        self.write_in(conversation, "Thanks")
        self.assertEqual(conversation.order_ids, first)

    def test_naming_the_same_again(self):
        order = self.order()
        conversation = self.conversation(self.customer)
        self.write_in(conversation, order.name)
        self.write_in(conversation, order.name, order.name)
        self.assertEqual(conversation.order_ids, order)

    # -- cost --------------------------------------------------------------

    def test_queries_do_not_grow_with_the_batch(self):
        def cost(size):
            partners = self.env["res.partner"].create([{"name": f"Customer {i}"} for i in range(size)])
            orders = self.env["sale.order"].create([{"partner_id": partner.id} for partner in partners])
            named, silent = orders[: size // 2], orders[size // 2 :]
            silent.state = "sent"
            texts = {self.conversation(order.partner_id): [f"about {order.name}"] for order in named}
            texts |= {self.conversation(order.partner_id): ["hello"] for order in silent}
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["omnichannel.conversation"]._tie_orders(texts)
            queries = self.env.cr.sql_log_count - before
            for conversation in texts:
                self.assertEqual(len(conversation.order_ids), 1)
            return queries

        few, many = cost(4), cost(80)
        self.assertLessEqual(many, few + 2)
        self.assertLessEqual(many, 14)

    # -- from the record ---------------------------------------------------

    def test_started_from_the_order(self):
        agent = mail_new_test_user(
            self.env,
            login="link_agent",
            groups="omnichannel_inbox.group_omnichannel_agent,sales_team.group_sale_salesman_all_leads",
        )
        self.team.member_ids = agent
        order = self.order().with_user(agent)
        action = order.action_start_conversation()
        conversation = self.env["omnichannel.conversation"].browse(action["res_id"])
        self.assertRecordValues(
            conversation,
            [
                {
                    "partner_id": self.customer.id,
                    "order_ids": order.ids,
                    "team_id": self.team.id,
                    "user_id": agent.id,
                    "state": "open",
                }
            ],
        )
        self.assertEqual(order.conversation_count, 1)
        found = self.env["omnichannel.conversation"].search(order.action_open_conversations()["domain"])
        self.assertEqual(found, conversation)
        partner = self.customer.with_user(agent)
        self.assertEqual(partner.conversation_count, 1)
        self.assertIn(
            conversation,
            self.env["omnichannel.conversation"].search(partner.action_open_conversations()["domain"]),
        )

    def test_started_only_by_who_may_read_the_order(self):
        own_only = mail_new_test_user(self.env, login="link_own", groups="sales_team.group_sale_salesman")
        order = self.order(user_id=self.env.ref("base.user_admin").id)
        with self.assertRaises(AccessError):
            self.env["omnichannel.conversation"].with_user(own_only).start_for_record("sale.order", order.id)
        with self.assertRaises(UserError):
            self.env["omnichannel.conversation"].start_for_record("res.users", self.env.uid)

    def test_counts_are_for_those_who_may_read(self):
        nobody = mail_new_test_user(self.env, login="link_nobody", groups="base.group_user")
        self.conversation(self.customer)
        self.assertEqual(self.customer.with_user(nobody).conversation_count, 0)
        self.assertEqual(self.customer.conversation_count, 1)
