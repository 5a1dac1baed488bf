from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

from ..wire import InboundMessage

# A mailbox that is connected with all that is unread in it, or a dead letter that is replayed, is no news:
# nobody expects to be greeted for it any more.
NEWS = timedelta(days=1)


class OmnichannelInbound(models.AbstractModel):
    """What customers are told by itself when they write."""

    _inherit = "omnichannel.inbound"

    @api.model
    def _ledger_values(self, row):
        values = super()._ledger_values(row)
        if getattr(row["item"], "from_program", False):
            for value in values:
                value["from_program"] = True
        return values

    @api.model
    def _update_conversations(self, rows):
        if not self.env["omnichannel.conversation"]._has_texts():
            return super()._update_conversations(rows)
        heard = defaultdict(list)
        for row in rows:
            if self._is_heard(row):
                heard[row["conversation"]].append(row)
        waited = {conversation for conversation in heard if conversation.waiting_since}
        result = super()._update_conversations(rows)
        for conversation, own_rows in heard.items():
            is_new = any(row["reason"] == "new" for row in own_rows)
            conversation._answer_by_itself(is_new, conversation not in waited)
        return result

    @api.model
    def _is_heard(self, row):
        """Whether the customer wrote to us just now, by themselves: a person whom a text would answer."""
        item = row["item"]
        return (
            isinstance(item, InboundMessage)
            and not (item.silent or item.from_program or item.passed_on)
            and not row.get("aside")
            and item.timestamp > fields.Datetime.now() - NEWS
        )
