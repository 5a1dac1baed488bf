"""Rules about conversations, orders and invoices, set off through the front door."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.omnichannel_inbox.tests.common import OmnichannelUsers

from .common import OmnichannelCase


class RuleCase(OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.remove_rules()
        cls.tag, cls.other_tag = cls.env["omnichannel.tag"].create(
            [{"name": "Return (test)"}, {"name": "VIP (test)"}]
        )

    @classmethod
    def remove_rules(cls):
        """A test's own rules are the only ones."""
        cls.env["omnichannel.rule"].with_context(active_test=False).search([]).unlink()

    def rule(self, trigger, *actions, **values):
        """A rule that is switched on; without actions it adds the tag."""
        actions = actions or ({"kind": "tag", "tag_ids": [Command.set(self.tag.ids)]},)
        return self.env["omnichannel.rule"].create(
            {
                "name": f"On {trigger}",
                "trigger": trigger,
                "team_id": self.team.id,
                "action_ids": [Command.create(action) for action in actions],
                **values,
            }
        )

    def tagging(self, tag):
        return {"kind": "tag", "tag_ids": [Command.set(tag.ids)]}

    def untagging(self, tag):
        return {"kind": "untag", "tag_ids": [Command.set(tag.ids)]}

    def run_rules(self):
        for _batch in range(20):
            if not self.env["omnichannel.signal"]._run_batch():
                return
        self.fail("the rules do not come to an end")

    def hear(self, *texts, **values):
        """The customer writes, and the rules run; returns the conversation."""
        for text in texts:
            row = self.receive(self.text(text, **values))
            self.run_rules()
        return row.conversation_id


@tagged("post_install", "-at_install")
class TestTriggers(RuleCase):
    def test_a_customer_writes(self):
        rule = self.rule("message_received")
        conversation = self.hear("I want my money back")
        self.assertEqual(conversation.tag_ids, self.tag)
        self.assertRecordValues(
            rule.run_ids, [{"conversation_id": conversation.id, "reason": "message_received"}]
        )
        thread = "".join(conversation.message_ids.mapped("body"))
        self.assertIn("tagged Return (test)", thread)

    def test_each_trigger_of_conversations(self):
        conversation = self.hear("Hello", at=fields.Datetime.now().isoformat())
        self.rule("message_sent", self.tagging(self.tag))
        self.answer(conversation)
        self.run_rules()
        self.assertEqual(conversation.tag_ids, self.tag)
        for trigger, values in {
            "conversation_assigned": {"user_id": self.agent.id},
            "state_changed": {"state": "closed"},
            "tag_added": {"tag_ids": [Command.link(self.other_tag.id)]},
        }.items():
            with self.subTest(trigger):
                conversation.write({"user_id": False, "tag_ids": [Command.clear()], "state": "open"})
                rule = self.rule(trigger, {"kind": "priority", "priority": "3"})
                conversation.write(values)
                self.run_rules()
                self.assertEqual(rule.run_ids.conversation_id, conversation)
                # The same once more is no change.
                conversation.write(values)
                self.run_rules()
                self.assertEqual(rule.run_count, 1)
                self.assertEqual(conversation.priority, "3")

    def test_a_conversation_begins(self):
        self.rule("conversation_opened", {"kind": "assign", "user_id": self.agent.id})
        self.assertEqual(self.hear("Hello").user_id, self.agent)

    def test_a_sender_turns_out_to_be_a_customer(self):
        rule = self.rule("customer_identified")
        conversation = self.hear("Hello", sender="+31699999999")
        self.assertFalse(conversation.partner_id)
        conversation.partner_id = self.partner
        self.run_rules()
        self.assertEqual(rule.run_ids.conversation_id, conversation)
        conversation.partner_id = self.partner.copy()
        self.run_rules()
        self.assertEqual(rule.run_count, 1, "they had been known before")

    def test_snooze_ends(self):
        self.rule("snooze_ended")
        conversation = self.hear("Hello")
        conversation.write({"state": "snoozed", "snooze_until": "2020-01-01 00:00:00"})
        self.env["omnichannel.conversation"]._cron_minute()
        self.run_rules()
        self.assertEqual(conversation.tag_ids, self.tag)

    def test_orders(self):
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        steps = {
            "quotation_sent": order.action_quotation_sent,
            "order_signed": lambda: order.write({"signed_by": "Karin", "signed_on": "2026-01-01 00:00:00"}),
            "order_confirmed": order.action_confirm,
            "order_cancelled": order._action_cancel,
        }
        for trigger, step in steps.items():
            with self.subTest(trigger):
                rule = self.rule(trigger, self.tagging(self.tag))
                step()
                self.run_rules()
                ticket = self.env["omnichannel.conversation"].search([("order_ticket_id", "=", order.id)])
                self.assertEqual(len(ticket), 1)
                self.assertEqual(rule.run_ids.conversation_id, ticket)
                self.assertEqual(ticket.tag_ids, self.tag)

    def test_nobody_listens_and_nothing_is_written(self):
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        with patch.object(self.env.registry["omnichannel.signal"], "create") as create:
            order.action_quotation_sent()
            order.action_confirm()
            self.receive(self.text("Hello")).conversation_id.state = "closed"
        create.assert_not_called()


