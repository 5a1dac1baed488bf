from odoo import api, fields, models
from odoo.fields import Domain


class DiscussChannel(models.Model):
    """Who may see a session without taking part in it; the record rules of this add-on ask for this."""

    _inherit = "discuss.channel"

    omnichannel_is_shown = fields.Boolean(
        "Shown to Who Asks",
        compute="_compute_omnichannel_is_shown",
        search="_search_omnichannel_is_shown",
        groups=fields.NO_ACCESS,
    )

    @api.depends("omnichannel_channel_id", "omnichannel_conversation_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_omnichannel_is_shown(self):
        shown = self.filtered_domain(self._omnichannel_shown_domain())
        for session in self:
            session.omnichannel_is_shown = session in shown

    def _search_omnichannel_is_shown(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return self._omnichannel_shown_domain()

    @api.model
    def _omnichannel_shown_domain(self):
        """Channels of any other kind, and sessions of a connected live chat whose conversation one sees.

        Whom Odoo lets see no sessions but those they take part in is asked about no conversation at all.
        """
        user = self.env.user
        if user.has_group("base.group_system"):
            return Domain.TRUE
        others = Domain("omnichannel_channel_id", "=", False)
        is_agent = user.has_group("omnichannel_inbox.group_omnichannel_agent")
        if not is_agent or not user.has_group("im_livechat.im_livechat_group_user"):
            return others
        # Before the visitor has written there is no conversation: then it is who sees the channel's.
        return (
            others
            | Domain("omnichannel_conversation_id", "any", self._omnichannel_seen_by(user, is_owner=True))
            | Domain("omnichannel_conversation_id", "=", False)
            & Domain("omnichannel_channel_id", "any", self._omnichannel_seen_by(user))
        )

    @api.model
    def _omnichannel_seen_by(self, user, is_owner=False):
        """Which conversations, or channels, a user of the inbox sees.

        :param is_owner: there is an owner, who sees them in any case
        """
        own = Domain("company_id", "in", self.env.companies.ids)
        if user.has_group("omnichannel_inbox.group_omnichannel_supervisor"):
            return own
        theirs = Domain("team_id.member_ids", "in", user.ids)
        if is_owner:
            theirs |= Domain("user_id", "=", user.id)
        return own & theirs
