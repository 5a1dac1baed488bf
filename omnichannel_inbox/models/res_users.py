from odoo import api, fields, models

SETTINGS = ("omnichannel_notify", "omnichannel_sound")


class ResUsers(models.Model):
    """Whether and how a user wants to be told of customers' messages, in their preferences."""

    _inherit = "res.users"

    omnichannel_notify = fields.Boolean(
        "Notice of Customers' Messages",
        compute="_compute_omnichannel_settings",
        inverse="_inverse_omnichannel_settings",
        help="A notice on the desktop for my conversations and my teams' unassigned ones.",
    )
    omnichannel_sound = fields.Boolean(
        "Sound at Customers' Messages",
        compute="_compute_omnichannel_settings",
        inverse="_inverse_omnichannel_settings",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, *SETTINGS]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, *SETTINGS]

    @api.depends("res_users_settings_ids.omnichannel_notify", "res_users_settings_ids.omnichannel_sound")
    def _compute_omnichannel_settings(self):
        for user in self:
            # Who may read a user may read these two; who has no settings yet is told of everything.
            settings = user.sudo().res_users_settings_id
            for name in SETTINGS:
                user[name] = settings[name] if settings else True

    def _inverse_omnichannel_settings(self):
        for user in self:
            values = {name: user[name] for name in SETTINGS}
            # Odoo has checked that the writer may change this user, themselves or another one.
            settings = self.env["res.users.settings"].sudo()._find_or_create_for_user(user)
            # Tells the user's open pages, too.
            settings.set_res_users_settings(values)
