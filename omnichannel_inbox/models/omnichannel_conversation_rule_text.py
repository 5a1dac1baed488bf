from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

DAY = timedelta(days=1)  # over which texts are counted
PER_RULE = "omnichannel_inbox.texts_per_rule"  # texts that one customer gets of one rule in a day
PER_CUSTOMER = "omnichannel_inbox.texts_per_customer"  # … of all rules
LIMITS = {PER_RULE: 1, PER_CUSTOMER: 3}  # if nothing else is set


class OmnichannelMessage(models.Model):
    """Which rule sent it."""

    _inherit = "omnichannel.message"

    automatic = fields.Selection(selection_add=[("rule", "Rule")])
    rule_id = fields.Many2one("omnichannel.rule", "Sent by Rule", readonly=True, ondelete="set null")

    _rule_text_idx = models.Index("(identity_id, create_date) WHERE automatic = 'rule'")


class OmnichannelIdentity(models.Model):
    """When a rule wrote last: what two workers that write to one customer meet at."""

    _inherit = "omnichannel.identity"

    rule_text_date = fields.Datetime("Rule Wrote Last", readonly=True, copy=False)


class OmnichannelConversation(models.Model):
    """How many texts of rules a customer gets."""

    _inherit = "omnichannel.conversation"

    @api.model
    def _ledger_of(self, kind, action):
        return super()._ledger_of(kind, action) | ({"rule_id": action.rule_id.id} if action else {})

    def _why_limited(self, identity, action):
        if not action:
            return super()._why_limited(identity, action)
        addresses = identity._same_customer()[identity].sorted("id")
        self._take_turn_of_customer(addresses)
        of_rule, of_all = self._count_rule_texts(addresses, action.rule_id)
        if of_rule >= self._texts_limit(PER_RULE):
            return self.env._("The customer has had as many texts of this rule today as one may get.")
        if of_all >= self._texts_limit(PER_CUSTOMER):
            return self.env._("The customer has had as many texts of rules today as one may get.")
        return False

    def _take_turn_of_customer(self, addresses):
        """Whoever writes to the same customer meanwhile, about whatever, starts again; see ``_take_turn``."""
        addresses.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE omnichannel_identity SET rule_text_date = %s WHERE id IN %s",
                fields.Datetime.now(),
                tuple(addresses.ids),
            ),
            log_exceptions=False,
        )
        addresses.invalidate_recordset(["rule_text_date"], flush=False)

    @api.model
    def _count_rule_texts(self, addresses, rule):
        """How many texts a customer got in the last 24 hours: (of this rule, of all of them)."""
        self.env["omnichannel.message"].flush_model()
        [counts] = self.env.execute_query(
            SQL(
                """SELECT count(*) FILTER (WHERE rule_id = %s), count(*) FROM omnichannel_message
                    WHERE automatic = 'rule' AND identity_id IN %s
                      AND create_date > (now() AT TIME ZONE 'UTC') - %s AND state <> 'cancelled'""",
                rule.id,
                tuple(addresses.ids),
                DAY,
            )
        )
        return counts

    @api.model
    def _texts_limit(self, name):
        return int(self.env["ir.config_parameter"].sudo().get_param(name) or LIMITS[name])
