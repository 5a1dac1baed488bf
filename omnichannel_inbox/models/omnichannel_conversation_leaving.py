from odoo import api, models
from odoo.fields import Domain

from .omnichannel_conversation import OPEN_STATES, QUIET


class OmnichannelConversation(models.Model):
    """What becomes of conversations whose agent leaves: they go back to their team.

    There, they are given to somebody else by the team's method, or wait for somebody to take them.
    """

    _inherit = "omnichannel.conversation"

    def write(self, vals):
        closed = self.browse()
        if vals.get("state") == "open" and "user_id" not in vals:
            closed = self.filtered(
                lambda conversation: conversation.state == "closed" and conversation.user_id
            )
        result = super().write(vals)
        # What was closed stays with who had it, who may have left since. Users are the system's to look at.
        left = closed.filtered(lambda c: not c.sudo().user_id._omnichannel_can_work_on(c))
        if left:
            self._give_back(Domain("id", "in", left.ids))
        return result

    @api.model
    def _give_back(self, domain):
        """Take conversations that are going on from agents who cannot work on them any more, and say so.

        One batch, however many there are.

        :param domain: whose, and which of theirs
        """
        # Whoever changes users or teams need not see conversations.
        conversations = self.sudo().search(
            Domain("state", "in", OPEN_STATES) & Domain("user_id", "!=", False) & domain
        )
        if not conversations:
            return
        former = {conversation: conversation.user_id for conversation in conversations}
        conversations.with_context(**QUIET)._leave_to_teams()
        for team, own in conversations.grouped("team_id").items():
            team._tell_given_back({conversation: former[conversation] for conversation in own})
        conversations._announce_again()

    def _leave_to_teams(self):
        assigning = self.env["omnichannel.team"]._assigning()
        # Also where the method is for what a rule assigns alone: somebody had it, and is gone.
        self.filtered(lambda conversation: conversation.team_id.id in assigning).is_to_assign = True
        self.write({"user_id": False})


class OmnichannelEvent(models.Model):
    """Looks each night for what nobody gave back."""

    _inherit = "omnichannel.event"

    @api.model
    def _cron_nightly(self):
        super()._cron_nightly()
        # A user who was archived by the database itself, or by a version that did not know of this.
        self.env["omnichannel.conversation"]._give_back(Domain("user_id.active", "=", False))