@tagged("post_install", "-at_install")
class TestConditions(RuleCase):
    def test_domain(self):
        self.rule("message_received", filter_domain="[('partner_id.name', '=', 'Somebody else')]")
        self.assertFalse(self.hear("Hello").tag_ids)

    def test_words(self):
        self.rule("message_received", text_words="Return, send back")
        self.assertFalse(self.hear("Hello").tag_ids)
        self.assertEqual(self.hear("May I SEND BACK the bell?").tag_ids, self.tag)

    def test_each_message_is_looked_at(self):
        """Also when the rules see several of them at once."""
        self.rule("message_received", text_words="return")
        self.receive(self.text("A return, please"))
        row = self.receive(self.text("Thanks"))
        self.run_rules()
        self.assertEqual(row.conversation_id.tag_ids, self.tag)

    def test_pattern(self):
        self.rule("message_received", text_pattern=r"\b3S[A-Z0-9]{6,}\b")
        self.assertFalse(self.hear("Where is my parcel?").tag_ids)
        self.assertEqual(self.hear("It is 3sabcd123").tag_ids, self.tag)

    def test_what_is_no_pattern(self):
        with self.assertRaisesRegex(ValidationError, "is no regular expression"):
            self.rule("message_received", text_pattern="(")

    def test_a_pattern_that_takes_too_long_stops_itself_alone(self):
        other = self.rule("message_received", self.tagging(self.other_tag), sequence=20)
        rule = self.rule("message_received", text_pattern=r"^(a*)(a*)(a*)(a*)\4\3\2\1$", sequence=1)
        with mute_logger("odoo.sql_db"):
            conversation = self.hear("a" * 4000)
        self.assertEqual(rule.state, "error")
        self.assertIn("takes too long", rule.error)
        self.assertEqual((other.state, conversation.tag_ids), ("running", self.other_tag))
        # Nobody else has less time because of it.
        self.env.cr.execute("SHOW statement_timeout")
        self.assertEqual(self.env.cr.fetchall(), [("0",)])

    def test_first_message(self):
        self.rule("message_received", is_first_message=True)
        conversation = self.hear("Hello")
        self.assertEqual(conversation.tag_ids, self.tag)
        conversation.tag_ids = False
        self.assertFalse(self.hear("Hello again").tag_ids)

    def test_once(self):
        rule = self.rule("message_received", is_once=True)
        self.hear("One", "Two")
        self.assertEqual(rule.run_count, 1)

    def test_each_time(self):
        rule = self.rule("message_received")
        self.hear("One", "Two")
        self.assertEqual(rule.run_count, 2)

    def test_the_last_one(self):
        self.rule("message_received", self.tagging(self.other_tag), sequence=20)
        first = self.rule("message_received", sequence=10, is_last=True, text_words="return")
        self.assertEqual(self.hear("A return").tag_ids, self.tag)
        self.assertEqual(self.hear("Hello").tag_ids, self.tag | self.other_tag)
        self.assertEqual(first.run_count, 1)


