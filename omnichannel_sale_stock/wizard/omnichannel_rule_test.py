from odoo import api, fields, models


class OmnichannelRuleTest(models.TransientModel):
    _inherit = "omnichannel.rule.test"

    picking_id = fields.Many2one(
        "stock.picking",
        "Delivery",
        domain="['|', ('location_dest_id.usage', '=', 'customer'), ('location_id.usage', '=', 'customer')]",
    )

    @api.model
    def _targets(self):
        return super()._targets() | {"stock.picking": "picking_id"}

    @api.depends("picking_id")
    def _compute_outcome(self):
        return super()._compute_outcome()
