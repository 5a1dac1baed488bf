from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .omnichannel_conversation import OPEN_STATES

FROM_OUTSIDE = ("in", "aside")  # who wrote last, when it is somebody whom we have to read


class OmnichannelConversation(models.Model):
    """What each colleague has not read yet."""

    _inherit = "omnichannel.conversation"

    is_unread = fields.Boolean("Unread", compute="_compute_is_unread", search="_search_is_unread")

    @api.depends_context("uid")
    @api.depends("last_message_id", "last_direction", "state")
    def _compute_is_unread(self):
        positions = self._read_positions()
        for conversation in self:
            conversation.is_unread = (
                conversation.state in OPEN_STATES
                and conversation.last_direction in FROM_OUTSIDE
                and positions.get(conversation.id, 0) < conversation.last_message_id
            )

    def _read_positions(self):
        """{conversation id: newest message id that the user has read}"""
        self.env["omnichannel.read"].flush_model()
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT conversation_id, last_read_id FROM omnichannel_read
                        WHERE conversation_id IN %s AND user_id = %s""",
                    tuple(self.ids) or (0,),
                    self.env.uid,
                )
            )
        )

    @api.model
    def _search_is_unread(self, operator, value):
        if operator not in ("in", "="):
            return NotImplemented
        # A condition on the row itself and no list of ids, so that the database walks the newest open ones
        # until the page is full.
        unread = (
            Domain("state", "in", OPEN_STATES)
            & Domain("last_direction", "in", FROM_OUTSIDE)
            & Domain.custom(to_sql=self._unread_sql, predicate=lambda conversation: conversation.is_unread)
        )
        wanted = True in value if operator == "in" else bool(value)
        return unread if wanted else ~unread

    @api.model
    def _unread_sql(self, model, alias, query):
        """Whether the user has not read the newest message yet."""
        return SQL(
            """COALESCE((SELECT last_read_id FROM omnichannel_read
                          WHERE conversation_id = %s AND user_id = %s), 0) < %s""",
            SQL.identifier(alias, "id"),
            model.env.uid,
            model._field_to_sql(alias, "last_message_id", query),
        )

    def action_mark_read(self):
        """The user has read everything that is here now."""
        self.check_access("read")
        for conversation in self:
            conversation._set_read_position(conversation.last_message_id, self.env.uid)
        # What the channel is, is the system's.
        for channel, conversations in self.sudo().grouped("channel_id").items():
            if channel:
                channel._adapter()._show_read(conversations, self.env.user)

    def action_mark_unread(self):
        """Show as unread to the user until they open it again."""
        self.check_access("read")
        for conversation in self:
            conversation._set_read_position(0, self.env.uid)

    def _set_read_position(self, message_id, user_id):
        """Race-free: two tabs of one user may do it at once."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO omnichannel_read (conversation_id, user_id, last_read_id) VALUES (%s, %s, %s)
                   ON CONFLICT (conversation_id, user_id) DO UPDATE SET last_read_id = excluded.last_read_id
                    WHERE omnichannel_read.last_read_id IS DISTINCT FROM excluded.last_read_id""",
                self.id,
                user_id,
                message_id or 0,
            )
        )
        self.env["omnichannel.read"].invalidate_model()
        self.invalidate_recordset(["is_unread"])
