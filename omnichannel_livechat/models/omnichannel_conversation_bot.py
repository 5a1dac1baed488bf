from odoo import api, models


class OmnichannelConversation(models.Model):
    """What a visitor says to a chatbot opens a conversation that nobody is given yet."""

    _inherit = "omnichannel.conversation"

    @api.model
    def _open_for(self, opening):
        self._livechat_note_bots([row for rows in opening.values() for row in rows])
        return super()._open_for(opening)

    @api.model
    def _livechat_note_bots(self, rows):
        """Note which rows were said to a chatbot that is still at it."""
        rows = [row for row in rows if row["channel"].livechat_channel_id]
        messages = self.env["mail.message"].browse(int(row["item"].uid) for row in rows).exists()
        Session = self.env["discuss.channel"]
        sessions = {str(message.id): Session.browse(message.res_id) for message in messages}
        for row in rows:
            session = sessions.get(row["item"].uid, Session)
            row["is_with_bot"] = session.omnichannel_is_with_bot

    @api.model
    def _opening_values(self, row):
        return super()._opening_values(row) | {"is_held": row.get("is_with_bot", False)}
