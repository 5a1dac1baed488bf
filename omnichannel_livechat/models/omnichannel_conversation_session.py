from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.omnichannel_inbox.models.omnichannel_conversation import OPEN_STATES, QUIET

from .discuss_channel_desk import SESSIONS


class OmnichannelConversation(models.Model):
    """A conversation whose customer is, or was, in a live chat."""

    _inherit = "omnichannel.conversation"

    livechat_presence = fields.Selection(
        [("here", "In the chat"), ("left", "Left the chat")], "Visitor", readonly=True, copy=False
    )
    is_livechat_news = fields.Boolean("News for the Session", readonly=True, copy=False)

    _livechat_here_idx = models.Index("(last_message_date DESC, id DESC) WHERE livechat_presence = 'here'")
    _livechat_news_idx = models.Index("(id) WHERE is_livechat_news")

    def write(self, vals):
        if {"user_id", "team_id", "state"}.isdisjoint(vals):
            return super().write(vals)
        before = {
            conversation: (conversation._livechat_agent(), conversation.team_id)
            for conversation in self
            if conversation.livechat_presence == "here"
        }
        result = super().write(vals)
        changed = [c for c, former in before.items() if former != (c._livechat_agent(), c.team_id)]
        self.browse().union(*changed)._livechat_tell()
        return result

    def _livechat_tell(self):
        """Let the sessions follow what changed here; see ``discuss.channel``."""
        if self:
            # A mark of the system's, whoever may change the conversation.
            self.sudo().with_context(**QUIET).write({"is_livechat_news": True})
            self.env["omnichannel.worker"]._wake_after_commit(SESSIONS)

    def _livechat_agent(self):
        """The agent who is to be with the visitor, or none."""
        user = self.user_id
        return user if self.state in OPEN_STATES and user.active else user.browse()

    def _livechat_adopt(self, session):
        """Who was talking to the visitor in Discuss before the conversation was anybody's has it now."""
        talking = session.livechat_agent_partner_ids & session.channel_member_ids.partner_id
        user = (talking.user_ids & self.team_id.member_ids)[:1]
        if user:
            self.with_context(**QUIET).user_id = user
        return user

    def _livechat_sessions(self):
        """The running sessions that are tied to these, and those that are to be."""
        if not self:
            return self.env["discuss.channel"]
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM discuss_channel
                    WHERE omnichannel_conversation_id IN %(ids)s AND livechat_end_dt IS NULL
                    UNION
                   SELECT said.res_id
                     FROM (SELECT DISTINCT ON (m.conversation_id, m.identity_id) m.provider_uid
                             FROM omnichannel_message m
                             JOIN omnichannel_channel c
                               ON c.id = m.channel_id AND c.livechat_channel_id IS NOT NULL
                            WHERE m.conversation_id IN %(ids)s AND m.provider_uid IS NOT NULL
                         ORDER BY m.conversation_id, m.identity_id, m.id DESC) AS newest
                     JOIN mail_message said
                       ON said.id = newest.provider_uid::int AND said.model = 'discuss.channel'""",
                ids=tuple(self.ids),
            )
        )
        return self.env["discuss.channel"].browse(row[0] for row in rows)

    def _livechat_note_presence(self):
        """Write down whether visitors are there, and say so in the thread when one has left."""
        quiet = self.with_context(**QUIET)
        sessions = self.env["discuss.channel"].search([("omnichannel_conversation_id", "in", self.ids)])
        by_conversation = sessions.grouped("omnichannel_conversation_id")
        for conversation in quiet:
            own = by_conversation.get(conversation, sessions.browse())
            running = own.filtered(lambda session: not session.livechat_end_dt)
            presence = own and ("here" if running else "left")
            if presence == "left" and conversation.livechat_presence != "left":
                conversation._livechat_say_left()
            conversation.write(
                {
                    "livechat_presence": presence or False,
                    "is_livechat_news": False,
                    "is_held": any(running.mapped("omnichannel_is_with_bot")),
                }
            )
        self._announce()

    def _livechat_say_left(self):
        channel = self.channel_id._speaking()
        self._message_log(body=channel.env._("The visitor has left the chat."))
