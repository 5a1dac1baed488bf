from odoo import api, models


class OmnichannelMessage(models.Model):
    """Tells of sessions that are part of another conversation than they were."""

    _inherit = "omnichannel.message"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._livechat_tell_sessions()
        return rows

    def write(self, vals):
        result = super().write(vals)
        if "conversation_id" in vals:
            self._livechat_tell_sessions()
        return result

    def _livechat_tell_sessions(self):
        said = self.filtered(lambda row: row.provider_uid and row.channel_id.livechat_channel_id)
        if not said:
            return
        # Whose a session is may not concern whoever moves a message, but does concern the system.
        messages = self.env["mail.message"].sudo().browse(int(row.provider_uid) for row in said)
        Session = self.env["discuss.channel"].sudo()
        of_message = {message.id: Session.browse(message.res_id) for message in messages.exists()}
        elsewhere = said.filtered(
            lambda row: (
                (session := of_message.get(int(row.provider_uid)))
                and session.omnichannel_conversation_id != row.conversation_id
            )
        )
        elsewhere.conversation_id._livechat_tell()
