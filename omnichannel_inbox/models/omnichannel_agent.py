from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

ASSIGN = "omnichannel_inbox.cron_assign"


class OmnichannelAgent(models.Model):
    """How a user works as an agent: whether they take conversations now, how many, and which.

    A row of its own and not fields of the user: it is locked while conversations are handed out, changes
    several times a day, and supervisors may see to it, who may not change users.
    """

    _name = "omnichannel.agent"
    _description = "Agent"
    _order = "user_id"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users", "Agent", required=True, ondelete="cascade", domain=[("share", "=", False)]
    )
    availability = fields.Selection(
        [("available", "Available"), ("busy", "Busy"), ("away", "Away")],
        "Switch",
        required=True,
        default="available",
        help="What the agent chose in the menu at the top of each page. Busy: gets nothing new. Away: the "
        "same, and what comes back to them can go to somebody else.",
    )
    availability_date = fields.Datetime("Since", readonly=True)
    absence = fields.Selection(
        [
            ("hours", "Outside working hours"),
            ("away", "Away"),
            ("busy", "Busy"),
            ("presence", "Not online in Odoo"),
        ],
        "Now",
        compute="_compute_absence",
        help="Why this agent gets nothing now; empty while they do.",
    )
    limit_ids = fields.One2many("omnichannel.limit", "agent_id", "Limits")
    tag_ids = fields.Many2many("omnichannel.tag", string="Skills")
    lang_ids = fields.Many2many(
        "res.lang", string="Languages", help="Without one, conversations of every language."
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        ondelete="restrict",
        help="Outside these hours the agent gets nothing. Without them, those of the employee with their "
        "time off; without these, at any time.",
    )
    assigned_date = fields.Datetime("Last Given Something", readonly=True)
    open_count = fields.Integer("Open", compute="_compute_open_count")

    _user_uniq = models.UniqueIndex("(user_id)", "This user is an agent already.")

    @api.depends("availability", "calendar_id", "user_id")
    def _compute_absence(self):
        absences = self._why_absent()
        for agent in self:
            agent.absence = absences[agent]

    def _compute_open_count(self):
        counts = dict(
            # A number for whoever may see the agent, not the conversations.
            self.env["omnichannel.conversation"]
            .sudo()
            ._read_group(
                [("user_id", "in", self.user_id.ids), ("state", "=", "open")], ["user_id"], ["__count"]
            )
        )
        for agent in self:
            agent.open_count = counts.get(agent.user_id, 0)

    @api.model_create_multi
    def create(self, vals_list):
        self._wake_assigner()
        return super().create(vals_list)

    def write(self, vals):
        if "availability" in vals:
            vals = {**vals, "availability_date": fields.Datetime.now()}
        self._wake_assigner()
        result = super().write(vals)
        if "availability" in vals:
            self._tell_availability()
        return result

    @api.model
    def _wake_assigner(self):
        """Somebody may be able to take now what nobody could take before."""
        self.env["omnichannel.worker"]._wake_after_commit(ASSIGN)

    @api.model
    def _of_users(self, users):
        """The agents that these users are; whoever was none becomes one."""
        # Who is an agent is no secret to the system, which alone asks.
        agents = self.sudo()
        found = agents.search([("user_id", "in", users.ids)])
        missing = users - found.user_id
        if missing:
            rows = SQL(", ").join(SQL("(%s, 'available')", user_id) for user_id in missing.ids)
            # Two that do so at once make one row.
            self.env.cr.execute(
                SQL(
                    "INSERT INTO omnichannel_agent (user_id, availability) VALUES %s ON CONFLICT DO NOTHING",
                    rows,
                ),
                log_exceptions=False,
            )
            found = agents.search([("user_id", "in", users.ids)])
        return found

    # -- the switch --------------------------------------------------------------

    @api.model
    def set_availability(self, availability):
        """Say whether the user takes conversations now; tells their other windows, too."""
        if availability not in dict(self._fields["availability"].selection):
            raise UserError(self.env._("There is no such availability."))
        self._own().write({"availability": availability})

    @api.model
    def _own(self):
        """The agent that the user is; of that row they may see and change the switch."""
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only colleagues are agents."))
        return self._of_users(self.env.user)

    @api.model
    def get_availability(self):
        """What the switch shows: the user's choice, and what else keeps them from getting anything.

        :return: dict ``value``, ``absence`` (a word, or False)
        """
        agent = self._own()
        absence = agent._why_absent()[agent]
        return {"value": agent.availability, "absence": absence in ("hours", "presence") and absence}

    def _tell_availability(self):
        for agent in self:
            agent.user_id._bus_send("omnichannel/availability", {"value": agent.availability})

    # -- who is there --------------------------------------------------------------

    def _why_absent(self, is_presence_needed=True):
        """Why each of these gets nothing now: {agent: a value of ``absence``, or False}"""
        # Presences and calendars are read to tell who can work, and not shown.
        agents = self.sudo()
        working = agents._within_hours()
        online = agents._online() if is_presence_needed else agents
        return {
            agent: (agent not in working and "hours")
            or (agent.availability != "available" and agent.availability)
            or (agent not in online and "presence")
            for agent in agents
        }

    def _online(self):
        """Those who have Odoo open, look at it now and then, and did not say there that they are not to be
        disturbed."""
        presences = self.env["mail.presence"].search(
            [("user_id", "in", self.user_id.ids), ("status", "=", "online")]
        )
        users = presences.user_id.filtered(
            lambda user: not user.manual_im_status and not user.is_out_of_office
        )
        return self.filtered(lambda agent: agent.user_id in users)

    def _within_hours(self):
        """Those whose working hours these are, with a look at each calendar once."""
        now = pytz.utc.localize(fields.Datetime.now())
        working = self.browse()
        for calendar, agents in self.grouped("calendar_id").items():
            if calendar:
                is_open = bool(calendar._work_intervals_batch(now, now + timedelta(minutes=1))[False])
                working |= agents if is_open else working
            else:
                working |= agents._within_employees_hours(now)
        return working

    def _within_employees_hours(self, now):
        """Those who have no hours of their own, by the hours and the time off of the employee they are."""
        resources = self.env["resource.resource"].search([("user_id", "in", self.user_id.ids)])
        working = resources.filtered(lambda resource: not resource.calendar_id)
        for calendar, own in (resources - working).grouped("calendar_id").items():
            intervals = calendar._work_intervals_batch(now, now + timedelta(minutes=1), own)
            working |= own.filtered(lambda resource, intervals=intervals: bool(intervals[resource.id]))
        employed = resources.user_id
        return self.filtered(lambda agent: agent.user_id not in employed or agent.user_id in working.user_id)

    # -- what they can take ----------------------------------------------------------

    def _lock(self):
        """Let no other team give anything to these agents until this is committed.

        Who is given something has their row changed, so that another team's job that began before starts
        again and counts anew.
        """
        if self:
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM omnichannel_agent WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                    tuple(self.ids),
                ),
                log_exceptions=False,
            )

    def _note_given(self):
        """These were given something; see :meth:`_lock`."""
        self.env.cr.execute(
            SQL(
                "UPDATE omnichannel_agent SET assigned_date = %s WHERE id IN %s",
                fields.Datetime.now(),
                tuple(self.ids),
            ),
            log_exceptions=False,
        )
        self.invalidate_recordset(["assigned_date"], flush=False)
