"""Texts that customers get by themselves: which, when, in which words, and what they leave as it was."""

from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.omnichannel_inbox.tests.common import OmnichannelUsers

from .common import OmnichannelCase
from .test_answer_by_mail import ByMailCase
from .test_email import SHOP, EmailCase

CORE = "odoo.addons.omnichannel_inbox.models.omnichannel_conversation_automatic"
MONDAY = "2026-06-15 10:00:00"  # noon in Amsterdam
SATURDAY = "2026-06-13 10:00:00"


class AutomaticCase(OmnichannelCase):
    """A shop in Amsterdam that is open on workdays from nine to five."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("nl_NL")
        cls.hours = cls.env["resource.calendar"].create(
            {
                "name": "Nine to five",
                "tz": "Europe/Amsterdam",
                "company_id": cls.company.id,
                "attendance_ids": [
                    Command.create({"name": "Day", "dayofweek": str(day), "hour_from": 9, "hour_to": 17})
                    for day in range(5)
                ],
            }
        )
        cls.partner.lang = "nl_NL"

    def switch_on(self, record, **texts):
        """Let a channel or a team say something: ``greeting="Hello"`` …"""
        for kind, text in texts.items():
            record.write({f"is_{kind}_on": True, f"{kind}_text": text})

    def write_in(self, text="Hello", **values):
        """The customer writes now; returns the conversation."""
        return self.receive(self.text(text, at=str(fields.Datetime.now()), **values)).conversation_id

    def told(self, conversation, kind=None):
        """What the customer was told by itself, oldest first."""
        rows = self.rows(conversation).filtered(lambda row: not kind or row.automatic == kind)
        return rows.mapped("body")

    def rows(self, conversation):
        return conversation.ledger_ids.filtered("automatic").sorted("id")

    def send_due(self):
        self.env.flush_all()
        while self.env["omnichannel.conversation"]._send_due_texts():
            self.env.flush_all()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestSending(AutomaticCase):
    """What every automatic text has in common, shown by the greeting."""

    def setUp(self):
        super().setUp()
        self.switch_on(self.team, greeting="Hello {customer}")

    def test_it_leaves_by_the_ledger_as_an_answer_does(self):
        conversation = self.write_in()
        row = self.rows(conversation)
        self.assertRecordValues(
            row,
            [
                {
                    "automatic": "greeting",
                    "state": "queued",
                    "body": "Hello Karin Klant",
                    "channel_id": self.channel.id,
                    "identity_id": conversation.identity_id.id,
                }
            ],
        )
        self.send_queued()
        self.assertEqual(row.state, "sent")
        message = row.mail_message_id
        self.assertEqual(message.author_id, self.company.partner_id)
        self.assertEqual(message._omnichannel_data()["automatic"], "Greeting")
        self.assertFalse(message.notification_ids)

    def test_it_is_no_answer(self):
        conversation = self.write_in()
        self.assertTrue(self.told(conversation))
        newest = conversation.ledger_ids.filtered(lambda row: row.direction == "in").mail_message_id
        self.assertRecordValues(
            conversation,
            [
                {
                    "state": "open",
                    "user_id": False,
                    "first_response_date": False,
                    "last_direction": "in",
                    "last_message_id": newest.id,
                    "preview": "Hello",
                }
            ],
        )
        self.assertTrue(conversation.waiting_since)
        self.assertTrue(conversation.with_user(self.agent).is_unread)

    def test_the_agents_answer_is_the_first_one(self):
        conversation = self.write_in()
        seen = conversation.last_message_id
        self.write_in("And another thing")
        # Nobody is told that a colleague has answered meanwhile.
        self.answer(conversation, omnichannel_seen_id=seen)
        self.assertTrue(conversation.first_response_date)
        self.assertEqual(conversation.state, "pending")

    def test_rules_do_not_take_it_for_an_answer(self):
        with patch.object(self.env.registry["omnichannel.signal"], "_emit") as emit:
            conversation = self.write_in()
        self.assertTrue(self.told(conversation))
        self.assertNotIn("message_sent", [call.args[0] for call in emit.call_args_list])

    def test_one_that_is_lost_leaves_the_conversation_as_it_is(self):
        conversation = self.write_in()
        self.answer(conversation)
        self.rows(conversation)._fail("1", "refused")
        self.assertRecordValues(conversation, [{"state": "pending", "is_undelivered": False}])
        lost = conversation.ledger_ids.filtered(lambda row: row.direction == "out" and not row.automatic)
        lost._fail("1", "refused")
        self.assertTrue(conversation.is_undelivered)
        lost._advance("delivered")
        self.assertFalse(conversation.is_undelivered, "the greeting needs nobody to see to it")

    def test_the_customers_words_stay_the_newest_when_something_is_moved(self):
        conversation = self.write_in()
        conversation._refresh_summary()
        self.assertRecordValues(conversation, [{"last_direction": "in", "preview": "Hello"}])
        self.assertTrue(conversation.waiting_since)

    def test_only_who_begins_is_greeted(self):
        conversation = self.write_in()
        self.assertEqual(self.write_in("Again"), conversation)
        self.assertEqual(self.told(conversation), ["Hello Karin Klant"])

    def test_never_the_same_twice_in_a_row(self):
        conversation = self.write_in()
        send = lambda: conversation._send_automatic("greeting", lambda lang: "Hi")  # noqa: E731
        message, why_not = send()
        self.assertFalse(message)
        self.assertIn("has not written since", why_not)
        self.write_in("Again", from_program=True)
        self.assertFalse(send()[0], "a program of the customer's is not the customer")
        self.write_in("And again")
        self.assertTrue(send()[0])

    def test_nobody_is_told_twice_by_two_workers(self):
        """The second worker's transaction meets the first one's: the row is written, not only locked."""
        conversation = self.write_in()
        self.env.flush_all()
        self.env.cr.execute("SELECT xmin FROM omnichannel_conversation WHERE id = %s", [conversation.id])
        before = self.env.cr.fetchall()
        with self.env.cr.savepoint():
            conversation._take_turn()
            self.env.cr.execute("SELECT xmin FROM omnichannel_conversation WHERE id = %s", [conversation.id])
            self.assertNotEqual(self.env.cr.fetchall(), before)

    def test_programs_get_none(self):
        for number, values in enumerate(({"from_program": True}, {"silent": True})):
            with self.subTest(values):
                self.assertFalse(self.told(self.write_in(sender=f"+3161111111{number}", **values)))

    def test_nor_do_they_later(self):
        conversation = self.write_in(from_program=True)
        message, why_not = conversation._send_automatic("closing", lambda lang: "Bye")
        self.assertFalse(message)
        self.assertIn("written by a program", why_not)

    def test_nothing_goes_where_nothing_arrives(self):
        conversation = self.write_in()
        self.write_in("Again")
        conversation.identity_id._mark_unreachable("no such number")
        message, why_not = conversation._send_automatic("greeting", lambda lang: "Hi")
        self.assertFalse(message)
        self.assertIn("comes back", why_not)

    def test_nothing_goes_out_of_a_copy(self):
        self.channel.neutralized = True
        self.assertFalse(self.told(self.write_in()))

    def test_nothing_waits_for_a_broken_channel(self):
        self.channel._set_broken("The token expired.")
        self.assertFalse(self.told(self.write_in()))

    def test_nothing_goes_when_the_window_is_closed(self):
        self.assertFalse(self.told(self.receive(self.text(at="2026-01-01T00:00:00")).conversation_id))

    def test_it_stays_on_the_customers_channel(self):
        """Another channel could send; but who writes a chat message expects no mail."""
        mailbox = self.env["omnichannel.channel"].create(
            {
                "name": "Mail",
                "channel_type": "email",
                "address": SHOP,
                "team_id": self.team.id,
                "state": "connected",
            }
        )
        conversation = self.receive(self.text(at="2026-01-01T00:00:00")).conversation_id
        self.assertFalse(self.told(conversation))
        message, _why_not = conversation._send_automatic("closing", lambda lang: "Hi")
        self.assertEqual(message.omnichannel_ledger_ids.channel_id, mailbox, "the best one that can send")
        self.assertIn(message.omnichannel_ledger_ids.identity_id, conversation.identity_ids)

    def test_what_fails_holds_up_no_message(self):
        with (
            patch.object(self.env.registry["omnichannel.conversation"], "_fill_in", side_effect=ValueError),
            mute_logger(CORE),
        ):
            conversation = self.write_in()
        self.assertEqual(conversation.ledger_ids.mapped("direction"), ["in"])

    def test_stopping_them_all(self):
        self.env["omnichannel.rule"].stop_texts()
        self.assertFalse(self.told(self.write_in()))

    def test_stopping_what_is_on_its_way(self):
        row = self.rows(self.write_in())
        answer = self.answer(row.conversation_id).omnichannel_ledger_ids
        # Not by the button, which cancels it at once: it was claimed already.
        self.env.company.omnichannel_texts_stopped_date = fields.Datetime.now()
        self.send_queued()
        self.send_queued()
        self.assertEqual((row.state, answer.state), ("cancelled", "sent"))
        self.assertTrue(row.error_words)

    def test_what_a_text_costs_the_worker(self):
        """It takes so many queries for each customer who is greeted; for the others none."""
        with_text = self.queries_of_a_message(100)
        self.team.is_greeting_on = False
        self.assertLessEqual(with_text - self.queries_of_a_message(200), 12)

    def queries_of_a_message(self, number):
        """What a new customer's message takes, once what is remembered is there."""
        for sender in (f"+31600000{number}", f"+31600000{number + 1}"):
            self.env["omnichannel.event"]._journal(
                self.channel, self.body(self.text(sender=sender, at=str(fields.Datetime.now())))
            )
            self.env.cr.execute("UPDATE omnichannel_event SET lane = 0 WHERE state = 'pending'")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["omnichannel.event"]._work_batch(0)
            self.env.flush_all()
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestWords(AutomaticCase):
    """In whose language, and what stands for a placeholder."""

    def test_in_the_customers_language(self):
        self.switch_on(self.team, greeting="Hello {customer}")
        self.team.with_context(lang="nl_NL").greeting_text = "Dag {customer}"
        self.assertEqual(self.told(self.write_in()), ["Dag Karin Klant"])
        self.partner.lang = "en_US"
        self.assertEqual(self.told(self.write_in()), ["Dag Karin Klant"], "greeted before")

    def test_else_in_the_channels(self):
        self.switch_on(self.team, greeting="Hello {customer}")
        self.team.with_context(lang="nl_NL").greeting_text = "Dag {customer}"
        self.channel.lang = "nl_NL"
        self.assertEqual(self.told(self.write_in(sender="+31611111111")), ["Dag klant"])

    def test_placeholders(self):
        self.switch_on(
            self.channel, greeting="{customer} {agent} {reference} {position} {nonsense} {} {write}"
        )
        conversation = self.write_in()
        self.assertEqual(
            self.told(conversation),
            [f"Karin Klant Test team {conversation.name} 1 {{nonsense}} {{}} {{write}}"],
        )

    def test_a_name_is_no_placeholder(self):
        self.partner.name = "{agent} <b>x</b>"
        self.switch_on(self.channel, greeting="Hello {customer}")
        conversation = self.write_in()
        self.assertEqual(self.told(conversation), ["Hello {agent} <b>x</b>"])
        self.assertNotIn("<b>", self.rows(conversation).mail_message_id.body)

    def test_the_agents_name(self):
        self.switch_on(self.channel, closing="{agent} wishes you a good day")
        conversation = self.write_in()
        self.answer(conversation)
        conversation.action_close()
        with freeze_time(datetime.now() + timedelta(minutes=2)):
            self.send_due()
        self.assertEqual(self.told(conversation), ["Anna Agent wishes you a good day"])

    def test_the_channels_text_wins(self):
        self.switch_on(self.team, greeting="Team", closing="Team's goodbye")
        self.assertEqual(self.told(self.write_in(sender="+31611111110")), ["Team"])
        self.switch_on(self.channel, greeting="Channel")
        self.assertEqual(self.told(self.write_in(sender="+31611111111")), ["Channel"])
        self.channel.is_greeting_on = False
        self.assertEqual(self.told(self.write_in(sender="+31611111112")), ["Team"])
        self.channel.is_without_team_texts = True
        self.assertFalse(self.told(self.write_in(sender="+31611111113")))

    def test_an_empty_text_is_none(self):
        self.switch_on(self.channel, greeting=False)
        self.switch_on(self.team, greeting="Team")
        self.assertEqual(self.told(self.write_in()), ["Team"])

    def test_one_click_suggests_a_text_in_each_language(self):
        for kind in ("greeting", "out_of_office", "waiting", "closing"):
            getattr(self.channel, f"action_suggest_{kind}")()
            self.assertTrue(self.channel[f"is_{kind}_on"])
            english = self.channel.with_context(lang="en_US")[f"{kind}_text"]
            dutch = self.channel.with_context(lang="nl_NL")[f"{kind}_text"]
            self.assertNotEqual(english, dutch)
            self.assertTrue(dutch)
        self.assertIn("Dag Karin Klant", self.told(self.write_in())[0])


