from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.account_payment.tests.common import AccountPaymentCommon
from odoo.addons.mail.tests.common import mail_new_test_user
from odoo.addons.payment.tests.http_common import PaymentHttpCommon
from odoo.addons.sale.tests.common import SaleCommon

# A PNG of one pixel: what a customer drew in the portal.
SIGNATURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


class OrderRuleCommon(SaleCommon):
    """A rule that is switched on, and the worker run by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The worker is the system; the tests' own user is an accountant in some of them.
        cls.system = cls.env(su=True)
        cls.system["omnichannel.rule"].with_context(active_test=False).search([]).unlink()
        cls.team = cls.system["omnichannel.team"].create({"name": "Orders"})
        cls.tag = cls.system["omnichannel.tag"].create({"name": "Check the address (test)"})
        cls.rule = cls.system["omnichannel.rule"].create(
            {
                "name": "When an order is confirmed, open a ticket",
                "subject": "Order {order} of {customer}",
                "team_id": cls.team.id,
                "tag_ids": [Command.link(cls.tag.id)],
                "note": "<p>Call if the address is odd.</p>",
            }
        )
        cls.manager = mail_new_test_user(
            cls.env, login="rule_manager", groups="omnichannel_inbox.group_omnichannel_manager"
        )

    def run_worker(self):
        """What the cron does, without its commits."""
        while self.system["omnichannel.signal"]._run_batch():
            pass

    def signals(self):
        return self.system["omnichannel.signal"].search([])

    def ticket(self, order=None):
        return self.system["omnichannel.conversation"].search(
            [("order_ticket_id", "=", (order or self.sale_order).id)]
        )

    def break_rule(self, rule, filter_domain):
        """What an uninstalled add-on leaves behind: a condition on a field that is gone."""
        rule.flush_recordset()
        self.env.cr.execute(
            "UPDATE omnichannel_rule SET filter_domain = %s WHERE id = %s", (filter_domain, rule.id)
        )
        rule.invalidate_recordset()


@tagged("-at_install", "post_install")
class TestOrderRule(OrderRuleCommon):
    def test_confirmed_by_hand(self):
        self.sale_order.action_confirm()
        self.assertEqual(self.signals().mapped("kind"), ["order_confirmed"])
        self.assertFalse(self.ticket(), "The order's own transaction does no more than say what happened")

        self.run_worker()
        self.assertFalse(self.signals())
        ticket = self.ticket()
        self.assertRecordValues(
            ticket,
            [
                {
                    "state": "pending",
                    "subject": f"Order {self.sale_order.name} of {self.partner.name}",
                    "partner_id": self.partner.id,
                    "order_ids": self.sale_order.ids,
                    "team_id": self.team.id,
                    "tag_ids": self.tag.ids,
                    "user_id": False,
                    "company_id": self.sale_order.company_id.id,
                    "rule_id": self.rule.id,
                }
            ],
        )
        thread = "".join(ticket.message_ids.mapped("body"))
        self.assertIn(self.rule.name, thread)
        self.assertIn("<p>Call if the address is odd.</p>", thread)
        self.assertFalse(ticket.message_follower_ids)
        self.assertFalse(ticket.message_ids.notification_ids)
        self.assertEqual(self.rule.run_count, 1)
        self.assertEqual(self.sale_order.conversation_count, 1)
        self.assertEqual(self.partner.conversation_count, 1)

    def test_needs_work(self):
        colleague = mail_new_test_user(
            self.env, login="rule_agent", groups="omnichannel_inbox.group_omnichannel_agent"
        )
        self.rule.write({"ticket_state": "open", "user_id": colleague.id, "priority": "3"})
        self.sale_order.action_confirm()
        self.run_worker()
        self.assertRecordValues(self.ticket(), [{"state": "open", "user_id": colleague.id, "priority": "3"}])

    def test_archived_colleague_gets_nothing(self):
        colleague = mail_new_test_user(
            self.env, login="rule_agent", groups="omnichannel_inbox.group_omnichannel_agent"
        )
        self.rule.user_id = colleague
        colleague.active = False
        self.sale_order.action_confirm()
        self.run_worker()
        self.assertFalse(self.ticket().user_id)
        self.assertEqual(self.rule.state, "running")

    def test_condition(self):
        self.rule.filter_domain = "[('amount_total', '>', 1000000)]"
        self.sale_order.action_confirm()
        self.run_worker()
        self.assertFalse(self.ticket())
        self.assertEqual(self.rule.state, "running")

    def test_first_rule_that_fits_opens_the_only_ticket(self):
        first = self.rule.copy({"name": "First", "sequence": 1})
        none = self.rule.copy({"name": "Never", "sequence": 0, "filter_domain": "[('id', '=', 0)]"})
        self.sale_order.action_confirm()
        self.run_worker()
        self.assertEqual(self.ticket().rule_id, first)
        self.assertEqual((self.rule + first + none).mapped("state"), ["running"] * 3)

    def test_confirmed_again(self):
        self.sale_order.action_confirm()
        self.run_worker()
        ticket = self.ticket()
        ticket.action_close()
        self.sale_order._action_cancel()
        self.sale_order.action_draft()
        self.sale_order.action_confirm()
        self.run_worker()
        self.assertEqual(self.ticket(), ticket)
        self.assertEqual(ticket.state, "closed")

    def test_database_keeps_it_at_one(self):
        self.sale_order.action_confirm()
        self.run_worker()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation):
            self.ticket().copy({"order_ticket_id": self.sale_order.id})

    def test_worker_that_comes_second_starts_again(self):
        """The other worker's ticket is not visible yet: its index entry makes this one begin anew."""
        self.sale_order.action_confirm()
        self.run_worker()
        Conversation = self.env.registry["omnichannel.conversation"]
        nothing = self.env["omnichannel.conversation"]
        with (
            patch.object(Conversation, "search", lambda *args, **kwargs: nothing),
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.SerializationFailure),
        ):
            self.rule._tickets_of(self.sale_order)

    def test_cancelled_before_the_worker_came(self):
        self.sale_order.action_confirm()
        self.sale_order._action_cancel()
        self.run_worker()
        self.assertFalse(self.ticket())

    def test_deleted_before_the_worker_came(self):
        self.sale_order.action_confirm()
        self.sale_order._action_cancel()
        self.sale_order.unlink()
        other = self._create_so()
        other.action_confirm()
        self.run_worker()
        self.assertTrue(self.ticket(other), "A deleted order holds up no other")
        self.assertEqual(self.rule.state, "running")
        self.assertFalse(self.signals())

    # -- who hears what ----------------------------------------------------

    def test_nobody_listens(self):
        self.rule.active = False
        self.sale_order.action_confirm()
        self.assertFalse(self.signals())

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["omnichannel.team"].create({"name": "Orders elsewhere", "company_id": company.id})
        self.rule.write({"company_id": company.id, "team_id": team.id})
        self.sale_order.action_confirm()
        self.assertFalse(self.signals())

    def test_imported(self):
        self._create_so(state="sale")
        self.assertFalse(self.signals(), "An import opens no tickets unless the rule says so")

        self.rule.include_imported = True
        imported = self._create_so(state="sale")
        self._create_so()
        self.assertEqual(self.signals().mapped("kind"), ["order_imported"])
        self.run_worker()
        self.assertTrue(self.ticket(imported))

        self.sale_order.action_confirm()
        self.run_worker()
        self.assertTrue(self.ticket())

    def test_texts_are_in_the_language_of_who_reads_them(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.env.company.partner_id.lang = "nl_NL"
        self.rule.with_context(lang="nl_NL").subject = "Bestelling {order}"
        self.sale_order.action_confirm()
        self.run_worker()
        ticket = self.ticket()
        self.assertEqual(ticket.subject, f"Bestelling {self.sale_order.name}")
        self.assertIn("Geopend door de regel", "".join(ticket.message_ids.mapped("body")))

        self.manager.lang = "nl_NL"
        english = mail_new_test_user(
            self.env, login="rule_english", groups="omnichannel_inbox.group_omnichannel_manager", lang="en_US"
        )
        self.break_rule(self.rule, "[('no_such_field', '=', 1)]")
        order = self.sale_order.copy()
        order.action_confirm()
        self.run_worker()
        summaries = {activity.user_id: activity.summary for activity in self.rule.activity_ids}
        self.assertIn("Deze regel is gestopt", summaries[self.manager])
        self.assertIn("This rule stopped", summaries[english])

    # -- rules that cannot -------------------------------------------------

    def test_broken_condition_stops_itself_alone(self):
        healthy = self.rule.copy({"name": "Healthy", "sequence": 99})
        self.break_rule(self.rule, "[('field_of_an_add_on_that_left', '=', 1)]")
        self.sale_order.action_confirm()
        self.assertEqual(self.sale_order.state, "sale")

        self.run_worker()
        self.assertEqual(self.rule.state, "error")
        self.assertIn("field_of_an_add_on_that_left", self.rule.error)
        self.assertEqual(self.ticket().rule_id, healthy)
        self.assertIn(self.manager, self.rule.activity_ids.user_id, "Administrators hear of it")
        self.assertFalse(self.signals())

        healthy.active = False
        self._create_so().action_confirm()
        self.assertFalse(self.signals(), "A rule in its error state listens to nothing")

    def test_condition_that_is_no_domain(self):
        for nonsense in ("[(", "__import__('os')", "[('id', 'frobnicates', 1)]", "42"):
            with self.subTest(nonsense), self.assertRaises(ValidationError):
                self.rule.filter_domain = nonsense

    def test_condition_fails_in_the_database(self):
        self.break_rule(self.rule, "[('date_order', '>', 'the day before the flood')]")
        self.sale_order.action_confirm()
        with mute_logger("odoo.sql_db"):
            self.run_worker()
        self.assertEqual(self.rule.state, "error")

    def test_deleted_team(self):
        self.team.unlink()
        self.sale_order.action_confirm()
        self.run_worker()
        self.assertEqual(self.rule.state, "error")
        self.assertIn("team", self.rule.error)
        with self.assertRaises(ValidationError):
            self.rule.action_switch_on()

    def test_deleted_tag(self):
        self.tag.unlink()
        self.sale_order.action_confirm()
        self.run_worker()
        self.assertFalse(self.ticket().tag_ids)
        self.assertEqual(self.rule.state, "running")

    def test_switch_on_again(self):
        self.break_rule(self.rule, "[('gone', '=', 1)]")
        self.sale_order.action_confirm()
        self.run_worker()
        rule = self.rule.with_user(self.manager)
        rule.filter_domain = "[]"
        # The order fits by now; it is asked about, and left alone.
        self.assertEqual(rule.action_switch_on()["res_model"], "omnichannel.rule.start")
        self.assertEqual(rule.state, "error")
        self.env["omnichannel.rule.start"].with_user(self.manager).create(
            {"rule_id": rule.id}
        ).action_leave_out()
        self.assertRecordValues(rule, [{"state": "running", "error": False}])
        self.assertFalse(rule.activity_ids)
        other = self._create_so()
        other.action_confirm()
        self.run_worker()
        self.assertTrue(self.ticket(other))
        self.assertFalse(self.ticket())

    def test_switching_on_checks(self):
        rule = self.rule.copy({"active": False, "team_id": False})
        with self.assertRaises(ValidationError):
            rule.active = True

    # -- what it costs -----------------------------------------------------

    def confirm_counting(self):
        """Number of queries of a confirmation, up to what a commit would flush."""
        for _warm_up in range(2):
            order = self._create_so()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.action_confirm()
            self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries_of_a_confirmation(self):
        with patch.object(self.env.registry["omnichannel.signal"], "_emit", lambda *args, **kwargs: None):
            bare = self.confirm_counting()
        self.rule.active = False
        self.assertEqual(self.confirm_counting(), bare, "No rule, no query")
        self.rule.active = True
        with_rule = self.confirm_counting()
        self.assertGreater(with_rule, bare)
        self.assertLessEqual(with_rule - bare, 6)

    def test_mass_confirmation(self):
        orders = self.env["sale.order"].create([{"partner_id": self.partner.id} for _index in range(500)])
        self.env["omnichannel.rule"]._listened_kinds()
        with self.assertQueries_at_most(10):
            self.env["omnichannel.signal"]._emit("order_confirmed", orders)
        orders.state = "sale"
        with self.assertQueries_at_most(500 * 4):
            self.run_worker()
        tickets = self.env["omnichannel.conversation"].search([("order_ticket_id", "in", orders.ids)])
        self.assertEqual(tickets.order_ticket_id, orders)
        self.assertEqual(len(tickets), 500)

    def assertQueries_at_most(self, limit):
        test = self

        class Counter:
            def __enter__(self):
                test.env.flush_all()
                self.before = test.env.cr.sql_log_count

            def __exit__(self, kind, *_args):
                test.env.flush_all()
                if not kind:
                    test.assertLessEqual(test.env.cr.sql_log_count - self.before, limit)

        return Counter()


@tagged("-at_install", "post_install")
class TestOrderRulePortal(OrderRuleCommon, HttpCase):
    def test_signed_in_the_portal(self):
        order = self.sale_order
        order.write(
            {
                "state": "sent",
                "require_signature": True,
                "require_payment": False,
                "validity_date": fields.Date.today() + timedelta(days=10),
            }
        )
        signed = self.rule.copy({"trigger": "order_signed"})
        answer = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {"access_token": order._portal_ensure_token(), "name": "Ann", "signature": SIGNATURE},
        )
        self.assertTrue(answer.get("force_refresh"), answer)
        self.assertEqual(order.state, "sale")
        self.run_worker()
        self.assertEqual(self.ticket().order_ids, order)
        self.assertEqual(signed.run_ids.conversation_id, self.ticket())


