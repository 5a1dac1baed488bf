from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    _inherit = "res.partner"

    conversation_count = fields.Integer(string="Conversations", compute="_compute_conversation_count")

    # By which a sender's number, and the partners of one guest customer, are found.
    _omnichannel_phone_idx = models.Index("(phone_sanitized) WHERE phone_sanitized IS NOT NULL")

    @api.depends_context("uid")
    def _compute_conversation_count(self):
        Conversation = self.env["omnichannel.conversation"]
        self.conversation_count = 0
        if not Conversation.has_access("read"):
            return
        same = self._omnichannel_same_customers()
        everybody = self.union(*same.values())
        counts = dict(
            Conversation._read_group([("partner_id", "in", everybody.ids)], ["partner_id"], ["__count"])
        )
        for partner in self:
            partner.conversation_count = sum(counts.get(other, 0) for other in same[partner])

    def action_open_conversations(self):
        """The conversations of this customer, the partners that count as the same one included."""
        self.ensure_one()
        return self.env["omnichannel.conversation"]._action_list(self._omnichannel_conversation_domain())

    def _omnichannel_conversation_domain(self):
        """Domain of the conversations of this customer, whichever of their partners wrote."""
        return Domain("partner_id", "in", self._omnichannel_same_customer().ids)

    def action_start_conversation(self):
        """Open a new conversation with this customer."""
        self.ensure_one()
        return self.env["omnichannel.conversation"]._action_start(self)

    # -- who is the same customer ------------------------------------------

    def _omnichannel_customer_keys(self):
        """What partners that count as one customer have in common.

        One commercial partner; or both e-mail and number, for Odoo makes a new
        partner at each guest checkout.
        """
        self.ensure_one()
        keys = {("commercial", self.commercial_partner_id.id)}
        if self.email_normalized and self.phone_sanitized:
            keys.add(("contact", self.email_normalized, self.phone_sanitized))
        return keys

    def _omnichannel_is_same_customer(self, other):
        """Whether two partners count as one customer; nobody is the same as nobody."""
        return bool(self and other and self._omnichannel_customer_keys() & other._omnichannel_customer_keys())

    def _omnichannel_one_customer(self):
        """The partner that all of these count as, or none if they are several customers."""
        if len(self) < 2:
            return self
        shared = set.intersection(*(partner._omnichannel_customer_keys() for partner in self))
        if not shared:
            return self.browse()
        commercial = self.commercial_partner_id
        return commercial if len(commercial) == 1 else self.sorted("id")[0]

    def _omnichannel_same_customers(self):
        """For each partner all partners that count as the same customer: {partner: partners}."""
        found = (
            self.with_context(active_test=False)
            .search_fetch(
                Domain("commercial_partner_id", "in", self.commercial_partner_id.ids)
                | Domain(
                    "phone_sanitized", "in", [number for number in self.mapped("phone_sanitized") if number]
                ),
                ["commercial_partner_id", "email_normalized", "phone_sanitized"],
            )
            .with_context(self.env.context)
        )
        by_key = defaultdict(self.browse)
        for partner in found:
            for key in partner._omnichannel_customer_keys():
                by_key[key] |= partner
        return {
            partner: partner.union(*(by_key[key] for key in partner._omnichannel_customer_keys()))
            for partner in self
        }

    def _omnichannel_same_customer(self):
        """All partners that count as the same customer as this one; nobody for nobody."""
        return self._omnichannel_same_customers()[self] if self else self
