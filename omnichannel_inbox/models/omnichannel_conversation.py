from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# A record is made and changed thousands of times by workers: no log line, follower or mail for each.
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_notrack": True,
    "tracking_disable": True,
}
OPEN_STATES = ("open", "pending", "snoozed")
PRIORITIES = [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Urgent")]
PREVIEW_LENGTH = 140


class OmnichannelConversation(models.Model):
    """The ticket: everything said with a customer about a matter, on whatever channel.

    Its messages are those of its own thread; the ledger says by which channel each one
    came or went.
    """

    _name = "omnichannel.conversation"
    _description = "Conversation"
    _inherit = ["rating.mixin", "mail.thread", "mail.activity.mixin", "bus.listener.mixin"]
    _order = "last_message_date DESC, id DESC"
    _rec_names_search = ["name", "subject"]
    _mail_post_access = "read"
    # Only what somebody quotes is a message's parent; else each answer would quote the one before.
    _mail_flat_thread = False

    name = fields.Char(
        "Reference",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env._("New"),
        index="trigram",
    )
    subject = fields.Char(tracking=True)
    partner_id = fields.Many2one(
        "res.partner", "Customer", index="btree_not_null", ondelete="set null", tracking=True
    )
    order_ids = fields.Many2many(
        "sale.order",
        "omnichannel_conversation_sale_order_rel",
        "conversation_id",
        "order_id",
        string="Sales Orders",
    )
    order_ticket_id = fields.Many2one(
        "sale.order", "Opened by Order", readonly=True, copy=False, ondelete="set null", index=False
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("pending", "Waiting for Customer"),
            ("snoozed", "Snoozed"),
            ("closed", "Closed"),
        ],
        required=True,
        default="open",
        tracking=True,
    )
    snooze_until = fields.Datetime(copy=False)
    user_id = fields.Many2one(
        "res.users", "Assigned to", tracking=True, domain=[("share", "=", False)], index="btree_not_null"
    )
    team_id = fields.Many2one(
        "omnichannel.team",
        required=True,
        ondelete="restrict",
        tracking=True,
        default=lambda self: self.env["omnichannel.team"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        ),
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    priority = fields.Selection(PRIORITIES, default="1", required=True)
    tag_ids = fields.Many2many("omnichannel.tag", string="Tags")
    mentioned_user_ids = fields.Many2many(
        "res.users",
        "omnichannel_conversation_mentioned_rel",
        "conversation_id",
        "user_id",
        readonly=True,
        copy=False,
        help="Colleagues who were mentioned in a note: they may read and note in this conversation.",
    )
    channel_id = fields.Many2one(
        "omnichannel.channel", ondelete="set null", index="btree_not_null", readonly=True
    )
    channel_type = fields.Selection(related="channel_id.channel_type", store=True)
    identity_id = fields.Many2one(
        "omnichannel.identity", "Written From", ondelete="set null", readonly=True, copy=False
    )
    identity_ids = fields.Many2many(
        "omnichannel.identity",
        "omnichannel_conversation_identity_rel",
        "conversation_id",
        "identity_id",
        string="Addresses",
        readonly=True,
        copy=False,
    )
    ledger_ids = fields.One2many("omnichannel.message", "conversation_id", string="Sent and Received")
    first_response_date = fields.Datetime("First Answered", readonly=True, copy=False)
    last_inbound_date = fields.Datetime("Customer Wrote Last", readonly=True, copy=False)
    last_message_date = fields.Datetime(
        "Last Message", readonly=True, copy=False, default=fields.Datetime.now
    )
    last_message_id = fields.Integer("Newest Message Id", readonly=True, copy=False)
    last_author = fields.Char("Customer Who Wrote Last", readonly=True, copy=False)
    last_direction = fields.Selection(
        [("in", "Customer"), ("out", "Us"), ("aside", "Third Party"), ("none", "Nobody")],
        "Wrote Last",
        default="none",
        required=True,
        readonly=True,
        copy=False,
    )
    waiting_since = fields.Datetime(readonly=True, copy=False)
    closed_date = fields.Datetime(readonly=True, copy=False)
    preview = fields.Char("Text of the Last Message", readonly=True, copy=False)
    rule_id = fields.Many2one(
        "omnichannel.rule", "Opened by Rule", readonly=True, copy=False, ondelete="set null"
    )
    is_undelivered = fields.Boolean(
        "Not Delivered",
        readonly=True,
        copy=False,
        help="An answer did not get through, or nobody knows whether it did.",
    )

    _open_idx = models.Index(
        "(last_message_date DESC, id DESC) WHERE state IN ('open', 'pending', 'snoozed')"
    )
    # Pages of mine and of nobody's in their order. What it includes is what record rules, counters and
    # "unread" look at, so that these are counted without a look at the rows.
    _user_open_idx = models.Index(
        "(user_id, state, last_message_date DESC, id DESC) "
        "INCLUDE (team_id, company_id, last_direction, last_message_id) "
        "WHERE state IN ('open', 'pending', 'snoozed')"
    )
    _team_open_idx = models.Index("(team_id, user_id, state) WHERE state IN ('open', 'pending', 'snoozed')")
    _closed_idx = models.Index(
        "(last_message_date DESC, id DESC) INCLUDE (user_id, team_id, company_id) WHERE state = 'closed'"
    )
    _snooze_idx = models.Index("(snooze_until) WHERE state = 'snoozed'")
    _order_ticket_uniq = models.UniqueIndex("(order_ticket_id) WHERE order_ticket_id IS NOT NULL")

    # -- fields ------------------------------------------------------------

    @api.depends("name", "subject", "partner_id")
    def _compute_display_name(self):
        for conversation in self:
            about = conversation.subject or conversation.partner_id.name
            conversation.display_name = " · ".join(filter(None, [conversation.name, about]))

    @api.model_create_multi
    def create(self, vals_list):
        new = self.env._("New")
        unnamed = [vals for vals in vals_list if vals.get("name", new) == new]
        if unnamed:
            # Agents may open conversations and need no right on sequences for that.
            for vals, name in zip(unnamed, self.sudo()._next_names(len(unnamed))):
                vals["name"] = name
        return super().create(vals_list)

    @api.model
    def _next_names(self, count):
        """References for so many new conversations; a usual sequence gives them in one query."""
        sequence = self.env["ir.sequence"].search(
            [("code", "=", self._name), ("company_id", "in", (self.env.company.id, False))],
            order="company_id",
            limit=1,
        )
        if not sequence:
            return [self.env._("New")] * count
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence.next_by_id() for _number in range(count)]
        numbers = self.env.execute_query(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"ir_sequence_{sequence.id:03}", count)
        )
        return [sequence.get_next_char(number) for (number,) in numbers]

    def write(self, vals):
        if vals.get("state") and vals["state"] != "closed":
            vals = dict(vals, closed_date=False)
        elif vals.get("state") == "closed":
            vals = dict(vals, closed_date=fields.Datetime.now(), snooze_until=False, waiting_since=False)
        result = super().write(vals)
        if {"state", "user_id", "team_id", "tag_ids", "priority", "partner_id"} & vals.keys():
            self._announce()
        return result

    def unlink(self):
        self._announce()
        return super().unlink()

    # -- what an agent does --------------------------------------------------

    def action_assign_to_me(self):
        """Take these conversations."""
        self.write({"user_id": self.env.uid})

    def action_close(self):
        """Close; the customer's next message within the channel's days reopens."""
        self.write({"state": "closed"})

    def action_reopen(self):
        """Open again."""
        self.write({"state": "open", "snooze_until": False})

    def action_pending(self):
        """Nothing to do until the customer writes."""
        self.write({"state": "pending", "snooze_until": False, "waiting_since": False})

    def action_snooze(self, until=False):
        """Put aside until a time (UTC, as a string) or, without one, until the customer writes."""
        moment = fields.Datetime.to_datetime(until) if until else False
        if moment and moment <= fields.Datetime.now():
            raise UserError(_("Choose a time in the future."))
        self.write({"state": "snoozed", "snooze_until": moment})

    def action_undo(self, before):
        """Take back a closing or snoozing, unless something else has happened since.

        :param dict before: ``state``, ``snooze_until`` and ``waiting_since`` of ``get_client_data``
        """
        self.ensure_one()
        if self.state in ("closed", "snoozed"):
            self.write({name: before[name] for name in ("state", "snooze_until", "waiting_since")})

    def _change_customer(self, partner):
        """The customer turned out to be another one."""
        self.ensure_one()
        family = partner._omnichannel_same_customer()
        foreign = self.order_ids.filtered(lambda order: order.partner_id not in family)
        # Whoever has the former customer before them sees it go.
        self._announce()
        self.write({"partner_id": partner.id, "order_ids": [(3, order.id) for order in foreign]})

    # -- workers -------------------------------------------------------------

    @api.model
    def _cron_minute(self):
        """Cron: wake what was snoozed until now; settle sends that were cut off."""
        due = self.search(
            [("state", "=", "snoozed"), ("snooze_until", "<=", fields.Datetime.now())], limit=500
        )
        if due:
            due.with_context(**QUIET).write(
                {"state": "open", "snooze_until": False, "waiting_since": fields.Datetime.now()}
            )
            due._omnichannel_signal("snooze_ended")
        self.env["omnichannel.message"]._settle_interrupted()
        self.env["omnichannel.channel"]._give_up_test_mails()

    def _omnichannel_signal(self, kind, data=None):
        """Say to the rules what happened; costs nothing when none listens."""
        self.env["omnichannel.signal"].with_user(SUPERUSER_ID)._emit(kind, self, data)
