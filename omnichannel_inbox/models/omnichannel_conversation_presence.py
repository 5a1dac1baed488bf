from odoo import models

ACTIVITIES = ("viewing", "answering", "noting", "left")


class OmnichannelConversation(models.Model):
    """Who else has a conversation before them and what they do there: said on the bus, kept nowhere."""

    _inherit = "omnichannel.conversation"

    def action_presence(self, activity, is_new=False):
        """Tell those who have this conversation before them what the user is doing in it.

        The bus carries ids alone; each client fetches the name under its reader's rights.

        :param activity: one of ``ACTIVITIES``; said when it changes and once a minute, not at each key
        :param is_new: the user has just come and would like to know who else is here
        """
        self.ensure_one()
        self.check_access("read")
        if activity not in ACTIVITIES:
            return
        self._announce_presence(self.env.uid, activity, is_new)
        # Who may read a conversation may be seen in it; the channel is the system's.
        conversation = self.sudo()
        if conversation.channel_id:
            is_writing = activity == "answering"
            conversation.channel_id._adapter()._show_writing(conversation, self.env.user, is_writing)

    def _announce_customer(self, is_writing):
        """Tell those who have these conversations before them that the customer is writing, or stopped."""
        self._announce_presence(False, "writing" if is_writing else "left")

    def _announce_colleague(self, user, is_writing):
        """Tell them of a colleague who has these conversations before them elsewhere than in the inbox."""
        self._announce_presence(user.id, "answering" if is_writing else "viewing")

    def _announce_presence(self, user_id, activity, is_new=False):
        for conversation in self:
            conversation._bus_send(
                "omnichannel/presence",
                {
                    "conversation": conversation.id,
                    "user": user_id,
                    "activity": activity,
                    "is_new": bool(is_new),
                },
            )
