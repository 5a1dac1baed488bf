from odoo import fields, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    omnichannel_ledger_ids = fields.One2many(
        "omnichannel.message", "mail_message_id", groups="base.group_user", string="Sent and Received"
    )
