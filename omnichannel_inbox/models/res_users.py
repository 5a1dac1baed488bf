from odoo import api, fields, models, tools

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
    omnichannel_mail = fields.Selection(
        [
            ("never", "Never"),
            ("mine", "In my conversations"),
            ("team", "In mine and in my teams' unassigned ones"),
        ],
        "E-mail Me When a Customer Writes",
        default="never",
        help="A mail comes within two minutes of a customer's message that I have not read by then.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, *SETTINGS, "omnichannel_mail"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, *SETTINGS, "omnichannel_mail"]

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        if any(vals.get("omnichannel_mail", "never") != "never" for vals in vals_list):
            self.env.registry.clear_cache()
        return users

    def write(self, vals):
        result = super().write(vals)
        if "omnichannel_mail" in vals:
            self.env.registry.clear_cache()
        return result

    @api.model
    @tools.ormcache()
    def _omnichannel_mail_wishes(self):
        """Who wants a mail when a customer writes: {user id: ``omnichannel_mail``}.

        Each inbound message asks, and in most companies nobody wants one.
        """
        # Of every user: whom to tell is the system's to find out.
        users = self.sudo().search([("omnichannel_mail", "in", ("mine", "team"))])
        return {user.id: user.omnichannel_mail for user in users}

    @api.model
    def _omnichannel_colleague(self, address, company):
        """The active colleague of a company who has this e-mail address, or nobody.

        :param address: in lower case, as the wire gives it
        """
        # Read by the worker; who is a colleague is no secret to it.
        return self.sudo().search(
            [
                ("email_normalized", "=", address),
                ("share", "=", False),
                ("company_ids", "in", company.ids),
            ],
            limit=1,
        )

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
