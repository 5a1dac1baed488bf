from odoo import fields, models


class OmnichannelRuleAction(models.Model):
    """Create a lead from a conversation."""

    _inherit = "omnichannel.rule.action"

    kind = fields.Selection(selection_add=[("lead", "Create a lead")], ondelete={"lead": "cascade"})
    crm_team_id = fields.Many2one(
        "crm.team", "Sales Team", domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]"
    )

    def _do_lead(self, conversation):
        lead = self.env["crm.lead"].create(self._lead_values(conversation))
        conversation._message_log(body=self.env._("Lead: %s", lead._get_html_link()))
        lead._message_log(body=self.env._("From the conversation %s.", conversation._get_html_link()))

    def _lead_values(self, conversation):
        """What a lead knows of the conversation that it comes from."""
        customer, identity = conversation.partner_id, conversation.identity_id
        is_mail = "@" in (identity.address or "")
        return {
            "name": conversation.subject or conversation.display_name,
            "type": "lead",
            "partner_id": customer.id,
            "contact_name": customer.name or identity.name,
            "email_from": customer.email or (is_mail and identity.address),
            "phone": customer.phone or (not is_mail and identity.address),
            "team_id": self.crm_team_id.id,
            "user_id": self.user_id.id,
            "company_id": conversation.company_id.id,
            "description": conversation.preview,
        }

    def _words_lead(self):
        return self.env._("a lead")
