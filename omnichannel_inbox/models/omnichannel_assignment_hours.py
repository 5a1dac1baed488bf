from datetime import datetime

from odoo import api, fields, models
from odoo.tools import SQL


class OmnichannelTeam(models.Model):
    _inherit = "omnichannel.team"

    is_reassign_hours_counted = fields.Boolean(
        "Count Business Hours Only",
        default=True,
        tracking=True,
        help="Those of the conversation's channel, else of the team; without any, time goes on around the "
        "clock.",
    )

    def _init_column(self, column_name):
        """Teams that are there already count as they did, around the clock."""
        if column_name != "is_reassign_hours_counted":
            super()._init_column(column_name)


class OmnichannelAssignment(models.AbstractModel):
    """Unanswered while somebody was there to answer.

    Not each conversation is looked at: for each of the hours there is one moment since which the team's
    minutes have gone by within them.
    """

    _inherit = "omnichannel.assignment"

    @api.model
    def _unanswered(self):
        # Around the clock it is later than that in any case, which the index tells.
        found = super()._unanswered()
        limits = self._limits_by_hours()
        if not limits:
            return found
        limit = SQL(
            """COALESCE((SELECT v.moment FROM (VALUES %s) AS v (team_id, calendar_id, moment)
                          WHERE v.team_id = t.id AND v.calendar_id = COALESCE(
                                (SELECT h.calendar_id FROM omnichannel_channel h WHERE h.id = c.channel_id),
                                t.calendar_id)), 'infinity')""",
            SQL(", ").join(SQL("(%s, %s, %s::timestamp)", *row) for row in limits),
        )
        return SQL(
            """%s AND (t.is_reassign_hours_counted IS NOT TRUE
                       OR (c.waiting_since <= %s AND COALESCE(c.assigned_date, '-infinity') <= %s))""",
            found,
            limit,
            limit,
        )

    @api.model
    def _limits_by_hours(self):
        """[(team id, calendar id, since when the team's minutes have gone by within these hours)]"""
        teams = self.env["omnichannel.team"].browse(self.env["omnichannel.team"]._assigning())
        counting = teams.filtered(lambda team: team.reassign_minutes and team.is_reassign_hours_counted)
        if not counting:
            return []
        channels = self.env["omnichannel.channel"].search([("calendar_id", "!=", False)])
        now, rows = fields.Datetime.now(), []
        for team in counting:
            theirs = channels.filtered(lambda channel, team=team: channel.company_id == team.company_id)
            for hours in theirs.calendar_id | team.calendar_id:
                moment = hours._omnichannel_hours_later(now, -team.reassign_minutes / 60, team.company_id)
                rows.append((team.id, hours.id, moment or datetime.min))
        return rows
