from collections import defaultdict

import psycopg2
from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ..wire import Sender
from .omnichannel_conversation import QUIET


class OmnichannelConversation(models.Model):
    """What ties conversations to sales orders."""

    _inherit = "omnichannel.conversation"

    claimed_order_refs = fields.Char(
        string="Claimed, Not Verified",
        readonly=True,
        copy=False,
        help="Numbers of orders that the sender named, but that are not known to be theirs.",
    )

    # -- from a customer or an order ---------------------------------------

    @api.model
    def _action_list(self, domain):
        """Action: the conversations of a domain, closed ones included."""
        return {
            "type": "ir.actions.act_window",
            "name": _("Conversations"),
            "res_model": self._name,
            "view_mode": "kanban,list,form",
            "domain": list(domain),
        }

    @api.model
    def _action_start(self, record):
        """Action: a new conversation with a customer or about an order, opened."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.start_for_record(record._name, record.id),
            "view_mode": "form",
        }

    @api.model
    def start_for_record(self, res_model, res_id, channel_id=None):
        """Open a conversation with a customer or about an order, to write to them first.

        One that the user began and left without a word is taken up again.

        :param res_model: ``res.partner`` or ``sale.order``
        :param channel_id: the channel to write on; all of the company's by default
        :return: id of the new conversation
        """
        if res_model not in ("res.partner", "sale.order"):
            raise UserError(_("A conversation can be started from a customer or an order."))
        record = self.env[res_model].browse(res_id)
        record.check_access("read")
        is_order = res_model == "sale.order"
        partner = record.partner_id if is_order else record
        orders = record if is_order else self.env["sale.order"]
        conversation = self._begun_before(partner, orders)
        if not conversation:
            company = record.company_id or self.env.company
            conversation = self.with_context(**QUIET).create(
                {
                    "partner_id": partner.id,
                    "order_ids": [Command.link(order.id) for order in orders],
                    "company_id": company.id,
                    "team_id": self._team_to_start(company).id,
                    "user_id": self.env.uid,
                }
            )
        # Which addresses a customer has, and which channels there are, agents see in the
        # composer; only the system writes them down.
        conversation.sudo()._add_recipients(channel_id)
        conversation._announce()
        return conversation.id

    @api.model
    def _begun_before(self, partner, orders):
        """The user's own conversation about the same in which nothing was written yet."""
        empty = self.search(
            [
                ("partner_id", "=", partner.id),
                ("user_id", "=", self.env.uid),
                ("state", "=", "open"),
                ("last_direction", "=", "none"),
                ("order_ticket_id", "=", False),
            ],
        )
        return empty.filtered(lambda c: c.order_ids == orders)[:1]

    @api.model
    def _team_to_start(self, company):
        """The team for what a user starts: one of their own, else the company's first."""
        teams = self.env["omnichannel.team"].sudo().search([("company_id", "=", company.id)])
        team = teams.filtered(lambda team: self.env.user in team.member_ids)[:1] or teams[:1]
        if not team:
            raise UserError(_("%s has no team yet. An administrator can make one.", company.name))
        return team

    def _add_recipients(self, channel_id=None):
        """Give the customer's known numbers and addresses to a conversation that we begin."""
        self.ensure_one()
        channels = self.env["omnichannel.channel"].search(
            [("company_id", "=", self.company_id.id)] + ([("id", "=", channel_id)] if channel_id else [])
        )
        for channel in channels:
            senders = [
                Sender(key=values["key"], address=values["address"], name=self.partner_id.name)
                for values in channel._adapter()._recipients(
                    channel, self.partner_id.email, self.partner_id.phone_sanitized
                )
            ]
            for identity in self.env["omnichannel.identity"]._get_or_create(channel, senders):
                # Without a customer: several have this number, and we know now whom we write to.
                identity.partner_id = identity.partner_id or self.partner_id
                if identity.partner_id._omnichannel_is_same_customer(self.partner_id):
                    self.identity_ids |= identity
        if channel_id:
            self.channel_id = channels

    # -- the ticket that an order opens itself -----------------------------

    @api.model
    def _open_for_orders(self, orders, values, note):
        """Open the ticket of each order that has none yet.

        :param dict values: {order: values of its ticket}
        :param tuple note: a line and perhaps HTML, for the tickets' threads
        :return: the new tickets
        """
        orders = self._lock_orders(orders)
        orders -= self.sudo().search([("order_ticket_id", "in", orders.ids)]).order_ticket_id
        tickets = (
            self.sudo()
            .with_context(**QUIET)
            .create([self._ticket_defaults(order) | values[order] for order in orders])
        )
        tickets._become_tickets_of(orders)
        tickets._log_opening(note)
        return tickets

    @api.model
    def _open_for_record(self, record, values, note):
        """Open a conversation with the customer of a record that belongs to no order; see above."""
        values = {"partner_id": record.partner_id.id, "company_id": record.company_id.id} | values
        # As for an order: the system opens it, whoever may see it afterwards.
        conversation = self.sudo().with_context(**QUIET).create(values)
        conversation._log_opening(note)
        return conversation

    def _log_opening(self, note):
        line, html = note
        body = Markup("<p>%s</p>%s") % (line, html or "")
        self._message_log_batch({ticket.id: body for ticket in self})

    def _become_tickets_of(self, orders):
        """Take the orders' places in the index that lets each have one ticket only.

        A statement of its own, so that losing a race, which is no error, is not logged as one.
        """
        if not self:
            return
        pairs = SQL(", ").join(
            SQL("%s", (ticket.id, order.id)) for ticket, order in zip(self, orders, strict=True)
        )
        try:
            self.env.cr.execute(
                SQL(
                    """UPDATE omnichannel_conversation SET order_ticket_id = pair.order_id
                         FROM (VALUES %s) AS pair (id, order_id)
                        WHERE omnichannel_conversation.id = pair.id""",
                    pairs,
                ),
                log_exceptions=False,
            )
        except psycopg2.errors.UniqueViolation as error:
            # Another worker opened one meanwhile. In a new transaction it will be seen.
            raise psycopg2.errors.SerializationFailure(str(error)) from error
        self.invalidate_recordset(["order_ticket_id"], flush=False)

    @api.model
    def _lock_orders(self, orders):
        """Those of ``orders`` that still exist, kept from being deleted before we are done.

        Hinders nobody who works on them: the lock is the one of a foreign key.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM sale_order WHERE id IN %s ORDER BY id FOR KEY SHARE",
                tuple(orders.ids) or (0,),
            )
        )
        return orders.browse(order_id for (order_id,) in rows)

    @api.model
    def _ticket_defaults(self, order):
        return {
            "order_ids": [Command.link(order.id)],
            "partner_id": order.partner_id.id,
            "company_id": order.company_id.id,
        }

    # -- orders that customers write about ---------------------------------

    @api.model
    def _tie_orders(self, texts):
        """Tie conversations to the orders that new texts are about.

        A number that a customer names ties the order if it is theirs; a stranger's is
        kept as claimed and shows nothing of it. Who names none and has exactly one
        open order is tied to that; among several none is chosen silently.

        :param dict texts: {conversation: [texts of its newest messages]}
        """
        # One recordset reads what it needs for all of them at once.
        conversations = self.union(*texts)
        named, claimed = conversations._named_orders(texts)
        silent = [
            conversation
            for conversation in conversations
            if not named.get(conversation) and not claimed.get(conversation) and not conversation.order_ids
        ]
        self._link_orders(named | self._single_open_orders(silent))
        for conversation, references in claimed.items():
            conversation._add_claims(references)

    def _named_orders(self, texts):
        """The orders that texts name: ({conversation: the sender's own}, {conversation: claimed numbers})."""
        references = {
            conversation: {
                reference
                for text in texts[conversation]
                for reference in self.env["sale.order"]._omnichannel_references(text)
            }
            for conversation in self
        }
        by_name = self._orders_by_name(set().union(*references.values()))
        named, claimed = {}, {}
        for conversation, own in references.items():
            sender = conversation._sender_partner()
            for order in (by_name[conversation.company_id, reference] for reference in own):
                if not order:
                    continue
                if sender._omnichannel_is_same_customer(order.partner_id):
                    named[conversation] = named.get(conversation, order) | order
                else:
                    claimed.setdefault(conversation, set()).add(order.name)
        return named, claimed

    @api.model
    def _orders_by_name(self, names):
        Order = self.env["sale.order"].sudo()
        by_name = defaultdict(Order.browse)
        if names:
            for order in Order.search_fetch(
                [("name", "in", sorted(names))], ["name", "company_id", "partner_id"]
            ):
                by_name[order.company_id, order.name] |= order
        return by_name

    def _sender_partner(self):
        """The customer who wrote last, if that is somebody known."""
        self.ensure_one()
        return self.identity_id.partner_id if self.identity_id else self.partner_id

    @api.model
    def _single_open_orders(self, conversations):
        """{conversation: its customer's only open order}, without those who have none or several."""
        senders = {conversation: conversation._sender_partner() for conversation in conversations}
        partners = self.env["res.partner"].union(*senders.values())
        if not partners:
            return {}
        same = partners._omnichannel_same_customers()
        Order = self.env["sale.order"].sudo()
        groups = Order._read_group(
            Domain("partner_id", "in", self.env["res.partner"].union(*same.values()).ids)
            & Domain(Order._omnichannel_open_domain()),
            ["partner_id", "company_id"],
            ["id:recordset"],
        )
        open_orders = defaultdict(Order.browse)
        for partner, company, orders in groups:
            open_orders[partner, company] = orders
        result = {}
        for conversation, sender in senders.items():
            own = Order.union(*(open_orders[p, conversation.company_id] for p in same.get(sender, ())))
            if len(own) == 1:
                result[conversation] = own
        return result

    @api.model
    def _link_orders(self, orders_by_conversation):
        """Tie conversations to orders, besides those they are tied to already."""
        self.union(*orders_by_conversation)._link(
            "order_ids",
            [
                (conversation, order)
                for conversation, orders in orders_by_conversation.items()
                for order in orders
            ],
        )

    def _add_claims(self, references):
        """Keep numbers that a sender named without being known as their customer."""
        self.ensure_one()
        known = self.claimed_order_refs.split(", ") if self.claimed_order_refs else []
        new = sorted(set(references) - set(known))
        if new:
            self.claimed_order_refs = ", ".join(known + new)

    def _change_customer(self, partner):
        """What was claimed may be verified, now that it is known who writes."""
        result = super()._change_customer(partner)
        claims = self.filtered("claimed_order_refs")
        named, claimed = claims._named_orders({claim: [claim.claimed_order_refs] for claim in claims})
        self._link_orders(named)
        for conversation in claims:
            conversation.claimed_order_refs = ", ".join(sorted(claimed.get(conversation, ()))) or False
        return result