@tagged("post_install", "-at_install")
class TestHours(AutomaticCase):
    """Who writes when nobody is there."""

    def setUp(self):
        super().setUp()
        self.team.calendar_id = self.hours
        self.partner.lang = "en_US"
        self.switch_on(self.team, greeting="Welcome", out_of_office="Open again {opening}")

    def told_at(self, moment, sender="+31612345678"):
        with freeze_time(moment):
            return self.told(self.write_in(sender=sender))

    def test_within_the_hours_a_greeting(self):
        self.assertEqual(self.told_at(MONDAY), ["Welcome"])

    def test_outside_the_next_opening(self):
        self.assertEqual(self.told_at(SATURDAY), ["Open again on Mon, Jun 15 at 9:00 AM"])

    def test_in_the_customers_language(self):
        self.partner.lang = "nl_NL"
        self.assertEqual(self.told_at(SATURDAY), ["Open again op ma 15 jun om 09:00"])

    def test_today_and_tomorrow(self):
        # Two hours ahead of UTC in summer.
        self.assertEqual(self.told_at("2026-06-15 06:59:00", "+31611111111"), ["Open again today at 9:00 AM"])
        self.assertEqual(self.told_at("2026-06-15 07:00:00", "+31611111112"), ["Welcome"])
        self.assertEqual(self.told_at("2026-06-15 14:59:00", "+31611111113"), ["Welcome"])
        self.assertEqual(
            self.told_at("2026-06-15 15:00:00", "+31611111114"), ["Open again tomorrow at 9:00 AM"]
        )

    def test_daylight_saving(self):
        """Clocks went forward on 29 March and back on 25 October: nine o'clock is another moment."""
        for moment, expected in {
            "2026-03-27 07:59:00": "Open again today at 9:00 AM",  # a Friday in winter
            "2026-03-27 08:00:00": "Welcome",
            "2026-03-27 17:00:00": "Open again on Mon, Mar 30 at 9:00 AM",  # over the change
            "2026-03-30 07:00:00": "Welcome",  # a Monday in summer
            "2026-10-26 07:30:00": "Open again today at 9:00 AM",
            "2026-10-26 08:00:00": "Welcome",
        }.items():
            with self.subTest(moment):
                sender = f"+316{moment[2:10].replace('-', '')}{moment[11:13]}"
                self.assertEqual(self.told_at(moment, sender), [expected])

    def day_off(self, begin, end, **values):
        company = values.pop("company", self.company)
        day_off = (
            self.env["resource.calendar.leaves"]
            .with_company(company)
            .create({"name": "Holiday", "date_from": begin, "date_to": end, **values})
        )
        # Computed when it is looked at first, for whoever looks.
        self.assertEqual(day_off.company_id, company)

    def test_days_off(self):
        self.day_off("2026-06-14 22:00:00", "2026-06-15 21:59:59", calendar_id=self.hours.id)
        self.assertEqual(self.told_at(MONDAY), ["Open again tomorrow at 9:00 AM"])

    def test_days_off_of_the_whole_company_and_of_another(self):
        other = self.env["res.company"].create({"name": "Another"})
        self.day_off("2026-06-14 22:00:00", "2026-06-15 21:59:59", company=other, calendar_id=False)
        self.assertEqual(self.told_at(MONDAY, "+31611111111"), ["Welcome"])
        self.day_off("2026-06-14 22:00:00", "2026-06-15 21:59:59", calendar_id=False)
        self.assertEqual(self.told_at(MONDAY, "+31611111112"), ["Open again tomorrow at 9:00 AM"])

    def test_somebodys_own_day_off_closes_nothing(self):
        resource = self.env["resource.resource"].create({"name": "Anna", "calendar_id": self.hours.id})
        self.day_off(
            "2026-06-14 22:00:00", "2026-06-15 21:59:59", calendar_id=self.hours.id, resource_id=resource.id
        )
        self.assertEqual(self.told_at(MONDAY), ["Welcome"])

    def test_closed_for_months(self):
        self.day_off("2026-06-01 00:00:00", "2026-09-06 21:59:59", calendar_id=self.hours.id)
        self.assertEqual(self.told_at(MONDAY), ["Open again on Mon, Sep 7 at 9:00 AM"])

    def test_closed_for_good(self):
        self.hours.attendance_ids.unlink()
        self.assertEqual(self.told_at(MONDAY), ["Open again at a later time"])

    def test_the_channels_hours_win(self):
        self.channel.calendar_id = self.hours.copy({"tz": "America/New_York"})
        self.assertEqual(self.told_at(MONDAY), ["Open again today at 9:00 AM"])

    def test_without_hours_always_open(self):
        self.team.calendar_id = False
        self.assertEqual(self.told_at(SATURDAY), ["Welcome"])

    def test_once_each_time_the_doors_are_closed(self):
        friday, monday = "2026-06-12 16:00:00", "2026-06-15 16:00:00"
        with freeze_time(friday):
            conversation = self.write_in()
        for moment in (SATURDAY, "2026-06-14 10:00:00"):
            with freeze_time(moment):
                self.assertEqual(self.write_in("Hello?"), conversation)
        self.assertEqual(len(self.told(conversation)), 1)
        with freeze_time(monday):
            self.write_in("Hello?")
        self.assertEqual(
            self.told(conversation),
            ["Open again on Mon, Jun 15 at 9:00 AM", "Open again tomorrow at 9:00 AM"],
        )

    def test_also_in_a_conversation_that_goes_on(self):
        with freeze_time("2026-06-12 10:00:00"):
            conversation = self.write_in()
        with freeze_time(SATURDAY):
            self.write_in("One more thing")
        self.assertEqual(self.told(conversation), ["Welcome", "Open again on Mon, Jun 15 at 9:00 AM"])

    def test_the_greeting_stays_without_a_text_for_it(self):
        self.team.is_out_of_office_on = False
        self.assertEqual(self.told_at(SATURDAY), ["Welcome"])


