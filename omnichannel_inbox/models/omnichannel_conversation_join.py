import re
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..wire import MessageEcho
from .omnichannel_conversation import OPEN_STATES, PREVIEW_LENGTH, QUIET

_ANSWER_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg|sv|antw|tr|rif|res?)\s*(\[\d+\])?\s*:\s*)+", re.IGNORECASE)
MAX_CANDIDATES = 20  # conversations of a customer that a new message may join


def subject_key(subject):
    """What is the same for a subject and its answers."""
    return " ".join(_ANSWER_PREFIX.sub("", subject or "").split()).casefold()


class OmnichannelConversation(models.Model):
    """Which conversation a message joins, and what it changes there."""

    _inherit = "omnichannel.conversation"

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
