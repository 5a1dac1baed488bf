from collections import namedtuple
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .omnichannel_conversation import PRIORITIES
from .omnichannel_health_check import LIMIT, Finding

Queue = namedtuple("Queue", ["team_id", "name", "is_stuck", "number", "oldest"])


class OmnichannelHealthCheck(models.Model):
    """Whether what waits in the queues of teams is given to somebody."""

    _inherit = "omnichannel.health.check"

    def _look_queue(self, companies):
        """Of a queue that nobody can take anything from, the team tells its supervisors by itself."""
        teams = self.env["omnichannel.team"]._assigning()
        if not teams:
            return Finding(0, self.env._("Every team assigns by hand: there are no queues."))
        queues = self._queues(tuple(teams), companies)
        if not queues:
            return Finding(0, self.env._("Nothing waits in a team's queue."))
        number = sum(queue.number for queue in queues)
        domain = Domain("queued_since", "!=", False) & Domain("team_id", "in", [q.team_id for q in queues])
        limit = fields.Datetime.now() - timedelta(minutes=self._setting("health_wait_minutes"))
        left = [queue for queue in queues if not queue.is_stuck and queue.oldest <= limit]
        stuck = [queue for queue in queues if queue.is_stuck]
        if left:
            return Finding(number, self._left_words(left), "wrong", domain)
        if stuck:
            return Finding(number, self._stuck_words(stuck), "attention", domain, is_told=True)
        oldest = min(queue.oldest for queue in queues)
        words = self.env._("They are being given to agents. The oldest waits for %s.", self._age(oldest))
        return Finding(number, words, "fine", domain)

    @api.model
    def _queues(self, team_ids, companies):
        """The queues of some teams in which anything waits, counted as far as it matters.

        Read from the index of the queue: of each team and priority, the oldest comes first.
        """
        self.env["omnichannel.conversation"].flush_model(["team_id", "queued_since", "priority"])
        teams = self.env["omnichannel.team"]
        teams.flush_model(["name", "company_id", "queue_stuck_date"])
        rows = self.env.execute_query(
            SQL(
                """SELECT t.id, %(name)s, t.queue_stuck_date IS NOT NULL, waiting.number, oldest.moment
                     FROM omnichannel_team t
               CROSS JOIN LATERAL (
                          SELECT count(*) AS number
                            FROM (SELECT FROM omnichannel_conversation c
                                   WHERE c.team_id = t.id AND c.queued_since IS NOT NULL
                                   LIMIT %(limit)s) AS counted) AS waiting
               CROSS JOIN LATERAL (
                          SELECT min(top.queued_since) AS moment
                            FROM (VALUES %(priorities)s) AS p (priority)
                      CROSS JOIN LATERAL (
                                 SELECT c.queued_since FROM omnichannel_conversation c
                                  WHERE c.team_id = t.id AND c.priority = p.priority
                                    AND c.queued_since IS NOT NULL
                               ORDER BY c.queued_since LIMIT 1) AS top) AS oldest
                    WHERE t.id IN %(teams)s AND t.company_id IN %(companies)s AND oldest.moment IS NOT NULL
                 ORDER BY oldest.moment""",
                name=teams._field_to_sql("t", "name"),
                limit=LIMIT + 1,
                priorities=SQL(", ").join(SQL("(%s)", value) for value, _label in PRIORITIES),
                teams=team_ids,
                companies=tuple(companies.ids),
            )
        )
        return [Queue(*row) for row in rows]

    @api.model
    def _stuck_words(self, queues):
        return self.env._(
            "Nobody can take what waits in %(teams)s; the oldest waits for %(age)s. Ask members to switch to "
            "Available, raise their limits (Configuration → Agents), or assign it yourself.",
            teams=", ".join(queue.name for queue in queues),
            age=self._age(queues[0].oldest),
        )

    @api.model
    def _left_words(self, queues):
        return self.env._(
            "What waits in %(teams)s is given to nobody, the oldest for %(age)s. Assign it yourself; whoever "
            "administers the server sees why in Odoo's log, and whether the job that assigns runs.",
            teams=", ".join(queue.name for queue in queues),
            age=self._age(queues[0].oldest),
        )
