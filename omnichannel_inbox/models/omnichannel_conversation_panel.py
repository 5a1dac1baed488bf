from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import formatLang

from odoo.addons.mail.tools.discuss import Store

from ..tools import selection_label
from .omnichannel_conversation import OPEN_STATES

PANEL_LIMIT = 10
FILES_LIMIT = 30
COUNT_LIMIT = 100
SUMMARY_LIMIT = 10


class OmnichannelConversation(models.Model):
    """What the client shows of conversations: folders, counters, the panel beside the thread."""

    _inherit = "omnichannel.conversation"

    folder = fields.Selection(
        [
            ("mine", "Mine"),
            ("unassigned", "Unassigned"),
            ("open", "All Open"),
            ("pending", "Waiting"),
            ("snoozed", "Snoozed"),
            ("closed", "Closed"),
        ],
        compute="_compute_folder",
        search="_search_folder",
    )

    # -- folders -----------------------------------------------------------

    @api.depends_context("uid")
    @api.depends("state", "user_id")
    def _compute_folder(self):
        for conversation in self:
            if conversation.state != "open":
                conversation.folder = conversation.state
            elif not conversation.user_id:
                conversation.folder = "unassigned"
            else:
                conversation.folder = "mine" if conversation.user_id == self.env.user else "open"

    @api.model
    def _folder_domain(self, folder):
        return {
            "mine": Domain("state", "=", "open") & Domain("user_id", "=", self.env.uid),
            "unassigned": Domain("state", "=", "open") & Domain("user_id", "=", False),
            "open": Domain("state", "=", "open"),
            "pending": Domain("state", "=", "pending"),
            "snoozed": Domain("state", "=", "snoozed"),
            "closed": Domain("state", "=", "closed"),
        }[folder]

    @api.model
    def _search_folder(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(self._folder_domain(folder) for folder in value if folder)

    @api.model
    def search_panel_select_range(self, field_name, **kwargs):
        """Folders overlap (mine are open, too), so they are counted by hand: in one query, and
        never the closed ones, whose number grows for ever and tells nobody anything.
        """
        if field_name != "folder":
            return super().search_panel_select_range(field_name, **kwargs)
        counts = self._folder_counts(kwargs.get("search_domain", []), kwargs.get("filter_domain", []))
        values = [
            {"id": folder, "display_name": label}
            | ({"__count": counts[folder]} if kwargs.get("enable_counters") and folder in counts else {})
            for folder, label in self._fields["folder"]._description_selection(self.env)
        ]
        return {"parent_field": False, "values": values}

    @api.model
    def _folder_counts(self, *domains):
        domain = Domain.AND([Domain("state", "in", OPEN_STATES), *(Domain(domain) for domain in domains)])
        counts = dict.fromkeys(("mine", "unassigned", "open", "pending", "snoozed"), 0)
        for state, user, count in self._read_group(domain, ["state", "user_id"], ["__count"]):
            counts[state] += count
            if state == "open" and user == self.env.user:
                counts["mine"] += count
            elif state == "open" and not user:
                counts["unassigned"] += count
        return counts

    # -- the conversation ----------------------------------------------------

    def get_client_data(self):
        """What the conversation component shows besides the thread itself."""
        self.ensure_one()
        self.check_access("read")
        # Names of customer, team and colleagues: shown to whoever may read the conversation.
        shown = self.sudo()
        return {
            "id": self.id,
            "name": self.name,
            "subject": self.subject,
            "state": self.state,
            "state_label": selection_label(self, "state"),
            "snooze_until": fields.Datetime.to_string(self.snooze_until) if self.snooze_until else False,
            "waiting_since": fields.Datetime.to_string(self.waiting_since) if self.waiting_since else False,
            "priority": self.priority,
            "partner": self._id_name(shown.partner_id),
            "sender": shown.identity_id.display_name or False,
            "user": self._id_name(shown.user_id),
            "team": shown.team_id.name,
            "tags": [{"id": tag.id, "name": tag.name, "color": tag.color} for tag in shown.tag_ids],
            "channel_type": self.channel_type,
            "claimed_order_refs": self.claimed_order_refs,
            "composer": self.get_composer_data(),
        }

    @api.model
    def _id_name(self, record):
        return {"id": record.id, "name": record.display_name} if record else False

    def get_messages(self, message_ids):
        """Messages of this conversation by their ids, as the web client stores them.

        By id and not "what is newer": an id that is lower may be committed later.

        :return: dict ``data`` (for the client's store) and ``ids``, those that the reader may read
        """
        self.ensure_one()
        self.check_access("read")
        messages = self.env["mail.message"].search(
            [("id", "in", message_ids), ("model", "=", self._name), ("res_id", "=", self.id)]
        )
        return {"data": Store().add(messages).get_result(), "ids": messages.ids}

    # -- the panel beside it -------------------------------------------------

    def get_customer_panel(self):
        """Customer, orders, invoices, earlier conversations, addresses and files, each as far
        as the reader may read it.
        """
        self.ensure_one()
        self.check_access("read")
        # Which partners are one customer is not the reader's to know; what is shown of them is.
        family = self.sudo().partner_id._omnichannel_same_customer().sudo(False)
        return {
            "partner": self._panel_partner(),
            "identities": self._panel_identities(),
            "orders": self._panel_orders(family),
            "invoices": self._panel_invoices(family),
            "conversations": self._panel_conversations(family),
            "files": self._panel_files(),
            "claimed_order_refs": self.claimed_order_refs,
        }

    def _panel_partner(self):
        partner = self.partner_id
        if not partner or not partner.has_access("read"):
            return False
        return {
            "id": partner.id,
            "name": partner.display_name,
            "email": partner.email,
            "phone": partner.phone,
        }

    def _panel_identities(self):
        return [
            {
                "id": identity.id,
                "channel_type": identity.channel_type,
                "name": identity.name,
                "address": identity.address,
                "unreachable": identity._unreachable_data(),
                "introduction": identity._introduction_data(),
                "partner": self._id_name(identity.partner_id),
                "is_link_undoable": identity.is_link_undoable,
                "previous_partner": self._id_name(identity.previous_partner_id),
                "candidates": []
                if identity.partner_id
                else [self._id_name(partner) for partner in identity.sudo(False).candidate_partner_ids],
            }
            # The addresses that take part are this conversation's own.
            for identity in self.sudo().identity_ids
        ]

    def _panel_orders(self, family):
        Order = self.env["sale.order"]
        if not Order.has_access("read"):
            return []
        tied = Order.search([("id", "in", self.sudo().order_ids.ids)])
        others = Order.search(
            [("partner_id", "in", family.ids), ("id", "not in", tied.ids)],
            limit=PANEL_LIMIT,
            order="date_order DESC",
        )
        return [self._panel_order(order) | {"is_tied": order in tied} for order in tied | others]

    def _panel_order(self, order):
        """One order as the panel shows it; add-ons that know of deliveries add theirs."""
        return {
            "id": order.id,
            "name": order.name,
            "state": order.state,
            "state_label": selection_label(order, "state"),
            "amount": formatLang(self.env, order.amount_total, currency_obj=order.currency_id),
            "date": fields.Datetime.to_string(order.date_order),
            "invoice_status": order.invoice_status == "to invoice"
            and selection_label(order, "invoice_status"),
        }

    def _panel_invoices(self, family):
        Invoice = self.env["account.move"]
        if not family or not Invoice.has_access("read"):
            return []
        invoices = Invoice.search(
            [
                ("partner_id", "in", family.ids),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("state", "=", "posted"),
            ],
            limit=PANEL_LIMIT,
            order="invoice_date DESC, id DESC",
        )
        labels = dict(Invoice._fields["payment_state"]._description_selection(self.env))
        today = fields.Date.context_today(self)
        return [
            {
                "id": invoice.id,
                "name": invoice.name,
                "amount": formatLang(self.env, invoice.amount_total, currency_obj=invoice.currency_id),
                "date": fields.Date.to_string(invoice.invoice_date),
                "payment_state": invoice.payment_state,
                "payment_label": labels.get(invoice.payment_state),
                "is_overdue": invoice.payment_state in ("not_paid", "partial")
                and bool(invoice.invoice_date_due and invoice.invoice_date_due < today),
            }
            for invoice in invoices
        ]

    def _panel_conversations(self, family):
        if not family:
            return []
        others = self.search([("partner_id", "in", family.ids), ("id", "!=", self.id)], limit=PANEL_LIMIT)
        return [other._summary() for other in others]

    def _panel_files(self):
        files = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)], limit=FILES_LIMIT, order="id DESC"
        )
        return [{"id": file.id, "name": file.name, "mimetype": file.mimetype} for file in files]

    def _summary(self):
        """One line that names a conversation."""
        self.ensure_one()
        return {
            "id": self.id,
            "name": self.name,
            "subject": self.subject,
            "state": self.state,
            "state_label": selection_label(self, "state"),
            "channel_type": self.channel_type,
            "preview": self.preview,
            "date": fields.Datetime.to_string(self.last_message_date),
            "is_unread": self.is_unread,
            # Shown to whoever may read the conversation.
            "user": self._id_name(self.sudo().user_id),
        }

    # -- on an order or a customer -------------------------------------------

    @api.model
    def get_for_record(self, res_model, res_id, include_others=False):
        """The conversations a form shows: those tied to the order (or all of the customer).

        :param include_others: the customer's other conversations, too, after the order's own
        :return: dict ``conversations`` (list, newest first) and ``others``, the number of those left out
        """
        record, partner = self._shown_record(res_model, res_id)
        # Which partners are one customer is not the reader's to know; the conversations are read as theirs.
        family = partner.sudo()._omnichannel_conversation_domain()
        own = record.sudo()._omnichannel_conversation_domain()
        conversations = self.search(own, limit=COUNT_LIMIT)
        others = self.search(family & ~own, limit=COUNT_LIMIT)
        return {
            "conversations": [c._summary() | {"is_tied": True} for c in conversations]
            + [c._summary() | {"is_tied": False} for c in others if include_others],
            "others": len(others),
            "customer_id": partner.sudo().commercial_partner_id.id,
            "customer_name": partner.sudo().display_name,
        }

    @api.model
    def get_count_for_record(self, res_model, res_id):
        """What the button on a form shows.

        :return: dict ``count``, ``unread`` and ``customer_id``, by which to hear of changes
        """
        record, partner = self._shown_record(res_model, res_id)
        own = record.sudo()._omnichannel_conversation_domain()
        return {
            "count": record.conversation_count,
            "unread": self.search_count(own & Domain("is_unread", "=", True), limit=COUNT_LIMIT),
            # Only an id: the customer's company, whose contacts' conversations are heard of, too.
            "customer_id": partner.sudo().commercial_partner_id.id,
        }

    @api.model
    def _shown_record(self, res_model, res_id):
        """(customer or order on whose form conversations are shown, its customer)"""
        if res_model not in ("res.partner", "sale.order"):
            raise UserError(self.env._("Conversations are shown on customers and orders."))
        record = self.env[res_model].browse(res_id)
        record.check_access("read")
        return record, record.partner_id if res_model == "sale.order" else record

    # -- systray -------------------------------------------------------------

    @api.model
    def get_inbox_summary(self):
        """What waits for the user: unread, and mine or unassigned in one of my teams.

        :return: dict ``count`` (at most 100) and ``items``, the newest ten; and what the inbox shows
            above them, see ``_notices``
        """
        domain = Domain("is_unread", "=", True) & (self._mine_domain() | self._anybodys_domain())
        waiting, figures = self._search_with_figures(domain, COUNT_LIMIT)
        newest = waiting[:SUMMARY_LIMIT]
        return {
            "count": len(waiting),
            "items": [
                conversation._summary()
                | {
                    "author": conversation.last_author,
                    "is_mine": conversation.user_id == self.env.user,
                    "last_message_id": conversation.last_message_id,
                }
                for conversation in newest
            ],
        } | self._notices(figures)

    @api.model
    def _mine_domain(self):
        return Domain("user_id", "=", self.env.uid)

    @api.model
    def _anybodys_domain(self):
        """What any member of the user's teams may take."""
        return Domain("user_id", "=", False) & Domain("team_id.member_ids", "in", self.env.uid)
