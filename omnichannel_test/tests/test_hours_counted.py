"""Time without an answer that is counted within business hours."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_assignment import AssignmentCase
from .test_rules_time import TimeCase

FRIDAY = datetime(2026, 7, 3, 14, 30)  # UTC: half past four in Amsterdam, half an hour before closing
MONDAY = datetime(2026, 7, 6, 7)  # UTC: nine in Amsterdam


class HoursCase(TimeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hours = cls.make_hours(9, 17)
        cls.team.calendar_id = cls.hours

    @classmethod
    def make_hours(cls, opening, closing, days=5):
        return cls.env["resource.calendar"].create(
            {
                "name": f"{opening} to {closing}",
                "tz": "Europe/Amsterdam",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {"name": str(day), "dayofweek": str(day), "hour_from": opening, "hour_to": closing}
                    )
                    for day in range(days)
                ],
            }
        )

    def close(self, begin, end, **values):
        leave = self.env["resource.calendar.leaves"].create(
            {"name": "Closed", "calendar_id": self.hours.id, "date_from": begin, "date_to": end}
        )
        leave.write(values)


@tagged("post_install", "-at_install")
class TestRulesWithinHours(HoursCase):
    def test_friday_evening_does_not_alarm_on_friday_night(self):
        rule = self.after("no_answer", 2)
        self.hear_at(FRIDAY, "Hello?")
        self.ring(FRIDAY + timedelta(hours=2))
        self.ring(MONDAY + timedelta(minutes=89))
        self.assertFalse(rule.run_ids)
        self.assertEqual(len(rule.timer_ids), 1)
        self.ring(MONDAY + timedelta(minutes=90))
        self.assertEqual(rule.run_count, 1)
        self.assertFalse(rule.timer_ids)

    def test_around_the_clock(self):
        rule = self.after("no_answer", 2, is_hours_counted=False)
        self.hear_at(FRIDAY, "Hello?")
        self.ring(FRIDAY + timedelta(hours=2))
        self.assertEqual(rule.run_count, 1)

    def test_without_hours_it_is_around_the_clock(self):
        self.team.calendar_id = False
        rule = self.after("no_answer", 2)
        self.hear_at(FRIDAY, "Hello?")
        self.ring(FRIDAY + timedelta(hours=2))
        self.assertEqual(rule.run_count, 1)

    def test_what_new_rules_count(self):
        self.assertTrue(self.rule("no_answer", delay=1).is_hours_counted)
        self.assertFalse(self.rule("no_reply", delay=1).is_hours_counted)
        self.assertFalse(self.rule("message_received").is_hours_counted)
        form = Form(self.env["omnichannel.rule"])
        form.trigger = "no_answer"
        self.assertTrue(form.is_hours_counted)
        form.trigger = "no_reply"
        self.assertFalse(form.is_hours_counted)
        old = self.rule("no_answer", delay=1, is_hours_counted=False)
        self.assertFalse(old.copy().is_hours_counted)

    def test_the_customer_did_not_answer(self):
        rule = self.after("no_reply", 2, is_hours_counted=True)
        conversation = self.hear_at(FRIDAY - timedelta(hours=1), "Hello?")
        self.answer_at(FRIDAY, conversation)
        self.ring(MONDAY + timedelta(minutes=89))
        self.assertFalse(rule.run_ids)
        self.ring(MONDAY + timedelta(minutes=90))
        self.assertEqual(rule.run_count, 1)

    def test_the_channels_hours_win(self):
        self.channel.calendar_id = self.make_hours(0, 24, days=7)
        rule = self.after("no_answer", 2)
        self.hear_at(FRIDAY, "Hello?")
        self.ring(FRIDAY + timedelta(hours=2))
        self.assertEqual(rule.run_count, 1)

    def due(self, began, number, unit="hours"):
        """When a rule acts on a conversation that waits since then."""
        rule = self.rule("no_answer", delay=number, delay_unit=unit)
        conversation = self.hear_at(began, "Hello?", sender=f"+31612{rule.id:06}")
        return rule._due(conversation, began)

    def test_daylight_saving(self):
        """On Sunday the 29th of March 2026 clocks go on by an hour."""
        self.assertEqual(self.due(datetime(2026, 3, 27, 15, 30), 2), datetime(2026, 3, 30, 8, 30))
        self.assertEqual(self.due(datetime(2026, 3, 27, 15, 30), 1, "days"), datetime(2026, 3, 30, 14, 30))

    def test_days_off(self):
        self.close(datetime(2026, 7, 5, 22), datetime(2026, 7, 6, 21, 59, 59))
        self.assertEqual(self.due(FRIDAY, 2), MONDAY + timedelta(days=1, minutes=90))
        self.assertEqual(self.due(FRIDAY, 1, "days"), FRIDAY + timedelta(days=4))

    def test_another_companys_days_off(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.close(datetime(2026, 7, 5, 22), datetime(2026, 7, 6, 21, 59, 59), company_id=other.id)
        self.assertEqual(self.due(FRIDAY, 2), MONDAY + timedelta(minutes=90))

    def test_days_are_days_on_which_we_are_open(self):
        self.assertEqual(self.due(FRIDAY, 1, "days"), FRIDAY + timedelta(days=3))
        self.assertEqual(self.due(MONDAY, 1, "days"), MONDAY + timedelta(days=1))
        sunday = MONDAY - timedelta(hours=20)
        self.assertEqual(self.due(sunday, 1, "days"), MONDAY + timedelta(days=1))

    def test_who_never_opens(self):
        self.hours.attendance_ids.unlink()
        rule = self.after("no_answer", 2)
        self.hear_at(FRIDAY, "Hello?")
        self.ring(FRIDAY + timedelta(days=10))
        self.assertFalse(rule.run_ids)
        self.assertTrue(rule.timer_ids, "somebody may set the hours")

    def test_a_rule_that_counts_otherwise_from_now_on(self):
        """Each timer is asked anew by the job, not when the rule is saved."""
        rule = self.after("no_answer", 8)
        self.hear_at(FRIDAY, "Hello?")
        with self.at(FRIDAY + timedelta(minutes=1)):
            rule.delay = 2
        self.ring(FRIDAY + timedelta(hours=1))
        self.assertFalse(rule.run_ids)
        self.assertEqual(rule.timer_ids.due, MONDAY + timedelta(minutes=90))
        with self.at(FRIDAY + timedelta(hours=3)):
            rule.is_hours_counted = False
        self.ring(FRIDAY + timedelta(hours=3))
        self.assertEqual(rule.run_count, 1)

    def test_test_says_so(self):
        rule = self.after("no_answer", 2)
        conversation = self.hear_at(FRIDAY, "Hello?")
        with self.at(FRIDAY + timedelta(hours=3)):
            words = dict(rule._conditions(conversation, {}))
        [line] = [line for line in words if "business hours" in line]
        self.assertFalse(words[line])


@tagged("post_install", "-at_install")
class TestReassignedWithinHours(AssignmentCase, HoursCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.write({"reassign_minutes": 60, "is_reassign_hours_counted": True})

    def given(self):
        with freeze_time(FRIDAY):
            conversation = self.write_in()
        self.assertEqual(conversation.user_id, self.agent)
        return conversation

    def owner(self, conversation, moment):
        with freeze_time(moment):
            self.assign()
        return conversation.user_id

    def test_given_on_when_the_minutes_have_gone_by_within_hours(self):
        conversation = self.given()
        self.assertEqual(self.owner(conversation, FRIDAY + timedelta(hours=5)), self.agent)
        self.assertEqual(self.owner(conversation, MONDAY + timedelta(minutes=29)), self.agent)
        self.assertEqual(self.owner(conversation, MONDAY + timedelta(minutes=30)), self.other_agent)
        self.assertEqual(self.owner(conversation, MONDAY + timedelta(minutes=89)), self.other_agent)
        self.assertEqual(self.owner(conversation, MONDAY + timedelta(minutes=90)), self.agent)

    def test_around_the_clock(self):
        self.team.is_reassign_hours_counted = False
        conversation = self.given()
        self.assertEqual(self.owner(conversation, FRIDAY + timedelta(hours=1)), self.other_agent)

    def test_without_hours(self):
        self.team.calendar_id = False
        conversation = self.given()
        self.assertEqual(self.owner(conversation, FRIDAY + timedelta(hours=1)), self.other_agent)

    def test_the_channels_hours_win(self):
        self.channel.calendar_id = self.make_hours(0, 24, days=7)
        conversation = self.given()
        self.assertEqual(self.owner(conversation, FRIDAY + timedelta(hours=1)), self.other_agent)

    def test_new_teams_count_hours(self):
        self.assertTrue(self.env["omnichannel.team"].create({"name": "New"}).is_reassign_hours_counted)
