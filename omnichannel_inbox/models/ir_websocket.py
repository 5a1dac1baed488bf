import re

from odoo import models

CONVERSATION_CHANNEL = re.compile(r"omnichannel\.conversation_(\d+)$")


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Add the queues a colleague hears of, and the conversations they have before them."""
        channels = list(channels)
        conversation_ids = []
        for channel in list(channels):
            match = isinstance(channel, str) and CONVERSATION_CHANNEL.match(channel)
            if match:
                channels.remove(channel)
                conversation_ids.append(int(match[1]))
        if self.env.user._is_internal():
            channels.extend(self._omnichannel_teams())
            if conversation_ids:
                # The reader's own rights decide which of them there are.
                channels.extend(self.env["omnichannel.conversation"].search([("id", "in", conversation_ids)]))
        return super()._build_bus_channel_list(channels)

    def _omnichannel_teams(self):
        """Teams whose news the user hears: their own; all of their companies for a supervisor."""
        user = self.env.user
        Team = self.env["omnichannel.team"]
        if user.has_group("omnichannel_inbox.group_omnichannel_supervisor"):
            return Team.search([("company_id", "in", user.company_ids.ids)])
        if user.has_group("omnichannel_inbox.group_omnichannel_agent"):
            return Team.search([("member_ids", "in", user.ids)])
        return Team