@tagged("post_install", "-at_install")
class TestActions(RuleCase):
    def after(self, *actions, **values):
        """The conversation in which a rule has done these things."""
        self.one = self.rule("message_received", *actions, **values)
        conversation = self.hear("Hello")
        self.assertEqual(self.one.state, "running", self.one.error)
        return conversation

    def test_in_their_order(self):
        conversation = self.after(
            self.tagging(self.tag), self.untagging(self.tag), {"kind": "priority", "priority": "0"}
        )
        self.assertFalse(conversation.tag_ids)
        self.assertEqual(conversation.priority, "0")

    def test_person(self):
        self.assertEqual(self.after({"kind": "assign", "user_id": self.agent.id}).user_id, self.agent)

    def test_team(self):
        team = self.env["omnichannel.team"].create({"name": "Returns"})
        conversation = self.hear("Before")
        conversation.user_id = self.agent
        self.assertEqual(self.after({"kind": "team", "team_id": team.id}), conversation)
        self.assertEqual(conversation.team_id, team)
        self.assertFalse(conversation.user_id, "it waits in the team's queue")

    def test_states(self):
        self.assertEqual(self.after({"kind": "state", "state": "closed"}).state, "closed")

    def test_snooze(self):
        conversation = self.after({"kind": "snooze", "delay": 2, "delay_unit": "days"})
        self.assertEqual(conversation.state, "snoozed")
        self.assertTrue(conversation.snooze_until)

    def test_note_that_mentions(self):
        note = {
            "kind": "note",
            "note": "<p>Look at this</p>",
            "mentioned_user_ids": [Command.set(self.agent.ids)],
        }
        conversation = self.after(note)
        [message] = conversation.message_ids.filtered(lambda m: "Look at this" in m.body)
        self.assertTrue(message.subtype_id.internal)
        self.assertIn(self.agent.partner_id, message.notified_partner_ids)
        self.assertFalse(message.omnichannel_ledger_ids, "a note never leaves")

    def test_activity(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        self.agent.tz = "UTC"
        conversation = self.after(
            {"kind": "assign", "user_id": self.agent.id},
            {"kind": "activity", "activity_type_id": todo.id, "summary": "Call back", "delay": 3},
        )
        self.assertRecordValues(
            conversation.activity_ids, [{"summary": "Call back", "user_id": self.agent.id}]
        )

    def test_server_action(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Mark",
                "model_id": self.env["ir.model"]._get_id("omnichannel.conversation"),
                "state": "code",
                "code": "record.write({'subject': 'Marked'})",
            }
        )
        self.assertEqual(self.after({"kind": "server", "server_action_id": action.id}).subject, "Marked")

    def test_what_is_missing_is_said_before_it_is_switched_on(self):
        for action in (
            {"kind": "assign"}, {"kind": "team"}, {"kind": "tag"}, {"kind": "untag"}, {"kind": "note"},
            {"kind": "activity"}, {"kind": "server"}, {"kind": "snooze", "delay": 0},
        ):  # fmt: skip
            with self.subTest(action["kind"]), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.rule("message_received", action)
        with self.assertRaisesRegex(ValidationError, "does nothing yet"):
            self.env["omnichannel.rule"].create({"name": "Nothing", "trigger": "message_received"})


