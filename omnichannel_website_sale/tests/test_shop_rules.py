"""Rules about the web shop. What a visitor does in it is in the outside tests (tests/test_webshop.py)."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.payment.tests.common import PaymentCommon

SELLER = "base.group_user,sales_team.group_sale_salesman_all_leads"


@tagged("post_install", "-at_install")
class TestShopRules(PaymentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["omnichannel.rule"].search([]).active = False
        cls.website = cls.env["website"].search([("company_id", "=", cls.env.company.id)], limit=1)
        cls.team = cls.env["omnichannel.team"].create({"name": "Service"})
        cls.customer = cls.env["res.partner"].create({"name": "Karin", "email": "karin@example.com"})
        cls.product = cls.env["product.product"].create({"name": "Bell", "list_price": 10})

    def rule(self, trigger, **values):
        return self.env["omnichannel.rule"].create(
            {"name": trigger, "trigger": trigger, "team_id": self.team.id, **values}
        )

    def cart(self, hours=0, **values):
        """A cart that was begun so many hours ago."""
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "website_id": self.website.id,
                "date_order": fields.Datetime.now() - timedelta(hours=hours),
                "order_line": [Command.create({"product_id": self.product.id})],
                **values,
            }
        )

    def run_rules(self):
        self.env.cr.flush()
        while self.env["omnichannel.signal"]._run_batch():
            self.env["omnichannel.rule.timer"]._ring_batch()
        self.env["omnichannel.rule.timer"]._ring_batch()
        while self.env["omnichannel.signal"]._run_batch():
            pass

    def assertRan(self, rule, times=1):
        self.run_rules()
        self.assertEqual(rule.state, "running", rule.error)
        self.assertEqual(rule.run_count, times)

    # -- carts that were left ----------------------------------------------------

    def test_a_cart_is_left(self):
        rule = self.rule("cart_left")
        self.website.cart_abandoned_delay = 10
        fresh, left = self.cart(), self.cart(hours=11)
        self.assertTrue(left.is_abandoned_cart)
        self.assertRan(rule)
        self.assertEqual(rule.run_ids.conversation_id.order_ticket_id, left)
        [timer] = rule.timer_ids
        self.assertEqual(timer.res_id, fresh.id)
        self.assertEqual(timer.due, fresh.date_order + timedelta(hours=10))
        # Looked at again, it is no news.
        self.run_rules()
        self.assertEqual(rule.run_count, 1)

    def test_some_days_after_it_was_left(self):
        rule = self.rule("cart_left", delay=2, delay_unit="days")
        self.website.cart_abandoned_delay = 10
        self.cart(hours=11)
        self.assertRan(rule, 0)
        self.cart(hours=59)
        self.assertRan(rule)

    def test_what_is_no_cart_that_somebody_left(self):
        rule = self.rule("cart_left")
        self.cart(hours=50, website_id=False)
        self.cart(hours=50, partner_id=self.website.partner_id.id)
        self.cart(hours=50, order_line=False)
        self.cart(hours=50).action_confirm()
        self.assertRan(rule, 0)
        self.assertFalse(rule.timer_ids)

    def test_a_guest_who_said_who_they_are(self):
        rule = self.rule("cart_left")
        cart = self.cart(hours=50, partner_id=self.website.partner_id.id)
        self.assertRan(rule, 0)
        cart.partner_id = self.customer
        self.assertRan(rule)

    def test_who_bought_it_after_all_is_left_alone(self):
        rule = self.rule("cart_left")
        cart = self.cart(hours=5)
        self.run_rules()
        cart.action_confirm()
        rule.timer_ids.due = fields.Datetime.now() - timedelta(hours=1)
        self.assertRan(rule, 0)

    def test_who_bought_with_another_cart_is_left_alone(self):
        rule = self.rule("cart_left")
        self.cart(hours=50)
        self.cart().action_confirm()
        self.assertRan(rule, 0)

    def test_what_was_left_before_the_rule_was_there(self):
        before = self.rule("cart_left", active=False)._count_existing()
        self.cart(hours=50)
        rule = self.rule("cart_left", active=False)
        self.assertEqual(rule._count_existing(), before + 1)

    def test_the_customer_is_asked_about_the_cart(self):
        rule = self.env.ref("omnichannel_website_sale.rule_tell_cart_left")
        self.assertFalse(rule.active)
        self.env["omnichannel.channel"].create(
            {
                "name": "Shop",
                "channel_type": "email",
                "address": "support@shop.example",
                "team_id": self.team.id,
                "state": "connected",
            }
        )
        rule.write({"active": True, "team_id": self.team.id})
        cart = self.cart(hours=50)
        self.assertRan(rule)
        [row] = self.env["omnichannel.message"].search([("automatic", "=", "rule")])
        self.assertIn(f"/shop/cart?id={cart.id}&access_token={cart.access_token}", row.body)
        self.assertTrue(cart.access_token)
        self.assertNotIn("{", row.body)

    # -- orders that are placed -----------------------------------------------------

    def test_placed_to_be_paid_by_wire(self):
        """Not confirmed yet: the money is on its way."""
        placed, confirmed = self.rule("web_order_placed"), self.rule("order_confirmed")
        cart = self.cart()
        transaction = self._create_transaction(
            "direct", sale_order_ids=[Command.set(cart.ids)], state="pending", amount=cart.amount_total
        )
        transaction._post_process()
        self.assertEqual(cart.state, "sent")
        self.assertRan(placed)
        self.assertFalse(confirmed.run_ids)
        # When it arrives, the order is confirmed, and not placed once more.
        transaction._set_done()
        transaction._post_process()
        self.assertEqual(cart.state, "sale")
        self.assertRan(confirmed)
        self.assertEqual(placed.run_count, 1)

    def test_placed_and_paid(self):
        placed = self.rule("web_order_placed")
        cart = self.cart()
        self._create_transaction(
            "direct", sale_order_ids=[Command.set(cart.ids)], state="done", amount=cart.amount_total
        )._post_process()
        self.assertEqual(cart.state, "sale")
        self.assertRan(placed)

    def test_what_a_colleague_does_is_not_placed_in_the_shop(self):
        rule = self.rule("web_order_placed")
        seller = new_test_user(self.env, "omni_shop_seller", SELLER)
        self.cart().with_user(seller).action_quotation_sent()
        self.cart().with_user(seller).action_confirm()
        self.cart(website_id=False).action_confirm()
        self.assertRan(rule, 0)

    def test_nobody_listens(self):
        self.cart(hours=50).action_confirm()
        self.assertFalse(self.env["omnichannel.signal"].search([]))
