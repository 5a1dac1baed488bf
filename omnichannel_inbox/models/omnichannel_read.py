from odoo import fields, models


class OmnichannelRead(models.Model):
    """How far a user has read in a conversation."""

    _name = "omnichannel.read"
    _description = "Read Position"
    _rec_name = "conversation_id"

    conversation_id = fields.Many2one("omnichannel.conversation", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", index=True)
    last_read_id = fields.Integer(help="Id of the newest message that the user has read.")

    _conversation_user_uniq = models.UniqueIndex("(conversation_id, user_id)")
