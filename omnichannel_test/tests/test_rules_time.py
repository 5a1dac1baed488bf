"""Rules that act some time after something happened, at a set time, or on what is there already."""

from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.omnichannel_inbox.models.omnichannel_rule import MAX_DEPTH

from .test_rules import RuleCase

NOON = datetime(2026, 7, 1, 12)


class TimeCase(RuleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.partner_id.tz = "Europe/Amsterdam"

    @contextmanager
    def at(self, moment):
        """The clock of Python and of the transaction stands at ``moment``."""
        with freeze_time(moment), patch.object(self.env.cr, "now", lambda: moment):
            yield

    def ring(self, moment):
        """The job runs at ``moment``, and the rules with it."""
        with self.at(moment):
            for _batch in range(20):
                if not self.env["omnichannel.rule.timer"]._ring_batch():
                    break
            else:
                self.fail("the timers do not come to an end")
            self.run_rules()

    def hear_at(self, moment, *texts, **values):
        with self.at(moment):
            return self.hear(*texts, at=moment.isoformat(), **values)

    def answer_at(self, moment, conversation):
        with self.at(moment):
            self.answer(conversation)
            self.run_rules()

    def after(self, trigger, hours, *actions, **values):
        return self.rule(trigger, *actions, delay=hours, delay_unit="hours", **values)


@tagged("post_install", "-at_install")
class TestWaiting(TimeCase):
    def test_we_did_not_answer(self):
        rule = self.after("no_answer", 2)
        conversation = self.hear_at(NOON, "Hello?")
        self.hear_at(NOON + timedelta(hours=1), "Anybody there?")
        self.ring(NOON + timedelta(hours=1, minutes=59))
        self.assertFalse(rule.run_ids)
        # They wait since their first message. However late the job comes, it is not forgotten.
        self.ring(NOON + timedelta(hours=2))
        self.assertEqual(conversation.tag_ids, self.tag)
        self.assertRecordValues(rule.run_ids, [{"conversation_id": conversation.id, "reason": "no_answer"}])
        self.ring(NOON + timedelta(days=400))
        self.assertEqual(rule.run_count, 1, "once for each time that they wait")

    def test_however_late_the_job_comes(self):
        rule = self.after("no_answer", 2)
        self.hear_at(NOON, "Hello?")
        self.ring(NOON + timedelta(days=800))
        self.assertEqual(rule.run_count, 1)

    def test_messages_that_come_together(self):
        rule = self.after("message_received", 1)
        with self.at(NOON):
            for text in ("Hello?", "Are you there?"):
                self.receive(self.text(text))
            self.run_rules()
        self.ring(NOON + timedelta(hours=1))
        self.assertEqual(rule.run_count, 1)

    def test_we_answered_in_time(self):
        rule = self.after("no_answer", 2)
        conversation = self.hear_at(NOON, "Hello?")
        self.answer_at(NOON + timedelta(hours=1), conversation)
        self.ring(NOON + timedelta(hours=3))
        self.assertFalse(rule.run_ids)
        # They write again, and the time begins anew.
        self.hear_at(NOON + timedelta(hours=4), "Thank you, but…")
        self.ring(NOON + timedelta(hours=5))
        self.assertFalse(rule.run_ids)
        self.ring(NOON + timedelta(hours=6))
        self.assertEqual(rule.run_count, 1)

    def test_a_snoozed_conversation_is_looked_at_when_it_is_back(self):
        rule = self.after("no_answer", 2)
        conversation = self.hear_at(NOON, "Hello?")
        with self.at(NOON):
            conversation.action_snooze(str(NOON + timedelta(days=1)))
        self.ring(NOON + timedelta(hours=3))
        self.assertFalse(rule.run_ids)
        self.ring(NOON + timedelta(days=1))
        self.assertEqual(rule.run_count, 1)

    def test_the_customer_did_not_answer(self):
        rule = self.after("no_reply", 48)
        conversation = self.hear_at(NOON, "Hello?")
        self.answer_at(NOON + timedelta(hours=1), conversation)
        self.answer_at(NOON + timedelta(hours=2), conversation)
        self.ring(NOON + timedelta(hours=49))
        self.assertFalse(rule.run_ids, "the time begins with our last answer")
        self.ring(NOON + timedelta(hours=50))
        self.assertRecordValues(rule.run_ids, [{"reason": "no_reply"}])

    def test_the_customer_answered_or_the_conversation_is_closed(self):
        rule = self.after("no_reply", 48)
        conversation = self.hear_at(NOON, "Hello?")
        self.answer_at(NOON, conversation)
        self.hear_at(NOON + timedelta(hours=1), "Thank you")
        other = self.hear_at(NOON, "Hello", sender="+31611111111")
        self.answer_at(NOON, other)
        other.action_close()
        self.ring(NOON + timedelta(hours=50))
        self.assertFalse(rule.run_ids)

    def test_some_time_after_an_order(self):
        rule = self.after("order_confirmed", 24 * 5)
        orders = self.env["sale.order"].create([{"partner_id": self.partner.id}] * 2)
        with self.at(NOON):
            orders.action_confirm()
            self.run_rules()
        self.ring(NOON + timedelta(days=4, hours=23))
        self.assertFalse(rule.run_ids)
        orders[1]._action_cancel()
        self.ring(NOON + timedelta(days=5))
        ticket = self.env["omnichannel.conversation"].search([("order_ticket_id", "in", orders.ids)])
        self.assertEqual(ticket.order_ticket_id, orders[0], "the other one is cancelled")
        self.assertEqual(rule.run_ids.conversation_id, ticket)

    def test_what_was_written_is_known_when_it_rings(self):
        rule = self.after("message_received", 1, text_words="refund")
        self.hear_at(NOON, "I want a refund")
        self.hear_at(NOON, "Please")
        self.hear_at(NOON, "Hello", sender="+31611111111")
        self.ring(NOON + timedelta(hours=1))
        self.assertEqual(rule.run_count, 1)

    def test_a_deleted_record(self):
        rule = self.after("order_confirmed", 1)
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        with self.at(NOON):
            order.action_confirm()
            self.run_rules()
        order._action_cancel()
        order.unlink()
        self.ring(NOON + timedelta(hours=1))
        self.assertEqual((rule.state, rule.run_count, rule.timer_ids.ids), ("running", 0, []))

    def test_a_deleted_record_can_be_looked_at(self):
        """Administrators open the lists of what waits at any moment."""
        rule = self.after("order_confirmed", 1)
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        order.action_confirm()
        signal = self.env["omnichannel.signal"].search([])
        self.assertEqual(signal.record_name, order.display_name)
        self.run_rules()
        self.assertEqual(rule.timer_ids.record_name, order.display_name)
        signal = signal.create(
            {"kind": "order_confirmed", "res_model": "sale.order", "res_id": order.id, "company_id": 1}
        )
        order._action_cancel()
        order.unlink()
        self.env.invalidate_all()
        self.assertEqual(rule.timer_ids.record_name, "")
        self.assertEqual(signal.record_name, f"sale.order {signal.res_id}")

    def test_another_delay(self):
        rule = self.after("no_answer", 2)
        self.hear_at(NOON, "Hello?")
        rule.delay = 1
        self.ring(NOON + timedelta(hours=1))
        self.assertEqual(rule.run_count, 1)

    def test_one_that_is_broken_holds_up_no_other(self):
        broken = self.after("no_answer", 1)
        other = self.after("no_answer", 1)
        self.hear_at(NOON, "Hello?")
        self.env.cr.execute(
            "UPDATE omnichannel_rule SET filter_domain = '[(''nonsense'', ''='', 1)]' WHERE id = %s",
            [broken.id],
        )
        broken.invalidate_recordset()
        self.ring(NOON + timedelta(hours=1))
        self.assertEqual((broken.state, other.state, other.run_count), ("error", "running", 1))

    def test_a_circle_through_time_is_cut(self):
        """Two rules that undo what the other did, each an hour later."""
        conversation = self.hear_at(NOON, "Hello")
        rules = self.after(
            "state_changed",
            1,
            {"kind": "state", "state": "pending"},
            filter_domain="[('state', '=', 'open')]",
        ) | self.after(
            "state_changed",
            1,
            {"kind": "state", "state": "open"},
            filter_domain="[('state', '=', 'pending')]",
        )
        with self.at(NOON):
            conversation.action_pending()
            self.run_rules()
        for hour in range(1, 20):
            self.ring(NOON + timedelta(hours=hour))
        self.assertLessEqual(len(rules.run_ids), 2 * MAX_DEPTH)
        self.assertIn("in a circle", "".join(rules.filtered("error").mapped("error")))

    def test_settings_that_cannot_work(self):
        for values in (
            {"trigger": "no_answer", "delay": 0},
            {"trigger": "order_confirmed", "delay": -1},
            {"trigger": "scheduled"},
            {"trigger": "scheduled", "schedule_date": NOON, "schedule_number": 0},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.rule(values.pop("trigger"), **values)


@tagged("post_install", "-at_install")
class TestInvoices(TimeCase):
    def invoice(self, due):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_date": "2026-06-01",
                "invoice_date_due": due,
                "invoice_line_ids": [Command.create({"name": "Bell", "price_unit": 10})],
            }
        )
        invoice.action_post()
        self.run_rules()
        return invoice

    def test_overdue(self):
        rule = self.rule("invoice_overdue", delay=3, delay_unit="days")
        with self.at(NOON - timedelta(days=20)):
            self.invoice("2026-06-30")
        # Due until the 30th has ended; three days later, at nine in Amsterdam.
        self.ring(datetime(2026, 7, 4, 6, 59))
        self.assertFalse(rule.run_ids)
        self.ring(datetime(2026, 7, 4, 7))
        self.assertRecordValues(rule.run_ids, [{"reason": "invoice_overdue"}])
        self.assertEqual(rule.run_ids.conversation_id.partner_id, self.partner)

    def test_paid_in_time_or_put_off(self):
        rule = self.rule("invoice_overdue", delay=0)
        with self.at(NOON - timedelta(days=20)):
            paid, later = self.invoice("2026-06-30"), self.invoice("2026-06-30")
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=paid.ids
            ).create({})._create_payments()
            later.invoice_date_due = "2026-07-10"
            self.run_rules()
        self.ring(datetime(2026, 7, 10, 12))
        self.assertFalse(rule.run_ids)
        self.ring(datetime(2026, 7, 11, 12))
        self.assertEqual(rule.run_count, 1)

    def test_put_off_unheard(self):
        """A date that no rule heard of is looked at when the timer rings."""
        rule = self.rule("invoice_overdue", delay=0)
        with self.at(NOON - timedelta(days=20)):
            invoice = self.invoice("2026-06-30")
            invoice.flush_recordset()
            self.env.cr.execute(
                "UPDATE account_move SET invoice_date_due = '2026-07-10' WHERE id = %s", [invoice.id]
            )
            invoice.invalidate_recordset()
        self.ring(datetime(2026, 7, 10, 12))
        self.assertFalse(rule.run_ids)
        self.ring(datetime(2026, 7, 11, 12))
        self.assertEqual(rule.run_count, 1)

    def test_years_of_history_are_left_alone(self):
        with self.at(NOON):
            self.invoice("2020-01-01")
            rule = self.rule("invoice_overdue", delay=1, delay_unit="days", active=False)
            action = rule.action_switch_on()
            start = self.env["omnichannel.rule.start"].with_context(action["context"]).create({})
            self.assertIn("invoice(s)", start.existing)
            self.assertFalse(rule.active)
            start.action_leave_out()
        self.assertTrue(rule.active)
        self.ring(NOON + timedelta(days=30))
        self.assertFalse(rule.run_ids)

    def test_years_of_history_are_asked_for(self):
        with self.at(NOON):
            self.env["account.move"].search([("state", "=", "posted")]).button_draft()
            self.invoice("2020-01-01")
            self.invoice("2030-01-01")
            rule = self.rule("invoice_overdue", delay=1, delay_unit="days", active=False)
            action = rule.action_switch_on()
            start = self.env["omnichannel.rule.start"].with_context(action["context"]).create({})
            self.assertEqual(start.existing, "1 invoice(s)")
            start.action_include()
        self.ring(NOON)
        self.assertEqual(rule.run_count, 1)


