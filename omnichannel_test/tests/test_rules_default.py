"""The rules that come with the app, each switched on as an administrator would, and what customers read."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .test_rules_time import NOON, TimeCase


@tagged("post_install", "-at_install")
class TestDefaultRules(TimeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create({"name": "Bell", "type": "service", "list_price": 12})

    @classmethod
    def remove_rules(cls):
        """They are what this is about."""

    def switch_on(self, name):
        rule = self.env.ref(f"omnichannel_inbox.{name}")
        self.assertFalse(rule.active, "it comes switched off")
        self.env["omnichannel.rule.start"].create({"rule_id": rule.id}).action_leave_out()
        rule.team_id = self.team
        return rule

    def order(self):
        return self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "commitment_date": "2026-07-09 10:00:00",
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )

    def told(self):
        """What the customer was told by itself, oldest first."""
        rows = self.env["omnichannel.message"].search([("automatic", "=", "rule")], order="id")
        return rows.mapped("body")

    def told_of_confirmed_order(self):
        """(a confirmed order of a customer who wrote, what the customer is told about it)"""
        self.hear_at(NOON, "Hello")
        self.switch_on("rule_tell_order_confirmed")
        order = self.order()
        with self.at(NOON):
            order.action_confirm()
            self.run_rules()
        [text] = self.told()
        return order, text

    def test_all_come_switched_off(self):
        rules = self.env["omnichannel.rule"].with_context(active_test=False).search([])
        self.assertGreater(len(rules), 5)
        self.assertFalse(rules.filtered("active"))

    def test_order_confirmed(self):
        order, text = self.told_of_confirmed_order()
        self.assertIn(f"Hello Karin Klant, thank you for your order {order.name}.", text)
        self.assertIn("07/09/2026", text)

    def test_in_dutch(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.env["ir.module.module"]._load_module_terms(["omnichannel_inbox"], ["nl_NL"])
        self.partner.lang = "nl_NL"
        order, text = self.told_of_confirmed_order()
        self.assertIn(f"Hallo Karin Klant, bedankt voor je bestelling {order.name}.", text)
        self.assertIn("09-07-2026", text)

    def test_how_was_it(self):
        rule = self.switch_on("rule_tell_how_was_it")
        with self.at(NOON):
            order = self.order()
            order.action_confirm()
            self.run_rules()
        later = NOON + timedelta(days=14)
        self.ring(later - timedelta(minutes=1))
        self.assertFalse(rule.run_ids)
        self.hear_at(later - timedelta(hours=1), "Hello again")
        self.ring(later)
        self.assertIn(f"you ordered {order.name} from us", self.told()[0])

    def test_invoice_overdue(self):
        self.switch_on("rule_tell_invoice_overdue")
        with self.at(NOON - timedelta(days=30)):
            invoice = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.partner.id,
                    "invoice_date": "2026-06-01",
                    "invoice_date_due": "2026-06-27",
                    "invoice_line_ids": [
                        Command.create({"name": "Bell", "price_unit": 10, "tax_ids": False})
                    ],
                }
            )
            invoice.action_post()
            self.run_rules()
        self.hear_at(NOON, "Hello")
        self.ring(NOON)
        [text] = self.told()
        self.assertIn(f"invoice {invoice.name} was due on 06/27/2026, and", text)
        self.assertIn("10.00", text)

    def test_nobody_answers(self):
        self.switch_on("rule_nobody_answers")
        conversation = self.hear_at(NOON, "Hello?")
        self.ring(NOON + timedelta(hours=4))
        self.assertEqual(conversation.priority, "3")

    def test_quiet_ones_are_closed(self):
        self.switch_on("rule_close_quiet")
        conversation = self.hear_at(NOON, "Hello?")
        self.answer_at(NOON, conversation)
        self.ring(NOON + timedelta(days=13))
        self.assertNotEqual(conversation.state, "closed")
        self.ring(NOON + timedelta(days=14))
        self.assertEqual(conversation.state, "closed")

    def test_a_customer_who_cannot_be_reached(self):
        """Nothing is sent, the rule goes on, and its log says why."""
        rule = self.switch_on("rule_tell_order_confirmed")
        partner = self.env["res.partner"].create({"name": "Unreachable"})
        order = self.env["sale.order"].create({"partner_id": partner.id})
        order.action_confirm()
        self.run_rules()
        self.assertEqual((self.told(), rule.state), ([], "running"))
        self.assertTrue(rule.run_ids.held_back)


@tagged("post_install", "-at_install")
class TestPlaceholders(TimeCase):
    def test_without_what_they_are_about(self):
        conversation = self.hear_at(fields.Datetime.now(), "Hello")
        text = "{order}|{expected_date}|{invoice}|{due_date}|{nonsense}"
        self.assertEqual(conversation._fill_in(text, conversation.identity_id), "||||{nonsense}")

    def test_the_link_to_the_order(self):
        conversation = self.hear_at(fields.Datetime.now(), "Hello")
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        text = conversation._with_about(order)._fill_in("{order_link}", conversation.identity_id)
        self.assertIn(f"/my/orders/{order.id}?access_token={order.access_token}", text)

    def test_a_deleted_order(self):
        conversation = self.hear_at(fields.Datetime.now(), "Hello")
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        about = conversation._with_about(order)
        self.assertEqual(about._fill_in("{order}", conversation.identity_id), order.name)
        order.unlink()
        self.assertEqual(about._fill_in("{order}", conversation.identity_id), "")
