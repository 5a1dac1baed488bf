from odoo import models

from .discuss_channel import OURS


class DiscussChannelMember(models.Model):
    """Who writes and who has read: said at once, and kept nowhere but in the ticks."""

    _inherit = "discuss.channel.member"

    def _notify_typing(self, is_typing):
        super()._notify_typing(is_typing)
        # What is written in the inbox is known there.
        if self.env.context.get("omnichannel_ours") is not OURS:
            for member in self.filtered("livechat_member_type"):
                member._omnichannel_tell_typing(is_typing)

    def _omnichannel_tell_typing(self, is_typing):
        conversation = self.channel_id._omnichannel_conversation()
        if self.livechat_member_type == "visitor":
            conversation._announce_customer(is_typing)
        elif user := self._omnichannel_colleague():
            conversation._announce_colleague(user, is_typing)

    def _omnichannel_colleague(self):
        """The user who is here in Discuss, or none."""
        return self.partner_id.user_ids.filtered(lambda user: not user.share)[:1]

    def _set_last_seen_message(self, message, notify=True):
        had_seen = self.seen_message_id.id
        super()._set_last_seen_message(message, notify=notify)
        if self.seen_message_id.id != had_seen and self.env.context.get("omnichannel_ours") is not OURS:
            self._omnichannel_note_read()

    def _omnichannel_note_read(self):
        """Take over that the visitor, or a colleague in Discuss, has read what is here."""
        session = self.channel_id
        conversation = session._omnichannel_conversation()
        if not conversation:
            return
        if self.livechat_member_type == "visitor":
            self._omnichannel_tick(session._omnichannel_channel())
        elif user := self._omnichannel_colleague():
            conversation._set_read_position(conversation.last_message_id, user.id)

    def _omnichannel_tick(self, channel):
        """What we said until there is read now."""
        # Of the ledger the visitor sees nothing.
        unread = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", "discuss.channel"),
                    ("res_id", "=", self.channel_id.id),
                    ("message_type", "=", "comment"),
                    ("id", "<=", self.seen_message_id.id),
                ],
                order="id DESC",
                limit=100,
            )
        )
        rows = channel.env["omnichannel.message"].search(
            [
                ("channel_id", "=", channel.id),
                ("provider_uid", "in", [str(message_id) for message_id in unread.ids]),
                ("direction", "=", "out"),
                ("state", "in", ("sent", "delivered")),
            ]
        )
        for row in rows:
            row._advance("read")
