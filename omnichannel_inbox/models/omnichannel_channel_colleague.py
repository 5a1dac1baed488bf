from odoo import api, models


class OmnichannelChannel(models.Model):
    """The address by which colleagues answer the notices that they are mailed."""

    _inherit = "omnichannel.channel"

    @api.model
    def _for_colleagues(self, conversation):
        """The mailbox that a colleague's answer about a conversation comes to: its own, if it has one."""
        mailboxes = self.search(
            [
                ("channel_type", "=", "email"),
                ("company_id", "=", conversation.company_id.id),
                ("address", "!=", False),
            ]
        ).filtered(lambda channel: not channel._why_not_sending())
        return conversation.channel_id & mailboxes or mailboxes[:1]

    def _of_answer(self, received):
        return super()._of_answer(received) or self._of_notice(received)

    def _of_notice(self, received):
        """The channel for an answer to, or a bounce of, a notice to a colleague, wherever it was sent to."""
        Notice = self.env["omnichannel.notice"]
        uids = [*received.references, *filter(None, [received.report and received.report.message_id])]
        opened = next(filter(None, map(Notice._opened, uids)), None)
        return self & self._for_colleagues(opened.conversation) if opened else self.browse()
