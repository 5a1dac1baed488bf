from datetime import timedelta

from odoo import api, fields, models

from ..wire import InboundMessage
from .omnichannel_conversation import OPEN_STATES


class OmnichannelConversation(models.Model):
    """Conversations that go on by another channel: whose sender was given a reference and writes it there.

    They take part from then on, from an address that may be anybody's. Whose conversation it is does not
    change by it: neither is who asked for the reference the customer whose number wrote it, nor is that
    customer shown anything of what was said before.
    """

    _inherit = "omnichannel.conversation"

    def _hand_over(self, identity, channel):
        """A link by which whoever writes here from an address goes on by another channel.

        :return: dict as of the adapter's ``_public_link``; the plain one after too many references. None if
            that channel has no such link
        """
        self.ensure_one()
        adapter = channel._adapter()
        if not channel._can_go_on_by(self.company_id):
            return None
        reference = self.env["omnichannel.handover"]._begin(self, identity, channel)
        if not reference:
            return adapter._public_link(channel)
        words = self.env._(
            "Hello, I would like to go on here with our conversation. My reference: %s", reference
        )
        return adapter._public_link(channel, words)

    @api.model
    def _join_answered(self, rows, customers):
        super()._join_answered(rows, customers)
        coded = self._rows_with_reference(rows)
        if not coded:
            return
        for code, handover in self.env["omnichannel.handover"]._open_for(coded).items():
            row = coded[code]
            if self._may_take_over(row, handover):
                handover.conversation_id._take_over(row, handover)

    @api.model
    def _rows_with_reference(self, rows):
        """{code: row} of those that carry a reference; of two in one batch the first has it."""
        result = {}
        for row in rows:
            is_open = not row.get("conversation") and isinstance(row["item"], InboundMessage)
            code = is_open and self.env["omnichannel.handover"]._code_in(row["item"].text)
            if code:
                result.setdefault(code, row)
        return result

    @api.model
    def _may_take_over(self, row, handover):
        """Whether a reference is good where it was written."""
        channel, conversation = row["channel"], handover.conversation_id
        reopen_after = fields.Datetime.now() - timedelta(days=channel.reopen_days)
        return (
            handover.state == "open"
            and channel == handover.channel_id
            and channel.company_id == conversation.company_id
            and conversation._is_joinable(reopen_after)
        )

    def _take_over(self, row, handover):
        """Let the sender of a row go on here."""
        identity = row["identity"]
        handover._use(identity)
        row.update(conversation=self, reason="reference", claimed_id=False)
        # Their next messages, too; other addresses of whoever's number it is stay out of this.
        identity._lock_current({identity: self})
        self._recognise(identity, handover.identity_id)
        former = handover.identity_id
        self.env["omnichannel.adapter"]._of_type(former.channel_type)._handed_over(
            self, former, row["channel"]
        )

    def _recognise(self, identity, former):
        """An address that is nobody's becomes the customer's who was shown the reference, if it is known who
        that is. Never the other way round: by a number that a stranger gets to write, they become nobody.
        """
        partner = former.partner_id
        if identity.partner_id or not partner or partner != self.partner_id:
            return
        possible = identity._matching_partners()
        if not possible or any(one._omnichannel_is_same_customer(partner) for one in possible):
            identity._relink(partner)

    @api.model
    def _candidates(self, customers, channel):
        """Who goes on here is somebody else's customer, perhaps: what they write next belongs here, too."""
        result = super()._candidates(customers, channel)
        elsewhere = {
            identity: identity.conversation_id
            for identity in customers
            if identity.partner_id
            and identity.conversation_id.state in OPEN_STATES
            and identity.conversation_id.partner_id != identity.partner_id
        }
        if elsewhere:
            used = self.env["omnichannel.handover"].search(
                [
                    ("used_by_id", "in", [identity.id for identity in elsewhere]),
                    ("conversation_id", "in", [conversation.id for conversation in elsewhere.values()]),
                ]
            )
            for identity in used.used_by_id:
                current = elsewhere[identity]
                if used.filtered(
                    lambda u, i=identity, c=current: (u.used_by_id, u.conversation_id) == (i, c)
                ):
                    result[identity] = current | result[identity]
        return result
