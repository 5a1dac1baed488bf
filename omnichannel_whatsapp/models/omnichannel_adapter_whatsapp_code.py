from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.omnichannel_inbox.models.omnichannel_message_verification import HIDDEN


class OmnichannelAdapterWhatsapp(models.AbstractModel):
    """Codes that show an order's customer: as text within the 24 hours, else by a template for codes."""

    _inherit = "omnichannel.adapter.whatsapp"

    @api.model
    def _code_address(self, channel, partner):
        number = partner.phone_sanitized
        if not number:
            return None
        [recipient] = self._recipients(channel, None, number)
        known = self.env["omnichannel.identity"].search(
            [
                ("channel_type", "=", channel.channel_type),
                ("company_id", "=", channel.company_id.id),
                ("key", "=", recipient["key"]),
            ]
        )
        if known.partner_id and not known.partner_id._omnichannel_is_same_customer(partner):
            return None
        is_open = known and self._is_window_open(channel, known)
        return number if is_open or self._code_template(channel, partner.lang) else None

    @api.model
    def _code_message(self, channel, identity, text):
        if self._is_window_open(channel, identity):
            return text, {}
        template = self._code_template(channel, identity.partner_id.lang)
        if not template:
            raise UserError(self.env._("This number has no approved template for codes."))
        return template._render_code(HIDDEN)

    @api.model
    def _is_window_open(self, channel, identity):
        return identity._window_end(channel) > fields.Datetime.now()

    @api.model
    def _code_template(self, channel, lang):
        """The template for codes in the language nearest to the customer's, or none."""
        Template = self.env["omnichannel.whatsapp.template"].sudo()  # what agents may send, whoever looks
        found = Template.search(
            [
                ("channel_id", "=", channel.id),
                ("status", "=", "APPROVED"),
                ("category", "=ilike", "authentication"),
            ]
        )
        usable = found.filtered(lambda template: template._code_parameters(HIDDEN))
        return usable.sorted(lambda template: template._language_distance((lang or "").lower()))[:1]