@tagged("post_install", "-at_install")
class TestExisting(TimeCase):
    def start(self, rule):
        action = rule.action_switch_on()
        return self.env["omnichannel.rule.start"].with_context(action["context"]).create({})

    def test_nothing_fits(self):
        self.env["omnichannel.conversation"].search([]).unlink()
        rule = self.rule("message_received", active=False)
        self.assertFalse(rule.action_switch_on())
        self.assertTrue(rule.active)

    def test_conversations(self):
        self.env["omnichannel.conversation"].search([]).unlink()
        waiting = self.hear("Hello")
        answered = self.hear_at(datetime.now(), "Hello", sender="+31611111111")
        self.answer(answered)
        rule = self.rule("no_answer", delay=1, active=False)
        start = self.start(rule)
        self.assertEqual(start.existing, "1 conversation(s)")
        start.action_include()
        self.ring(datetime.now() + timedelta(hours=2))
        self.assertEqual(rule.run_ids.conversation_id, waiting)

    def test_included_at_once(self):
        order = self.env["sale.order"].create({"partner_id": self.partner.id, "client_order_ref": "X1"})
        order.action_confirm()
        rule = self.rule("order_confirmed", active=False, filter_domain="[('client_order_ref', '=', 'X1')]")
        other = self.rule("order_confirmed", self.tagging(self.other_tag))
        start = self.start(rule)
        self.assertEqual(start.existing, "1 sales order(s)")
        start.action_include()
        self.run_rules()
        self.assertEqual(rule.run_ids.conversation_id.order_ticket_id, order)
        self.assertFalse(other.run_ids, "what is made up for is this rule's alone")

    def test_what_came_due_while_it_was_off(self):
        rule = self.after("no_answer", 1)
        self.hear_at(NOON, "Hello?")
        rule.action_switch_off()
        self.ring(NOON + timedelta(hours=2))
        self.assertFalse(rule.run_ids)
        with self.at(NOON + timedelta(hours=3)):
            self.start(rule).action_leave_out()
        self.ring(NOON + timedelta(hours=4))
        self.assertFalse(rule.run_ids)

    def test_rights(self):
        rule = self.rule("no_answer", delay=1, active=False)
        for user in (self.agent, self.other_agent):
            with self.assertRaises(AccessError):
                self.env["omnichannel.rule.start"].with_user(user).create({"rule_id": rule.id})
            with self.assertRaises(AccessError):
                self.env["omnichannel.rule.timer"].with_user(user).search([])


