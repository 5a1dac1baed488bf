from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext


class OmnichannelRuleTest(models.TransientModel):
    """What a rule would do on a record, and why; nothing is done."""

    _name = "omnichannel.rule.test"
    _description = "Test of a Rule"

    rule_id = fields.Many2one("omnichannel.rule", required=True, ondelete="cascade")
    model_name = fields.Char(related="rule_id.model_name")
    trigger = fields.Selection(related="rule_id.trigger")
    conversation_id = fields.Many2one("omnichannel.conversation")
    order_id = fields.Many2one("sale.order", "Sales Order")
    invoice_id = fields.Many2one("account.move", domain="[('move_type', 'like', 'out_')]")
    text = fields.Text(
        "What the Customer Writes",
        compute="_compute_text",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="To begin with, what they wrote last.",
    )
    would_run = fields.Boolean(compute="_compute_outcome")
    outcome = fields.Text(compute="_compute_outcome")

    @api.depends("conversation_id")
    def _compute_text(self):
        for test in self:
            # What is shown is of a conversation that the user may read; the ledger finds it.
            conversation = test.conversation_id._filtered_access("read").sudo()
            last = conversation._last_row([("aside_id", "=", False), ("direction", "=", "in")])
            test.text = html2plaintext(last.mail_message_id.body or "").strip()

    @api.depends("rule_id", "conversation_id", "order_id", "invoice_id", "text")
    @api.depends_context("lang")
    def _compute_outcome(self):
        for test in self:
            test.would_run, test.outcome = test._find_out()

    @api.model
    def _targets(self):
        """The field that has what a rule is tried on: {model: field}"""
        return {
            "omnichannel.conversation": "conversation_id",
            "sale.order": "order_id",
            "account.move": "invoice_id",
        }

    def _record(self):
        return self[self._targets()[self.rule_id.model_name]]

    def _find_out(self):
        """(whether the rule would run, why and what it would do in words)"""
        record, rule = self._record(), self.rule_id
        if not record:
            return False, False
        record.check_access("read")
        try:
            rule._require_runnable()
            conditions = rule._conditions(record, {"text": self.text, "is_first": self._is_first()})
        except UserError as error:
            return False, self.env._("The rule cannot run: %s", error)
        would_run = all(fits for _words, fits in conditions)
        lines = [f"{'✓' if fits else '✗'} {words}" for words, fits in conditions]
        if not conditions:
            lines.append(self.env._("✓ It has no condition"))
        if would_run:
            lines += ["", self.env._("Then:"), *(f"→ {words}" for words in self._actions())]
        return would_run, "\n".join(lines)

    def _actions(self):
        rule = self.rule_id
        opening = [self.env._("a ticket is opened, unless there is one")] if rule._opens_tickets() else []
        return opening + [action._words() for action in rule.action_ids]

    def _is_first(self):
        """As if the text were the next that the customer writes."""
        return not self.conversation_id.last_inbound_date