@tagged("post_install", "-at_install")
class TestWaiting(AutomaticCase):
    """Who waits for an answer."""

    def setUp(self):
        super().setUp()
        self.partner.lang = "en_US"
        self.switch_on(self.team, waiting="You are number {position}")
        self.team.waiting_minutes = 10
        self.start = datetime(2026, 6, 15, 10)

    def at(self, minutes):
        return freeze_time(self.start + timedelta(minutes=minutes))

    def test_after_some_minutes_once(self):
        with self.at(0):
            conversation = self.write_in()
        with self.at(9):
            self.send_due()
            self.assertFalse(self.told(conversation))
            self.write_in("Hello?")
        with self.at(10):
            self.send_due()
        self.assertEqual(self.told(conversation), ["You are number 1"])
        with self.at(60):
            self.write_in("Hello??")
            self.send_due()
        with self.at(90):
            self.send_due()
        self.assertEqual(len(self.told(conversation)), 1)
        self.assertTrue(conversation.waiting_since)

    def test_however_late_the_job_comes(self):
        with self.at(0):
            conversation = self.write_in()
        with self.at(60 * 24 * 30), freeze_time(self.start + timedelta(hours=23)):
            self.send_due()
        self.assertEqual(self.told(conversation), ["You are number 1"])

    def test_the_position(self):
        other_team = self.env["omnichannel.team"].create({"name": "Others"})
        senders = [f"+3161111111{number}" for number in range(4)]
        with self.at(0):
            first, second, third, elsewhere = [self.write_in(sender=sender) for sender in senders]
            elsewhere.team_id = other_team
            self.answer(second)
        with self.at(1):
            last = self.write_in(sender="+31611111119")
        with self.at(20):
            self.send_due()
        self.assertEqual(self.told(first), ["You are number 1"])
        self.assertFalse(self.told(second), "answered")
        self.assertEqual(self.told(third), ["You are number 2"])
        self.assertEqual(self.told(last), ["You are number 3"])
        self.assertFalse(self.told(elsewhere), "another team, that says nothing")

    def test_not_whoever_needs_no_answer_any_more(self):
        for number, step in enumerate(("action_close", "action_snooze", "action_pending")):
            with self.subTest(step):
                with self.at(0):
                    conversation = self.write_in(sender=f"+3161111111{number}")
                    getattr(conversation, step)()
                with self.at(20):
                    self.send_due()
                self.assertFalse(self.told(conversation))

    def test_again_after_our_answer(self):
        with self.at(0):
            conversation = self.write_in()
            self.answer(conversation)
        with self.at(5):
            self.write_in("And?")
        with self.at(14):
            self.send_due()
            self.assertFalse(self.told(conversation))
        with self.at(15):
            self.send_due()
        self.assertEqual(len(self.told(conversation)), 1)

    def test_nights_do_not_count(self):
        self.team.calendar_id = self.hours
        with freeze_time(SATURDAY):
            conversation = self.write_in()
        with freeze_time("2026-06-13 20:00:00"):
            self.send_due()
        self.assertFalse(self.told(conversation))
        self.assertEqual(str(conversation.text_due), "2026-06-15 07:10:00")

    def test_it_was_switched_off_meanwhile(self):
        with self.at(0):
            conversation = self.write_in()
        self.team.is_waiting_on = False
        with self.at(20):
            self.send_due()
        self.assertFalse(self.told(conversation))
        self.assertFalse(conversation.text_due)

    def test_one_that_fails_holds_up_no_other(self):
        with self.at(0):
            bad, good = self.write_in(sender="+31611111111"), self.write_in(sender="+31611111112")
        Conversation = self.env.registry["omnichannel.conversation"]
        original = Conversation._placeholder_position

        def fail(conversation, identity):
            if conversation == bad:
                raise ValueError("no")
            return original(conversation, identity)

        with self.at(20), patch.object(Conversation, "_placeholder_position", fail), mute_logger(CORE):
            self.send_due()
        self.assertFalse(self.told(bad))
        self.assertTrue(self.told(good))
        self.assertFalse(bad.text_due, "it is not tried for ever")

    def test_a_million_conversations_need_no_look(self):
        """The job asks an index that holds nothing but what is due."""
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'omnichannel_conversation%text_due_idx'"
        )
        [(definition,)] = self.env.cr.fetchall()
        self.assertIn("WHERE (text_due IS NOT NULL)", definition)


