"""Rules that write: to customers, within limits, and to colleagues; and conditions on when and with whom."""

import runpy

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import file_path

from odoo.addons.omnichannel_inbox.models.omnichannel_conversation_rule_text import PER_CUSTOMER, PER_RULE
from odoo.addons.omnichannel_inbox.tests.common import MANAGER, OmnichannelUsers

from .test_automatic import MONDAY, SATURDAY, AutomaticCase
from .test_email import SHOP
from .test_rules import RuleCase

TEXT = {"kind": "text", "text": "Hello {customer}, about {reference}"}


class RuleTextCase(AutomaticCase, RuleCase):
    def hear_now(self, text="Hello", **values):
        """The customer writes now, and the rules run; returns the conversation."""
        conversation = self.write_in(text, **values)
        self.run_rules()
        return conversation

    def let_a_day_pass(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE omnichannel_message SET create_date = create_date - interval '25 hours'")
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestConditions(RuleTextCase):
    def setUp(self):
        super().setUp()
        self.team.calendar_id = self.hours

    def would_run(self, rule, record):
        return all(fits for _words, fits in rule._conditions(record, {"text": "Hello"}))

    def test_business_hours(self):
        inside = self.rule("message_received", hours="inside")
        outside = self.rule("message_received", self.tagging(self.other_tag), hours="outside")
        with freeze_time(MONDAY):
            open_one = self.hear_now(sender="+31611111111")
            self.assertTrue(self.would_run(inside, open_one))
            self.assertFalse(self.would_run(outside, open_one))
        with freeze_time(SATURDAY):
            closed_one = self.hear_now(sender="+31611111112")
        self.assertEqual((open_one.tag_ids, closed_one.tag_ids), (self.tag, self.other_tag))

    def test_business_hours_of_orders_are_those_of_the_rules_team(self):
        rule = self.rule("order_confirmed", hours="outside")
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        with freeze_time(MONDAY):
            self.assertFalse(self.would_run(rule, order))
        with freeze_time(SATURDAY):
            order.action_confirm()
            self.run_rules()
        self.assertEqual(rule.run_count, 1)

    def test_language(self):
        rule = self.rule("message_received", lang="nl_NL")
        self.assertEqual(self.hear_now().tag_ids, self.tag)
        self.partner.lang = "en_US"
        conversation = self.hear_now("Again")
        self.assertEqual(rule.run_count, 1)
        self.assertFalse(self.would_run(rule, conversation))
        # Of a stranger it is the channel's.
        self.channel.lang = "nl_NL"
        self.assertEqual(self.hear_now(sender="+31611111111").tag_ids, self.tag)

    def test_language_of_an_orders_customer(self):
        rule = self.rule("quotation_sent", lang="nl_NL")
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        order.action_quotation_sent()
        self.run_rules()
        self.assertEqual(rule.run_count, 1)

    def test_channel(self):
        other = self.make_channel("Other", "other")
        rule = self.rule("message_received", channel_ids=[Command.set(other.ids)])
        conversation = self.hear_now(sender="+31611111111")
        self.assertFalse(conversation.tag_ids)
        self.assertIn("✗ The channel: Other", self.outcome(rule, conversation))
        self.receive(self.text(sender="+31611111112", account="other"), channel=other)
        self.run_rules()
        self.assertEqual(rule.run_ids.conversation_id.channel_id, other)

    def outcome(self, rule, conversation):
        test = self.env["omnichannel.rule.test"].create(
            {"rule_id": rule.id, "conversation_id": conversation.id, "text": "Hello"}
        )
        return test.outcome


@tagged("post_install", "-at_install")
class TestTexts(RuleTextCase):
    def test_it_leaves_in_the_customers_language(self):
        rule = self.rule("message_received", TEXT)
        rule.action_ids.with_context(lang="nl_NL").text = "Dag {customer}, over {reference}"
        conversation = self.hear_now()
        row = self.rows(conversation)
        self.assertRecordValues(
            row,
            [
                {
                    "automatic": "rule",
                    "rule_id": rule.id,
                    "body": f"Dag Karin Klant, over {conversation.name}",
                    "state": "queued",
                }
            ],
        )
        self.assertEqual(conversation.last_direction, "in", "it is no answer")
        self.send_queued()
        self.assertEqual(row.state, "sent")
        self.assertEqual(rule.run_count, 1)
        self.assertFalse(rule.run_ids.held_back)

    def test_what_has_nothing_to_say_leaves_no_gap(self):
        """The conversation is about no order."""
        text = "{order}\n\nHello {customer}. {order} We look at it {order}.\n{order} Bye {order}"
        self.rule("message_received", {"kind": "text", "text": text})
        self.assertEqual(self.told(self.hear_now()), ["Hello Karin Klant. We look at it.\nBye"])

    def test_a_canned_response(self):
        canned = self.env["mail.canned.response"].create({"source": "hi", "substitution": "Hi {customer}"})
        self.rule("message_received", {"kind": "text", "canned_response_id": canned.id})
        self.assertEqual(self.told(self.hear_now()), ["Hi Karin Klant"])

    def test_on_a_given_channel(self):
        other = self.make_channel("Other", "other")
        self.rule("message_received", TEXT | {"channel_id": other.id})
        conversation = self.hear_now()
        self.assertFalse(self.told(conversation), "the customer never wrote there, and its window is closed")
        mailbox = self.env["omnichannel.channel"].create(
            {
                "name": "Mail",
                "channel_type": "email",
                "address": SHOP,
                "team_id": self.team.id,
                "state": "connected",
            }
        )
        self.env["omnichannel.rule"].search([]).action_ids.channel_id = mailbox
        self.hear_now("Again")
        self.assertEqual(self.rows(conversation).channel_id, mailbox)
        self.assertEqual(self.rows(conversation).identity_id.key, "karin@example.com")

    def test_an_order_writes_to_its_customer(self):
        """On the best channel: no window is open, so it is a mail."""
        self.env["omnichannel.channel"].create(
            {
                "name": "Mail",
                "channel_type": "email",
                "address": SHOP,
                "team_id": self.team.id,
                "state": "connected",
            }
        )
        self.rule("order_confirmed", TEXT)
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        order.action_confirm()
        self.run_rules()
        ticket = self.env["omnichannel.conversation"].search([("order_ticket_id", "=", order.id)])
        self.assertEqual(self.rows(ticket).identity_id.key, "karin@example.com")
        self.assertEqual(ticket.state, "pending", "nobody has to work on it")

    def test_one_of_a_rule_a_day(self):
        rule = self.rule("message_received", TEXT)
        conversation = self.hear_now()
        self.hear_now("Again")
        self.assertEqual(len(self.told(conversation)), 1)
        newest, oldest = rule.run_ids
        self.assertIn("as many texts of this rule", newest.held_back)
        self.assertFalse(oldest.held_back)
        self.assertIn("no text was sent", "".join(conversation.message_ids.mapped("body")))
        self.assertEqual(rule.state, "running")
        self.let_a_day_pass()
        self.hear_now("Tomorrow")
        self.assertEqual(len(self.told(conversation)), 2)

    def test_three_of_all_rules_a_day(self):
        rules = [self.rule("message_received", TEXT, name=f"Rule {number}") for number in range(5)]
        conversation = self.hear_now()
        self.assertEqual(len(self.told(conversation)), 3)
        self.assertEqual([bool(rule.run_ids.held_back) for rule in rules], [False, False, False, True, True])

    def test_the_limits_are_set_in_settings(self):
        for limit in (PER_RULE, PER_CUSTOMER):
            self.env["ir.config_parameter"].set_param(limit, 2)
        self.rule("message_received", TEXT)
        conversation = self.hear_now()
        for _time in range(3):
            self.hear_now("Again")
        self.assertEqual(len(self.told(conversation)), 2)
        with self.assertRaises(ValidationError):
            self.env["res.config.settings"].create({"omnichannel_texts_per_rule": 0})

    def test_the_customer_is_one_whatever_they_write_from(self):
        """Another address of theirs, in another conversation, is no way around the limit."""
        self.rule("message_received", TEXT)
        conversation = self.hear_now()
        second = self.write_in(sender="+31699999999")
        second.identity_id.action_link(self.partner.id)
        self.run_rules()
        self.assertNotEqual(second, conversation)
        self.assertEqual(len(self.told(conversation)) + len(self.told(second)), 1)

    def test_two_workers_meet_at_the_customer(self):
        identity = self.hear_now().identity_id
        self.env.flush_all()
        xmin = "SELECT xmin FROM omnichannel_identity WHERE id = %s"
        self.env.cr.execute(xmin, [identity.id])
        before = self.env.cr.fetchall()
        with self.env.cr.savepoint():
            identity.conversation_id._take_turn_of_customer(identity)
            self.env.cr.execute(xmin, [identity.id])
            self.assertNotEqual(self.env.cr.fetchall(), before)

    def test_a_rule_that_fails_later_has_told_nobody(self):
        rule = self.rule("message_received", TEXT, self.tagging(self.tag))
        self.tag.unlink()
        conversation = self.hear_now()
        self.assertEqual(rule.state, "error")
        self.assertFalse(self.told(conversation))

    def test_programs_get_none_unless_an_order_asks_for_it(self):
        self.rule("message_received", TEXT)
        conversation = self.hear_now(from_program=True)
        self.assertFalse(self.told(conversation))

    def test_stopping_all_texts(self):
        rule = self.rule("message_received", TEXT)
        waiting = self.rows(self.hear_now(sender="+31611111111"))
        self.env["omnichannel.rule"].stop_texts()
        self.assertEqual(waiting.state, "cancelled")
        conversation = self.hear_now()
        self.assertFalse(self.told(conversation))
        self.assertEqual(rule.run_ids[0].held_back, "All automatic texts are stopped.")
        self.env["omnichannel.rule"].resume_texts()
        self.hear_now("Again")
        self.assertEqual(len(self.told(conversation)), 1)

    def test_what_is_missing_is_said(self):
        with self.assertRaisesRegex(ValidationError, "nothing to say"):
            self.rule("message_received", {"kind": "text"})

    def test_what_would_happen(self):
        rule = self.rule("message_received", TEXT)
        self.assertEqual(
            rule.action_ids._words(), "text to the customer: Hello {customer}, about {reference}"
        )


@tagged("post_install", "-at_install")
class TestMailsOfRules(RuleTextCase):
    def mails(self):
        return self.env["mail.mail"].search([("subject", "like", "News of")])

    def rule_that_mails(self, **values):
        action = {
            "kind": "mail",
            "mail_subject": "News of {customer}",
            "mail_text": "Look at <b>{reference}</b>",
        }
        return self.rule("message_received", action | values)

    def test_a_colleague_and_others(self):
        self.agent.email = "anna@shop.example"
        rule = self.rule_that_mails(
            user_id=self.agent.id, mail_to="Store <store@depot.example>, b@depot.example"
        )
        conversation = self.hear_now()
        self.assertEqual(rule.state, "running", rule.error)
        mails = self.mails()
        self.assertEqual(
            sorted(mails.mapped("email_to")),
            ['"Anna Agent" <anna@shop.example>', "b@depot.example", "store@depot.example"],
        )
        self.assertEqual(mails[0].subject, "News of Karin Klant")
        self.assertIn(f"Look at &lt;b&gt;{conversation.name}", mails[0].body_html)
        self.assertIn(f"/odoo/omnichannel.conversation/{conversation.id}", mails[0].body_html)
        self.assertIn("auto-generated", mails[0].headers)
        self.assertFalse(self.told(conversation), "the customer hears nothing of it")

    def test_never_the_customer(self):
        self.rule_that_mails(mail_to="karin@example.com")
        self.hear_now()
        self.assertFalse(self.mails())

    def test_what_is_missing_is_said(self):
        self.env["omnichannel.channel"].create(
            {"name": "Mail", "channel_type": "email", "address": SHOP, "team_id": self.team.id}
        )
        for values, words in (
            ({}, "nobody to mail"),
            ({"mail_to": "nobody"}, "nobody to mail"),
            ({"mail_to": "a@b.example, nobody@"}, "no list of e-mail addresses"),
            ({"mail_to": SHOP.upper()}, "an address of our own"),
            ({"mail_to": "a@b.example", "mail_subject": False}, "no subject"),
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                self.rule_that_mails(**values)


@tagged("post_install", "-at_install")
class TestWhoStops(OmnichannelUsers, AutomaticCase):
    def test_administrators_alone(self):
        Rule = self.env["omnichannel.rule"]
        for user in (self.agent, self.supervisor):
            with self.assertRaises(AccessError):
                Rule.with_user(user).stop_texts()
            self.assertFalse(Rule.with_user(user).get_texts_state()["may_stop"])
        Rule.with_user(self.manager).stop_texts()
        state = Rule.with_user(self.manager).get_texts_state()
        self.assertTrue(state["stopped"] and state["may_resume"])
        self.assertFalse(state["may_stop"])
        [line] = state["lines"]
        self.assertIn(f"Stopped by {self.manager.name}, ", line)
        for user in (self.agent, self.supervisor):
            with self.assertRaises(AccessError):
                Rule.with_user(user).resume_texts()
            for question in (
                Rule.with_user(user).get_stop_question,
                Rule.with_user(user).get_resume_question,
            ):
                with self.assertRaises(AccessError):
                    question()
        state = Rule.with_user(self.supervisor).get_texts_state()
        self.assertTrue(state["stopped"], "they see the notice, and no button")
        self.assertFalse(state["may_resume"])
        Rule.with_user(self.manager).resume_texts()
        self.assertFalse(Rule.get_texts_state()["stopped"])

    def test_it_is_not_for_customers(self):
        for user in (self.portal, self.employee):
            with self.assertRaises(AccessError):
                self.env["omnichannel.rule"].with_user(user).get_texts_state()

    def test_what_was_stopped_by_a_former_version(self):
        """One switch for all companies it was then: none of them begins to write by an upgrade."""
        key = "omnichannel_inbox.automatic_texts_stopped"
        path = file_path("omnichannel_inbox/migrations/19.0.1.1.0/post-migrate.py")
        migrate = runpy.run_path(path)["migrate"]
        companies = self.env.company | self.company_b
        migrate(self.env.cr, "19.0.1.0.0")
        self.assertFalse(companies._omnichannel_stopped())
        self.env["ir.config_parameter"].with_user(self.env.ref("base.user_admin")).set_param(key, True)
        self.env.flush_all()
        migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(companies._omnichannel_stopped(), companies)
        self.assertEqual(companies.omnichannel_texts_stopped_user_id, self.env.ref("base.user_admin"))
        self.assertFalse(self.env["ir.config_parameter"].search([("key", "=", key)]))

    def notice(self, user):
        self.env.flush_all()
        return self.env["omnichannel.conversation"].with_user(user).get_inbox_summary()["texts"]

    def test_the_inbox_says_so_to_those_who_lead(self):
        Rule = self.env["omnichannel.rule"].with_user(self.manager)
        self.assertFalse(self.notice(self.supervisor))
        Rule.stop_texts()
        self.assertFalse(self.notice(self.agent))
        self.assertTrue(self.notice(self.supervisor)["stopped"])
        self.assertFalse(self.notice(self.supervisor)["may_resume"])
        self.assertTrue(self.notice(self.manager)["may_resume"])
        self.assertFalse(self.notice(self.supervisor_b), "another company's")
        Rule.resume_texts()
        self.assertFalse(self.notice(self.manager))

    def test_another_company(self):
        """Its administrator neither stops ours nor lets them go; whoever works in both does both at once."""
        Rule, ours, other = self.env["omnichannel.rule"], self.env.company, self.company_b
        manager_b = self._user("omni_manager_b", MANAGER, other)
        Rule.with_user(manager_b).stop_texts()
        self.assertEqual((ours | other)._omnichannel_stopped(), other)
        self.assertFalse(Rule.with_user(self.manager).get_texts_state()["stopped"])
        Rule.with_user(self.manager).resume_texts()
        self.assertEqual((ours | other)._omnichannel_stopped(), other)
        with self.assertRaises(AccessError):
            Rule.with_user(manager_b).with_context(allowed_company_ids=ours.ids).stop_texts()
        manager_b.company_ids += ours
        both = Rule.with_user(manager_b).with_context(allowed_company_ids=(other | ours).ids)
        state = both.get_texts_state()
        self.assertTrue(state["may_stop"] and state["may_resume"])
        self.assertIn(other.name, state["lines"][0])
        self.assertIn(ours.name, both.get_stop_question())
        self.assertNotIn(other.name, both.get_stop_question())
        both.stop_texts()
        self.assertEqual((ours | other)._omnichannel_stopped(), ours | other)
        self.assertEqual(other.omnichannel_texts_stopped_user_id, manager_b)
        both.resume_texts()
        self.assertFalse((ours | other)._omnichannel_stopped())

    def test_what_waits_elsewhere_is_not_cancelled(self):
        """The wrong company's side of it: their texts leave, ours are cancelled."""
        theirs = self.make_channel("B", "b", company_id=self.company_b.id, team_id=self.team_b.id)
        queued = self.env["omnichannel.message"]
        for channel in (self.channel, theirs):
            heard = self.receive(self.text("Hello", sender="+31612345670"), channel=channel)
            queued |= queued.create(
                {
                    "channel_id": channel.id,
                    "conversation_id": heard.conversation_id.id,
                    "identity_id": heard.identity_id.id,
                    "mail_message_id": heard.mail_message_id.id,
                    "direction": "out",
                    "state": "queued",
                    "automatic": "greeting",
                }
            )
        Rule = self.env["omnichannel.rule"].with_user(self.manager)
        self.assertIn("waiting to be sent: 1.", Rule.get_stop_question())
        Rule.stop_texts()
        self.assertEqual(queued.mapped("state"), ["cancelled", "queued"])
        self.assertIn("cancelled when they were stopped: 1.", Rule.get_resume_question())
        queued[0].state = "queued"
        queued._prepare_calls()
        self.assertEqual(queued[0].state, "cancelled", "also when it was on its way already")
        self.assertNotEqual(queued[1].state, "cancelled")
