from odoo import fields, models
from odoo.fields import Command


class OmnichannelRuleAction(models.Model):
    """Create a task from a conversation."""

    _inherit = "omnichannel.rule.action"

    kind = fields.Selection(selection_add=[("task", "Create a task")], ondelete={"task": "cascade"})
    project_id = fields.Many2one(
        "project.project", domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]"
    )

    def _missing_task(self):
        if not self.project_id.active:
            return self.env._("Choose the project that the rule is to create tasks in.")
        return False

    def _do_task(self, conversation):
        task = self.env["project.task"].create(self._task_values(conversation))
        conversation._message_log(body=self.env._("Task: %s", task._get_html_link()))
        task._message_log(body=self.env._("From the conversation %s.", conversation._get_html_link()))

    def _task_values(self, conversation):
        """What a task knows of the conversation that it comes from."""
        return {
            "name": conversation.subject or conversation.display_name,
            "project_id": self.project_id.id,
            "partner_id": conversation.partner_id.id,
            "user_ids": [Command.set(self.user_id.ids)],
            "description": conversation.preview,
        }

    def _words_task(self):
        return self.env._("a task in %s", self.project_id.name or "?")
