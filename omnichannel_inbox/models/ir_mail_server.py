from odoo import fields, models

from .mail_sign_in import awaited_sign_in


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    omnichannel_channel_ids = fields.One2many("omnichannel.channel", "mail_server_id", "Omnichannel Channels")

    def _omnichannel_sign_in(self):
        """The sign-in on its provider's page that this server waits for, or None."""
        return awaited_sign_in(self, self.smtp_authentication)

    def action_omnichannel_channel(self):
        """Back to the channel, also for who comes from the provider's page."""
        return self.omnichannel_channel_ids[:1].get_formview_action()
