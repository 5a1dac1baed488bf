from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .omnichannel_agent import ASSIGN

# What decides whether a conversation needs somebody.
WATCHED = {"state", "user_id", "team_id", "is_held"}


class OmnichannelConversation(models.Model):
    """The queue of conversations that are to be given to somebody; see ``omnichannel.assignment``.

    Where every team assigns by hand, none of this asks or writes anything.
    """

    _inherit = "omnichannel.conversation"

    queued_since = fields.Datetime("In the Queue Since", readonly=True, copy=False)
    assigned_date = fields.Datetime("Assigned On", readonly=True, copy=False)
    is_to_assign = fields.Boolean(
        "To Assign", readonly=True, copy=False, help="A rule wants it to be assigned by the team's method."
    )
    is_returning = fields.Boolean(
        "Came Back", readonly=True, copy=False, help="It came back to its agent, who may be away."
    )
    is_held = fields.Boolean(
        "Served by a Program",
        readonly=True,
        copy=False,
        help="A chatbot of the channel's is at it. The team's method gives it to nobody before that is done.",
    )
    folder = fields.Selection(selection_add=[("unassigned",), ("queue", "In the Queue"), ("open",)])

    _queue_idx = models.Index("(team_id, priority DESC, queued_since, id) WHERE queued_since IS NOT NULL")
    _returning_idx = models.Index("(team_id) WHERE is_returning")

    @api.model_create_multi
    def create(self, vals_list):
        conversations = super().create(vals_list)
        if self.env["omnichannel.team"]._assigning():
            conversations._update_queue()
        return conversations

    def write(self, vals):
        if WATCHED.isdisjoint(vals):
            return super().write(vals)
        if vals.get("user_id"):
            vals = {
                **vals,
                "assigned_date": fields.Datetime.now(),
                "is_to_assign": False,
                "is_returning": False,
            }
        teams = self.env["omnichannel.team"]._assigning()
        if not teams:
            return super().write(vals)
        returning = self._coming_back(vals)
        result = super().write(vals)
        returning.is_returning = True
        self._update_queue()
        if returning or self._makes_room(vals):
            self._wake_assigner()
        return result

    def _coming_back(self, vals):
        """Those that a customer opens again, and whose agent may have to be another one."""
        if vals.get("state") != "open" or vals.get("user_id"):
            return self.browse()
        teams = self.env["omnichannel.team"]._assigning()
        return self.filtered(
            lambda conversation: (
                conversation.state != "open"
                and conversation.team_id.id in teams
                # Whoever opens their own again is there; whoever left the company never is.
                and conversation.user_id.id not in (False, self.env.uid)
                and (teams[conversation.team_id.id].is_returned or not conversation.user_id.active)
            )
        )

    def _makes_room(self, vals):
        """Whether somebody may be able to take now what nobody could."""
        return vals.get("state", "open") != "open" and any(self.team_id.mapped("queue_stuck_date"))

    def _update_queue(self):
        """Put those into the queue that need somebody, and take those out that do not."""
        needing = self.filtered(lambda conversation: conversation._needs_assigning())
        new = needing.filtered(lambda conversation: not conversation.queued_since)
        if new:
            new.queued_since = fields.Datetime.now()
            self._wake_assigner()
        (self - needing).filtered("queued_since").queued_since = False

    def _needs_assigning(self):
        team = self.env["omnichannel.team"]._assigning().get(self.team_id.id)
        if not team or self.is_held:
            return False
        return self.state == "open" and not self.user_id and (team.is_all or self.is_to_assign)

    def _wake_assigner(self):
        self.env["omnichannel.worker"]._wake_after_commit(ASSIGN)

    def _ask_assignment(self):
        """Let the teams' method find somebody, as soon as there is work to do.

        What somebody has is theirs.

        :raise UserError: a team assigns by hand
        """
        teams = self.env["omnichannel.team"]._assigning()
        for conversation in self.filtered(lambda conversation: not conversation.user_id):
            if conversation.team_id.id not in teams:
                raise UserError(
                    self.env._(
                        "%s assigns by hand: choose another way on the team, or another team first.",
                        conversation.team_id.name,
                    )
                )
            conversation.is_to_assign = True
        self._update_queue()

    def _customers_lang(self):
        """The language to serve this customer in, such as ``nl``, as far as it is known."""
        lang = self.partner_id.lang or self.channel_id.lang or ""
        return lang.split("_")[0]

    # -- what the client shows -------------------------------------------------------

    @api.model
    def _folder_domain(self, folder):
        if folder == "queue":
            return Domain("queued_since", "!=", False)
        return super()._folder_domain(folder)

    @api.model
    def search_panel_select_range(self, field_name, **kwargs):
        """Who assigns by hand has no queue, and no folder for it."""
        found = super().search_panel_select_range(field_name, **kwargs)
        if field_name == "folder" and not self.env["omnichannel.team"]._assigning():
            found["values"] = [value for value in found["values"] if value["id"] != "queue"]
        return found

    @api.model
    def _folder_counts(self, *domains):
        counts = super()._folder_counts(*domains)
        if self.env["omnichannel.team"]._assigning():
            domain = Domain.AND([self._folder_domain("queue"), *(Domain(domain) for domain in domains)])
            counts["queue"] = self.search_count(domain)
        return counts

    @api.model
    def _anybodys_domain(self):
        """... but not what is about to be given to somebody: only they are told of it, unless nobody can
        take it."""
        domain = super()._anybodys_domain()
        if self.env["omnichannel.team"]._assigning():
            domain &= Domain("queued_since", "=", False) | Domain("team_id.queue_stuck_date", "!=", False)
        return domain

    @api.model
    def get_inbox_summary(self):
        """... and, for members of teams that assign by themselves, whether they take conversations."""
        summary = super().get_inbox_summary()
        teams = self.env["omnichannel.team"]._assigning().values()
        is_assignee = any(self.env.uid in team.member_ids for team in teams)
        # The user's own switch.
        agent = is_assignee and self.env["omnichannel.agent"]._of_users(self.env.user)
        return summary | {"availability": agent and agent.availability}

    def _announce_again(self):
        """Let the clients look at these once more, whose newest messages they may have left out before."""
        self._announce(messages={c.id: [c.last_message_id] for c in self if c.last_message_id})

    # -- who served the customer last ----------------------------------------------------

    def _last_users(self):
        """Who had the customer's newest other conversation: {conversation: user id}.

        A customer without a contact is known by their address.
        """
        known = self.filtered("partner_id")
        families = known.partner_id._omnichannel_same_customers() if known else {}
        by_partner = {c: families[c.partner_id].ids for c in known}
        by_address = {c: c.identity_id.ids for c in (self - known).filtered("identity_id")}
        theirs = SQL("c.partner_id = ANY(wanted.keys)")
        addressed = SQL(
            """c.id IN (SELECT conversation_id FROM omnichannel_conversation_identity_rel
                         WHERE identity_id = ANY(wanted.keys))"""
        )
        return self._last_users_by(by_partner, theirs) | self._last_users_by(by_address, addressed)

    @api.model
    def _last_users_by(self, keys, condition):
        """:param dict keys: {conversation: ids by which ``condition`` finds the customer's others}"""
        if not keys:
            return {}
        self.flush_model(["partner_id", "company_id", "user_id", "last_message_date"])
        rows = self.env.execute_query(
            SQL(
                """SELECT wanted.id, former.user_id
                     FROM (VALUES %s) AS wanted (id, company_id, keys)
                     JOIN LATERAL (
                          SELECT c.user_id FROM omnichannel_conversation c
                           WHERE %s AND c.company_id = wanted.company_id
                             AND c.id <> wanted.id AND c.user_id IS NOT NULL
                        ORDER BY c.last_message_date DESC, c.id DESC LIMIT 1) AS former ON TRUE""",
                SQL(", ").join(SQL("%s", (c.id, c.company_id.id, own)) for c, own in keys.items()),
                condition,
            )
        )
        return {self.browse(conversation_id): user_id for conversation_id, user_id in rows}
