from odoo import models
from odoo.exceptions import UserError


class OmnichannelConversation(models.Model):
    """What colleagues change of what they said, where the channel can show that to the customer, too."""

    _inherit = "omnichannel.conversation"

    def _check_can_update_message_content(self, messages):
        super()._check_can_update_message_content(messages)
        # Read of the ledger only; who may edit the message was checked by Odoo.
        if not messages.sudo().omnichannel_ledger_ids._can_be_changed():
            raise UserError(self.env._("What the customer wrote or received cannot be changed afterwards."))

    def _message_update_content(self, message, /, **kwargs):
        result = super()._message_update_content(message, **kwargs)
        # That it may be changed was checked before.
        for row in message.sudo().omnichannel_ledger_ids:
            row.channel_id._adapter()._edit(row)
        self._announce(changed=message.ids)
        return result