@tagged("post_install", "-at_install")
class TestClosing(AutomaticCase):
    """What customers are told when we are done."""

    def setUp(self):
        super().setUp()
        self.switch_on(self.team, closing="Bye")

    def later(self):
        with freeze_time(datetime.now() + timedelta(minutes=2)):
            self.send_due()

    def test_after_it_was_closed(self):
        conversation = self.write_in()
        self.answer(conversation)
        conversation.with_user(self.agent).action_close()
        self.send_due()
        self.assertFalse(self.told(conversation), "there is time to take it back")
        self.later()
        self.assertEqual(self.told(conversation), ["Bye"])
        self.assertEqual(conversation.state, "closed")

    def test_not_if_it_was_taken_back(self):
        conversation = self.write_in()
        before = {"state": "open", "snooze_until": False, "waiting_since": conversation.waiting_since}
        conversation.action_close()
        conversation.action_undo(before)
        self.later()
        self.assertFalse(self.told(conversation))

    def test_not_if_the_customer_wrote_again(self):
        conversation = self.write_in()
        conversation.action_close()
        self.write_in("One more thing")
        self.later()
        self.assertFalse(self.told(conversation))

    def test_once_although_it_is_closed_twice(self):
        conversation = self.write_in()
        conversation.action_close()
        self.later()
        conversation.action_reopen()
        conversation.action_close()
        self.later()
        self.assertEqual(self.told(conversation), ["Bye"])

    def test_not_to_who_never_wrote(self):
        ticket = self.env["omnichannel.conversation"].create(
            {"partner_id": self.partner.id, "team_id": self.team.id}
        )
        ticket.action_close()
        self.assertFalse(ticket.text_due)

    def test_not_when_old_ones_are_cleaned_up(self):
        conversation = self.write_in()
        conversation.last_message_date = fields.Datetime.now() - timedelta(days=31)
        conversation.action_close()
        self.assertFalse(conversation.text_due)

    def test_not_when_what_a_program_wrote_is_put_away(self):
        conversation = self.write_in(silent=True)
        self.assertEqual(conversation.state, "closed")
        self.later()
        self.assertFalse(self.told(conversation))


