from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store

CONVERSATION = "omnichannel.conversation"
# The ticks of a message are those of the worst of its rows: three files of which one failed have failed.
WORST_FIRST = (
    "failed",
    "uncertain",
    "queued",
    "sending",
    "cancelled",
    "sent",
    "delivered",
    "read",
    "received",
)
# Why a message joined is said where an agent might wonder, and not at every usual one.
REASONS_TOLD = ("reference", "order", "reopened", "moved")


class MailMessage(models.Model):
    _inherit = "mail.message"

    omnichannel_ledger_ids = fields.One2many(
        "omnichannel.message", "mail_message_id", groups="base.group_user", string="Sent and Received"
    )

    def _to_store_defaults(self, target):
        return [
            *super()._to_store_defaults(target),
            Store.Attr(
                "omnichannel",
                value=lambda message: message._omnichannel_data(),
                predicate=lambda message: message.model == CONVERSATION,
            ),
        ]

    def _extras_to_store(self, store: Store, format_reply):
        super()._extras_to_store(store, format_reply=format_reply)
        if format_reply:
            # Who may read a message may read the one it answers, as long as both are in one conversation.
            answers = self.sudo().filtered(
                lambda m: (
                    m.model == CONVERSATION
                    and m.parent_id.model == m.model
                    and m.parent_id.res_id == m.res_id
                )
            )
            store.add(answers, Store.One("parent_id", format_reply=False))

    def _message_reaction(self, content, action, partner, guest, store: Store = None):
        super()._message_reaction(content, action, partner, guest, store)
        if self.model != CONVERSATION:
            return
        row = self._omnichannel_reaction_row()
        if row and partner:
            own = self.reaction_ids.filtered(lambda reaction: reaction.partner_id == partner)
            row.channel_id._adapter()._react(row, partner, own.mapped("content"))
        self.env[CONVERSATION].browse(self.res_id)._announce(changed=self.ids)

    def _omnichannel_reaction_row(self):
        """The ledger's row of a message at which the customer sees what colleagues leave, or none."""
        # Read of the ledger only.
        first = self.sudo().omnichannel_ledger_ids.sorted("id")[:1]
        can_react = (
            first.provider_uid and not first.aside_id and first.channel_id._capabilities()["reactions"]
        )
        return first if can_react else first.browse()

    def _omnichannel_data(self):
        """What the client shows of the ways a message went: channel, ticks, what went wrong.

        :return: dict, or False for what never crossed a channel (notes)
        """
        self.ensure_one()
        # Who may read a message may see how it fared; the provider's data stays on the server.
        rows = self.sudo().omnichannel_ledger_ids.sorted("id")
        if not rows:
            return False
        state = next(state for state in WORST_FIRST if state in rows.mapped("state"))
        first = rows[0]
        told = rows.filtered(lambda row: row.join_reason in REASONS_TOLD)[:1]
        return {
            "direction": first.direction,
            "state": state,
            "channel_type": first.channel_id.channel_type,
            "channel_name": first.channel_id.name,
            "address": first.identity_id.address,
            "copies": first.channel_id._adapter()._copies(first),
            # The other end of a side thread, who is not the customer.
            "aside": first.identity_id._person_name() if first.aside_id else False,
            "is_forward": bool(first.aside_id) and first.aside_id == first,
            "automatic": first._automatic_label(),
            "can_edit": rows._can_be_changed(),
            "can_react": bool(self._omnichannel_reaction_row()),
            "error": rows.filtered(lambda row: row.state == state)[:1].error_words,
            "ledger_ids": rows.filtered(lambda row: row.state == state).ids,
            "send_at": fields.Datetime.to_string(first.send_at) if first.send_at else False,
            "reason": dict(first._fields["join_reason"]._description_selection(self.env)).get(
                told.join_reason
            ),
            "claimed": self._omnichannel_claimed(first),
            "passed_on_by": first.passed_on_by_id.name,
            "files_pending": len(rows.filtered(lambda row: row.media_state == "pending")),
            "files_missing": rows.filtered(lambda row: row.media_state == "failed").ids,
        }

    def _omnichannel_claimed(self, row):
        """The conversation that a message says it answers although its sender takes no part in it.

        :return: dict, or False for whoever may not read that conversation
        """
        claimed = row.claimed_conversation_id.with_user(self.env.user)._filtered_access("read")
        if not claimed or claimed == row.conversation_id:
            return False
        return {
            "id": claimed.id,
            "name": claimed.name,
            "can_move": claimed.has_access("write"),
            "is_aside": bool(claimed.sudo()._claimed_aside(row)),
        }
