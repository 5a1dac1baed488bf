from odoo import fields, models


class OmnichannelIdentityLink(models.TransientModel):
    """Asks whose address it is."""

    _name = "omnichannel.identity.link"
    _description = "Choose the Customer of an Address"

    identity_id = fields.Many2one(
        "omnichannel.identity",
        "Address",
        required=True,
        readonly=True,
        ondelete="cascade",
        default=lambda self: self.env.context.get("active_id"),
    )
    candidate_partner_ids = fields.Many2many(related="identity_id.candidate_partner_ids")
    partner_id = fields.Many2one("res.partner", "Customer", required=True)

    def action_link(self):
        """Link the address, with its conversations, to the customer chosen."""
        self.ensure_one()
        self.identity_id.action_link(self.partner_id.id)
        return {"type": "ir.actions.act_window_close"}