@tagged("post_install", "-at_install")
class TestMails(AutomaticCase, EmailCase):
    """Mails must not set off the programs of others, nor be set off by them."""

    def setUp(self):
        super().setUp()
        self.switch_on(self.mailbox, greeting="We have your mail")

    def build(self, row):
        return row.channel_id._adapter()._build(row, row.mail_message_id, SHOP, "<a@shop.example>")

    def test_it_says_that_no_person_wrote_it(self):
        self.env.user.signature = "<p>The robot</p>"
        row = self.rows(self.deliver(self.mail()).conversation_id)
        mail = self.build(row)
        self.assertEqual(mail["Auto-Submitted"], "auto-replied")
        self.assertEqual(mail["X-Auto-Response-Suppress"], "All")
        self.assertEqual(mail["To"], '"Karin Klant" <karin@example.com>')
        content = mail.get_body(("html",)).get_content()
        self.assertIn("We have your mail", content)
        self.assertNotIn("robot", content)

    def test_an_agents_mail_does_not(self):
        conversation = self.deliver(self.mail()).conversation_id
        self.assertFalse(self.build(self.answer(conversation).omnichannel_ledger_ids)["Auto-Submitted"])

    def test_programs_get_none(self):
        for number, values in enumerate(
            (
                {"Auto_Submitted": "auto-replied"},
                {"Auto_Submitted": "auto-generated"},
                {"Precedence": "bulk"},
                {"Precedence": "list"},
                {"List_Id": "<news.example.com>"},
                {"List_Unsubscribe": "<https://example.com/u>"},
                {"X_Auto_Response_Suppress": "OOF, AutoReply"},
                {"sender": "Shop <no-reply@example.com>"},
                {"sender": "noreply@example.com"},
                {"Reply_To": "donotreply@example.com"},
                {"sender": "MAILER-DAEMON@example.com"},
                {"X_Spam_Flag": "YES"},
                {"subject": "Automatic reply: My order"},
            )
        ):
            with self.subTest(values):
                sender = values.pop("sender", f"robot{number}@example.com")
                row = self.deliver(self.mail(sender=sender, message_id=f"<{number}@example.com>", **values))
                self.assertTrue(row)
                self.assertFalse(self.told(row.conversation_id))

    def test_what_lay_in_the_mailbox_is_no_news(self):
        row = self.deliver(self.mail(Date="Mon, 05 Jan 2026 10:00:00 +0100"))
        self.assertTrue(row.conversation_id)
        self.assertFalse(self.told(row.conversation_id))

    def test_people_do(self):
        for number, values in enumerate(
            (
                {},
                {"Auto_Submitted": "no"},
                {"X_Auto_Response_Suppress": "DR, RN"},
                {"Precedence": "first-class"},
            )
        ):
            with self.subTest(values):
                row = self.deliver(
                    self.mail(
                        sender=f"p{number}@example.com", message_id=f"<p{number}@example.com>", **values
                    )
                )
                self.assertEqual(self.told(row.conversation_id), ["We have your mail"])

    def test_who_answers_it_joins(self):
        row = self.rows(self.deliver(self.mail()).conversation_id)
        row.write({"state": "sent", "provider_uid": "<a@shop.example>"})
        answer = self.deliver(
            self.mail("Thanks", In_Reply_To="<a@shop.example>", message_id="<b@example.com>")
        )
        self.assertEqual(answer.conversation_id, row.conversation_id)


