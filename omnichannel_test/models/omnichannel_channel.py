from odoo import fields, models


class OmnichannelChannel(models.Model):
    _inherit = "omnichannel.channel"

    channel_type = fields.Selection(selection_add=[("test", "Test")], ondelete={"test": "cascade"})
    test_secret = fields.Char(groups="base.group_system")
    test_account = fields.Char()
    test_outcomes = fields.Json(help="How the next sends end: 'ok' or [code, kind], first one first.")
