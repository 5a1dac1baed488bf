from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .omnichannel_conversation_rule_text import LIMITS, PER_CUSTOMER, PER_RULE


class ResConfigSettings(models.TransientModel):
    """How many texts of rules a customer gets."""

    _inherit = "res.config.settings"

    omnichannel_texts_per_rule = fields.Integer(
        "Of One Rule", config_parameter=PER_RULE, default=LIMITS[PER_RULE]
    )
    omnichannel_texts_per_customer = fields.Integer(
        "Of All Rules", config_parameter=PER_CUSTOMER, default=LIMITS[PER_CUSTOMER]
    )

    @api.constrains("omnichannel_texts_per_rule", "omnichannel_texts_per_customer")
    def _check_omnichannel_texts(self):
        for settings in self:
            if min(settings.omnichannel_texts_per_rule, settings.omnichannel_texts_per_customer) < 1:
                raise ValidationError(
                    self.env._(
                        "One text a day is the least that rules can be limited to. "
                        "“Stop All Texts” stops them all."
                    )
                )
