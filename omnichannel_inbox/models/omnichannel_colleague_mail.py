import hashlib

from odoo import api, fields, models
from odoo.tools import SQL


class OmnichannelColleagueMail(models.Model):
    """What a colleague sent by mail is done once, by however many paths it comes.

    The ledger cannot say so: what could not be sent has no row there, and a new attempt to send changes the
    row's reference.
    """

    _name = "omnichannel.colleague.mail"
    _description = "Colleague's Mail"
    _order = "id DESC"
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    conversation_id = fields.Many2one(
        "omnichannel.conversation", readonly=True, index=True, ondelete="cascade"
    )

    _key_uniq = models.UniqueIndex("(key)")

    @api.model
    def _key(self, sender, mail_id):
        return hashlib.sha256(f"{sender} {mail_id}".encode()).hexdigest()[:32]

    @api.model
    def _claim(self, sender, mail_id, user, conversation):
        """Say that a mail is being worked on.

        :param sender: the colleague's address
        :return: a key of the mail; None when it was worked on before
        """
        key = self._key(sender, mail_id)
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO omnichannel_colleague_mail (key, user_id, conversation_id, create_date)
                   VALUES (%s, %s, %s, %s) ON CONFLICT (key) DO NOTHING RETURNING id""",
                key,
                user.id,
                conversation.id,
                fields.Datetime.now(),
            )
        )
        return key if rows else None
