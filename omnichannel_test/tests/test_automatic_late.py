"""Texts that could not leave in time, as their channel did not work: silence is better then."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.omnichannel_inbox.models.omnichannel_message_validity import TOO_LATE

from .test_rule_texts import TEXT, RuleTextCase


@tagged("post_install", "-at_install")
class TestLateTexts(RuleTextCase):
    def setUp(self):
        super().setUp()
        self.switch_on(self.team, greeting="Hello {customer}", closing="Bye")

    def let_pass(self, **duration):
        """Time goes by for all that waits to be sent."""
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE omnichannel_message
                  SET valid_until = valid_until - %(time)s, next_attempt = next_attempt - %(time)s""",
            {"time": timedelta(**duration)},
        )
        self.env.invalidate_all()

    def work(self):
        """What the jobs that send do each minute."""
        self.env.flush_all()
        for lane in (0, 1):
            self.env["omnichannel.message"]._give_up_late(lane)
        self.send_queued()

    def hear_and_break(self):
        """The customer writes and is greeted, a rule writes as well, a colleague answers: and all of it is
        refused. Returns the ledger's rows."""
        self.rule("message_received", TEXT)
        conversation = self.hear_now()
        self.answer(conversation)
        self.channel.test_outcomes = [["190", "channel"]]
        self.work()
        self.assertEqual(self.channel.state, "broken")
        rows = conversation.ledger_ids.filtered(lambda row: row.direction == "out").sorted("id")
        self.assertEqual(rows.mapped("automatic"), ["greeting", "rule", False])
        self.assertEqual(set(rows.mapped("state")), {"queued"})
        return rows

    def mend(self):
        self.channel.action_test_connection()
        for _message in range(3):
            self.work()

    def test_mended_soon(self):
        rows = self.hear_and_break()
        self.let_pass(minutes=59)
        self.mend()
        self.assertEqual(rows.mapped("state"), ["sent"] * 3)

    def test_mended_after_hours(self):
        """The greeting is given up; a rule's text is still worth reading, and an answer always is."""
        rows = self.hear_and_break()
        self.let_pass(minutes=61)
        self.mend()
        self.assertEqual(rows.mapped("state"), ["cancelled", "sent", "sent"])
        data = rows[0].mail_message_id._omnichannel_data()
        self.assertEqual((data["state"], data["error"]), ("cancelled", TOO_LATE))

    def test_mended_after_days(self):
        rows = self.hear_and_break()
        self.let_pass(days=2)
        self.mend()
        self.assertEqual(rows.mapped("state"), ["cancelled", "cancelled", "sent"])

    def test_it_shows_while_the_channel_is_broken(self):
        greeting = self.hear_and_break()[0]
        self.let_pass(minutes=61)
        self.work()
        self.assertEqual((self.channel.state, greeting.state), ("broken", "cancelled"))

    def test_it_is_given_up_while_it_waits_for_the_next_attempt(self):
        """The provider does not answer for an hour."""
        conversation = self.write_in()
        self.channel.test_outcomes = [["500", "temporary"]]
        self.work()
        greeting = self.rows(conversation)
        self.assertEqual((greeting.state, greeting.attempts), ("queued", 1))
        self.let_pass(minutes=61)
        self.work()
        self.assertEqual((greeting.state, greeting.attempts), ("cancelled", 1))

    def test_the_lane_itself_takes_nothing_late(self):
        """Between two looks at what is late."""
        greeting = self.rows(self.write_in())
        self.let_pass(minutes=61)
        self.send_queued()
        self.assertEqual(greeting.state, "queued")

    def test_what_was_given_up_was_not_said(self):
        """It counts neither as told, nor towards what a customer may get."""
        rule = self.rule("message_received", TEXT)
        conversation = self.hear_now()
        self.let_pass(days=2)
        self.work()
        self.assertEqual(self.rows(conversation).mapped("state"), ["cancelled"] * 2)
        self.hear_now("Again")
        self.assertEqual(self.rows(conversation)[-1].rule_id, rule)
        self.assertEqual(self.rows(conversation)[-1].state, "queued")

    def test_whoever_retries_decides(self):
        conversation = self.write_in()
        self.channel.test_outcomes = [["1", "permanent"]]
        self.work()
        greeting = self.rows(conversation)
        self.assertEqual(greeting.state, "failed")
        self.let_pass(days=2)
        greeting.with_user(self.agent).action_retry()
        self.work()
        self.assertEqual(greeting.state, "sent")

    def test_that_we_are_closed_is_true_until_we_open(self):
        self.switch_on(self.team, out_of_office="Open {opening}")
        now = fields.Datetime.now()
        hour, day = timedelta(hours=1), timedelta(days=1)
        conversation = self.write_in()
        for opens_in, valid_for in ((timedelta(minutes=10), timedelta(minutes=10)), (3 * day, day)):
            with self.opening(now + opens_in):
                self.assertAlmostEqual(
                    conversation._valid_until("out_of_office"), now + valid_for, delta=hour / 60
                )
        with self.opening(None):
            self.assertAlmostEqual(conversation._valid_until("out_of_office"), now + day, delta=hour / 60)
        self.assertAlmostEqual(conversation._valid_until("closing"), now + hour, delta=hour / 60)

    def opening(self, moment):
        """We open then."""
        conversations = self.env.registry["omnichannel.conversation"]
        return patch.object(conversations, "_opening", lambda conversation, _now: moment)