@tagged("post_install", "-at_install")
class TestSchedule(TimeCase):
    def scheduled(self, moment, **values):
        return self.rule("scheduled", schedule_date=moment, **values)

    def test_each_day_at_the_same_hour(self):
        """Nine in Amsterdam, on both sides of the night in which the clocks change."""
        self.env["omnichannel.conversation"].search([]).unlink()
        with self.at(datetime(2026, 10, 23, 12)):
            rule = self.scheduled(datetime(2026, 10, 24, 7))
            open_one = self.hear("Hello")
            closed = self.hear("Hello", sender="+31611111111")
            closed.action_close()
        self.ring(datetime(2026, 10, 24, 6, 59))
        self.assertFalse(rule.run_ids)
        self.ring(datetime(2026, 10, 24, 7))
        self.assertEqual(rule.run_ids.conversation_id, open_one)
        self.assertEqual(rule.schedule_date, datetime(2026, 10, 25, 8))
        self.ring(datetime(2026, 10, 25, 7, 59))
        self.assertEqual(rule.run_count, 1)
        self.ring(datetime(2026, 10, 25, 8))
        self.assertEqual(rule.run_count, 2)

    def test_what_was_missed_is_done_once(self):
        self.hear("Hello")
        with self.at(NOON):
            rule = self.scheduled(NOON + timedelta(hours=1), schedule_unit="hours")
        self.ring(NOON + timedelta(days=3))
        self.assertEqual(rule.schedule_date, NOON + timedelta(days=3, hours=1))
        first = rule.run_count
        self.assertTrue(first)
        self.ring(NOON + timedelta(days=3))
        self.assertEqual(rule.run_count, first)

    def test_a_time_gone_by_is_not_made_up_for(self):
        self.hear("Hello")
        with self.at(NOON):
            rule = self.scheduled(NOON - timedelta(hours=1), active=False)
            rule.action_switch_on()
        self.ring(NOON + timedelta(hours=1))
        self.assertFalse(rule.run_ids)
        self.ring(NOON + timedelta(hours=23))
        self.assertTrue(rule.run_ids)
