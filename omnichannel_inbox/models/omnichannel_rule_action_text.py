from odoo import api, fields, models

# What rules held back in this transaction: {rule id: {conversation id: [why]}}.
HELD_BACK = "omnichannel.held_back"


class OmnichannelRuleAction(models.Model):
    """Rules that write to customers.

    A text leaves as any automatic one does, in the customer's language. How many one customer gets is
    limited; what is held back is no error of the rule's, and the thread says so.
    """

    _inherit = "omnichannel.rule.action"

    kind = fields.Selection(
        selection_add=[("text", "Send a text to the customer")], ondelete={"text": "cascade"}
    )
    text = fields.Text(
        translate=True,
        help="{customer}, {agent}, {reference}, {opening} and {position} are filled in; {order}, "
        "{order_link}, {expected_date}, {invoice}, {due_date} and {amount} where it is about one.",
    )
    canned_response_id = fields.Many2one(
        "mail.canned.response",
        ondelete="restrict",
        domain="[('is_shared', '=', True)]",
        help="Sent instead of a text of its own.",
    )
    channel_id = fields.Many2one(
        "omnichannel.channel",
        "By",
        ondelete="restrict",
        domain="[('company_id', '=', company_id)]",
        help="By this channel alone. Empty: where the customer wrote last, else where they can be reached.",
    )

    @api.depends("text", "canned_response_id", "channel_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        super()._compute_display_name()

    @api.constrains("text", "canned_response_id", "channel_id")
    def _check_text(self):
        self.rule_id._check_can_run()

    def _is_told(self):
        """A text stands in the thread itself; so does why there is none."""
        return self.kind != "text" and super()._is_told()

    def _missing_text(self):
        if self.channel_id and not self.channel_id.active:
            return self.env._("The channel by which the rule is to write is archived.")
        if not self._text_in(self.env.lang):
            return self.env._("The rule has nothing to say to the customer: enter a text.")
        return False

    def _text_in(self, lang):
        """What is said, in a language; before its placeholders are filled in."""
        # Canned responses are an agent's own or shared ones; a rule may say what its administrator chose.
        return self.canned_response_id.sudo().substitution or self.with_context(lang=lang).text

    def _words_text(self):
        words = self.env._(
            "text to the customer: %s", " ".join((self._text_in(self.env.lang) or "?").split())[:60]
        )
        return f"{words} ({self.channel_id.name})" if self.channel_id else words

    def _do_text(self, conversation):
        _message, why_not = conversation._send_automatic(
            "rule", self._text_in, channel=self.channel_id, action=self
        )
        if why_not:
            self._hold_back(conversation, why_not)

    def _has_template_for(self, channel):
        """Whether something approved can be sent where free text cannot."""
        return False

    def _fill_template(self, conversation, option):
        """(text as the customer will read it, payload of the ledger) of what is approved.

        :param conversation: speaks the customer's language
        :param dict option: the way it takes
        """
        raise NotImplementedError

    def _hold_back(self, conversation, why):
        """Say in the thread, and in the log of the rule, that the customer was told nothing."""
        held = self.env.cr.cache.setdefault(HELD_BACK, {}).setdefault(self.rule_id.id, {})
        held.setdefault(conversation.id, []).append(why)
        line = self.env._("Rule “%(rule)s”: no text was sent. %(why)s", rule=self.rule_id.name, why=why)
        conversation._message_log_batch({conversation.id: line})


class OmnichannelRule(models.Model):
    """Keeps in its log what it did not tell customers."""

    _inherit = "omnichannel.rule"

    def _act(self, signals):
        # What is left of an attempt that was rolled back has happened to nobody.
        self.env.cr.cache.get(HELD_BACK, {}).pop(self.id, None)
        return super()._act(signals)

    def _log(self, conversations):
        result = super()._log(conversations)
        for conversation_id, reasons in self.env.cr.cache.get(HELD_BACK, {}).pop(self.id, {}).items():
            run = self.env["omnichannel.rule.run"].search(
                [("rule_id", "=", self.id), ("conversation_id", "=", conversation_id)], limit=1
            )
            run.held_back = " ".join(dict.fromkeys(reasons))
        return result


class OmnichannelRuleRun(models.Model):
    """Says what was held back."""

    _inherit = "omnichannel.rule.run"

    held_back = fields.Char("Not Sent Because", readonly=True)
