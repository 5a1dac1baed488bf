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

    whatsapp_template_count = fields.Integer(compute="_compute_whatsapp_template_count")

    _whatsapp_phone_number_uniq = models.UniqueIndex(
        "(whatsapp_phone_number_id) WHERE channel_type = 'whatsapp' AND active",
        "This phone number is connected already.",
    )

    @api.depends("whatsapp_template_ids")
    def _compute_whatsapp_template_count(self):
        for channel in self:
            channel.whatsapp_template_count = len(channel.whatsapp_template_ids)

    @api.model
    def _whatsapp_cron_sync_templates(self):
        """Cron: fetch the templates of every number; one that fails holds up no other."""
        for channel in self.search([("channel_type", "=", "whatsapp"), ("state", "!=", "draft")]):
            if not channel.neutralized:
                channel._whatsapp_try_sync_templates()

    def _whatsapp_try_sync_templates(self):
        try:
            with self.env.cr.savepoint():
                self.whatsapp_template_ids._sync(self)
        except UserError as error:
            _logger.warning("Templates of channel %s could not be fetched: %s", self.id, error)

    def action_whatsapp_sync_templates(self):
        """Fetch the approved templates from WhatsApp now.

        :raise UserError: what the API said
        """
        self.ensure_one()
        self.check_access("write")
        if self.neutralized:
            raise UserError(
                self.env._("This is a copy of a production database: no provider is called from it.")
            )
        count = self.whatsapp_template_ids._sync(self)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s templates are here now.", count),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_whatsapp_templates(self):
        """Show the templates of this number."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "omnichannel_whatsapp.omnichannel_whatsapp_template_action"
        )
        return dict(action, domain=[("channel_id", "=", self.id)])

    def action_whatsapp_new_verify_token(self):
        """Make another verify token; Meta has to be told."""
        self.whatsapp_verify_token = secrets.token_urlsafe(24)

    def _whatsapp_api(self):
        """Access to the API; for the system alone, as it knows the token."""
        self.ensure_one()
        return GraphApi(
            self.whatsapp_api_url or META_API, self.whatsapp_api_version, self.whatsapp_token or ""
        )
