from odoo import api, models

from ..wire import Rating
from .omnichannel_event import NotYet

# So often it is tried whether what is rated has come; then what is current must do.
PATIENCE = 4


class OmnichannelInbound(models.AbstractModel):
    """What customers say of how they were served."""

    _inherit = "omnichannel.inbound"

    @api.model
    def _handler(self, item):
        return self._receive_rating if isinstance(item, Rating) else super()._handler(item)

    @api.model
    def _receive_rating(self, event, channel, item):
        conversation = self._rated_conversation(event, channel, item)
        [identity] = self.env["omnichannel.identity"]._get_or_create(channel, [item.sender])
        colleague = channel._adapter()._colleague(item.by)
        is_newest = conversation._rate(item, identity, colleague)
        return None if is_newest else self.env._("A newer rating is here already.")

    @api.model
    def _rated_conversation(self, event, channel, item):
        """The conversation that a rating is about.

        :raise NotYet: what it is about is not here
        """
        try:
            if item.target_uid:
                return self._target(channel, item.target_uid).conversation_id
        except NotYet:
            if event.attempts < PATIENCE:
                raise
        known, _by_uid = self.env["omnichannel.identity"]._find(channel, [item.sender])
        identity = known.get(item.sender.key)
        if not identity or not identity.conversation_id:
            raise NotYet(self.env._("It rates a conversation that is not here."))
        return identity.conversation_id
