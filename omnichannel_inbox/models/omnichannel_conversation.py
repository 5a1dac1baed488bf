import re
from collections import defaultdict
from datetime import timedelta

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, html2plaintext, plaintext2html

from ..exceptions import AnsweredMeanwhile
from ..wire import MessageEcho
from .omnichannel_message import TROUBLE

# A record is made and changed thousands of times by workers: no log line, follower or mail for each.
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_notrack": True,
    "tracking_disable": True,
}
_ANSWER_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg|sv|antw|tr|rif|res?)\s*(\[\d+\])?\s*:\s*)+", re.IGNORECASE)
OPEN_STATES = ("open", "pending", "snoozed")
PRIORITIES = [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Urgent")]
FROM_OUTSIDE = ("in", "aside")  # who wrote last, when it is somebody whom we have to read
PREVIEW_LENGTH = 140
MAX_CANDIDATES = 20  # conversations of a customer that a new message may join
TOKEN = re.compile(r"[0-9a-f]{32}")
# On which those hear of a customer's conversations who have the customer or an order of theirs before them.
CUSTOMER_SUBCHANNEL = "omnichannel"


def subject_key(subject):
    """What is the same for a subject and its answers."""
    return " ".join(_ANSWER_PREFIX.sub("", subject or "").split()).casefold()


class OmnichannelConversation(models.Model):
    """The ticket: everything said with a customer about a matter, on whatever channel.

    Its messages are those of its own thread; the ledger says by which channel each one
    came or went.
    """

    _name = "omnichannel.conversation"
    _description = "Conversation"
    _inherit = ["mail.thread", "mail.activity.mixin", "bus.listener.mixin"]
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
    preview = fields.Char(readonly=True, copy=False)
    rule_id = fields.Many2one(
        "omnichannel.rule", "Opened by Rule", readonly=True, copy=False, ondelete="set null"
    )
    is_undelivered = fields.Boolean(
        "Not Delivered",
        readonly=True,
        copy=False,
        help="An answer did not get through, or nobody knows whether it did.",
    )
    is_unread = fields.Boolean("Unread", compute="_compute_is_unread", search="_search_is_unread")

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

    @api.depends_context("uid")
    @api.depends("last_message_id", "last_direction", "state")
    def _compute_is_unread(self):
        positions = self._read_positions()
        for conversation in self:
            conversation.is_unread = (
                conversation.state in OPEN_STATES
                and conversation.last_direction in FROM_OUTSIDE
                and positions.get(conversation.id, 0) < conversation.last_message_id
            )

    def _read_positions(self):
        """{conversation id: newest message id that the user has read}"""
        self.env["omnichannel.read"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT conversation_id, last_read_id FROM omnichannel_read
                        WHERE conversation_id IN %s AND user_id = %s""",
                    tuple(self.ids) or (0,),
                    self.env.uid,
                )
            )
        )

    @api.model
    def _search_is_unread(self, operator, value):
        if operator not in ("in", "="):
            return NotImplemented
        # A condition on the row itself and no list of ids, so that the database walks the newest open ones
        # until the page is full.
        unread = (
            Domain("state", "in", OPEN_STATES)
            & Domain("last_direction", "in", FROM_OUTSIDE)
            & Domain.custom(to_sql=self._unread_sql, predicate=lambda conversation: conversation.is_unread)
        )
        wanted = True in value if operator == "in" else bool(value)
        return unread if wanted else ~unread

    @api.model
    def _unread_sql(self, model, alias, query):
        """Whether the user has not read the newest message yet."""
        return SQL(
            """COALESCE((SELECT last_read_id FROM omnichannel_read
                          WHERE conversation_id = %s AND user_id = %s), 0) < %s""",
            SQL.identifier(alias, "id"),
            model.env.uid,
            model._field_to_sql(alias, "last_message_id", query),
        )

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

    # -- which conversation a message joins ----------------------------------

    @api.model
    def _assign_conversations(self, rows):
        """Give each row (see ``omnichannel.inbound``) its conversation and the reason why.

        Rows are in the order in which they came; a conversation that one opens is
        there for the next.
        """
        identities = self.env["omnichannel.identity"].union(*(row["identity"] for row in rows))
        customers = identities._customer_keys()
        self._join_answered(rows, customers)
        candidates = self._candidates(customers, rows[0]["channel"])
        opening, current = defaultdict(list), {}
        for row in rows:
            if row.get("conversation"):
                continue
            matter = self._matter(row, customers[row["identity"]])
            if matter in opening:
                row["reason"] = "recent"
            else:
                row["conversation"], row["reason"] = self._choose(self._fitting(row, candidates), row["item"])
            if row["reason"] == "new" or matter in opening:
                opening[matter].append(row)
            elif row["reason"] != "order" and row["identity"].conversation_id != row["conversation"]:
                current[row["identity"]] = row["conversation"]
        self._lock_customers({customers[rows[0]["identity"]] for rows in opening.values()})
        current |= self._open_for(opening)
        self._make_current(current)
        self._join(rows)

    @api.model
    def _join(self, rows):
        """Let the senders of rows take part in the conversations of theirs."""
        conversations = self.union(*(row["conversation"] for row in rows))
        taking_part = {conversation: conversation.identity_ids for conversation in conversations}
        conversations._link(
            "identity_ids",
            [
                (row["conversation"], row["identity"])
                for row in rows
                if row["identity"] not in taking_part[row["conversation"]]
            ],
        )

    def _link(self, field_name, pairs):
        """Add records to a many2many field of these: one statement for a batch, whoever else
        adds the same.

        :param pairs: [(conversation, record)]
        """
        if not pairs:
            return
        field = self._fields[field_name]
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s, %s) VALUES %s ON CONFLICT DO NOTHING",
                SQL.identifier(field.relation), SQL.identifier(field.column1), SQL.identifier(field.column2),
                SQL(", ").join(SQL("%s", (conversation.id, record.id)) for conversation, record in pairs),
            )
        )  # fmt: skip
        self.invalidate_recordset([field_name], flush=False)
        self.modified([field_name])

    @api.model
    def _replied_messages(self, rows):
        """The ledger rows that these rows answer: {channel: {provider's id: row}}."""
        uids = {uid for row in rows for uid in row["item"].answered_uids}
        if not uids:
            return {}
        scopes = {row["channel"]: row["channel"]._adapter()._uid_scope(row["channel"]) for row in rows}
        references = {
            reference: uid
            for channel in scopes
            for uid in uids
            if (reference := channel._adapter()._reference_in(uid))
        }
        targets = self.env["omnichannel.message"].search(
            Domain("channel_id", "in", self.env["omnichannel.channel"].union(*scopes.values()).ids)
            & (Domain("provider_uid", "in", list(uids)) | Domain("reference", "in", list(references)))
        )
        return {
            channel: {
                # Of what is not known to have been sent there is our own id alone.
                t.provider_uid or references[t.reference]: t
                for t in targets
                if t.channel_id in scope
            }
            for channel, scope in scopes.items()
        }

    @api.model
    def _matter(self, row, customer):
        """What is the same for messages that open one conversation: the customer, and on some channels
        what they write about."""
        if row["channel"].is_split_by_subject:
            return customer, subject_key(row["item"].subject)
        return customer

    @api.model
    def _fitting(self, row, candidates):
        found = candidates[row["identity"]]
        if row["channel"].is_split_by_subject:
            return found.filtered(lambda c: subject_key(c.subject) == subject_key(row["item"].subject))
        return found

    @api.model
    def _choose(self, candidates, item):
        """(conversation, reason) of a message that answers none; candidates are best first."""
        for conversation in candidates:
            if conversation._is_order_named(item.text):
                return conversation, "order"
        for conversation in candidates:
            return conversation, "reopened" if conversation.state == "closed" else "recent"
        return None, "new"

    @api.model
    def _candidates(self, customers, channel):
        """The conversations that a message of each customer may join, best first.

        :param dict customers: {identity: key of its customer}
        :return: {identity: conversations}
        """
        reopen_after = fields.Datetime.now() - timedelta(days=channel.reopen_days)
        result, undecided = {}, {}
        for identity, customer in customers.items():
            current = identity.conversation_id
            if channel.is_split_by_subject and not identity.partner_id:
                result[identity] = self._joinable_of_address(identity, reopen_after)
            elif not identity.partner_id:
                result[identity] = current if current._is_joinable(reopen_after) else self.browse()
            elif (
                current.state in OPEN_STATES
                and current.partner_id == identity.partner_id
                and not current.order_ids
                and not channel.is_split_by_subject
            ):
                # The usual case asks the database nothing; with orders, another one may be named.
                result[identity] = current
            else:
                undecided[identity] = customer
        found = self._joinable_of(set(undecided.values()), channel.company_id, reopen_after)
        return result | {identity: found[customer] for identity, customer in undecided.items()}

    @api.model
    def _joinable_of_address(self, identity, reopen_after):
        """The newest conversations of an address that is nobody's yet, closed ones last."""
        joinable = ["|", ("state", "in", OPEN_STATES), ("closed_date", ">=", reopen_after)]
        found = self.search([("identity_ids", "in", identity.ids), *joinable], limit=MAX_CANDIDATES)
        return found.sorted(lambda c: c.state == "closed")

    @api.model
    def _joinable_of(self, customers, company, reopen_after):
        """The newest conversations of each customer, closed ones last: {customer: conversations}.

        A few of each in one query: a big customer may have thousands of tickets.
        """
        result = dict.fromkeys(customers, self.browse())
        if not customers:
            return result
        self.flush_model(["partner_id", "company_id", "state", "closed_date", "last_message_date"])
        customers = list(customers)
        rows = self.env.execute_query(
            SQL(
                """SELECT customer.number, candidate.id
                     FROM (VALUES %(customers)s) AS customer (number, partner_ids)
                     JOIN LATERAL (
                          SELECT id, state, last_message_date FROM omnichannel_conversation
                           WHERE partner_id = ANY(customer.partner_ids) AND company_id = %(company)s
                             AND (state IN %(open_states)s OR closed_date >= %(reopen_after)s)
                        ORDER BY last_message_date DESC, id DESC LIMIT %(limit)s) AS candidate ON TRUE
                 ORDER BY customer.number, candidate.state = 'closed',
                          candidate.last_message_date DESC, candidate.id DESC""",
                customers=SQL(", ").join(
                    SQL("(%s, %s)", number, sorted(customer)) for number, customer in enumerate(customers)
                ),
                company=company.id,
                open_states=OPEN_STATES,
                reopen_after=reopen_after,
                limit=MAX_CANDIDATES,
            )
        )
        ids = [conversation_id for _number, conversation_id in rows]
        # Reading one of them reads all.
        for (number, _id), conversation in zip(rows, self.browse(ids)):
            result[customers[number]] += conversation
        return {customer: own.with_prefetch(ids) for customer, own in result.items()}

    @api.model
    def _lock_customers(self, customers):
        """Two addresses of one customer are worked by different jobs. Both write the same row
        before they open a conversation, so that the second starts again and finds the first one's.

        :param customers: keys of customers, see ``omnichannel.identity._customer_keys``
        """
        partner_ids = {min(customer) for customer in customers if isinstance(customer, frozenset)}
        if partner_ids:
            self.env.cr.execute(
                SQL("UPDATE res_partner SET write_date = write_date WHERE id IN %s", tuple(partner_ids)),
                log_exceptions=False,
            )

    def _is_joinable(self, reopen_after):
        return self.state in OPEN_STATES or bool(self.closed_date and self.closed_date >= reopen_after)

    def _is_order_named(self, text):
        return self.state != "closed" and any(order.name in (text or "") for order in self.order_ids)

    @api.model
    def _open_for(self, opening):
        """Open a conversation for each matter.

        :param dict opening: {what a conversation is to be about: its rows}
        :return: {identity: conversation}
        """
        if not opening:
            return {}
        conversations = self.with_context(**QUIET).create(
            [self._opening_values(rows[0]) for rows in opening.values()]
        )
        current = {}
        for conversation, rows in zip(conversations, opening.values()):
            for row in rows:
                row["conversation"] = current[row["identity"]] = conversation
        conversations._omnichannel_signal("conversation_opened")
        return current

    @api.model
    def _opening_values(self, row):
        identity, channel = row["identity"], row["channel"]
        return {
            "subject": row["item"].subject or False,
            "partner_id": identity.partner_id.id,
            "team_id": channel.team_id.id,
            "company_id": channel.company_id.id,
            "channel_id": channel.id,
            "identity_id": identity.id,
            "identity_ids": [(4, identity.id)],
        }

    @api.model
    def _make_current(self, current):
        """The customers' next messages, from whichever address, go to these conversations.

        :param dict current: {identity: conversation}
        """
        Identity = self.env["omnichannel.identity"]
        everybody = {}
        for identity, family in Identity.union(*current)._same_customer().items():
            everybody |= dict.fromkeys(family, current[identity])
        Identity._lock_current(everybody)

    def _note_inbound(self, rows):
        """Take over into the conversation what new messages mean for it."""
        self.ensure_one()
        self = self.with_context(**QUIET)  # noqa: PLW0642
        newest = rows[-1]
        values = {
            "last_message_id": max(row["message"].id for row in rows),
            "last_message_date": fields.Datetime.now(),
            "preview": self._preview_of(newest["item"]),
            "channel_id": newest["channel"].id,
            "identity_id": newest["identity"].id,
        }
        inbound = [row for row in rows if not isinstance(row["item"], MessageEcho)]
        loud = [row for row in inbound if not row["item"].silent]
        if inbound and not loud:
            self._note_silent(rows, values)
            return
        inbound = loud
        is_first = not self.last_inbound_date
        if inbound:
            values.update(
                last_inbound_date=max(row["message"].date for row in inbound),
                last_direction="in",
                last_author=inbound[-1]["identity"]._person_name(),
                waiting_since=self.waiting_since or fields.Datetime.now(),
            )
            if self.state != "open":
                values.update(state="open", snooze_until=False)
            for row in inbound:
                row["identity"]._note_inbound(row["channel"], row["item"].timestamp)
        else:
            values.update(last_direction="out", waiting_since=False)
        self.write(values)
        if inbound:
            self._omnichannel_signal("message_received", self._signalled_text(inbound, is_first))

    def _note_silent(self, rows, values):
        """What asks for nobody's attention changes nothing; a conversation that it opened is closed."""
        if rows[0]["reason"] == "new":
            self.write(dict(values, state="closed"))
        else:
            self.write({"last_message_id": values["last_message_id"]})

    @api.model
    def _preview_of(self, item):
        label = self.env["omnichannel.message"]._kind_label
        text = (
            # What stands in the place of something unsupported is the provider's word for why.
            (item.kind != "unsupported" and item.text)
            or ", ".join(media.filename or label(media.kind) for media in item.media)
            or label(item.kind)
        )
        return " ".join(text.split())[:PREVIEW_LENGTH]

    # -- answering ---------------------------------------------------------

    @api.model
    def _get_allowed_message_params(self):
        return super()._get_allowed_message_params() | {
            "omnichannel_channel_id",
            "omnichannel_identity_id",
            "omnichannel_seen_id",
            "omnichannel_token",
            "omnichannel_template_id",
            "omnichannel_template_values",
            "omnichannel_send_at",
            "omnichannel_options",
        }

    def message_post(self, **kwargs):
        """Post a note, or answer the customer: a comment by an internal user leaves by the
        channel named (or the default one), and by that alone.

        :raise AnsweredMeanwhile: somebody answered since ``omnichannel_seen_id``
        :raise UserError: nothing can be sent, with the reason
        """
        self.ensure_one()
        params = {name: kwargs.pop(name) for name in list(kwargs) if name.startswith("omnichannel_")}
        self = self.with_context(mail_post_autofollow_author_skip=True, mail_post_autofollow=False)  # noqa: PLW0642
        if not self._is_answer(kwargs):
            message = super().message_post(**kwargs)
            self._remember_mentions(message)
            self._announce(messages={self.id: message.ids})
            return message
        return self._post_answer(params, kwargs)

    def _is_answer(self, kwargs):
        """Whether what is posted goes to the customer: a comment, and not a note."""
        if kwargs.get("message_type", "notification") != "comment":
            return False
        comment = "mail.mt_comment"
        return kwargs.get("subtype_xmlid") == comment or kwargs.get("subtype_id") == self.env[
            "ir.model.data"
        ]._xmlid_to_res_id(comment)

    def _post_answer(self, params, kwargs):
        if not self.env.user._is_internal():
            raise AccessError(_("Only colleagues can answer here."))
        if not self.with_user(self.env.user).has_access("write"):
            raise AccessError(_("You may add notes to this conversation, but not answer the customer."))
        token = self._answer_token(params)
        last_message_id = self._lock_for_answer()
        if already := self._posted_before(token):
            return already
        self._check_not_answered(params.get("omnichannel_seen_id"), last_message_id)
        channel, identity = self._answer_route(params)
        payload = {}
        text = html2plaintext(kwargs.get("body") or "", include_references=False).strip()
        attachments = self.env["ir.attachment"].browse(kwargs.get("attachment_ids") or ())
        if params.get("omnichannel_template_id"):
            text, payload = channel._adapter()._template_message(
                channel, params["omnichannel_template_id"], params.get("omnichannel_template_values") or {}
            )
            kwargs["body"] = plaintext2html(text)
        else:
            self._check_window(channel, identity)
            # The reader's own rights were checked by the route that took the upload.
            channel._adapter()._check_message(channel, text, attachments.sudo())
            payload = channel._adapter()._answer_payload(channel, params.get("omnichannel_options") or {})
        kwargs.pop("partner_ids", None)
        # Nobody answers it by e-mail: Odoo need not look for the addresses of that.
        kwargs.update(reply_to=False, record_alias_domain_id=False, record_company_id=self.company_id.id)
        message = super().message_post(**kwargs)
        rows = self._answer_rows(channel, message, text, payload)
        rows[0].update(reply_to_uid=self._quoted_uid(channel, kwargs.get("parent_id")), reference=token)
        route = {
            "channel_id": channel.id,
            "identity_id": identity.id,
            "send_at": params.get("omnichannel_send_at"),
        }
        # The ledger is written by the system alone; the right to answer was checked before.
        self.env["omnichannel.message"].sudo()._queue([row | route for row in rows])
        self._note_answer(message, channel, identity, text)
        return message

    @api.model
    def _answer_token(self, params):
        """What the client calls this answer, so that it is one answer however often it is asked for."""
        token = params.get("omnichannel_token")
        return token if isinstance(token, str) and TOKEN.fullmatch(token) else False

    def _posted_before(self, token):
        """The message of an answer whose client did not hear that it had been taken."""
        # Whoever may answer here may be told what was answered here.
        rows = token and self.env["omnichannel.message"].sudo().search([("reference", "=", token)])
        return rows and rows.filtered(lambda row: row.conversation_id == self).mail_message_id

    def _lock_for_answer(self):
        """One answer at a time: who comes second sees the first one's.

        :return: id of the newest message that came or went
        """
        self.env.cr.execute(
            SQL(
                "SELECT last_message_id FROM omnichannel_conversation WHERE id = %s FOR NO KEY UPDATE",
                self.id,
            ),
            # Odoo repeats the request of who comes second, which is no error.
            log_exceptions=False,
        )
        [(last_message_id,)] = self.env.cr.fetchall()
        return last_message_id or 0

    def _check_not_answered(self, seen_id, last_message_id):
        """Ask whoever has not seen a colleague's answer.

        :raise AnsweredMeanwhile: somebody answered after that message
        """
        if not seen_id or int(seen_id) >= last_message_id:
            return
        newer = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("id", ">", int(seen_id)),
                    (
                        "omnichannel_ledger_ids",
                        "any",
                        [("direction", "=", "out"), ("aside_id", "=", False), ("automatic", "=", False)],
                    ),
                    ("author_id", "!=", self.env.user.partner_id.id),
                ],
                order="id DESC",
                limit=1,
            )
        )
        if newer:
            raise AnsweredMeanwhile(
                _("%s has answered meanwhile. Send yours as well?", newer.author_id.name or newer.email_from),
                newer.id,
            )

    def _answer_route(self, params):
        """(channel, identity) that an answer takes: what the agent chose, else the default.

        :raise UserError: nothing can send, or what was chosen is not this customer's
        """
        wanted = (params.get("omnichannel_channel_id"), params.get("omnichannel_identity_id"))
        if usual := self._usual_route(wanted):
            return usual
        options = self._answer_options()
        if any(wanted):
            options = [
                option
                for option in options
                if option["channel"].id == wanted[0]
                and option["identity"].id == (wanted[1] or option["identity"].id)
            ]
            if not options:
                raise UserError(_("This customer cannot be reached by the channel that was chosen."))
            option = options[0]
        else:
            option = next((o for o in options if o["can_send"]), None) or (options[0] if options else None)
        if not option:
            raise UserError(_("There is no channel by which this customer can be reached."))
        if why_not := option["channel"]._why_not_sending():
            raise UserError(why_not)
        return option["channel"], option["identity"]

    def _usual_route(self, wanted):
        """Where the customer wrote last, if that is what was chosen (or nothing was) and can send
        now; then there is no need to look for other ways.
        """
        # See _answer_options.
        conversation = self.sudo()
        channel, identity = conversation.channel_id, conversation.identity_id
        if not channel or channel.channel_type != identity.channel_type:
            return None
        if any(wanted) and (wanted[0] != channel.id or wanted[1] not in (identity.id, None, False)):
            return None
        return (channel, identity) if self._answer_option(channel, identity)["can_send"] else None

    def _check_window(self, channel, identity):
        window_end = identity._window_end(channel)
        if window_end is not None and window_end <= fields.Datetime.now():
            raise UserError(
                _(
                    "The time in which free text may be sent to this customer is over."
                    " Send an approved template."
                )
            )

    def _answer_options(self):
        """Ways to reach the customer, where they wrote last first.

        :return: list of dict with channel, identity, can_send, reason, window_end
        """
        self.ensure_one()
        # Agents see the names of the channels that reach this customer, never their secrets.
        conversation = self.sudo()
        identities = conversation.identity_id | conversation.identity_ids.sorted("id", reverse=True)
        if conversation.partner_id:
            identities |= conversation.env["omnichannel.identity"].search(
                [
                    ("partner_id", "in", conversation.partner_id._omnichannel_same_customer().ids),
                    ("company_id", "=", conversation.company_id.id),
                ]
            )
        channels = conversation.channel_id | conversation.env["omnichannel.channel"].search(
            [("company_id", "=", conversation.company_id.id)]
        )
        known_types = set(identities.mapped("channel_type"))
        for channel in channels:
            if conversation.partner_id and channel.channel_type not in known_types:
                identities |= identities._of_partner(channel, conversation.partner_id)
        return [
            self._answer_option(channel, identity)
            for identity in identities
            for channel in channels
            if channel.channel_type == identity.channel_type
        ]

    def _answer_option(self, channel, identity):
        window_end = identity._window_end(channel)
        reason = channel._why_not_sending()
        is_closed = window_end is not None and window_end <= fields.Datetime.now()
        has_templates = channel._capabilities()["templates"]
        if not reason and is_closed:
            reason = (
                _("The customer's last message is too long ago for free text. Send an approved template.")
                if has_templates
                else _("The customer's last message is too long ago to answer on this channel.")
            )
        return {
            "channel": channel,
            "identity": identity,
            "can_send": not reason,
            "reason": reason,
            "window_end": window_end,
            "templates": has_templates and not channel._why_not_sending(),
        }

    def get_composer_data(self):
        """What the composer shows: the ways to reach the customer, and the default one.

        :return: dict ``options``, ``default`` (key of an option or False), ``last_message_id``
        """
        self.ensure_one()
        self.check_access("read")
        options = [self._composer_option(option) for option in self._answer_options()]
        usable = [option for option in options if option["can_send"]] or [
            o for o in options if o["templates"]
        ]
        return {
            "options": options,
            "default": (usable or options or [{"key": False}])[0]["key"],
            "last_message_id": self.last_message_id,
            "can_answer": self.has_access("write"),
            "can_forward": self.has_access("write")
            and bool(self.env["omnichannel.channel"]._forwarding_ids(self.company_id.id)),
        }

    def _composer_option(self, option):
        channel, identity = option["channel"], option["identity"]
        return {
            "key": f"{channel.id}-{identity.id}",
            "channel_id": channel.id,
            "identity_id": identity.id,
            "channel_type": channel.channel_type,
            "channel_name": channel.name,
            "recipient_name": identity.partner_id.name or identity.name or identity.address,
            "recipient_address": identity.address,
            "can_send": option["can_send"],
            "unreachable": identity._unreachable_data(),
            "reason": option["reason"],
            "window_end": fields.Datetime.to_string(option["window_end"]) if option["window_end"] else False,
            "templates": option["templates"],
            "formatting": channel._capabilities()["formatting"],
            # Names of orders and the like that the reader may see; secrets are not among them.
            **channel._adapter()._composer_values(channel, self.sudo(), identity),
        }

    def _answer_rows(self, channel, message, text, payload):
        """The ledger rows of an answer, in order.

        :raise UserError: there is nothing to send
        """
        base = {"conversation_id": self.id, "mail_message_id": message.id}
        # The files are those that the message was just posted with.
        rows = channel._adapter()._ledger_rows(text, message.sudo().attachment_ids, payload)
        if not rows:
            raise UserError(_("There is nothing to send: write something or attach a file."))
        return [base | row for row in rows]

    def _quoted_uid(self, channel, message_id):
        """The provider's id of the message that the agent chose to quote, if it has one there.

        Not the thread's own parent: Odoo gives every message one.
        """
        if not message_id:
            return False
        # Only an id of this conversation's own ledger is handed to the provider.
        quoted = (
            self.env["omnichannel.message"]
            .sudo()
            .search(
                [
                    ("mail_message_id", "=", message_id),
                    ("conversation_id", "=", self.id),
                    ("channel_id", "=", channel.id),
                    ("provider_uid", "!=", False),
                    ("aside_id", "=", False),
                ],
                limit=1,
            )
        )
        return quoted.provider_uid

    def _note_answer(self, message, channel, identity, text):
        """Take over into the conversation that the customer was answered."""
        now = fields.Datetime.now()
        values = {
            "last_message_id": message.id,
            "last_message_date": now,
            "last_direction": "out",
            "preview": " ".join((text or channel._speaking().env._("File")).split())[:PREVIEW_LENGTH],
            "waiting_since": False,
            "channel_id": channel.id,
            "identity_id": identity.id,
            "state": "pending",
            "snooze_until": False,
        }
        if not self.first_response_date and self.last_inbound_date:
            values["first_response_date"] = now
        if not self.user_id:
            values["user_id"] = self.env.uid
        # What an answer changes is not the agent's to choose; the right to answer was checked before.
        conversation = self.sudo().with_context(**QUIET)
        conversation.write(values)
        if identity not in conversation.identity_ids:
            conversation.identity_ids = [(4, identity.id)]
        conversation._set_read_position(message.id, self.env.uid)
        conversation._omnichannel_signal("message_sent")
        conversation._announce(messages={self.id: message.ids})

    def _note_undelivered(self):
        """An answer did not get through: its customer waits on, whatever was planned meanwhile."""
        for conversation in self:
            conversation.with_context(**QUIET).write(
                {
                    "is_undelivered": True,
                    "state": "open",
                    "snooze_until": False,
                    "waiting_since": conversation.waiting_since or fields.Datetime.now(),
                }
            )

    def _note_delivered(self):
        """Somebody saw to an answer that had not got through: again it is the customer's turn."""
        undelivered = self.filtered("is_undelivered")
        troubled = self.env["omnichannel.message"].search(
            [("conversation_id", "in", undelivered.ids), ("state", "in", TROUBLE), ("automatic", "=", False)]
        )
        for conversation in undelivered - troubled.conversation_id:
            values = {"is_undelivered": False}
            if conversation.state == "open" and conversation.last_direction == "out":
                values.update(state="pending", waiting_since=False)
            conversation.with_context(**QUIET).write(values)

    def _remember_mentions(self, message):
        """Whom a note mentions may read and note here from now on."""
        users = message.sudo().partner_ids.user_ids.filtered(lambda user: not user.share)
        if users:
            # Mentioning is what gives access; that is what the note's author means by it.
            self.sudo().mentioned_user_ids |= users

    # -- Odoo's own notifications: colleagues only ----------------------------

    def _message_get_suggested_recipients(self, *args, **kwargs):
        return []

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        return []

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """An answer leaves by its channel, and by that alone."""
        if self._is_answer(msg_vals or {}):
            return []
        return super()._notify_thread(message, msg_vals=msg_vals, **kwargs)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Odoo notifies whom a note mentions; a customer gets our message and nothing besides."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        mentioned = set((msg_vals or {}).get("partner_ids") or message.sudo().partner_ids.ids)
        return [r for r in recipients if r["id"] in mentioned and not r["share"]]

    def _check_can_update_message_content(self, messages):
        super()._check_can_update_message_content(messages)
        # Read of the ledger only; who may edit the message was checked by Odoo.
        if messages.sudo().omnichannel_ledger_ids:
            raise UserError(_("What the customer wrote or received cannot be changed afterwards."))

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

    def action_mark_read(self):
        """The user has read everything that is here now."""
        self.check_access("read")
        for conversation in self:
            conversation._set_read_position(conversation.last_message_id, self.env.uid)

    def action_mark_unread(self):
        """Show as unread to the user until they open it again."""
        self.check_access("read")
        for conversation in self:
            conversation._set_read_position(0, self.env.uid)

    def _set_read_position(self, message_id, user_id):
        """Race-free: two tabs of one user may do it at once."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO omnichannel_read (conversation_id, user_id, last_read_id) VALUES (%s, %s, %s)
                   ON CONFLICT (conversation_id, user_id) DO UPDATE SET last_read_id = excluded.last_read_id
                    WHERE omnichannel_read.last_read_id IS DISTINCT FROM excluded.last_read_id""",
                self.id,
                user_id,
                message_id or 0,
            )
        )
        self.env["omnichannel.read"].invalidate_model()
        self.invalidate_recordset(["is_unread"])

    def action_move_message(self, message_id, target_id=False):
        """Move a message to another of the customer's conversations, or to a new one.

        :return: id of the conversation it is in now
        """
        self.ensure_one()
        self.check_access("write")
        target = self.browse(target_id) if target_id else self._open_sibling()
        target.check_access("write")
        # Messages and ledger are the system's to write; both conversations are the agent's to change.
        message = self.env["mail.message"].sudo().browse(message_id)
        if message.model != self._name or message.res_id != self.id or not message.omnichannel_ledger_ids:
            raise UserError(_("Only a customer's message of this conversation can be moved."))
        ledger = message.omnichannel_ledger_ids
        if ledger.aside_id:
            ledger = target._rows_of_aside(ledger.aside_id)
            message = ledger.mail_message_id
        elif aside := target.sudo()._claimed_aside(ledger):
            ledger._let_into_aside(aside)
        message.write({"res_id": target.id, "parent_id": False})
        # The files of what was forwarded are those of the customer's message, which stays.
        own = ledger.filtered(lambda row: row.direction == "in" or not row.aside_id)
        files = own.mail_message_id.attachment_ids
        files.filtered(lambda file: file.res_model == self._name).write({"res_id": target.id})
        ledger.write({"conversation_id": target.id, "join_reason": "moved"})
        target.sudo().identity_ids |= ledger.filtered(lambda row: not row.aside_id).identity_id
        (self | target)._refresh_summary()
        target._reopen_for(message)
        self._close_if_empty(target, ledger.filtered(lambda row: not row.aside_id).identity_id)
        (self | target)._announce(messages={target.id: message.ids}, changed=message.ids)
        return target.id

    def _reopen_for(self, message):
        """Open again if the newest thing here is what a customer wrote: it waits for an answer."""
        newest = self.sudo()._newest_row()
        if newest.mail_message_id in message and newest.direction == "in" and self.state != "open":
            self.write(
                {
                    "state": "open",
                    "snooze_until": False,
                    "waiting_since": self.waiting_since or newest.mail_message_id.date,
                }
            )

    def _close_if_empty(self, target, identities):
        """All that was here is in ``target`` now, where what these addresses write next belongs, too."""
        conversation = self.sudo()
        if conversation.ledger_ids:
            return
        conversation.with_context(**QUIET).write({"state": "closed"})
        conversation._make_current(
            {identity: target for identity in identities if identity.conversation_id == conversation}
        )

    def _open_sibling(self):
        """A new conversation with the same customer, team and assignee, about no order yet."""
        return self.with_context(**QUIET).create(
            {
                "partner_id": self.partner_id.id,
                "team_id": self.team_id.id,
                "company_id": self.company_id.id,
                "user_id": self.user_id.id,
            }
        )

    def _refresh_summary(self):
        """Derive preview, dates and who waits anew from the messages that are here now."""
        for conversation in self.sudo().with_context(**QUIET):
            newest = conversation._newest_row()
            last = conversation._last_row([("aside_id", "=", False), ("automatic", "=", False)])
            inbound = conversation._last_row([("aside_id", "=", False), ("direction", "=", "in")])
            message = newest.mail_message_id
            is_waiting = newest.direction == "in" and conversation.state != "closed"
            conversation.write(
                {
                    "last_message_id": message.id or 0,
                    "last_message_date": message.date or conversation.create_date,
                    "last_direction": "aside" if newest.aside_id else newest.direction or "none",
                    "last_author": inbound.identity_id and inbound.identity_id._person_name(),
                    "last_inbound_date": inbound.mail_message_id.date,
                    "waiting_since": is_waiting and (conversation.waiting_since or message.date),
                    "preview": " ".join(html2plaintext(message.body or "").split())[:PREVIEW_LENGTH],
                    "channel_id": (last.channel_id or conversation.channel_id).id,
                    "identity_id": (last.identity_id or conversation.identity_id).id,
                }
            )

    def _newest_row(self):
        """The ledger's row that the card shows: what was sent to a third party, or by itself, is no news to
        anybody."""
        return self._last_row(
            [("automatic", "=", False), "|", ("aside_id", "=", False), ("direction", "=", "in")]
        )

    def _last_row(self, domain):
        """The ledger's row of the newest message that is here, among those of a domain."""
        return self.env["omnichannel.message"].search(
            [("conversation_id", "=", self.id), *domain], order="mail_message_id.id DESC", limit=1
        )

    def _change_customer(self, partner):
        """The customer turned out to be another one."""
        self.ensure_one()
        family = partner._omnichannel_same_customer()
        foreign = self.order_ids.filtered(lambda order: order.partner_id not in family)
        # Whoever has the former customer before them sees it go.
        self._announce()
        self.write({"partner_id": partner.id, "order_ids": [(3, order.id) for order in foreign]})

    # -- live ----------------------------------------------------------------

    def _announce(self, messages=None, changed=()):
        """Tell the clients which conversations and messages to fetch, once this is written.

        Ids alone: each client fetches them under its reader's rights. What is announced
        several times before it is written is said once.

        :param messages: {conversation id: ids of its new messages}
        :param changed: ids of messages whose ticks or files changed
        """
        if not self:
            return
        data = self.env.cr.precommit.data
        if "omnichannel.news" not in data:
            data["omnichannel.news"] = {}
            self.env.cr.precommit.add(self.browse()._send_news)
        for listener, conversations in self._listeners().items():
            if listener._name == "res.partner" and changed and not messages:
                # Whoever sees the ticks listens to the conversation itself.
                continue
            news = data["omnichannel.news"].setdefault(listener, ({}, defaultdict(dict), {}))
            news[0].update(dict.fromkeys(conversations.ids))
            for conversation_id in conversations.ids:
                if new_ids := (messages or {}).get(conversation_id):
                    news[1][str(conversation_id)].update(dict.fromkeys(new_ids))
            news[2].update(dict.fromkeys(changed))

    def _message_log_batch(self, bodies, **kwargs):
        """Colleagues see at once what is logged, such as who changed the state or the assignee."""
        messages = super()._message_log_batch(bodies, **kwargs)
        logged = {message.res_id: message.ids for message in messages}
        self.browse(logged)._announce(messages=logged)
        return messages

    def _listeners(self):
        """Who hears of these conversations: {team, user, conversation or customer: conversations}."""
        by_listener = defaultdict(list)
        # Whom to tell is the system's to find out; each listener's rights are checked when it fetches.
        for conversation in self.sudo():
            user, team = conversation.user_id, conversation.team_id
            by_listener[team].append(conversation.id)
            if user and user not in team.member_ids:
                # A salesperson who answers from an order hears of the customer's answer without being
                # in a team.
                by_listener[user].append(conversation.id)
            by_listener[conversation].append(conversation.id)
            if customer := conversation.partner_id.commercial_partner_id:
                # Heard by those who have the customer or an order of theirs before them.
                by_listener[customer].append(conversation.id)
        return {listener: self.browse(ids) for listener, ids in by_listener.items()}

    @api.model
    def _send_news(self):
        """Put what was announced on the bus: one notification for each listener."""
        for listener, (ids, messages, changed) in self.env.cr.precommit.data.pop("omnichannel.news").items():
            is_customer = listener._name == "res.partner"
            payload = {
                "conversations": list(ids),
                "messages": {key: list(new_ids) for key, new_ids in messages.items()},
                "changed": list(changed),
            }
            listener._bus_send(
                "omnichannel/update",
                payload | ({"customer": listener.id} if is_customer else {}),
                subchannel=CUSTOMER_SUBCHANNEL if is_customer else None,
            )

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
