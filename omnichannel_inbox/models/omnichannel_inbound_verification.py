from odoo import api, models

from ..wire import InboundMessage


class OmnichannelInbound(models.AbstractModel):
    """A message that is the code which its sender was asked for."""

    _inherit = "omnichannel.inbound"

    @api.model
    def _update_conversations(self, rows):
        result = super()._update_conversations(rows)
        Verification = self.env["omnichannel.verification"]
        for row in rows:
            if isinstance(row["item"], InboundMessage) and not row.get("aside"):
                code = Verification._code_in(row["item"].text)
                if code and (verification := Verification._pending_of(row["identity"])):
                    row["conversation"]._hear_code(verification, code)
        return result
