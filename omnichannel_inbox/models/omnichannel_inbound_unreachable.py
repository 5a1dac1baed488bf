from odoo import api, models

from ..wire import MessageEcho, Unreachable


class OmnichannelInbound(models.AbstractModel):
    """What comes in tells which addresses can be reached, and which cannot."""

    _inherit = "omnichannel.inbound"

    @api.model
    def _handler(self, item):
        return self._receive_unreachable if isinstance(item, Unreachable) else super()._handler(item)

    @api.model
    def _receive_unreachable(self, _event, channel, item):
        """Only of an address to which we wrote: anybody can send what looks like a bounce."""
        if not channel._adapter()._is_unreachable(item.error_code, item.error_text):
            return self.env._("It says nothing for good about an address.")
        known, _by_uid = self.env["omnichannel.identity"]._find(channel, [item.recipient])
        identity = known.get(item.recipient.key)
        written = identity and self.env["omnichannel.message"].search_count(
            [("identity_id", "=", identity.id), ("direction", "=", "out")], limit=1
        )
        if not written:
            return self.env._("Nothing was sent to that address from here.")
        identity._mark_unreachable(item.error_text)
        return None

    @api.model
    def _update_conversations(self, rows):
        result = super()._update_conversations(rows)
        writers = [row["identity"] for row in rows if not isinstance(row["item"], MessageEcho)]
        self.env["omnichannel.identity"].union(*writers)._mark_reachable()
        return result
