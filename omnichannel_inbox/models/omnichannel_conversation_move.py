from odoo import _, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from .omnichannel_conversation import PREVIEW_LENGTH, QUIET


class OmnichannelConversation(models.Model):
    """Messages that belong to another conversation of the customer's."""

    _inherit = "omnichannel.conversation"

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
