from odoo import models
from odoo.fields import Domain


class OmnichannelTeam(models.Model):
    """Who leaves a team leaves their conversations to it."""

    _inherit = "omnichannel.team"

    def write(self, vals):
        if "member_ids" not in vals:
            return super().write(vals)
        before = {team: team.member_ids for team in self}
        result = super().write(vals)
        gone = {team: members - team.member_ids for team, members in before.items()}
        self.env["omnichannel.conversation"]._give_back(
            Domain.OR(
                Domain("team_id", "=", team.id) & Domain("user_id", "in", users.ids)
                for team, users in gone.items()
                if users
            )
        )
        return result

    def _tell_given_back(self, former):
        """Say in the threads whose conversations these were; where nobody is found by the team's method,
        supervisors are told.

        :param dict former: {conversation of this team: its former agent}
        """
        self.ensure_one()
        speaking = self.with_context(
            lang=self.env["res.lang"]._get_code(self.company_id.partner_id.lang) or None
        )
        lines = {
            conversation.id: speaking.env._(
                "%(agent)s does not work on this any more: it is back with %(team)s",
                agent=user.name,
                team=speaking.name,
            )
            for conversation, user in former.items()
        }
        self.env["omnichannel.conversation"].browse(lines)._message_log_batch(lines)
        if self.id not in self._assigning():
            self._alert_given_back(former)

    def _alert_given_back(self, former):
        users = self.env["res.users"].union(*former.values())
        for supervisor in self._supervisors() - users:
            team = self._speaking_to(supervisor)
            words = team.env._(
                "%(team)s: conversations that %(agents)s left need somebody (%(count)s)",
                team=team.name,
                agents=", ".join(users.mapped("name")),
                count=len(former),
            )
            team._alert_one(supervisor, words)
