from odoo import fields, models


class OmnichannelTag(models.Model):
    """A label on conversations."""

    _name = "omnichannel.tag"
    _description = "Conversation Tag"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    color = fields.Integer()

    _name_uniq = models.Constraint("UNIQUE (name)", "A tag with this name exists already.")
