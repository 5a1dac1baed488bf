"""Conversations that a team gives to its agents by itself."""

from collections import Counter
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.omnichannel_inbox.tests.common import AGENT, OmnichannelUsers

from .common import OmnichannelCase
from .test_queries import QueryCase
from .test_rules import RuleCase

# UTC, by which all agents here live. Long ago: the journal goes by the database's clock, which runs on.
MONDAY = "2024-11-18 10:00:00"


class AssignmentCase(OmnichannelCase):
    """A team that assigns in turn, with two agents who are online."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agents = cls.agent | cls.other_agent
        cls.online(cls.agents)
        cls.team.assign_method = "round_robin"

    @classmethod
    def online(cls, users, status="online"):
        Presence = cls.env["mail.presence"]
        for user in users:
            presence = Presence.search([("user_id", "=", user.id)])
            if presence:
                presence.status = status
            else:
                Presence.create({"user_id": user.id, "status": status})

    @classmethod
    def agent_of(cls, user):
        return cls.env["omnichannel.agent"]._of_users(user)

    @classmethod
    def limit(cls, users, max_open, channel_type=False):
        for user in users:
            cls.agent_of(user).limit_ids = [
                Command.create({"max_open": max_open, "channel_type": channel_type})
            ]

    def assign(self):
        """The job, without its commits."""
        Assignment = self.env["omnichannel.assignment"]
        self.env.flush_all()
        while Assignment._sweep():
            pass
        for team_id in Assignment._due_teams():
            while Assignment._assign_batch(team_id):
                pass
        self.env.flush_all()
        self.env.invalidate_all()

    def numbers(self, count, first=0):
        return [f"+3162{number:07}" for number in range(first, first + count)]

    def write_in(self, count=1, first=0):
        """So many strangers write, and the job runs; returns their conversations, oldest first."""
        items = [self.text(sender=number) for number in self.numbers(count, first)]
        conversations = self.receive(*items).conversation_id.sorted("id")
        self.assign()
        return conversations

    def close_long_ago(self):
        """Close everything, so long ago that nothing is opened again."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE omnichannel_conversation SET state = 'closed', closed_date = '2020-01-01'"
        )
        self.env.invalidate_all()

    def from_customer(self, text="Hello"):
        conversation = self.receive(self.text(text)).conversation_id
        self.assign()
        return conversation


@tagged("post_install", "-at_install")
class TestMethods(AssignmentCase):
    def test_by_hand_nothing_happens(self):
        self.team.assign_method = "manual"
        conversation = self.write_in()
        self.assertFalse(conversation.user_id)
        self.assertFalse(conversation.queued_since)

    def test_in_turn(self):
        conversations = self.write_in(5)
        users = conversations.mapped("user_id.id")
        self.assertEqual(
            [c.user_id for c in conversations],
            [self.agent, self.other_agent, self.agent, self.other_agent, self.agent],
        )
        self.assertEqual(len(users), 2)
        # It goes on where it stopped, also in another batch.
        self.assertEqual(self.write_in(1, first=50).user_id, self.other_agent)
        self.assertIn("Given to Anna Agent", "".join(conversations[0].message_ids.mapped("body")))

    def test_least_busy_is_measured_by_the_limit(self):
        self.team.assign_method = "least_busy"
        self.limit(self.agent, 12)
        self.limit(self.other_agent, 4)
        conversations = self.write_in(12)
        counts = Counter(c.user_id for c in conversations)
        self.assertEqual(counts, {self.agent: 9, self.other_agent: 3}, "three quarters of the room each")

    def test_the_last_agent_first(self):
        self.team.is_last_agent_first = True
        first = self.from_customer()
        self.assertEqual(first.user_id, self.agent)
        self.close_long_ago()
        again = self.from_customer()
        self.assertNotEqual(again, first)
        self.assertEqual(again.user_id, self.agent, "though it was the other one's turn")
        self.team.is_last_agent_first = False
        again.user_id = False
        self.assign()
        self.assertEqual(again.user_id, self.other_agent)

    def test_a_stranger_is_known_by_their_address(self):
        self.team.is_last_agent_first = True
        first = self.write_in()
        self.assertFalse(first.partner_id)
        self.close_long_ago()
        again = self.write_in()
        self.assertNotEqual(again, first)
        self.assertEqual(again.user_id, first.user_id)

    def test_the_last_agent_cannot_take_it(self):
        self.team.is_last_agent_first = True
        first = self.from_customer()
        self.close_long_ago()
        self.agent_of(first.user_id).availability = "busy"
        self.assertEqual(self.from_customer().user_id, self.agents - first.user_id)

    def test_skills_needed(self):
        skill, topic = self.env["omnichannel.tag"].create(
            [{"name": "Repairs (test)"}, {"name": "Red (test)"}]
        )
        self.agent_of(self.other_agent).tag_ids = skill
        self.team.match_tags = "require"
        conversation = self.env["omnichannel.conversation"].create(
            {"partner_id": self.partner.id, "team_id": self.team.id, "tag_ids": (skill | topic).ids}
        )
        self.assign()
        self.assertEqual(conversation.user_id, self.other_agent, "a tag that is nobody's skill is none")
        self.agent_of(self.other_agent).availability = "busy"
        conversation.user_id = False
        self.assign()
        self.assertFalse(conversation.user_id)
        self.assertTrue(conversation.queued_since)
        self.team.match_tags = "prefer"
        self.assign()
        self.assertEqual(conversation.user_id, self.agent)

    def test_languages(self):
        self.env["res.lang"]._activate_lang("nl_BE")
        self.env["res.lang"]._activate_lang("fr_FR")
        lang = self.env["res.lang"]._lang_get
        self.agent_of(self.agent).lang_ids = lang("fr_FR")
        self.agent_of(self.other_agent).lang_ids = lang("nl_BE")
        self.team.match_langs = "require"
        self.channel.lang = "fr_FR"
        self.assertEqual(set(self.write_in(3).user_id), set(self.agent), "the channel's")
        self.partner.lang = "nl_BE"
        self.assertEqual(self.from_customer().user_id, self.other_agent, "the customer's")

    def test_urgent_ones_first(self):
        self.online(self.agents, "offline")
        usual, urgent = self.write_in(2)
        urgent.priority = "3"
        self.online(self.agent)
        self.limit(self.agent, 1)
        self.assign()
        self.assertEqual(urgent.user_id, self.agent)
        self.assertFalse(usual.user_id)


