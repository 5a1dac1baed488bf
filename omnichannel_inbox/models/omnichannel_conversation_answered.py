import re

from odoo import api, models

# "[OC00012]", as the subjects of our own mails end.
_REFERENCE = re.compile(r"\[([^\[\]\s]{1,40})\]")
MAX_REFERENCES = 5  # of one subject that are looked for


class OmnichannelConversation(models.Model):
    """The conversation that a message says it answers: what it replies to, or what its subject names.

    Anybody can write either. A message joins if its sender takes part; otherwise it only claims the
    conversation, which is offered to whoever may read it.
    """

    _inherit = "omnichannel.conversation"

    @api.model
    def _join_answered(self, rows, customers):
        """Give the rows that answer something their conversation, or ``claimed_id``, the one they only claim.

        :param dict customers: {identity: key of its customer}
        """
        replied = self._replied_messages(rows)
        for found in replied.values():
            for uid, target in found.items():
                target._note_answered(uid)
        for row in rows:
            targets = self._targets(row, replied)
            own = targets.filtered(lambda t, row=row: self._may_answer(row, t, customers))[:1]
            if own:
                row.update(
                    conversation=own.conversation_id,
                    reason="reply",
                    parent_id=own.mail_message_id.id,
                    aside=own.aside_id,
                )
            else:
                row["claimed_id"] = targets[:1].conversation_id.id
                row["claimed_aside_id"] = targets[:1].aside_id.id
        self._join_by_reference([row for row in rows if not row.get("conversation")], customers)

    @api.model
    def _targets(self, row, replied):
        """The ledger rows that this one answers, nearest first."""
        found = replied.get(row["channel"], {})
        return self.env["omnichannel.message"].union(
            *(found[uid] for uid in row["item"].answered_uids if uid in found)
        )

    @api.model
    def _join_by_reference(self, rows, customers):
        """The same for what carries a reference of ours in its subject."""
        named = {id(row): _REFERENCE.findall(row["item"].subject)[:MAX_REFERENCES] for row in rows}
        names = {name for own in named.values() for name in own}
        if not names:
            return
        companies = self.env["res.company"].union(*(row["channel"].company_id for row in rows))
        found = self.search([("name", "in", sorted(names)), ("company_id", "in", companies.ids)])
        for row in rows:
            fitting = found.filtered(
                lambda c, row=row: c.company_id == row["channel"].company_id and c.name in named[id(row)]
            )
            own = fitting.filtered(lambda c, row=row: c._has_part(row, customers))[:1]
            if own:
                row.update(conversation=own, reason="reference")
            else:
                row["claimed_id"] = row.get("claimed_id") or fitting[:1].id

    @api.model
    def _may_answer(self, row, target, customers):
        """Whether what a row's sender answers to a message belongs beside that message."""
        return self._was_copied(row["identity"], target) or target.conversation_id._has_part(row, customers)

    @api.model
    def _was_copied(self, identity, target):
        """Whether the message that is answered went to who answers it, besides its recipient."""
        return any(identity.key in copies for copies in target.channel_id._adapter()._copies(target).values())

    def _has_part(self, row, customers):
        """Whether the sender of a row takes part here: from this address, or as this customer."""
        self.ensure_one()
        if row["identity"] in self.identity_ids:
            return True
        customer = customers[row["identity"]]
        return isinstance(customer, frozenset) and self.partner_id.id in customer
