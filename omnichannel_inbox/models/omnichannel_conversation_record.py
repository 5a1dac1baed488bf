from markupsafe import Markup

from odoo import api, fields, models

from .omnichannel_conversation import OPEN_STATES


class OmnichannelConversation(models.Model):
    """Answers to the mails that Odoo itself sends about a record: an order, an invoice.

    Odoo puts them into the record's chatter, where nobody waits for them.
    """

    _inherit = "omnichannel.conversation"

    @api.model
    def _orders_of_record(self, record):
        """The sales orders that a record whose mails are answered is about.

        :return: None for a record whose answers are Odoo's alone
        """
        if record._name == "sale.order":
            return record
        invoices = self._invoices_of_record(record)
        return None if invoices is None else invoices.invoice_line_ids.sale_line_ids.order_id

    @api.model
    def _invoices_of_record(self, record):
        """The customer's invoices that an invoice, a credit note or a payment is about; a supplier's are
        none of ours: None."""
        if record._name == "account.move" and record.is_sale_document(include_receipts=True):
            return record
        if record._name == "account.payment" and record.partner_type == "customer":
            return record.invoice_ids | record.reconciled_invoice_ids
        return None

    @api.model
    def _answered_records(self, uids):
        """The records that mails of Odoo's own were about: {Message-Id: (message, record, orders)}."""
        messages = self.env["mail.message"].search(
            [("message_id", "in", [uid for uid in uids if "@" in uid]), ("model", "!=", self._name)]
        )
        found = {}
        for message in messages:
            record = (
                message.model and message.res_id and self.env[message.model].browse(message.res_id).exists()
            )
            orders = self._orders_of_record(record) if record else None
            if orders is not None:
                found[message.message_id] = (message, record, orders)
        return found

    @api.model
    def _assign_conversations(self, rows):
        self._note_answered_records(rows)
        return super()._assign_conversations(rows)

    @api.model
    def _note_answered_records(self, rows):
        """Add ``record`` and ``orders`` to rows that answer a mail about one, if it was theirs to answer."""
        uids = {uid for row in rows for uid in row["item"].answered_uids if "@" in uid}
        found = self._answered_records(uids) if uids else {}
        for row in rows:
            for uid in row["item"].answered_uids:
                if uid in found and self._is_addressee(row["identity"], *found[uid][:2]):
                    row["record"], row["orders"] = found[uid][1:]
                    break

    @api.model
    def _is_addressee(self, identity, message, record):
        """Whether a mail about a record went to this address, or to its customer."""
        partners = message.notified_partner_ids | record.partner_id
        if identity.partner_id:
            return any(identity.partner_id._omnichannel_is_same_customer(partner) for partner in partners)
        return identity.key in partners.mapped("email_normalized")

    @api.model
    def _matter(self, row, customer):
        return (customer, row["record"]) if row.get("record") else super()._matter(row, customer)

    @api.model
    def _fitting(self, row, candidates):
        if not row.get("orders"):
            return super()._fitting(row, candidates)
        return self.search(
            [
                ("order_ids", "in", row["orders"].ids),
                ("partner_id", "in", row["orders"].partner_id._omnichannel_same_customer().ids),
                ("state", "in", OPEN_STATES),
            ],
            limit=1,
        )

    @api.model
    def _opening_values(self, row):
        values = super()._opening_values(row)
        if row.get("orders"):
            salesperson = row["orders"].user_id[:1]
            values |= {
                "order_ids": [fields.Command.link(order.id) for order in row["orders"]],
                "partner_id": values["partner_id"] or row["orders"].partner_id[:1].id,
                "user_id": salesperson.id if salesperson.active and not salesperson.share else False,
            }
        return values

    @api.model
    def _show_on_records(self, rows):
        """Let a record show what was answered to its mail, as it would without us."""
        for row in rows:
            if record := row.get("record"):
                message, conversation = row["message"], row["conversation"]
                record._message_log(
                    body=message.body + Markup("<p>%s</p>") % conversation._get_html_link(),
                    subject=message.subject,
                    author_id=message.author_id.id,
                    email_from=message.email_from,
                    message_type="email",
                )
