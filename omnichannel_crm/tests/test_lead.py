"""A rule that creates a lead."""

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestLead(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["omnichannel.team"].create({"name": "Service"})
        cls.partner = cls.env["res.partner"].create({"name": "Karin", "email": "karin@example.com"})

    def rule(self, **action):
        return self.env["omnichannel.rule"].create(
            {
                "name": "Leads",
                "trigger": "tag_added",
                "action_ids": [Command.create({"kind": "lead", **action})],
            }
        )

    def run_rule(self, rule):
        """Give a conversation a tag, which the rule waits for; returns the conversation."""
        conversation = self.env["omnichannel.conversation"].create(
            {"subject": "Forty bikes", "partner_id": self.partner.id, "team_id": self.team.id}
        )
        conversation.tag_ids = [Command.create({"name": "Wants a quotation"})]
        while self.env["omnichannel.signal"]._run_batch():
            pass
        self.assertEqual((rule.state, rule.run_ids.conversation_id), ("running", conversation))
        return conversation

    def test_a_lead_is_created(self):
        sales = self.env["crm.team"].create({"name": "Bikes"})
        conversation = self.run_rule(self.rule(crm_team_id=sales.id))
        lead = self.env["crm.lead"].search([("partner_id", "=", self.partner.id)])
        self.assertRecordValues(
            lead,
            [
                {
                    "name": "Forty bikes",
                    "type": "lead",
                    "email_from": "karin@example.com",
                    "team_id": sales.id,
                    "company_id": conversation.company_id.id,
                }
            ],
        )
        self.assertIn("Forty bikes", "".join(conversation.message_ids.mapped("body")))
        self.assertIn(conversation.name, "".join(lead.message_ids.mapped("body")))

    def test_for_a_person(self):
        self.run_rule(self.rule(user_id=self.env.user.id))
        lead = self.env["crm.lead"].search([("partner_id", "=", self.partner.id)])
        self.assertEqual(lead.user_id, self.env.user)
