"""The health page's line about the queues of teams."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .test_assignment import AssignmentCase
from .test_health import HealthCase


@tagged("post_install", "-at_install")
class TestQueueLine(AssignmentCase, HealthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.others = cls.env["omnichannel.team"].search([("id", "!=", cls.team.id)])
        cls.others.assign_method = "manual"

    def waits(self, **distance):
        """Nobody is there; a customer writes, and has waited so long."""
        self.online(self.agents, "offline")
        conversation = self.write_in()
        self.ago(conversation, "queued_since", **distance)
        return conversation

    def test_without_any_queue(self):
        self.team.assign_method = "manual"
        self.assertFine("queue", "Every team assigns by hand")
        company = self.env.company
        with self.assertQueriesAtMost(0):
            self.env["omnichannel.health.check"]._look_queue(company)

    def test_nothing_waits(self):
        self.write_in()
        self.assertFine("queue", "Nothing waits in a team's queue.")

    def test_what_was_just_put_there(self):
        self.receive(self.text("Hello"))
        self.assertFinds("queue", "fine", "1", "being given to agents")

    def test_nobody_is_there(self):
        self.waits(hours=2)
        check = self.assertFinds(
            "queue",
            "attention",
            "1",
            f"Nobody can take what waits in {self.team.name}; the oldest waits for 2",
        )
        self.assertTrue(check.can_open)
        self.assertFinds("queue", "attention", "1", "raise their limits", self.supervisor)
        self.online(self.agents)
        self.assign()
        self.assertFine("queue", "Nothing waits")

    def test_the_oldest_whatever_its_priority(self):
        urgent, old = self.waits(minutes=20), self.write_in(1, 5)
        urgent.priority = "3"
        self.ago(old, "queued_since", hours=3)
        self.assertFinds("queue", "attention", "2", "3 hours")

    def test_somebody_is_there_and_is_given_nothing(self):
        """Which must not happen, and so is more than that nobody is there."""
        conversation = self.receive(self.text("Hello")).conversation_id
        self.ago(conversation, "queued_since", minutes=10)
        self.assertFinds("queue", "wrong", "1", "is given to nobody, the oldest for 10 minutes")

    def test_supervisors_are_told_once(self):
        """By the team, when nobody can take it; by the watchdog, when nobody else tells."""
        Alert, check = self.env["omnichannel.alert"], self.env.ref("omnichannel_inbox.health_queue")
        conversation = self.waits(minutes=10)
        self.assertTrue(self.team.activity_ids)
        self.assertNotIn(check.id, [check_id for check_id, _company in Alert._troubled()])
        conversation.team_id.queue_stuck_date = False
        self.assertIn((check.id, self.env.company.id), Alert._troubled())

    def test_of_another_company(self):
        self.waits(hours=2)
        self.assertFine("queue", "Nothing waits", self.supervisor_b)
        self.supervisor_b.company_ids = [Command.link(self.env.company.id)]
        check = self.check("queue", self.supervisor_b)
        companies = (self.company_b | self.env.company).ids
        self.assertEqual(check.with_context(allowed_company_ids=companies).figure, "1")
        self.assertEqual(check.with_context(allowed_company_ids=self.company_b.ids).figure, "0")

    def test_it_is_read_from_the_index(self):
        """However many conversations there are."""
        self.waits(hours=1)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        seen = []
        execute_query = type(self.env).execute_query

        def explain(env, query):
            seen.append(execute_query(env, SQL("EXPLAIN %s", query)))
            return execute_query(env, query)

        self.patch(type(self.env), "execute_query", explain)
        checks = self.env["omnichannel.health.check"]
        self.assertEqual(len(checks._queues(tuple(self.team.ids), self.env.company)), 1)
        plan = "\n".join(line for (line,) in seen[0])
        self.assertEqual(plan.count("omnichannel_conversation_queue_idx"), 2, plan)
        self.assertNotIn("Seq Scan", plan)

    def test_since_when(self):
        conversation = self.waits(minutes=30)
        [queue] = self.env["omnichannel.health.check"]._queues(tuple(self.team.ids), self.env.company)
        self.assertEqual((queue.number, queue.is_stuck), (1, True))
        self.assertEqual(queue.oldest, conversation.queued_since)
        self.assertLess(queue.oldest, fields.Datetime.now())
