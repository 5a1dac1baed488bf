import logging
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..wire.graph import GraphApi

_logger = logging.getLogger(__name__)

META_API = "https://graph.facebook.com"


class OmnichannelChannel(models.Model):
    _inherit = "omnichannel.channel"

    channel_type = fields.Selection(
        selection_add=[("whatsapp", "WhatsApp")], ondelete={"whatsapp": "cascade"}
    )
    whatsapp_phone_number_id = fields.Char("Phone Number ID", index="btree_not_null")
    whatsapp_business_account_id = fields.Char("Business Account ID")
    whatsapp_token = fields.Char("Access Token", copy=False, groups="base.group_system")
    whatsapp_app_secret = fields.Char("App Secret", copy=False, groups="base.group_system")
    whatsapp_verify_token = fields.Char(
        "Verify Token",
        copy=False,
        groups="base.group_system",
        default=lambda self: secrets.token_urlsafe(24),
    )
    whatsapp_api_url = fields.Char("API Address", default=META_API, groups="base.group_system")
    whatsapp_api_version = fields.Char("API Version", default="v21.0", groups="base.group_system")
    whatsapp_template_ids = fields.One2many("omnichannel.whatsapp.template", "channel_id", string="Templates")

    _whatsapp_phone_number_uniq = models.UniqueIndex(
        "(whatsapp_phone_number_id) WHERE channel_type = 'whatsapp' AND active",
        "This phone number is connected already.",
    )

    @api.model
    def _whatsapp_cron_sync_templates(self):
        """Cron: fetch the templates of every number; one that fails holds up no other."""
        for channel in self.search([("channel_type", "=", "whatsapp"), ("state", "!=", "draft")]):
            if not channel.neutralized:
                channel._whatsapp_try_sync_templates()

    def _whatsapp_try_sync_templates(self):
        try:
            self.whatsapp_template_ids._sync(self)
        except UserError as error:
            _logger.warning("Templates of channel %s could not be fetched: %s", self.id, error)

    def action_whatsapp_sync_templates(self):
        """Fetch the approved templates from WhatsApp now.

        :raise UserError: what the API said
        """
        for channel in self:
            count = channel.whatsapp_template_ids._sync(channel)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s templates are here now.", count),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _whatsapp_api(self):
        """Access to the API; for the system alone, as it knows the token."""
        self.ensure_one()
        return GraphApi(
            self.whatsapp_api_url or META_API, self.whatsapp_api_version, self.whatsapp_token or ""
        )
