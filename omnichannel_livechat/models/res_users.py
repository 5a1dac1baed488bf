from odoo import fields, models


class ResUsers(models.Model):
    """Where an agent answers live chats, in their preferences."""

    _inherit = "res.users"

    omnichannel_in_discuss = fields.Boolean(
        "Live Chats in Discuss, Too",
        help="Windows of Discuss open for the live chats that are mine, with their sound, as they do without "
        "the inbox. Else they are quiet there.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "omnichannel_in_discuss"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "omnichannel_in_discuss"]
