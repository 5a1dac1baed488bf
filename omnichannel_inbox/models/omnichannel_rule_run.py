from datetime import timedelta

from odoo import api, fields, models

from ..tools import delete_some

KEPT = timedelta(days=365)


class OmnichannelRuleRun(models.Model):
    """That a rule did something, when, where and why."""

    _name = "omnichannel.rule.run"
    _description = "Run of a Rule"
    _order = "id DESC"
    _rec_name = "rule_id"

    rule_id = fields.Many2one("omnichannel.rule", required=True, ondelete="cascade", readonly=True)
    conversation_id = fields.Many2one(
        "omnichannel.conversation", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="rule_id.company_id")
    reason = fields.Selection(
        selection=lambda self: self.env["omnichannel.rule"]._reasons(), string="What Happened", readonly=True
    )
    create_date = fields.Datetime("When", readonly=True)

    # What a rule did in a conversation, and its newest runs.
    _rule_idx = models.Index("(rule_id, conversation_id)")

    @api.autovacuum
    def _forget(self):
        """What happened long ago; a rule that acts once in a conversation has forgotten it then."""
        return delete_some(self, [("create_date", "<", fields.Datetime.now() - KEPT)])
