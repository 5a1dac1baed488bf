from odoo import models


class DiscussChannel(models.Model):
    """Where the visitor of a session stands in the queue."""

    _inherit = "discuss.channel"

    def _omnichannel_queue_state(self):
        """Where the visitor of this session stands.

        :return: dict: ``answered``, or ``position`` (0: somebody has it) and ``expected_minutes``; empty
            while nothing is known
        """
        # Of their conversation visitors are told no more than whether somebody has it, or has answered.
        conversation = self.sudo().omnichannel_conversation_id
        if not conversation or conversation.is_held:
            return {}
        if conversation.state != "open" or not conversation.waiting_since:
            return {"answered": conversation.last_direction == "out"}
        queue = conversation.channel_id._livechat_queue()
        return {
            "position": 0 if conversation.user_id else _position(queue["ids"], conversation.id),
            "expected_minutes": queue["minutes"],
        }


def _position(ids, conversation_id):
    """Where somebody stands; who came while the queue was remembered is its last."""
    return ids.index(conversation_id) + 1 if conversation_id in ids else len(ids) + 1
