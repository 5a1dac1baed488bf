from odoo import models
from odoo.fields import Domain

AGENT = "omnichannel_inbox.group_omnichannel_agent"
# What decides whose conversations a user may have.
USERS_FIELDS = {"active", "group_ids", "company_ids"}
GROUPS_FIELDS = {"user_ids", "all_user_ids", "implied_ids", "implied_by_ids"}


class ResUsers(models.Model):
    """Who is archived or deleted, is no agent any more or leaves a company leaves their conversations."""

    _inherit = "res.users"

    def write(self, vals):
        if USERS_FIELDS.isdisjoint(vals):
            return super().write(vals)
        before = self._omnichannel_reach()
        result = super().write(vals)
        self._omnichannel_leave(before)
        return result

    def unlink(self):
        self.env["omnichannel.conversation"]._give_back(Domain("user_id", "in", self.ids))
        return super().unlink()

    def _omnichannel_reach(self):
        """Where these can work on conversations: {user: (companies, whether they are agents)}."""
        # There is none yet while the add-on is being installed.
        agent = self.env.ref(AGENT, raise_if_not_found=False)
        # Whoever changes users may not see all of their groups and companies.
        return {
            user: (
                user.company_ids if user.active else user.company_ids.browse(),
                bool(agent) and agent in user.all_group_ids,
            )
            for user in self.sudo()
        }

    def _omnichannel_can_work_on(self, conversation):
        """Whether somebody whose conversation it was can go on with it: as an agent, or in Sales."""
        return (
            self.active
            and conversation.company_id in self.company_ids
            and (self.has_group(AGENT) or self.has_group("sales_team.group_sale_salesman"))
        )

    def _omnichannel_leave(self, before):
        """Give back what these cannot work on any more.

        :param dict before: what :meth:`_omnichannel_reach` said before something was changed
        """
        lost = Domain.FALSE
        for user, (companies, is_agent) in self.sudo()._omnichannel_reach().items():
            had_companies, was_agent = before[user]
            gone = had_companies if was_agent and not is_agent else had_companies - companies
            if gone:
                lost |= Domain("user_id", "=", user.id) & Domain("company_id", "in", gone.ids)
        if not lost.is_false():
            self.env["omnichannel.conversation"]._give_back(lost)


class ResGroups(models.Model):
    """... and so does who is taken out of a group that makes them an agent."""

    _inherit = "res.groups"

    def write(self, vals):
        agent = self.env.ref(AGENT, raise_if_not_found=False)
        if not agent or GROUPS_FIELDS.isdisjoint(vals):
            return super().write(vals)
        agent = agent.sudo()  # as above
        before = agent.all_user_ids
        reach = before._omnichannel_reach()
        result = super().write(vals)
        (before - agent.all_user_ids)._omnichannel_leave(reach)
        return result
