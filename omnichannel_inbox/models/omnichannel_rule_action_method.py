from odoo import fields, models


class OmnichannelRuleAction(models.Model):
    """A rule that lets the team's method find somebody."""

    _inherit = "omnichannel.rule.action"

    kind = fields.Selection(
        selection_add=[("assign",), ("method", "Assign by the team's method")],
        ondelete={"method": "cascade"},
    )

    def _missing_method(self):
        teams = self.env["omnichannel.team"].sudo()  # whether there is one, and nothing of it
        if not teams.search_count(
            [("company_id", "=", self.company_id.id), ("assign_method", "!=", "manual")], limit=1
        ):
            return self.env._("No team assigns by itself: choose how on a team first.")
        return False

    def _do_method(self, conversation):
        conversation._ask_assignment()

    def _words_method(self):
        return self.env._("left to the team's way of assigning")