@tagged("post_install", "-at_install")
class TestWhoCan(AssignmentCase):
    def assertGets(self, user, message=None):
        """Only one of the two can be given something."""
        conversations = self.write_in(2, first=self.env["omnichannel.conversation"].search_count([]))
        self.assertEqual(conversations.user_id, user, message)

    def test_switched_off(self):
        for availability in ("busy", "away"):
            self.env["omnichannel.agent"].with_user(self.agent).set_availability(availability)
            self.assertGets(self.other_agent)
        self.env["omnichannel.agent"].with_user(self.agent).set_availability("available")
        self.assertGets(self.agents)

    def test_presence(self):
        for status in ("away", "offline"):
            self.online(self.agent, status)
            self.assertGets(self.other_agent, status)
        self.env["mail.presence"].search([("user_id", "=", self.agent.id)]).unlink()
        self.assertGets(self.other_agent, "never seen")
        self.team.is_presence_needed = False
        self.assertGets(self.agents)

    def test_what_was_said_in_odoo(self):
        for status in ("away", "busy", "offline"):
            self.agent.manual_im_status = status
            self.assertGets(self.other_agent, status)
        self.agent.manual_im_status = False
        self.agent.out_of_office_from = fields.Datetime.now() - timedelta(days=1)
        self.assertGets(self.other_agent, "out of office")

    def test_working_hours(self):
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Mornings",
                "tz": "UTC",
                "attendance_ids": [
                    Command.create({"name": str(day), "dayofweek": str(day), "hour_from": 8, "hour_to": 12})
                    for day in range(5)
                ],
            }
        )
        self.agent_of(self.agent).calendar_id = calendar
        with freeze_time(MONDAY):
            self.assertGets(self.agents)
        for moment in ("2024-11-18 13:00:00", "2024-11-17 10:00:00"):
            with freeze_time(moment):
                self.assertEqual(self.agent_of(self.agent).absence, "hours")
                self.env.invalidate_all()
                self.assertGets(self.other_agent, moment)

    def test_hours_and_time_off_of_the_employee(self):
        calendar = self.env["resource.calendar"].create({"name": "Office", "tz": "UTC"})
        resource = self.env["resource.resource"].create(
            {"name": "Anna", "user_id": self.agent.id, "calendar_id": calendar.id, "tz": "UTC"}
        )
        with freeze_time(MONDAY):
            self.assertGets(self.agents)
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Holidays",
                    "calendar_id": calendar.id,
                    "resource_id": resource.id,
                    "date_from": "2024-11-18 00:00:00",
                    "date_to": "2024-11-19 00:00:00",
                }
            )
            self.assertGets(self.other_agent, "a day off")
        with freeze_time("2024-11-20 22:00:00"):
            self.assertGets(self.other_agent, "at night")
        resource.calendar_id = False
        with freeze_time("2024-11-20 22:00:00"):
            self.assertGets(self.agents)

    def test_limits(self):
        self.limit(self.agent, 2)
        self.limit(self.other_agent, 3)
        conversations = self.write_in(8)
        self.assertEqual(
            Counter(c.user_id for c in conversations),
            {self.agent: 2, self.other_agent: 3, self.env["res.users"]: 3},
        )
        queue = conversations.filtered(lambda c: not c.user_id)
        self.assertEqual(queue, conversations.filtered("queued_since"))
        # Room for one more, which is there for the one that waited longest.
        conversations.filtered(lambda c: c.user_id == self.agent)[0].action_close()
        self.assign()
        self.assertEqual(queue.filtered("user_id"), queue[0])

    def test_the_team_s_limit_and_an_agent_s_own(self):
        self.team.limit_ids = [Command.create({"max_open": 1})]
        self.limit(self.agent, 2)
        counts = Counter(c.user_id for c in self.write_in(4))
        self.assertEqual((counts[self.agent], counts[self.other_agent]), (2, 1))

    def test_limit_of_a_channel(self):
        self.limit(self.agents, 1, "test")
        by_channel = self.write_in(3)
        self.assertEqual(len(by_channel.filtered("user_id")), 2)
        # Of what did not come by that channel they can have more.
        started = self.env["omnichannel.conversation"].create(
            {"partner_id": self.partner.id, "team_id": self.team.id}
        )
        self.assign()
        self.assertTrue(started.user_id)

    def test_what_waits_for_the_customer(self):
        self.limit(self.agents, 1)
        first = self.write_in(2)
        first.action_pending()
        self.assertTrue(all(self.write_in(2, first=10).mapped("user_id")), "only what is open counts")
        self.team.is_pending_counted = True
        self.env["omnichannel.conversation"].search([("state", "=", "open")]).action_pending()
        self.assertFalse(self.write_in(1, first=20).user_id)

    def test_tickets_that_an_order_opened_do_not_count(self):
        self.team.is_pending_counted = True
        self.limit(self.agents, 1)
        orders = self.env["sale.order"].create([{"partner_id": self.partner.id} for _n in range(4)])
        values = {"team_id": self.team.id, "user_id": self.agent.id, "state": "pending"}
        self.env["omnichannel.conversation"]._open_for_orders(
            orders, dict.fromkeys(orders, values), ("Opened", False)
        )
        self.assertEqual(self.write_in(2).user_id, self.agents)

    def test_who_is_no_agent_of_the_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        abroad = new_test_user(
            self.env, "omni_abroad", AGENT, company_id=company.id, company_ids=[Command.set(company.ids)]
        )
        employee = new_test_user(self.env, "omni_no_agent", "base.group_user")
        self.online(abroad | employee)
        self.team.member_ids |= abroad | employee
        self.agent.active = False
        self.assertGets(self.other_agent)

    def test_each_company_has_its_own(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        both = new_test_user(
            self.env,
            "omni_both",
            AGENT,
            company_id=company.id,
            company_ids=[Command.set((company | self.env.company).ids)],
        )
        self.online(both)
        team = self.env["omnichannel.team"].create(
            {
                "name": "Elsewhere",
                "company_id": company.id,
                "assign_method": "round_robin",
                "member_ids": [Command.set(both.ids)],
            }
        )
        self.team.member_ids |= both
        self.limit(both, 2)
        there = self.env["omnichannel.conversation"].create(
            {"partner_id": self.partner.id, "team_id": team.id, "company_id": company.id}
        )
        self.assign()
        self.assertEqual(there.user_id, both)
        counts = Counter(c.user_id for c in self.write_in(9))
        self.assertEqual(counts[both], 1, "the limit is theirs, whichever team gives")


@tagged("post_install", "-at_install")
class TestQueue(OmnichannelUsers, AssignmentCase):
    def alerts(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", "omnichannel.team"), ("res_id", "=", self.team.id)]
        )

    def notices(self):
        return self.env["bus.bus"].search([("message", "like", "simple_notification")])

    def test_nobody_can_take_it(self):
        self.online(self.agents, "offline")
        with freeze_time(MONDAY):
            first = self.write_in()
        self.assertEqual(fields.Datetime.to_string(first.queued_since), MONDAY)
        told = self.alerts()
        self.assertIn(self.supervisor, told.user_id)
        self.assertNotIn(self.supervisor_b, told.user_id)
        self.assertFalse(told.user_id & self.agents)
        self.assertIn("Test team", told[0].summary)
        self.env.cr.precommit.run()
        self.assertEqual(len(self.notices()), len(told))
        # More of them, and later: it is known.
        with freeze_time("2024-11-18 12:00:00"):
            others = self.write_in(3, first=10)
        self.assertEqual(self.alerts(), told)
        self.assertTrue(all(others.mapped("queued_since")))
        self.assertEqual(self.team.queue_count, 4)
        # Somebody comes.
        self.online(self.agent)
        self.assign()
        self.assertEqual((first | others).user_id, self.agent)
        self.assertFalse((first | others).filtered("queued_since"))
        self.assertFalse(self.team.queue_stuck_date)
        self.assertFalse(self.alerts())

    def test_a_queue_that_comes_and_goes_is_told_of_once_in_a_while(self):
        self.online(self.agents, "offline")

        def come_and_go(moment):
            with freeze_time(moment):
                conversation = self.write_in(first=self.env["omnichannel.conversation"].search_count([]))
                told = self.alerts()
                conversation.user_id = self.agent
                self.assign()
                self.assertFalse(self.alerts())
            return bool(told)

        self.assertTrue(come_and_go("2024-11-18 10:00:00"))
        self.assertFalse(come_and_go("2024-11-18 10:05:00"))
        self.assertTrue(come_and_go("2024-11-18 10:16:00"))

    def test_a_quick_second_queue_that_lasts_is_told_of(self):
        self.online(self.agents, "offline")
        with freeze_time("2024-11-18 10:00:00"):
            self.write_in().user_id = self.agent
            self.assign()
        with freeze_time("2024-11-18 10:05:00"):
            self.write_in(first=5)
            self.assertFalse(self.alerts())
        with freeze_time("2024-11-18 10:15:00"):
            self.assign()
            self.assertTrue(self.alerts())

    def test_whoever_takes_it_ends_the_wait(self):
        self.online(self.agents, "offline")
        for end in (
            lambda c: c.with_user(self.agent).action_assign_to_me(),
            lambda c: c.with_user(self.agent).action_close(),
            self.answer,
        ):
            conversation = self.write_in(first=self.env["omnichannel.conversation"].search_count([]))
            self.receive(
                self.text(sender=conversation.identity_id.address, at=fields.Datetime.now().isoformat())
            )
            self.assertTrue(conversation.queued_since)
            end(conversation)
            self.assertFalse(conversation.queued_since)

    def test_what_was_taken_by_hand_stays(self):
        conversation = self.env["omnichannel.conversation"].create(
            {"partner_id": self.partner.id, "team_id": self.team.id, "user_id": self.other_agent.id}
        )
        self.agent_of(self.other_agent).availability = "away"
        self.assign()
        self.assertEqual(conversation.user_id, self.other_agent)

    def test_folder(self):
        def folders():
            found = (
                self.env["omnichannel.conversation"]
                .with_user(self.agent)
                .search_panel_select_range("folder", enable_counters=True)
            )
            return {value["id"]: value.get("__count") for value in found["values"]}

        self.online(self.agents, "offline")
        queued = self.write_in(2)
        self.assertEqual(folders()["queue"], 2)
        Conversation = self.env["omnichannel.conversation"].with_user(self.agent)
        self.assertEqual(
            Conversation.search([("folder", "=", "queue")]), queued.sorted(key="id", reverse=True)
        )
        self.assertFalse(Conversation.with_user(self.outsider).search([("folder", "=", "queue")]))
        self.team.assign_method = "manual"
        self.assertNotIn("queue", folders())
        self.assertFalse(queued.filtered("queued_since"), "a team that assigns by hand has no queue")
        self.assertFalse(self.alerts())

    def test_who_is_told(self):
        """What is about to be given to somebody is news for them alone; what nobody can take, for all."""

        def waiting(user):
            summary = self.env["omnichannel.conversation"].with_user(user).get_inbox_summary()
            return {item["id"] for item in summary["items"]}

        conversation = self.receive(self.text()).conversation_id
        self.assertEqual(waiting(self.agent), set())
        self.env.cr.precommit.run()
        newest = self.env["bus.bus"]._bus_last_id()
        self.assign()
        self.assertEqual(waiting(self.agent), {conversation.id})
        self.assertEqual(waiting(self.other_agent), set())
        self.env.cr.precommit.run()
        sent = self.env["bus.bus"].search([("id", ">", newest), ("channel", "like", "omnichannel.team")])
        self.assertIn(str(conversation.last_message_id), sent.message, "whose client has not seen it yet")
        self.online(self.agents, "offline")
        nobodys = self.write_in()
        for user in self.agents:
            self.assertIn(nobodys.id, waiting(user))

    def test_what_was_there_before(self):
        self.team.assign_method = "manual"
        before = self.write_in(3)
        self.assertFalse(before.user_id)
        self.team.assign_method = "round_robin"
        self.assign()
        self.assertEqual(before.user_id, self.agents)

    def test_an_order_s_ticket_waits_for_the_customer(self):
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        ticket = self.env["omnichannel.conversation"]._open_for_orders(
            order, {order: {"team_id": self.team.id, "state": "pending"}}, ("Opened", False)
        )
        self.assign()
        self.assertFalse(ticket.user_id or ticket.queued_since)
        self.assertEqual(self.from_customer(), ticket)
        self.assertTrue(ticket.user_id)

    def test_moved_to_another_team(self):
        self.online(self.agents, "offline")
        conversation = self.write_in()
        conversation.team_id = self.team_of_outsider
        self.assertFalse(conversation.queued_since)
        conversation.team_id = self.team
        self.assertTrue(conversation.queued_since)


@tagged("post_install", "-at_install")
class TestSomebodyElse(AssignmentCase):
    def at(self, minutes):
        moment = fields.Datetime.to_datetime(MONDAY) + timedelta(minutes=minutes)
        return freeze_time(moment)

    def test_not_answered(self):
        self.team.reassign_minutes = 10
        with self.at(0):
            conversation = self.write_in()
        self.assertEqual(conversation.user_id, self.agent)
        with self.at(9):
            self.assign()
            self.assertEqual(conversation.user_id, self.agent)
        with self.at(10):
            self.assign()
            self.assertEqual(conversation.user_id, self.other_agent)
            thread = "".join(conversation.message_ids.mapped("body"))
            self.assertIn("Not answered for 10 minutes: given from Anna Agent to Bram Agent", thread)
        with self.at(19):
            self.assign()
            self.assertEqual(conversation.user_id, self.other_agent, "who has all of the minutes, too")
        with self.at(20):
            self.assign()
            self.assertEqual(conversation.user_id, self.agent)

    def test_answered(self):
        self.team.reassign_minutes = 10
        with self.at(0):
            row = self.receive(self.text(at=MONDAY))
            self.assign()
        conversation = row.conversation_id
        with self.at(5):
            self.answer(conversation, user=conversation.user_id)
        with self.at(60):
            self.assign()
            self.assertEqual(conversation.user_id, self.agent)

    def test_nobody_else_is_there(self):
        self.team.reassign_minutes = 10
        self.online(self.other_agent, "offline")
        with self.at(0):
            conversation = self.write_in()
        with self.at(60):
            self.assign()
            self.assertEqual(conversation.user_id, self.agent, "better than nobody")
            self.assertFalse(conversation.queued_since)
            self.online(self.other_agent)
            self.limit(self.other_agent, 0)
            self.assign()
            self.assertEqual(conversation.user_id, self.agent)

    def test_only_if_the_team_says_so(self):
        with self.at(0):
            conversation = self.write_in()
        with self.at(600):
            self.assign()
            self.assertEqual(conversation.user_id, self.agent)
        self.team.reassign_minutes = 10
        with self.at(600):
            self.assign()
            self.assertEqual(conversation.user_id, self.other_agent, "also what was taken by hand")

    def reopened(self, **values):
        """The first agent's conversation is closed, they are away, and the customer writes again."""
        conversation = self.from_customer()
        self.assertEqual(conversation.user_id, self.agent)
        conversation.write({"state": "closed"} | values)
        return conversation

    def test_agent_is_away(self):
        self.team.is_returned = True
        for state in ("closed", "pending", "snoozed"):
            conversation = self.reopened(state=state)
            self.agent_of(self.agent).availability = "away"
            self.assertEqual(self.from_customer(), conversation)
            self.assertEqual(conversation.user_id, self.other_agent, state)
            self.agent_of(self.agent).availability = "available"
            conversation.write({"state": "closed", "user_id": self.agent.id})

    def test_agent_is_only_busy_or_full(self):
        self.team.is_returned = True
        conversation = self.reopened()
        self.agent_of(self.agent).availability = "busy"
        self.limit(self.agent, 0)
        self.from_customer()
        self.assertEqual(conversation.user_id, self.agent)
        self.assertFalse(conversation.is_returning)

    def test_agent_is_away_and_the_team_leaves_it_to_them(self):
        conversation = self.reopened()
        self.agent_of(self.agent).availability = "away"
        self.from_customer()
        self.assertEqual(conversation.user_id, self.agent)

    def test_agent_left_the_company(self):
        conversation = self.reopened()
        self.agent.active = False
        self.from_customer()
        self.assertEqual(conversation.user_id, self.other_agent, "whatever the team says")

    def test_agent_is_away_and_so_is_everybody(self):
        self.team.is_returned = True
        conversation = self.reopened()
        self.online(self.agents, "offline")
        self.from_customer()
        self.assertFalse(conversation.user_id)
        self.assertTrue(conversation.queued_since)


@tagged("post_install", "-at_install")
class TestByRule(RuleCase, AssignmentCase):
    def test_only_what_a_rule_assigns(self):
        self.team.assign_scope = "rule"
        self.rule("message_received", {"kind": "method"}, text_words="urgent")
        usual = self.hear("Hello", sender="+31699999991")
        urgent = self.hear("This is urgent", sender="+31699999992")
        self.assign()
        self.assertFalse(usual.user_id or usual.queued_since)
        self.assertEqual(urgent.user_id, self.agent)

    def test_a_ticket_of_an_order_as_soon_as_there_is_work(self):
        self.team.assign_scope = "rule"
        self.rule("order_confirmed", {"kind": "method"})
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        order.action_confirm()
        self.run_rules()
        self.assign()
        ticket = self.env["omnichannel.conversation"].search([("order_ticket_id", "=", order.id)])
        self.assertEqual(ticket.state, "pending")
        self.assertFalse(ticket.user_id)
        self.assertEqual(self.from_customer(), ticket)
        self.assertEqual(ticket.user_id, self.agent)

    def test_what_somebody_has_is_theirs(self):
        self.rule("tag_added", {"kind": "method"})
        conversation = self.hear("Hello")
        conversation.user_id = self.other_agent
        conversation.tag_ids = self.tag
        self.run_rules()
        self.assign()
        self.assertEqual(conversation.user_id, self.other_agent)

    def test_the_team_assigns_by_hand(self):
        rule = self.rule("message_received", {"kind": "method"})
        other = self.env["omnichannel.team"].create({"name": "Another", "assign_method": "least_busy"})
        self.team.assign_method = "manual"
        self.hear("Hello")
        self.assertEqual(rule.state, "error")
        self.assertIn("Test team assigns by hand", rule.error)
        other.assign_method = "manual"
        with self.assertRaisesRegex(UserError, "No team assigns by itself"):
            rule.action_switch_on()


@tagged("post_install", "-at_install")
class TestAgents(OmnichannelUsers, AssignmentCase):
    def test_switch(self):
        Agent = self.env["omnichannel.agent"].with_user(self.agent)
        Agent.set_availability("busy")
        self.assertEqual(Agent.get_availability(), {"value": "busy", "absence": False})
        Agent.set_availability("available")
        self.online(self.agent, "offline")
        self.assertEqual(Agent.get_availability(), {"value": "available", "absence": "presence"})
        with self.assertRaises(UserError):
            Agent.set_availability("asleep")
        with self.assertRaises(AccessError):
            self.env["omnichannel.agent"].with_user(self.portal).set_availability("busy")

    def test_switch_is_told_to_the_user_s_other_windows(self):
        self.env.cr.precommit.run()
        newest = self.env["bus.bus"]._bus_last_id()
        self.env["omnichannel.agent"].with_user(self.agent).set_availability("away")
        self.env.cr.precommit.run()
        [sent] = self.env["bus.bus"].search([("id", ">", newest)])
        self.assertIn("omnichannel/availability", sent.message)
        self.assertIn(f'"res.partner",{self.agent.partner_id.id}', sent.channel)

    def test_who_has_a_switch(self):
        def shown(user):
            return self.env["omnichannel.conversation"].with_user(user).get_inbox_summary()["availability"]

        self.assertEqual(shown(self.agent), "available")
        self.assertFalse(shown(self.outsider), "their team assigns by hand")
        self.team.member_ids |= self.outsider
        self.assertEqual(shown(self.outsider), "available")

    def test_rights(self):
        agent = self.agent_of(self.agent)
        self.limit(self.agent, 3)
        own = agent.with_user(self.agent)
        self.assertEqual(own.open_count, 0)
        for values in ({"availability": "away"}, {"limit_ids": [Command.clear()]}, {"tag_ids": []}):
            with self.assertRaises(AccessError):
                own.write(values)
        agent.with_user(self.supervisor).write({"limit_ids": [Command.create({"channel_type": "test"})]})
        agent.with_user(self.supervisor).availability = "away"
        self.assertEqual(agent.availability, "away")
        self.assertFalse(
            self.env["omnichannel.agent"].with_user(self.supervisor_b).search([("id", "=", agent.id)])
        )
        self.assertFalse(
            self.env["omnichannel.limit"].with_user(self.supervisor_b).search([("agent_id", "=", agent.id)])
        )
        for user in (self.seller, self.employee, self.portal):
            with self.assertRaises(AccessError):
                agent.with_user(user).read(["availability"])

    def test_room_that_becomes_free_wakes_the_job(self):
        self.limit(self.agents, 0)
        self.write_in()
        for change in (
            lambda: self.env["omnichannel.agent"].with_user(self.agent).set_availability("available"),
            lambda: self.limit(self.agent, 5, "test"),
            lambda: setattr(self.team, "is_presence_needed", False),
            self.env["omnichannel.conversation"].search([])[0].action_close,
        ):
            self.env.cr.postcommit.clear()
            self.env.cr.postcommit.data.pop("omnichannel.wake", None)
            change()
            wanted = self.env.cr.postcommit.data.get("omnichannel.wake", ())
            self.assertIn("omnichannel_inbox.cron_assign", wanted)


@tagged("post_install", "-at_install")
class TestAssignmentQueries(AssignmentCase, QueryCase):
    def queries(self, count, first):
        items = [self.text(sender=number) for number in AssignmentCase.numbers(self, count, first)]
        conversations = self.receive(*items).conversation_id
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.assign()
        queries = self.cr.sql_log_count - before
        self.assertTrue(all(conversations.mapped("user_id")))
        return queries

    def test_a_batch_takes_as_many_queries_however_long_it_is(self):
        self.team.write(
            {
                "is_last_agent_first": True,
                "match_tags": "require",
                "match_langs": "prefer",
                "reassign_minutes": 5,
            }
        )
        self.limit(self.agents, 1000)
        self.queries(4, 0)
        few = self.queries(10, 100)
        self.assertLessEqual(self.queries(150, 1000), few + 4)

    def test_teams_that_assign_by_hand_cost_nothing(self):
        self.team.assign_method = "manual"
        self.write_in()
        with self.assertQueries([]):
            self.env["omnichannel.assignment"]._run()


@tagged("post_install", "-at_install")
class TestWeek(AssignmentCase):
    """Twenty agents and five thousand conversations in a week, hour by hour."""

    COUNT = 5000
    SHIFTS = ((8, 16), (12, 20))
    STEP = timedelta(hours=1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.write({"member_ids": [Command.clear()]})
        cls.by_limit = cls.env["omnichannel.team"].create({"name": "Least busy (test)"})
        cls.calendars = [
            cls.env["resource.calendar"].create(
                {
                    "name": f"{start} to {end}",
                    "tz": "UTC",
                    "attendance_ids": [
                        Command.create(
                            {"name": str(day), "dayofweek": str(day), "hour_from": start, "hour_to": end}
                        )
                        for day in range(7)
                    ],
                }
            )
            for start, end in cls.SHIFTS
        ]
        cls.staff = {cls.team: [], cls.by_limit: []}
        for number in range(20):
            user = new_test_user(cls.env, f"omni_week_{number}", AGENT, name=f"Agent {number}")
            team = cls.team if number < 10 else cls.by_limit
            cls.staff[team].append(user)
            cls.agent_of(user).calendar_id = cls.calendars[number % 2]
            if team == cls.by_limit:
                cls.limit(user, 12 + number % 4)
            cls.online(user)
        for team, users in cls.staff.items():
            team.member_ids = [Command.set([user.id for user in users])]
        cls.team.assign_method = "round_robin"
        cls.by_limit.write(
            {"assign_method": "least_busy", "is_pending_counted": True, "reassign_minutes": 60}
        )
        cls.second = cls.make_channel("Second", "second", team_id=cls.by_limit.id)

    def test_week(self):
        start = fields.Datetime.to_datetime("2024-11-18 00:00:00")
        steps = int(timedelta(days=7) / self.STEP)
        self.given, self.alerts, self.waits = Counter(), 0, 0
        sent = 0
        with freeze_time(start) as clock:
            for step in range(steps):
                now = start + step * self.STEP
                clock.move_to(now)
                arriving = self.COUNT * (step + 1) // steps - sent
                self.customers_write(range(sent, sent + arriving))
                sent += arriving
                self.assign()
                self.check(now)
                self.agents_work(now, step)
        self.assertEqual(sent, self.COUNT)
        total = self.env["omnichannel.conversation"].search_count(
            [("team_id", "in", (self.team | self.by_limit).ids)]
        )
        self.assertEqual(total, self.COUNT)
        self.check_turns()
        passed_on = self.env["mail.message"].search_count(
            [("model", "=", "omnichannel.conversation"), ("body", "like", "Not answered for 60 minutes")]
        )
        self.assertGreater(passed_on, 50, "what was left lying went to somebody else")
        self.assertGreater(self.waits, 6, "each night is a wait")
        self.assertEqual(self.alerts, self.waits, "one alert for each time that nobody could take something")

    def customers_write(self, numbers):
        """Strangers write, half of them to each team."""
        for channel in (self.channel, self.second):
            items = [
                self.text(sender=f"+3163{number:07}", account=channel.test_account)
                for number in numbers
                if number % 2 == (channel == self.second)
            ]
            if items:
                self.env["omnichannel.event"]._journal(channel, self.body(*items))
        self.work_inbound()

    def agents_work(self, now, step):
        """What agents have is closed or waits for the customer; some of it is left lying for two hours."""
        self.env.cr.execute(
            """SELECT id FROM omnichannel_conversation
                WHERE state = 'open' AND user_id IS NOT NULL AND assigned_date < %s
                  AND (id %% 7 <> 0 OR waiting_since < %s) ORDER BY id""",
            [now, now - timedelta(hours=2)],
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        Conversation = self.env["omnichannel.conversation"].with_context(tracking_disable=True)
        Conversation.browse([id_ for id_ in ids if id_ % 4]).write({"state": "closed"})
        Conversation.browse([id_ for id_ in ids if not id_ % 4]).write(
            {"state": "pending", "waiting_since": False}
        )
        if not step % 2:
            self.env["omnichannel.conversation"].search(
                [("state", "=", "pending"), ("team_id", "in", (self.team | self.by_limit).ids)]
            ).with_context(tracking_disable=True).write({"state": "closed"})

    def check(self, now):
        """What has to be so at each moment."""
        teams = tuple((self.team | self.by_limit).ids)
        self.env.cr.execute(
            """SELECT count(*) FROM omnichannel_conversation
                WHERE team_id IN %s AND state = 'open' AND (user_id IS NULL) <> (queued_since IS NOT NULL)""",
            [teams],
        )
        self.assertEqual(self.env.cr.fetchone(), (0,), f"unowned and in no queue at {now}")
        self.env.cr.execute(
            """SELECT user_id, count(*) FROM omnichannel_conversation
                WHERE team_id = %s AND state IN ('open', 'pending') AND user_id IS NOT NULL
             GROUP BY user_id""",
            [self.by_limit.id],
        )
        counts = dict(self.env.cr.fetchall())
        for number, user in enumerate(self.staff[self.by_limit], 10):
            self.assertLessEqual(counts.get(user.id, 0), 12 + number % 4, f"over the limit at {now}")
        self.note_given(now)
        self.note_alerts(now)

    def note_given(self, now):
        """Who was given what in which shift, of the team that assigns in turn."""
        self.env.cr.execute(
            """SELECT user_id, count(*) FROM omnichannel_conversation
                WHERE team_id = %s AND assigned_date = %s GROUP BY user_id""",
            [self.team.id, now],
        )
        given = dict(self.env.cr.fetchall())
        for number, user in enumerate(self.staff[self.team]):
            begin, end = self.SHIFTS[number % 2]
            if begin <= now.hour < end:
                self.given[now.date(), number % 2, user.id] += given.pop(user.id, 0)
        self.assertFalse(given, f"given outside working hours at {now}")

    def note_alerts(self, now):
        """Waits that began now, and alerts that were given now."""
        for team in self.team | self.by_limit:
            self.waits += team.queue_stuck_date == now
            self.alerts += team.queue_alert_date == now

    def check_turns(self):
        """Agents of one shift were given as many, or one more."""
        by_shift = {}
        for (day, shift, _user), count in self.given.items():
            by_shift.setdefault((day, shift), []).append(count)
        self.assertEqual(len(by_shift), 14)
        for shift, counts in by_shift.items():
            self.assertEqual(len(counts), 5, shift)
            self.assertGreater(min(counts), 10, shift)
            self.assertLessEqual(max(counts) - min(counts), 1, shift)
