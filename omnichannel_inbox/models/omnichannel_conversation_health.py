from odoo import api, models
from odoo.fields import Domain

from .omnichannel_conversation import OPEN_STATES


class OmnichannelConversation(models.Model):
    """What the health page asks of conversations."""

    _inherit = "omnichannel.conversation"

    _waiting_idx = models.Index("(waiting_since) WHERE state = 'open' AND waiting_since IS NOT NULL")

    @api.model
    def _unwatched_domain(self, companies):
        """Conversations that are going on and that nobody will think of: without an owner, or with one
        who left, and in no queue that anybody works on.
        """
        teams = self.env["omnichannel.team"].with_context(active_test=False)
        unmanned = teams.search(
            Domain("company_id", "in", companies.ids)
            & (Domain("active", "=", False) | ~Domain("member_ids", "any", [("active", "=", True)]))
        )
        nobodys = Domain("user_id", "=", False) & Domain("team_id", "in", unmanned.ids)
        left_behind = Domain("user_id.active", "=", False)
        return Domain("state", "in", OPEN_STATES) & (nobodys | left_behind)
