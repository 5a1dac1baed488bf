"""What rules cost those who work: orders that are confirmed, imported, or confirmed by the hundred."""

from unittest.mock import patch

from odoo.tests import tagged

from .test_rules import RuleCase


@tagged("post_install", "-at_install")
class TestRuleQueries(RuleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create({"name": "Bell", "type": "service"})

    def orders(self, count):
        return self.env["sale.order"].create(
            [{"partner_id": self.partner.id, "order_line": [(0, 0, {"product_id": self.product.id})]}] * count
        )

    def queries(self, call):
        """How many queries a call takes, with all that it leaves to be written."""
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        call()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def twenty_rules(self):
        for number in range(20):
            self.rule("order_confirmed", filter_domain=f"[('client_order_ref', '=', 'none {number}')]")

    def test_a_confirmation_with_twenty_rules_that_do_not_match(self):
        self.orders(1).action_confirm()
        without = self.queries(self.orders(1).action_confirm)
        self.twenty_rules()
        self.env["omnichannel.rule"]._listened_kinds()
        order = self.orders(1)
        self.assertLessEqual(self.queries(order.action_confirm) - without, 3)
        signal = self.env["omnichannel.signal"].search([])
        self.assertRecordValues(signal, [{"kind": "order_confirmed", "res_id": order.id}])
        self.run_rules()
        self.assertFalse(self.env["omnichannel.conversation"].search([("order_ticket_id", "=", order.id)]))

    def batches(self, call):
        """How many signals each batch had that a call wrote."""
        written, model = [], self.env.registry["omnichannel.signal"]
        create = model.create

        def count(signals, vals_list):
            written.append(len(vals_list))
            return create(signals, vals_list)

        with patch.object(model, "create", count):
            call()
        return written

    def test_five_hundred_are_confirmed_at_once(self):
        self.twenty_rules()
        orders = self.orders(500)
        self.assertEqual(self.batches(orders.action_confirm), [500])

    def test_a_thousand_are_imported(self):
        self.rule("order_confirmed", include_imported=True)
        customer = self.env["res.partner"].create({"name": "Imported customer"})
        rows = [[f"IMPORT{number}", customer.name, "sale"] for number in range(1000)]
        done = []
        written = self.batches(
            lambda: done.append(self.env["sale.order"].load(["name", "partner_id", "state"], rows))
        )
        self.assertEqual(len(done[0]["ids"]), 1000, done[0]["messages"][:1])
        self.assertEqual(written, [1000])
