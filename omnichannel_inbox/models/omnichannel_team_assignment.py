from collections import Counter, namedtuple
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import ormcache

from ..roster import Roster, Seat
from .omnichannel_agent import ASSIGN
from .omnichannel_conversation import QUIET

ALERT_PAUSE = timedelta(minutes=15)
MATCHING = [("no", "Not looked at"), ("prefer", "Preferred"), ("require", "Needed")]
# What is known of a team that assigns by itself without asking the database.
Assigning = namedtuple("Assigning", ["is_all", "is_returned", "member_ids"])


class OmnichannelTeam(models.Model):
    """How a team's conversations find their agent."""

    _name = "omnichannel.team"
    _inherit = ["omnichannel.team", "mail.thread", "mail.activity.mixin"]

    assign_method = fields.Selection(
        [
            ("manual", "By hand"),
            ("round_robin", "In turn"),
            ("least_busy", "To who has most room"),
        ],
        "Assign",
        required=True,
        default="manual",
        tracking=True,
        help="By hand: agents take what they answer. In turn: whoever waited longest is next. To who has "
        "most room: whoever has fewest open conversations, measured by their limit.",
    )
    assign_scope = fields.Selection(
        [("all", "Everything that comes in"), ("rule", "Only what a rule assigns")],
        "What",
        required=True,
        default="all",
        tracking=True,
    )
    is_last_agent_first = fields.Boolean(
        "Who Served the Customer Last Comes First",
        tracking=True,
        help="If they can take it; else whoever is next.",
    )
    match_tags = fields.Selection(
        MATCHING,
        "Skills",
        required=True,
        default="no",
        tracking=True,
        help="A tag is a skill when an agent of the team has it. Needed: waits in the queue until somebody "
        "who has all of a conversation's skills can take it. Preferred: goes to somebody else rather than "
        "wait.",
    )
    match_langs = fields.Selection(
        MATCHING,
        "Languages",
        required=True,
        default="no",
        tracking=True,
        help="The customer's language, else the channel's.",
    )
    is_presence_needed = fields.Boolean(
        "Only Who Is Online",
        default=True,
        tracking=True,
        help="Agents who have not opened Odoo, have not touched it for half an hour, or set their status in "
        "Odoo to away, do not disturb or offline get nothing.",
    )
    limit_ids = fields.One2many("omnichannel.limit", "team_id", "Limits for Each Agent")
    is_pending_counted = fields.Boolean(
        "Count What Waits for the Customer",
        tracking=True,
        help="For limits and for who has most room. Tickets that an order opened and to which the customer "
        "never wrote do not count.",
    )
    reassign_minutes = fields.Integer(
        "Give to Somebody Else After",
        tracking=True,
        help="When the agent has not answered for these minutes, and somebody else can take it. 0: never.",
    )
    is_returned = fields.Boolean(
        "Away Agents' Conversations Go to Somebody Else",
        tracking=True,
        help="When a customer writes again in a conversation that waited for them or was closed, and its "
        "agent is away, offline or not at work.",
    )
    # Who was given something when, counted by this team: a number for each agent. Written while the team's
    # row is locked, with everything else that is decided.
    assign_turns = fields.Json("Turns", copy=False, groups="base.group_system")
    queue_stuck_date = fields.Datetime("Nobody Can Take It Since", readonly=True, copy=False)
    queue_alert_date = fields.Datetime("Supervisors Alerted", readonly=True, copy=False)
    queue_count = fields.Integer("In the Queue", compute="_compute_queue_count")

    _no_time_travel = models.Constraint("CHECK (reassign_minutes >= 0)", "Minutes cannot be below zero.")

    def _compute_queue_count(self):
        counts = self._queue_counts()
        for team in self:
            team.queue_count = counts.get(team, 0)

    def _queue_counts(self):
        # A number for whoever may see the team, not the conversations.
        return dict(
            self.env["omnichannel.conversation"]
            .sudo()
            ._read_group(
                [("team_id", "in", self.ids), ("queued_since", "!=", False)], ["team_id"], ["__count"]
            )
        )

    # -- which teams assign by themselves --------------------------------------------

    @api.model
    @ormcache()
    def _assigning(self):
        """The teams that assign by themselves: {team id: :class:`Assigning`}.

        Asked at each change of a conversation, hence cached.
        """
        teams = self.sudo().search([("assign_method", "!=", "manual")])
        return {
            team.id: Assigning(team.assign_scope == "all", team.is_returned, frozenset(team.member_ids.ids))
            for team in teams
        }

    @api.model
    def _assigning_fields(self):
        return {"active", "assign_method", "assign_scope", "is_returned", "member_ids"}

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        if any(team.assign_method != "manual" for team in teams):
            teams._note_assigning()
        return teams

    def write(self, vals):
        result = super().write(vals)
        if not self._assigning_fields().isdisjoint(vals):
            self._note_assigning()
        elif not {"match_tags", "match_langs", "is_presence_needed", "limit_ids"}.isdisjoint(vals):
            self.env["omnichannel.worker"]._wake_after_commit(ASSIGN)
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _note_assigning(self):
        """Take over what was changed: a team that assigns by hand again has no queue."""
        self.env.registry.clear_cache()
        by_hand = self.filtered(lambda team: team.id not in team._assigning())
        queued = (
            self.env["omnichannel.conversation"]
            .sudo()  # whoever may set up a team decides on its queue
            .search([("team_id", "in", by_hand.ids), ("queued_since", "!=", False)])
        )
        queued.with_context(**QUIET).write({"queued_since": False})
        if by_hand:
            by_hand._end_queue()
        self.env["omnichannel.worker"]._wake_after_commit(ASSIGN)

    # -- who can be given something -----------------------------------------------------

    def _assignees(self):
        """Members who may have this team's conversations: active agents of its company."""
        self.ensure_one()
        agents = self.env.ref("omnichannel_inbox.group_omnichannel_agent").all_user_ids
        return self.member_ids.filtered(
            lambda user: user.active and user in agents and self.company_id in user.company_ids
        )

    def _roster(self, agents):
        """The team's :class:`Roster` of those of ``agents`` who can be given something now."""
        self.ensure_one()
        absences = agents._why_absent(self.is_presence_needed)
        present = agents.filtered(lambda agent: not absences[agent])
        loads, turns, limits = (
            self._loads(present.user_id),
            self.assign_turns or {},
            self.limit_ids._by_type(),
        )
        seats = [
            Seat(
                user_id=agent.user_id.id,
                turn=turns.get(str(agent.user_id.id), 0),
                limits=limits | agent.limit_ids._by_type(),
                loads=loads[agent.user_id],
                tags=frozenset(agent.tag_ids.ids),
                langs=frozenset(lang.code.split("_")[0] for lang in agent.lang_ids),
            )
            for agent in present
        ]
        roster = Roster(seats, self.assign_method, self.match_tags, self.match_langs)
        # Also of those who are not here: numbers must go up.
        roster.turn = max([roster.turn, *turns.values()])
        return roster

    def _loads(self, users):
        """How many conversations users have, of whatever team: {user: Counter by channel type}"""
        domain = [("user_id", "in", users.ids)]
        if self.is_pending_counted:
            domain += ["|", ("state", "=", "open"), "&", ("state", "=", "pending")]
            domain += ["|", ("order_ticket_id", "=", False), ("last_inbound_date", "!=", False)]
        else:
            domain.append(("state", "=", "open"))
        loads = {user: Counter() for user in users}
        for user, channel_type, count in self.env["omnichannel.conversation"]._read_group(
            domain, ["user_id", "channel_type"], ["__count"]
        ):
            loads[user][channel_type or ""] += count
        return loads

    # -- the queue -------------------------------------------------------------------------

    def _mind_queue(self, is_stuck):
        """Tell supervisors that nobody can take what waits: once for each such time.

        :param is_stuck: something was to be given, and nobody could take it
        :return: whether that begins just now
        """
        self.ensure_one()
        self = self.with_context(**QUIET)  # noqa: PLW0642
        now = fields.Datetime.now()
        begins = is_stuck and not self.queue_stuck_date
        if begins:
            self.queue_stuck_date = now
        if not self.queue_stuck_date:
            return False
        count = self._queue_counts().get(self, 0)
        if not count:
            self._end_queue()
        elif is_stuck and self._is_alert_due(now):
            self.queue_alert_date = now
            self._alert(count)
        return begins

    def _is_alert_due(self, now):
        """Not yet for this time; and a queue that comes and goes is told of every quarter of an hour."""
        last = self.queue_alert_date
        return not last or (last < self.queue_stuck_date and last <= now - ALERT_PAUSE)

    def _alert(self, count):
        """An activity for each supervisor, and a notice wherever they are in Odoo now."""
        for supervisor in self._supervisors():
            team = self._speaking_to(supervisor)
            words = team.env._(
                "%(team)s: nobody can take what waits in the queue (%(count)s)", team=team.name, count=count
            )
            team._alert_one(supervisor, words)

    def _speaking_to(self, user):
        return self.with_context(lang=user.lang, mail_activity_quick_update=True)

    def _alert_one(self, supervisor, words):
        self.activity_schedule("mail.mail_activity_data_warning", summary=words, user_id=supervisor.id)
        supervisor._bus_send("simple_notification", {"type": "warning", "message": words, "sticky": True})

    def _supervisors(self):
        group = self.env.ref("omnichannel_inbox.group_omnichannel_supervisor")
        return group.all_user_ids.filtered(lambda user: user.active and self.company_id in user.company_ids)

    def _end_queue(self):
        """Nothing waits any more: what supervisors were told is done with."""
        stuck = self.filtered("queue_stuck_date")
        stuck.with_context(**QUIET).write({"queue_stuck_date": False})
        # The system's own alerts, whoever emptied the queue.
        stuck.sudo().activity_unlink(["mail.mail_activity_data_warning"], only_automated=True)

    def action_open_queue(self):
        """What waits in the queues of these teams."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "omnichannel.conversation",
            "view_mode": "list,form",
            "domain": [("team_id", "in", self.ids), ("queued_since", "!=", False)],
            "name": self.env._("Queue"),
        }

    def action_open_agents(self):
        """Limits, skills, languages and hours of the members."""
        agents = self.env["omnichannel.agent"]._of_users(self.member_ids)
        return {
            "type": "ir.actions.act_window",
            "res_model": "omnichannel.agent",
            "view_mode": "list,form",
            "domain": [("id", "in", agents.ids)],
            "name": self.env._("Agents"),
        }
