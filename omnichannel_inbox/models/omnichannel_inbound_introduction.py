from odoo import api, models

from ..wire import InboundMessage, Introduction


class OmnichannelInbound(models.AbstractModel):
    """What senders say of themselves besides what they write."""

    _inherit = "omnichannel.inbound"

    @api.model
    def _receive(self, entries):
        """Which conversation a message joins depends on who its sender is, so that is heard first."""
        introductions = [entry for entry in entries if isinstance(entry[2], Introduction)]
        outcome = [
            (event, self._receive_introduction(channel, item)) for event, channel, item in introductions
        ]
        others = [entry for entry in entries if not isinstance(entry[2], Introduction)]
        return outcome + super()._receive(others)

    @api.model
    def _receive_introduction(self, channel, item):
        self.env["omnichannel.identity"]._introduce(channel, item)

    @api.model
    def _customers_texts(self, rows):
        """The order that they came for, too, which they named before there was a conversation."""
        texts = super()._customers_texts(rows)
        for row in rows:
            order = row["identity"].introduced_order
            if order and row["reason"] == "new" and isinstance(row["item"], InboundMessage):
                texts[row["conversation"]].append(order)
        return texts
