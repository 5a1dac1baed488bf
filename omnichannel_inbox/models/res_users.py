from odoo import api, fields, models

from .res_users_settings import OWN as SETTINGS


class ResUsers(models.Model):
    """Whether and how a user wants to be told of customers' messages, in their preferences."""

    _inherit = "res.users"

    omnichannel_notify = fields.Boolean(
        "Notice of Customers' Messages",
        compute="_compute_omnichannel_settings",
        inverse="_inverse_omnichannel_notify",
        help="A notice on the desktop for my conversations and my teams' unassigned ones.",
    )
    omnichannel_sound = fields.Boolean(
        "Sound at Customers' Messages",
        compute="_compute_omnichannel_settings",
        inverse="_inverse_omnichannel_sound",
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

    def _inverse_omnichannel_notify(self):
        self._set_omnichannel_setting("omnichannel_notify")

    def _inverse_omnichannel_sound(self):
        self._set_omnichannel_setting("omnichannel_sound")

    def _set_omnichannel_setting(self, name):
        """Change one setting: while it is written, the other one has no value that could be trusted."""
        for user in self:
            # Odoo has checked that the writer may change this user, themselves or another one.
            settings = self.env["res.users.settings"].sudo()._find_or_create_for_user(user)
            # Tells the user's open pages, too.
            settings.set_res_users_settings({name: user[name]})