@tagged("post_install", "-at_install")
class TestColleagues(AutomaticCase, ByMailCase):
    def test_who_asked_for_a_mail_gets_it_although_the_customer_was_greeted(self):
        self.switch_on(self.team, greeting="Hello")
        conversation = self.write_in("Where is my order?")
        self.assertTrue(self.told(conversation))
        [notice] = self.notices()
        self.assertIn("Where is my order?", notice.body_html)


@tagged("post_install", "-at_install")
class TestRights(OmnichannelUsers, AutomaticCase):
    def test_administrators_set_hours_days_off_and_texts(self):
        manager = self.env(user=self.manager)
        hours = manager["resource.calendar"].create({"name": "Ours", "company_id": self.company.id})
        manager["resource.calendar.leaves"].create(
            {
                "name": "New Year",
                "calendar_id": hours.id,
                "date_from": "2027-01-01 00:00:00",
                "date_to": "2027-01-01 22:00:00",
            }
        )
        self.channel.with_user(self.manager).write({"calendar_id": hours.id, "is_greeting_on": True})
        self.team.with_user(self.manager).action_suggest_closing()

    def test_agents_do_not(self):
        for record in (self.channel, self.team):
            with self.assertRaises(AccessError):
                record.with_user(self.agent).write({"greeting_text": "Mine"})
            with self.assertRaises(AccessError):
                record.with_user(self.supervisor).action_suggest_greeting()
