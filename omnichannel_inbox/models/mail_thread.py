import xmlrpc.client

from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_process(
        self, model, message, custom_values=None, save_original=False, strip_attachments=False, thread_id=None
    ):
        """Journal a mail that is for a channel of ours, and leave everything else to Odoo.

        Odoo's own way makes a record of it at once: a mail that fails there is lost or bounced.
        """
        raw = bytes(message.data) if isinstance(message, xmlrpc.client.Binary) else message
        raw = raw.encode() if isinstance(raw, str) else raw
        # Whoever hands in mails has no rights on channels, and reads nothing by this.
        channel = self.env["omnichannel.channel"].sudo()._of_mail(raw)
        if channel:
            self.env["omnichannel.event"].sudo()._journal(channel, raw)
            return False
        return super().message_process(
            model, message, custom_values, save_original, strip_attachments, thread_id
        )
