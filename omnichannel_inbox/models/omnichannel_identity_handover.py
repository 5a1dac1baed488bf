from odoo import api, models


class OmnichannelIdentity(models.Model):
    """Addresses of people who went on by another channel."""

    _inherit = "omnichannel.identity"

    @api.depends("conversation_ids")
    def _compute_candidate_partner_ids(self):
        """Whose number wrote the reference that this address was given is offered: agents decide."""
        super()._compute_candidate_partner_ids()
        used = self.env["omnichannel.handover"].sudo()  # of it nothing is shown but whom it leads to
        used = used.search([("identity_id", "in", self.ids), ("used_by_id", "!=", False)])
        for identity in self:
            own = used.filtered(lambda one, identity=identity: one.identity_id == identity)
            partners = own.used_by_id.partner_id.with_env(self.env)
            identity.candidate_partner_ids |= partners._filtered_access("read")
