from odoo import _, api, models

from ..wire import ColleagueAnswer, InboundMessage


class OmnichannelInbound(models.AbstractModel):
    """What colleagues have to do with what comes in: they are mailed, answer by mail, and pass mails on."""

    _inherit = "omnichannel.inbound"

    @api.model
    def _handler(self, item):
        return self._receive_colleague_answer if isinstance(item, ColleagueAnswer) else super()._handler(item)

    @api.model
    def _receive_messages(self, entries):
        outcome = super()._receive_messages(entries)
        for _event, channel, item in entries:
            if isinstance(item, InboundMessage) and item.passed_on:
                self._note_passed_on(channel, item)
        return outcome

    @api.model
    def _update_conversations(self, rows):
        super()._update_conversations(rows)
        # An answer to a notice goes to the customer: what a third party wrote is none of that.
        customers = [r for r in rows if isinstance(r["item"], InboundMessage) and not r.get("aside")]
        self.env["omnichannel.notice"]._plan(customers)

    @api.model
    def _ledger_values(self, row):
        values = super()._ledger_values(row)
        if colleague := self.env["omnichannel.conversation"]._passed_on_by(row):
            values[0]["passed_on_by_id"] = colleague.id
        return values

    @api.model
    def _note_passed_on(self, channel, item):
        """A colleague's own words go with the customer's message, also if that was here before."""
        row = self.env["omnichannel.message"].search(
            [
                ("channel_id", "in", channel._adapter()._uid_scope(channel).ids),
                ("provider_uid", "=", item.uid),
            ],
            limit=1,
        )
        for conversation in row.conversation_id:
            conversation._note_passed_on(item.passed_on)

    @api.model
    def _receive_colleague_answer(self, _event, channel, item):
        """Let a colleague's mail answer the customer.

        :return: the reason why it does not, or None
        """
        opened = self.env["omnichannel.notice"]._opened(item.notice)
        refusal = self._why_not_answering(opened, channel, item)
        if refusal:
            return refusal
        claim = self.env["omnichannel.colleague.mail"]._claim(
            item.sender.key, item.uid, opened.user, opened.conversation
        )
        if not claim:
            return _("A duplicate of a message that is here already.")
        opened.conversation._answer_by_mail(opened, channel, item, claim)
        return None

    @api.model
    def _why_not_answering(self, opened, channel, item):
        """The reason why a colleague's mail answers nobody; they are told, unless a program wrote it."""
        if item.silent:
            return _("An automatic answer from a colleague's mailbox.")
        conversation, user = opened.conversation, opened.user
        if not user.active or user.share:
            return _("Its sender is no active colleague any more.")
        if conversation and conversation.with_user(user).has_access("read"):
            return None
        speaking = self.with_context(lang=user.lang).env
        told = (
            speaking._("You may not read this conversation any more.")
            if conversation
            else speaking._("The conversation was deleted.")
        )
        self.env["omnichannel.notice"]._tell_unsent(opened, channel, item, told, is_kept=False)
        if conversation:
            return _("Its sender may not read this conversation any more.")
        return _("The conversation was deleted.")
