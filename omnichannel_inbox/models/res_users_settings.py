from odoo import fields, models

OWN = ("omnichannel_notify", "omnichannel_sound")


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    omnichannel_notify = fields.Boolean(
        "Notice of Customers' Messages",
        default=True,
        help="A notice on the desktop for my conversations and my teams' unassigned ones.",
    )
    omnichannel_sound = fields.Boolean("Sound at Customers' Messages", default=True)

    def _res_users_settings_format(self, fields_to_format=None):
        """Leave what Odoo's Discuss loads as it is: whoever wants ours asks for them."""
        settings = super()._res_users_settings_format(fields_to_format)
        if not fields_to_format:
            for name in OWN:
                settings.pop(name, None)
        return settings
