from odoo import api, fields, models

from ..models.omnichannel_rule_existing import MAX_COUNTED


class OmnichannelRuleStart(models.TransientModel):
    """Asks, before a rule is switched on, whether it is to act on what fits already."""

    _name = "omnichannel.rule.start"
    _description = "Start of a Rule"

    rule_id = fields.Many2one("omnichannel.rule", required=True, ondelete="cascade")
    existing = fields.Char("How Many", compute="_compute_existing")

    @api.depends("rule_id")
    @api.depends_context("lang")
    def _compute_existing(self):
        for start in self:
            count = start.rule_id._count_existing()
            kinds = {
                "sale.order": self.env._("sales order(s)"),
                "account.move": self.env._("invoice(s)"),
                "omnichannel.conversation": self.env._("conversation(s)"),
            }
            kind = (
                kinds.get(start.rule_id.model_name)
                or self.env["ir.model"]._get(start.rule_id.model_name).name
            )
            shown = self.env._("more than %s", f"{MAX_COUNTED:,}") if count > MAX_COUNTED else str(count)
            start.existing = f"{shown} {kind}"

    def action_leave_out(self):
        """Switch the rule on for what happens from now on."""
        self.rule_id._leave_existing()
        return self._switch_on()

    def action_include(self):
        """Switch the rule on for what fits already, too."""
        action = self._switch_on()
        self.rule_id._include_existing()
        return action

    def _switch_on(self):
        self.rule_id._switch_on()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
