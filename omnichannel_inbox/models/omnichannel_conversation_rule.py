from odoo import api, fields, models

MAX_TEXT = 10_000  # characters of a message that rules look at
# Field whose change rules can wait for → what it is called then.
CHANGES = {
    "state": "state_changed",
    "user_id": "conversation_assigned",
    "tag_ids": "tag_added",
    "partner_id": "customer_identified",
    "waiting_since": "customer_waits",
}


class OmnichannelConversation(models.Model):
    """What rules hear of conversations."""

    _inherit = "omnichannel.conversation"

    rule_run_ids = fields.One2many(
        "omnichannel.rule.run",
        "conversation_id",
        "Rules That Ran",
        groups="omnichannel_inbox.group_omnichannel_supervisor",
    )

    def write(self, vals):
        before = self._before_changes(vals)
        result = super().write(vals)
        for field_name, values in before.items():
            changed = self.filtered(
                lambda conversation, field_name=field_name, values=values: conversation._has_happened(
                    field_name, values[conversation]
                )
            )
            changed._omnichannel_signal(CHANGES[field_name])
        return result

    def _before_changes(self, vals):
        """What is about to change, as far as a rule waits for it: {field: {conversation: value}}"""
        watched = CHANGES.keys() & vals.keys()
        listened = watched and self.env["omnichannel.rule"]._listened_kinds()
        return {
            name: {conversation: conversation[name] for conversation in self}
            for name in watched
            if CHANGES[name] in listened
        }

    def _has_happened(self, field_name, before):
        """Whether what a rule waits for is what became of a field."""
        now = self[field_name]
        if field_name == "tag_ids":
            return bool(now - before)
        if field_name in ("partner_id", "waiting_since"):
            return bool(now) and not before
        return bool(now) and now != before

    @api.model
    def _signalled_text(self, rows, is_first):
        """What the rules' conditions on texts look at; the text itself, as it may be gone when they do."""
        text = "\n".join(row["item"].text for row in rows)
        return {"text": text[:MAX_TEXT], "is_first": is_first}
