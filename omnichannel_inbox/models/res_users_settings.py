from odoo import fields, models


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    omnichannel_notify = fields.Boolean(
        "Notice of Customers' Messages",
        default=True,
        help="A notice on the desktop for my conversations and my teams' unassigned ones.",
    )
    omnichannel_sound = fields.Boolean("Sound at Customers' Messages", default=True)
