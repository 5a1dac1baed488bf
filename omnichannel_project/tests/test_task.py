"""A rule that creates a task."""

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestTask(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["omnichannel.team"].create({"name": "Service"})
        cls.project = cls.env["project.project"].create({"name": "Repairs"})
        cls.partner = cls.env["res.partner"].create({"name": "Karin"})

    def rule(self, **action):
        return self.env["omnichannel.rule"].create(
            {
                "name": "Tasks",
                "trigger": "tag_added",
                "action_ids": [Command.create({"kind": "task", **action})],
            }
        )

    def tag_one(self):
        """Give a conversation a tag, which the rule waits for; returns the conversation."""
        conversation = self.env["omnichannel.conversation"].create(
            {"subject": "A bent wheel", "partner_id": self.partner.id, "team_id": self.team.id}
        )
        conversation.tag_ids = [Command.create({"name": "To be repaired"})]
        while self.env["omnichannel.signal"]._run_batch():
            pass
        return conversation

    def test_a_task_is_created(self):
        self.rule(project_id=self.project.id, user_id=self.env.user.id)
        conversation = self.tag_one()
        self.assertRecordValues(
            self.project.task_ids,
            [{"name": "A bent wheel", "partner_id": self.partner.id, "user_ids": self.env.user.ids}],
        )
        self.assertIn("A bent wheel", "".join(conversation.message_ids.mapped("body")))
        self.assertIn(conversation.name, "".join(self.project.task_ids.message_ids.mapped("body")))

    def test_it_needs_a_project(self):
        with self.assertRaises(ValidationError):
            self.rule()

    def test_an_archived_project_stops_the_rule(self):
        rule = self.rule(project_id=self.project.id)
        self.project.active = False
        self.tag_one()
        self.assertEqual(rule.state, "error")
        self.assertIn("Choose the project", rule.error)