@tagged("-at_install", "post_install")
class TestOrderRulePayment(OrderRuleCommon, AccountPaymentCommon, PaymentHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.sale_order.currency_id
        cls.partner = cls.sale_order.partner_invoice_id
        cls.provider.journal_id.inbound_payment_method_line_ids.filtered(
            lambda line: line.payment_provider_id == cls.provider
        ).payment_account_id = cls.inbound_payment_method_line.payment_account_id

    def test_paid(self):
        self.sale_order.require_payment = True
        self.amount = self.sale_order.amount_total
        transaction = self._create_transaction(
            flow="redirect", sale_order_ids=self.sale_order.ids, state="done"
        )
        paid = self.rule.copy({"trigger": "order_paid"})
        with mute_logger("odoo.addons.sale.models.payment_transaction"):
            transaction._post_process()
        self.assertEqual(self.sale_order.state, "sale")
        self.run_worker()
        self.assertEqual(self.ticket().order_ids, self.sale_order)
        self.assertEqual(paid.run_ids.conversation_id, self.ticket())
        with mute_logger("odoo.addons.sale.models.payment_transaction"):
            transaction._post_process()
        self.run_worker()
        self.assertEqual(paid.run_count, 1, "nothing new was paid")


@tagged("-at_install", "post_install")
class TestInvoiceRule(OrderRuleCommon, AccountPaymentCommon):
    def invoice_rule(self, trigger):
        return self.rule.copy({"trigger": trigger, "name": trigger, "subject": "Invoice {order}"})

    def test_invoice_of_an_order(self):
        """What is said about its invoice belongs into the order's ticket."""
        self.sale_order.action_confirm()
        self.run_worker()
        self.sale_order.order_line.qty_delivered = 1
        rules = [self.invoice_rule(t) for t in ("invoice_posted", "invoice_paid", "invoice_refunded")]
        invoice = self.sale_order._create_invoices()
        invoice.action_post()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        if invoice.payment_state != "paid":
            invoice._invoice_paid_hook()  # without a bank statement it is still in payment
        invoice._reverse_moves([{}]).action_post()
        self.run_worker()
        for rule in rules:
            self.assertEqual(rule.run_ids.conversation_id, self.ticket(), rule.name)

    def test_invoice_without_an_order(self):
        rule = self.invoice_rule("invoice_posted")
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_line_ids": [Command.create({"name": "Repair", "price_unit": 10})],
            }
        )
        invoice.action_post()
        self.run_worker()
        conversation = rule.run_ids.conversation_id
        self.assertRecordValues(
            conversation,
            [{"partner_id": self.partner.id, "subject": f"Invoice {invoice.name}", "state": "pending"}],
        )
        invoice.copy().action_post()
        self.run_worker()
        self.assertEqual(rule.run_ids.conversation_id, conversation, "it goes on in the same one")

    def test_bills_are_no_invoices(self):
        rule = self.invoice_rule("invoice_posted")
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.partner.id,
                "invoice_date": "2026-01-01",
                "invoice_line_ids": [Command.create({"name": "Paper", "price_unit": 10})],
            }
        )
        bill.action_post()
        self.run_worker()
        self.assertFalse(rule.run_ids)
