from odoo import fields, models


class OmnichannelMessage(models.Model):
    """Who brought a customer's message to us, if not the customer."""

    _inherit = "omnichannel.message"

    passed_on_by_id = fields.Many2one("res.users", "Forwarded by", readonly=True, ondelete="set null")