@tagged("post_install", "-at_install")
class TestTrouble(RuleCase):
    def test_a_deleted_tag_stops_the_rule_alone(self):
        rule, other = (
            self.rule("message_received"),
            self.rule("message_received", self.tagging(self.other_tag)),
        )
        self.tag.unlink()
        conversation = self.hear("Hello")
        self.assertEqual(rule.state, "error")
        self.assertIn("A tag may have been deleted", rule.error)
        self.assertEqual((other.state, conversation.tag_ids), ("running", self.other_tag))

    def test_a_person_who_left_stops_the_rule(self):
        leaver = self.agent.copy({"login": "leaver", "name": "Leaver"})
        rule = self.rule("message_received", {"kind": "assign", "user_id": leaver.id})
        leaver.active = False
        self.assertFalse(self.hear("Hello").user_id)
        self.assertEqual(rule.state, "error")

    def test_a_circle_is_cut_and_reported(self):
        to_and_fro = [
            self.rule(
                "tag_added",
                self.untagging(self.tag),
                self.tagging(self.other_tag),
                filter_domain=f"[('tag_ids', 'in', {self.tag.ids})]",
            ),
            self.rule(
                "tag_added",
                self.untagging(self.other_tag),
                self.tagging(self.tag),
                filter_domain=f"[('tag_ids', 'in', {self.other_tag.ids})]",
            ),
        ]
        conversation = self.hear("Hello")
        conversation.tag_ids = self.tag
        self.run_rules()
        broken = [rule for rule in to_and_fro if rule.state == "error"]
        self.assertEqual(len(broken), 1)
        self.assertIn("circle", broken[0].error)
        self.assertTrue(broken[0].activity_ids, "administrators are told")
        self.assertLessEqual(sum(rule.run_count for rule in to_and_fro), 10, "both, five times")

    def test_clients_cannot_pretend_a_circle(self):
        rule = self.rule("tag_added", {"kind": "priority", "priority": "3"})
        conversation = self.hear("Hello")
        conversation.with_context(
            omnichannel_rule_depth=99, **{"omnichannel.rule_depth": 99}
        ).tag_ids = self.tag
        self.run_rules()
        self.assertEqual((rule.state, conversation.priority), ("running", "3"))

    def test_a_deleted_conversation(self):
        rule = self.rule("message_received")
        self.receive(self.text("Hello")).conversation_id.unlink()
        self.run_rules()
        self.assertEqual((rule.state, rule.run_count), ("running", 0))


@tagged("post_install", "-at_install")
class TestTestOnAConversation(OmnichannelUsers, RuleCase):
    def outcome(self, rule, **values):
        test = (
            self.env["omnichannel.rule.test"].with_user(self.manager).create({"rule_id": rule.id, **values})
        )
        return test.would_run, test.outcome

    def test_it_says_why_and_does_nothing(self):
        rule = self.rule("message_received", self.tagging(self.other_tag), text_words="return", is_once=True)
        conversation = self.receive(self.text("Hello")).conversation_id
        self.run_rules()
        would_run, outcome = self.outcome(rule, conversation_id=conversation.id)
        self.assertFalse(would_run)
        self.assertIn("✗ The text contains: return", outcome)
        would_run, outcome = self.outcome(rule, conversation_id=conversation.id, text="A return")
        self.assertTrue(would_run)
        self.assertIn("→ tagged VIP (test)", outcome)
        self.assertFalse(conversation.tag_ids)
        self.assertFalse(rule.run_ids)

    def test_nothing_of_another_company_is_shown(self):
        rule = self.rule("message_received")
        conversation = self.receive(self.text("A secret")).conversation_id
        conversation.write({"company_id": self.company_b.id, "team_id": self.team_b.id})
        test = (
            self.env["omnichannel.rule.test"]
            .with_user(self.manager)
            .create({"rule_id": rule.id, "conversation_id": conversation.id})
        )
        self.assertFalse(test.text)
        with self.assertRaises(AccessError):
            test.outcome  # noqa: B018 - reading it looks at the conversation

    def test_an_order(self):
        rule = self.rule("order_confirmed", filter_domain="[('amount_total', '>', 100)]")
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        with self.assertRaises(AccessError):
            self.outcome(rule, order_id=order.id)
        self.manager.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        would_run, outcome = self.outcome(rule, order_id=order.id)
        self.assertFalse(would_run)
        self.assertIn("✗ Only if", outcome)
        self.assertIn("✗ The order is confirmed", outcome)

    def test_a_broken_rule(self):
        rule = self.rule("message_received")
        self.tag.unlink()
        conversation = self.receive(self.text("Hello")).conversation_id
        would_run, outcome = self.outcome(rule, conversation_id=conversation.id)
        self.assertFalse(would_run)
        self.assertIn("cannot run", outcome)
