import re

from odoo import models

from .omnichannel_conversation_news import CUSTOMER_SUBCHANNEL

CHANNEL = re.compile(r"omnichannel\.(conversation|customer)_(\d+)$")


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Add the queues a colleague hears of, and the conversations and customers they have before them."""
        channels = list(channels)
        wanted = {"conversation": [], "customer": []}
        for channel in list(channels):
            match = isinstance(channel, str) and CHANNEL.match(channel)
            if match:
                channels.remove(channel)
                wanted[match[1]].append(int(match[2]))
        if self.env.user._is_internal():
            channels.extend(self._omnichannel_teams())
            # The reader's own rights decide which of them there are.
            if wanted["conversation"]:
                channels.extend(
                    self.env["omnichannel.conversation"].search([("id", "in", wanted["conversation"])])
                )
            channels.extend(
                (partner, CUSTOMER_SUBCHANNEL) for partner in self._omnichannel_customers(wanted["customer"])
            )
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

    def _omnichannel_customers(self, partner_ids):
        """Customers whose form or order an agent or a salesperson is looking at."""
        Partner = self.env["res.partner"]
        groups = ("omnichannel_inbox.group_omnichannel_agent", "sales_team.group_sale_salesman")
        if not partner_ids or not any(self.env.user.has_group(group) for group in groups):
            return Partner
        return Partner.search([("id", "in", partner_ids)])
