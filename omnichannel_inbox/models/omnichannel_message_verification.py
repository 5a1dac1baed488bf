import json

from odoo import fields, models

# What stands in the ledger where a code stood when it was sent.
HIDDEN = "••••••"


class OmnichannelMessage(models.Model):
    """What a customer is told of a code, and the code itself, which the ledger does not know."""

    _inherit = "omnichannel.message"

    automatic = fields.Selection(
        selection_add=[("code", "Code"), ("code_itself", "Code to the Order's Number")]
    )
    verification_id = fields.Many2one(
        "omnichannel.verification", readonly=True, index="btree_not_null", ondelete="set null"
    )

    def _to_send(self):
        """(text, payload) as they leave: with the code, if this carries one."""
        self.ensure_one()
        text, payload = self.body or "", self.payload or {}
        if not self.verification_id:
            return text, payload
        code = self.verification_id._code()
        payload = json.loads(json.dumps(payload, ensure_ascii=False).replace(HIDDEN, code))
        return text.replace(HIDDEN, code), payload

    def _fail(self, code, text):
        """Nobody sees this message: agents read in the thread that the code did not get there."""
        result = super()._fail(code, text)
        for message in self.filtered("verification_id"):
            conversation = message.conversation_id
            speaking = message.channel_id._speaking()
            words = speaking._adapter()._in_words(text or "")
            conversation._note_verification(
                speaking.env._(
                    "The code for order %(order)s could not be sent to %(address)s: %(reason)s",
                    order=message.verification_id.order_id.name,
                    address=message.verification_id.destination,
                    reason=words,
                )
            )
        return result
