"""Rules about deliveries, set off by what people do in Inventory."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import DeliveryCase


@tagged("post_install", "-at_install")
class TestDeliveryRules(DeliveryCase):
    def rule(self, trigger, **values):
        return self.env["omnichannel.rule"].create(
            {"name": trigger, "trigger": trigger, "team_id": self.team.id, **values}
        )

    def run_rules(self):
        """What happens when the transaction ends, and in the jobs afterwards."""
        self.env.cr.flush()
        self.env["omnichannel.rule.timer"]._ring_batch()
        while self.env["omnichannel.signal"]._run_batch():
            self.env.cr.flush()
            self.env["omnichannel.rule.timer"]._ring_batch()

    def assertRan(self, rule, times=1):
        self.run_rules()
        self.assertEqual(rule.state, "running", rule.error)
        self.assertEqual(rule.run_count, times)
        if times:
            self.assertEqual(rule.run_ids.conversation_id.order_ticket_id, self.order)

    def stock(self, quantity):
        """Put some into the warehouse."""
        place = self.picking.location_id
        self.env["stock.quant"]._update_available_quantity(self.product, place, quantity)

    def order_two(self):
        """The order is about two of them."""
        self.order.order_line.product_uom_qty = 2
        self.assertEqual(self.picking.move_ids.product_uom_qty, 2)

    def test_ready(self):
        rule = self.rule("delivery_ready")
        self.assertRan(rule, 0)
        self.stock(1)
        self.picking.action_assign()
        self.assertEqual(self.picking.state, "assigned")
        self.assertRan(rule)
        # Looked at again, it is no news.
        self.picking.action_assign()
        self.assertRan(rule)

    def test_ready_at_once(self):
        """What is in stock is ready when the order is confirmed."""
        rule = self.rule("delivery_ready")
        self.stock(5)
        self.order = self.order.copy()
        self.order.action_confirm()
        self.assertRan(rule)

    def test_done(self):
        done, late = self.rule("delivery_done"), self.rule("delivery_late", delay=1, delay_unit="days")
        self.validate(self.picking)
        self.assertRan(done)
        self.assertFalse(late.run_ids)

    def test_done_by_somebody_who_sees_no_orders(self):
        rule = self.rule("delivery_done")
        packer = new_test_user(self.env, "omni_packer", "base.group_user,stock.group_stock_user")
        self.picking.move_ids.write({"quantity": 1, "picked": True})
        self.picking.with_user(packer).button_validate()
        self.assertRan(rule)

    def test_some_days_after_it_left(self):
        rule = self.rule("delivery_done", delay=7, delay_unit="days")
        self.validate(self.picking)
        self.assertRan(rule, 0)
        rule.timer_ids.due = fields.Datetime.now() - timedelta(days=1)
        rule.timer_ids.since = fields.Datetime.now() - timedelta(days=8)
        self.assertRan(rule)

    def test_split(self):
        split, done = self.rule("delivery_split"), self.rule("delivery_done")
        self.order_two()
        self.picking.move_ids.write({"quantity": 1, "picked": True})
        wizard = self.picking.button_validate()
        self.assertRan(split, 0)
        Form.from_action(self.env, wizard).save().process()
        self.assertTrue(self.picking.backorder_ids)
        self.assertRan(split)
        self.assertRan(done)

    def test_return(self):
        rule = self.rule("return_received")
        self.validate(self.picking)
        wizard = self.env["stock.return.picking"].create({"picking_id": self.picking.id})
        wizard.product_return_moves.quantity = 1
        action = wizard.action_create_returns()
        back = self.env["stock.picking"].browse(action["res_id"])
        self.assertRan(rule, 0)
        back.move_ids.write({"quantity": 1, "picked": True})
        back.button_validate()
        self.assertEqual(back.state, "done")
        self.assertRan(rule)

    def test_late(self):
        rule = self.rule("delivery_late")
        self.order = self.order.copy({"commitment_date": fields.Datetime.now() + timedelta(days=3)})
        self.order.action_confirm()
        self.assertRan(rule, 0)
        [timer] = rule.timer_ids
        self.assertEqual(timer.due, self.order.commitment_date)
        # Another day is promised; that it is late is found out then.
        self.order.commitment_date = fields.Datetime.now() - timedelta(hours=1)
        self.assertRan(rule)
        self.run_rules()
        self.assertEqual(rule.run_count, 1)

    def test_late_some_days(self):
        rule = self.rule("delivery_late", delay=2, delay_unit="days")
        self.order.commitment_date = fields.Datetime.now() - timedelta(hours=1)
        self.assertRan(rule, 0)
        self.order.commitment_date = fields.Datetime.now() - timedelta(days=3)
        self.assertRan(rule)

    def test_what_left_in_time_is_not_late(self):
        rule = self.rule("delivery_late")
        self.order.commitment_date = fields.Datetime.now() + timedelta(days=3)
        self.run_rules()
        self.validate(self.picking)
        rule.timer_ids.due = fields.Datetime.now() - timedelta(hours=1)
        self.assertRan(rule, 0)
        self.assertFalse(rule.timer_ids)

    def test_what_a_supplier_sends_is_no_delivery(self):
        rules = [self.rule(trigger) for trigger in ("delivery_done", "return_received", "delivery_ready")]
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.picking.picking_type_id.warehouse_id.in_type_id.id,
                "partner_id": self.partner.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.picking.location_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 1,
                            "location_id": self.env.ref("stock.stock_location_suppliers").id,
                            "location_dest_id": self.picking.location_id.id,
                        }
                    )
                ],
            }
        )
        receipt.action_confirm()
        receipt.move_ids.write({"quantity": 1, "picked": True})
        receipt.button_validate()
        self.assertEqual(receipt.state, "done")
        self.run_rules()
        for rule in rules:
            self.assertFalse(rule.run_ids.filtered(lambda run: not run.conversation_id.order_ticket_id))

    def test_only_if(self):
        rule = self.rule("delivery_done", filter_domain="[('sale_id.amount_total', '>', 1000000)]")
        self.validate(self.picking)
        self.assertRan(rule, 0)

    def test_many_at_once_are_one_batch(self):
        self.rule("delivery_done")
        orders = self.order | self.order.copy() | self.order.copy()
        (orders - self.order).action_confirm()
        orders.picking_ids.move_ids.write({"quantity": 1, "picked": True})
        self.env.cr.flush()
        signals = self.env.registry["omnichannel.signal"]
        with patch.object(signals, "create", autospec=True, side_effect=signals.create) as create:
            orders.picking_ids.button_validate()
            self.env.cr.flush()
        [call] = create.mock_calls
        self.assertEqual(len(call.args[1]), 3)

    def test_nobody_listens(self):
        self.env["omnichannel.rule"]._listened_kinds()
        field = self.picking._fields["state"]
        before = self.env.cr.sql_log_count
        self.assertEqual(self.picking._omnichannel_before(field), {})
        self.assertEqual(self.env.cr.sql_log_count, before)
        self.validate(self.picking)
        self.env.cr.flush()
        self.assertFalse(self.env["omnichannel.signal"].search([]))

    def test_tried_on_a_delivery(self):
        rule = self.rule("delivery_done", filter_domain="[('state', '=', 'done')]")
        test = self.env["omnichannel.rule.test"].create({"rule_id": rule.id})
        with Form(test) as form:
            form.picking_id = self.picking
            self.assertFalse(form.would_run)
        self.validate(self.picking)
        with Form(test) as form:
            form.picking_id = self.picking
            self.assertTrue(form.would_run, form.outcome)

    def test_what_fits_already_is_left_out_or_told(self):
        self.validate(self.picking)
        rule = self.rule("delivery_done", active=False)
        self.assertGreaterEqual(rule._count_existing(), 1)
        late = self.rule("delivery_late", active=False)
        count = late._count_existing()
        self.order = self.order.copy({"commitment_date": fields.Datetime.now() - timedelta(days=3)})
        self.order.action_confirm()
        self.assertEqual(late._count_existing(), count + 1)

    # -- the rules that come with the add-on ---------------------------------------

    def switch_on(self, name, lang="en_US"):
        """One of the rules that come switched off; its customer can be written to."""
        rule = self.env.ref(f"omnichannel_sale_stock.{name}")
        self.assertFalse(rule.active)
        self.env["omnichannel.channel"].search([]).state = "connected"
        self.partner.lang = lang
        rule.write({"active": True, "team_id": self.team.id})
        return rule

    def told(self):
        rows = self.env["omnichannel.message"].search([("automatic", "=", "rule")], order="id")
        return rows.mapped("body")

    def test_the_customer_hears_that_it_is_on_its_way(self):
        rule = self.switch_on("rule_tell_shipped")
        self.validate(self.picking)
        self.assertRan(rule)
        [text] = self.told()
        self.assertIn(f"your order {self.order.name} is on its way. Is anything", text)

    def tracked(self, url, number):
        """What the customer is told when this delivery leaves with a carrier."""
        # Odoo's add-on for carriers, on which ours does not depend: see tests/lib/environment.py.
        self.assertIn("carrier_tracking_url", self.picking._fields)
        product = self.env["product.product"].create({"name": "Shipping", "type": "service"})
        self.picking.carrier_id = self.env["delivery.carrier"].create(
            {"name": "Parcels", "product_id": product.id, "tracking_url": url}
        )
        self.picking.carrier_tracking_ref = number
        self.assertRan(self.switch_on("rule_tell_shipped"), 0)
        self.validate(self.picking)
        self.run_rules()
        [text] = self.told()
        return text

    def test_the_customer_can_follow_it(self):
        text = self.tracked("https://parcels.example/<shipmenttrackingnumber>", "3SABC")
        self.assertIn("is on its way. Follow it here: https://parcels.example/3SABC Is anything", text)

    def test_the_customer_can_follow_several_parcels(self):
        """As carriers of Odoo Enterprise say it."""
        url = '[["One", "https://parcels.example/1"], ["Two", "https://parcels.example/2"]]'
        text = self.tracked(url, "1,2")
        self.assertIn("Follow it here: https://parcels.example/1 https://parcels.example/2 Is", text)

    def test_a_carrier_without_a_page_has_a_number(self):
        text = self.tracked(False, "3SABC")
        self.assertIn("is on its way. Its number at the carrier is 3SABC. Is anything", text)

    def test_a_parcel_without_a_number_is_not_followed(self):
        text = self.tracked("https://parcels.example/<shipmenttrackingnumber>", False)
        self.assertIn("is on its way. Is anything", text)

    def test_the_customer_hears_that_it_is_late(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        rule = self.switch_on("rule_tell_late", "nl_NL")
        self.order.commitment_date = "2026-01-05 12:00:00"
        self.assertRan(rule)
        [text] = self.told()
        self.assertIn("05-01-2026", text)
        self.assertIn(self.order.name, text)
        self.assertNotIn("{", text)
        self.assertEqual(rule.run_ids.conversation_id.state, "open", "a colleague looks at it")

    def test_the_customer_is_asked_a_week_later(self):
        rule = self.switch_on("rule_tell_how_was_it")
        self.validate(self.picking)
        self.assertRan(rule, 0)
        [timer] = rule.timer_ids
        self.assertEqual(timer.due - timer.since, timedelta(days=7))
        timer.write({"since": timer.since - timedelta(days=7), "due": timer.due - timedelta(days=7)})
        self.assertRan(rule)
        self.assertIn(f"your order {self.order.name} left a week ago", self.told()[0])
