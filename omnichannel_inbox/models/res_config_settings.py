from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .omnichannel_event import MIN_RETENTION_DAYS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    omnichannel_event_retention_days = fields.Integer(
        "Keep Journal (Days)",
        config_parameter="omnichannel_inbox.event_retention_days",
        default=MIN_RETENTION_DAYS,
    )

    @api.constrains("omnichannel_event_retention_days")
    def _check_omnichannel_event_retention_days(self):
        for settings in self:
            if settings.omnichannel_event_retention_days < MIN_RETENTION_DAYS:
                raise ValidationError(
                    _(
                        "Keep the journal for %s days at least: a provider tries for a week to deliver "
                        "what it could not, and what comes twice is known by the journal.",
                        MIN_RETENTION_DAYS,
                    )
                )
