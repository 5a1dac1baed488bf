"""Agents who leave: their conversations go back to the team, and nobody has to notice first."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.omnichannel_inbox.tests.common import AGENT, OmnichannelUsers

from .test_assignment import AssignmentCase

GROUP = "omnichannel_inbox.group_omnichannel_agent"
ADMINISTRATOR = "base.group_user,base.group_erp_manager,base.group_partner_manager"


@tagged("post_install", "-at_install")
class TestLeaving(OmnichannelUsers, AssignmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, "omni_erp", ADMINISTRATOR)

    def setUp(self):
        super().setUp()
        self.team.member_ids = self.agents
        self.open, self.pending, self.snoozed, self.closed = self.conversations = self.theirs(4)
        self.pending.action_pending()
        self.snoozed.action_snooze(fields.Datetime.to_string(fields.Datetime.now() + timedelta(days=2)))
        self.closed.action_close()
        self.others = self.theirs(1, self.other_agent)

    def theirs(self, count, user=None, **values):
        user = user or self.agent
        common = {"team_id": self.team.id, "user_id": user.id, "partner_id": self.partner.id}
        return self.env["omnichannel.conversation"].create([common | values for _number in range(count)])

    def as_administrator(self, record):
        """Who may change users, and nothing of ours."""
        return record.with_user(self.administrator)

    def said(self, conversation):
        return "".join(conversation.message_ids.mapped("body"))

    def assert_given_back(self):
        """All but what is closed; the others' stay theirs; the team's method finds somebody for what there
        is to do."""
        self.env.invalidate_all()
        back = self.open | self.pending | self.snoozed
        self.assertFalse(back.user_id)
        self.assertEqual(back.mapped("state"), ["open", "pending", "snoozed"])
        self.assertTrue(self.open.queued_since)
        self.assertFalse((self.pending | self.snoozed).filtered("queued_since"))
        self.assertEqual(self.closed.user_id, self.agent, "who served the customer last")
        self.assertEqual(self.others.user_id, self.other_agent)
        for conversation in back:
            self.assertIn("Anna Agent does not work on this any more", self.said(conversation))
        self.assertNotIn("any more", self.said(self.closed) + self.said(self.others))
        self.assign()
        self.assertEqual(self.open.user_id, self.other_agent)

    def assert_theirs(self):
        self.env.invalidate_all()
        self.assertEqual((self.conversations - self.others).user_id, self.agent)
        self.assertNotIn("any more", self.said(self.open))

    # -- who leaves, and how ---------------------------------------------------------

    def test_archived(self):
        self.as_administrator(self.agent).action_archive()
        self.assert_given_back()
        # What was put aside is somebody's as soon as there is something to do.
        self.snoozed.snooze_until = fields.Datetime.now() - timedelta(minutes=1)
        self.env["omnichannel.conversation"]._cron_minute()
        self.pending.action_reopen()
        self.assign()
        self.assertEqual((self.snoozed | self.pending).user_id, self.other_agent)

    def test_deleted(self):
        leaver = new_test_user(self.env, "omni_leaver", AGENT, name="Lea Leaver")
        conversation = self.theirs(1, leaver)
        self.as_administrator(leaver).unlink()
        self.assertFalse(conversation.user_id)
        self.assertTrue(conversation.queued_since)
        self.assertIn("Lea Leaver does not work on this any more", self.said(conversation))

    def test_no_agent_any_more(self):
        self.as_administrator(self.agent).group_ids = [Command.unlink(self.env.ref(GROUP).id)]
        self.assert_given_back()

    def test_taken_out_of_the_group(self):
        self.as_administrator(self.env.ref(GROUP)).user_ids = [Command.unlink(self.agent.id)]
        self.assert_given_back()

    def test_still_an_agent_by_another_group(self):
        supervisors = self.env.ref("omnichannel_inbox.group_omnichannel_supervisor")
        self.agent.group_ids = [Command.link(supervisors.id)]
        self.agent.group_ids = [Command.unlink(self.env.ref(GROUP).id)]
        self.assert_theirs()

    def test_left_the_team(self):
        elsewhere = self.theirs(1, team_id=self.team_of_outsider.id)
        self.team.with_user(self.manager).member_ids = [Command.unlink(self.agent.id)]
        self.assertEqual(elsewhere.user_id, self.agent, "another team's")
        self.assert_given_back()

    def test_never_was_in_the_team(self):
        """A salesperson who answers from an order: what the team does is not about them."""
        own = self.theirs(1, self.seller)
        self.team.member_ids = [Command.unlink(self.agent.id)]
        self.assertEqual(own.user_id, self.seller)
        self.seller.active = False
        self.assertFalse(own.user_id)

    def test_left_a_company(self):
        self.agent.company_ids |= self.company_b
        there = self.theirs(1, team_id=self.team_b.id, company_id=self.company_b.id)
        self.as_administrator(self.agent).company_ids = [Command.unlink(self.company_b.id)]
        self.assertFalse(there.user_id)
        self.assertIn("back with Team of B", self.said(there))
        self.assert_theirs()

    def test_another_users_leaving_is_none(self):
        for change in (
            {"name": "Anna A."},
            {"active": True},
            {"group_ids": [Command.link(self.env.ref(GROUP).id)]},
        ):
            self.agent.write(change)
        self.outsider.active = False
        self.team.member_ids = [Command.link(self.outsider.id)]
        self.assert_theirs()

    def test_archived_behind_odoos_back(self):
        """By the database, or before we knew of it: found in the night."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_users SET active = false WHERE id = %s", [self.agent.id])
        self.env.invalidate_all()
        self.env["omnichannel.event"]._cron_nightly()
        self.assert_given_back()

    # -- where they go -----------------------------------------------------------------

    def test_nobody_can_take_them(self):
        self.online(self.other_agent, "offline")
        self.agent.active = False
        self.assign()
        self.assertTrue(self.open.queued_since)
        self.assertTrue(self.team.queue_stuck_date)
        self.assertIn("nobody can take", "".join(self.alerts(self.supervisor).mapped("summary")))

    def alerts(self, user):
        return self.team.activity_ids.filtered(lambda activity: activity.user_id == user)

    def test_only_what_a_rule_assigns(self):
        """Somebody had it; it waits for no rule to be set off again."""
        self.team.assign_scope = "rule"
        self.agent.active = False
        self.assign()
        self.assertEqual(self.open.user_id, self.other_agent)

    def test_by_hand(self):
        self.team.assign_method = "manual"
        self.agent.active = False
        self.assertFalse(self.open.user_id)
        self.assertFalse(self.open.queued_since)
        [alert] = self.alerts(self.supervisor)
        self.assertEqual(alert.summary, "Test team: conversations that Anna Agent left need somebody (3)")
        self.assertFalse(self.alerts(self.supervisor_b), "another company's")
        self.assertFalse(self.alerts(self.agent))
        domain = self.env["omnichannel.conversation"]._folder_domain("unassigned")
        self.assertIn(self.open, self.open.with_user(self.other_agent).search(domain))

    def test_what_was_closed_comes_back(self):
        """The customer writes again: also where the team assigns by hand, and in whatever way they left."""
        self.team.assign_method = "manual"
        self.agent.group_ids = [Command.unlink(self.env.ref(GROUP).id)]
        self.assertEqual(self.closed.user_id, self.agent)
        self.closed.action_reopen()
        self.assertFalse(self.closed.user_id)
        self.assertIn("any more", self.said(self.closed))

    def test_what_was_closed_comes_back_to_who_is_there(self):
        self.closed.action_reopen()
        self.assertEqual(self.closed.user_id, self.agent)
        sellers = self.theirs(1, self.seller)
        sellers.action_close()
        sellers.action_reopen()
        self.assertEqual(sellers.user_id, self.seller)

    # -- what it costs -----------------------------------------------------------------

    def test_the_usual_change_of_a_user_asks_nothing(self):
        Conversation, Users = self.env.registry["omnichannel.conversation"], self.env.registry["res.users"]
        with (
            patch.object(Conversation, "_give_back", side_effect=AssertionError),
            patch.object(Users, "_omnichannel_reach", side_effect=AssertionError),
        ):
            self.agent.write({"name": "Anna A.", "tz": "Europe/Amsterdam"})
            self.team.write({"name": "Other"})

    def test_a_thousand_are_one_batch(self):
        self.team.assign_method = "manual"
        few, many = self.queries_of_leaving(10), self.queries_of_leaving(1000)
        self.assertLess(many - few, 25, (few, many))

    def queries_of_leaving(self, count):
        leaver = new_test_user(self.env, f"omni_leaver_{count}", AGENT)
        own = self.theirs(count, leaver)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        leaver.active = False
        self.env.flush_all()
        self.assertFalse(own.user_id)
        return self.env.cr.sql_log_count - before
