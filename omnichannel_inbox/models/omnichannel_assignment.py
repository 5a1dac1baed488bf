import logging
import time
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..roster import Need
from .omnichannel_agent import ASSIGN
from .omnichannel_conversation import QUIET
from .omnichannel_worker import TRANSIENT_ERRORS

_logger = logging.getLogger(__name__)

BATCH = 200
SWEEP = 1000
PAUSE = 0.1  # seconds; whoever changes a conversation is done by then, as a rule


class OmnichannelAssignment(models.AbstractModel):
    """Gives conversations to agents by their team's method (cron).

    One team at a time: its row is locked, then its agents, whom other teams may share, then the
    conversations. What is decided is decided on what these locks hold still; who locks after somebody else
    changed something starts again in a new transaction (see ``omnichannel.worker``). A batch takes the same
    number of queries however long it is.
    """

    _name = "omnichannel.assignment"
    _description = "Assignment of Conversations"

    @api.model
    def _run(self):
        """Cron: give away what waits, and what is left unanswered."""
        if not self.env["omnichannel.team"]._assigning():
            return
        todo, is_left = [], False

        def step():
            nonlocal is_left
            if not todo:
                return 0
            more = self._try_batch(todo[0])
            is_left |= more is None
            if not more:
                todo.pop(0)
            return 1

        worker = self.env["omnichannel.worker"]
        worker._drain(self._sweep, ASSIGN)
        todo += self._due_teams()
        worker._drain(step, ASSIGN)
        if is_left:
            time.sleep(PAUSE)
            worker._wake_after_commit(ASSIGN)
            worker._new_transaction()

    # -- what there is to do -----------------------------------------------------

    @api.model
    def _sweep(self):
        """Queue what needs somebody and is in no queue, such as what was there before its team assigned by
        itself; return how many."""
        teams = [
            team_id for team_id, team in self.env["omnichannel.team"]._assigning().items() if team.is_all
        ]
        if not teams:
            return 0
        self.env.flush_all()
        # In two steps: within an update, the database may lock and look anew for each row.
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM omnichannel_conversation
                    WHERE team_id IN %s AND state = 'open' AND user_id IS NULL AND queued_since IS NULL
                      AND is_held IS NOT TRUE
                    LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                tuple(teams),
                SWEEP,
            )
        )
        found = self.env["omnichannel.conversation"].browse(row[0] for row in rows)
        found.with_context(**QUIET).write({"queued_since": fields.Datetime.now()})
        return len(found)

    @api.model
    def _due_teams(self):
        """The teams that have something to do."""
        rows = self.env.execute_query(
            SQL(
                """SELECT t.id FROM omnichannel_team t
                    WHERE t.id IN %(teams)s
                      AND (t.queue_stuck_date IS NOT NULL
                           OR EXISTS (SELECT FROM omnichannel_conversation c WHERE %(queued)s)
                           OR EXISTS (SELECT FROM omnichannel_conversation c WHERE %(returning)s)
                           OR (t.reassign_minutes > 0
                               AND EXISTS (SELECT FROM omnichannel_conversation c WHERE %(unanswered)s)))
                 ORDER BY t.sequence, t.id""",
                teams=tuple(self.env["omnichannel.team"]._assigning()) or (0,),
                queued=self._queued(),
                returning=self._returning(),
                unanswered=self._unanswered(),
            )
        )
        return [team_id for (team_id,) in rows]

    @api.model
    def _queued(self):
        return SQL(
            "c.team_id = t.id AND c.queued_since IS NOT NULL AND c.state = 'open' AND c.user_id IS NULL"
        )

    @api.model
    def _returning(self):
        return SQL("c.team_id = t.id AND c.is_returning")

    @api.model
    def _unanswered(self):
        """Unanswered for the team's minutes, of which whoever was given it last has had all."""
        limit = SQL("%s - make_interval(mins => t.reassign_minutes)", fields.Datetime.now())
        return SQL(
            """c.team_id = t.id AND c.state = 'open' AND c.user_id IS NOT NULL AND c.waiting_since <= %s
               AND COALESCE(c.assigned_date, '-infinity') <= %s""",
            limit,
            limit,
        )

    @api.model
    def _claim(self, team, condition, order):
        """Conversations of a team, locked; those that somebody else is changing now are left for later."""
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id FROM omnichannel_conversation c, omnichannel_team t
                    WHERE t.id = %s AND %s ORDER BY %s LIMIT %s FOR NO KEY UPDATE OF c SKIP LOCKED""",
                team.id,
                condition,
                order,
                BATCH,
            )
        )
        return self.env["omnichannel.conversation"].browse(row[0] for row in rows).with_context(**QUIET)

    @api.model
    def _is_any_locked(self, team, left):
        """Whether the team has something to do that could not be claimed.

        :param left: what could be claimed, and nobody could take
        """
        self.env.flush_all()
        [(is_any,)] = self.env.execute_query(
            SQL(
                """SELECT EXISTS (
                   SELECT FROM omnichannel_conversation c, omnichannel_team t
                    WHERE t.id = %s AND ((%s) OR (%s)) AND c.id <> ALL(%s))""",
                team.id,
                self._queued(),
                self._returning(),
                left.ids,
            )
        )
        return is_any

    # -- one batch -----------------------------------------------------------------

    @api.model
    def _try_batch(self, team_id):
        """As ``_assign_batch``; a team whose work fails holds up no other."""
        try:
            with self.env.cr.savepoint():
                return self._assign_batch(team_id)
        except TRANSIENT_ERRORS:
            raise
        except Exception:
            _logger.exception("Conversations of team %s could not be assigned", team_id)
            return False

    @api.model
    def _assign_batch(self, team_id):
        """Give away what waits in a team's queue.

        :return: whether there may be more; None: somebody else is at some of it, who may not have seen what
            we were woken for and wakes nobody, so that it is to be looked at again in a moment
        """
        self.env.flush_all()
        team = self._lock_team(team_id)
        if not team:
            return None
        agents = self.env["omnichannel.agent"]._of_users(team._assignees())
        agents._lock()
        self._take_back(team)
        queue = self._claim(team, self._queued(), SQL("c.team_id, c.priority DESC, c.queued_since, c.id"))
        unanswered = queue.browse()
        if team.reassign_minutes:
            unanswered = self._claim(team, self._unanswered(), SQL("c.waiting_since, c.id"))
        given = self._give(team, agents, queue, unanswered) if queue or unanswered else {}
        left = queue.filtered(lambda conversation: conversation not in given)
        if team._mind_queue(is_stuck=bool(left)):
            left._announce_again()
        if len(queue) == BATCH:
            return any(conversation in given for conversation in queue)
        return None if self._is_any_locked(team, left) else False

    @api.model
    def _lock_team(self, team_id):
        """The team, or none if somebody else has it. Conversations can be opened in it meanwhile: the lock
        is not that of a foreign key."""
        rows = self.env.execute_query(
            SQL("SELECT id FROM omnichannel_team WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", team_id)
        )
        return self.env["omnichannel.team"].browse(row[0] for row in rows)

    @api.model
    def _take_back(self, team):
        """Put what came back to an agent who is not there into the queue."""
        returning = self._claim(team, self._returning(), SQL("c.id"))
        if not returning:
            return
        agents = self.env["omnichannel.agent"]._of_users(returning.user_id)
        absences = agents._why_absent(team.is_presence_needed)
        # Busy is: nothing new. What is theirs is theirs.
        there = agents.filtered(lambda agent: absences[agent] in (False, "busy") and agent.user_id.active)
        returning.is_returning = False
        away = returning.filtered(
            lambda conversation: conversation.state == "open" and conversation.user_id not in there.user_id
        )
        away.write({"user_id": False})
        self.env.flush_all()

    @api.model
    def _give(self, team, agents, queue, unanswered):
        """Give each to somebody: {conversation: user id}, without those whom nobody can take."""
        roster = team._roster(agents)
        given = {}
        for need in self._needs(team, agents, queue | unanswered, unanswered):
            if user_id := roster.give(need):
                given[queue.browse(need.id)] = user_id
        if given:
            former = {conversation: conversation.user_id for conversation in given}
            self._write_down(team, agents, given, roster)
            self._tell(team, given, former)
        return given

    @api.model
    def _needs(self, team, agents, conversations, unanswered):
        """What each conversation asks of whoever gets it."""
        skills = agents.tag_ids
        last_users = conversations._last_users() if team.is_last_agent_first else {}
        return [
            Need(
                id=conversation.id,
                channel_type=conversation.channel_type or "",
                tags=frozenset((conversation.tag_ids & skills).ids),
                lang=conversation._customers_lang(),
                last_user_id=last_users.get(conversation, 0),
                owner_id=conversation.user_id.id if conversation in unanswered else 0,
            )
            for conversation in conversations
        ]

    @api.model
    def _write_down(self, team, agents, given, roster):
        by_user = defaultdict(self.env["omnichannel.conversation"].browse)
        for conversation, user_id in given.items():
            by_user[user_id] |= conversation
        for user_id, conversations in by_user.items():
            conversations.with_context(**QUIET).write({"user_id": user_id})
        agents.filtered(lambda agent: agent.user_id.id in by_user)._note_given()
        members = set(agents.user_id.ids)
        turns = {int(user_id): turn for user_id, turn in (team.assign_turns or {}).items()}
        turns |= {seat.user_id: seat.turn for seat in roster.seats.values() if seat.turn}
        team.with_context(**QUIET).assign_turns = {
            str(user_id): turn for user_id, turn in turns.items() if user_id in members
        }

    @api.model
    def _tell(self, team, given, former):
        """Say in the threads who got it, and from whom."""
        team = team.with_context(lang=self.env["res.lang"]._get_code(team.company_id.partner_id.lang) or None)
        names = {user.id: user.name for user in self.env["res.users"].browse(set(given.values()))}
        lines = {}
        for conversation, user_id in given.items():
            if former[conversation]:
                lines[conversation.id] = team.env._(
                    "Not answered for %(minutes)s minutes: given from %(former)s to %(agent)s",
                    minutes=team.reassign_minutes,
                    former=former[conversation].name,
                    agent=names[user_id],
                )
            else:
                lines[conversation.id] = team.env._("Given to %s", names[user_id])
        conversations = self.env["omnichannel.conversation"].browse(lines)
        conversations._message_log_batch(lines)
        conversations._announce_again()
