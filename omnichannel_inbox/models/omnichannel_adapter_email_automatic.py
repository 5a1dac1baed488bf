from odoo import api, models

from ..wire import mail


class OmnichannelAdapterEmail(models.AbstractModel):
    """Mails that no person wrote say so (RFC 3834, 5), so that no other program answers them."""

    _inherit = "omnichannel.adapter.email"

    @api.model
    def _is_read_by_somebody(self, identity):
        return not mail.is_nobody(identity.key)

    @api.model
    def _headers(self, message, earlier):
        headers = super()._headers(message, earlier)
        if message.automatic:
            headers |= {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
        return headers

    @api.model
    def _signature(self, posted):
        # An automatic text has no author who could sign it.
        return "" if posted.message_type == "auto_comment" else super()._signature(posted)
