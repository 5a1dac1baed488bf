from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .discuss_channel_desk import SESSIONS

BATCH = 10


class DiscussChannel(models.Model):
    """Keeps sessions and conversations in step (cron).

    A visitor writes in the session while an agent is given the conversation: each only leaves a note on its
    own row that there is news, so that neither has to wait for the other or be done again. A job of short
    transactions does the rest.
    """

    _inherit = "discuss.channel"

    omnichannel_conversation_id = fields.Many2one(
        "omnichannel.conversation",
        "Conversation",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
    )
    omnichannel_is_news = fields.Boolean("News for the Inbox", readonly=True, groups=fields.NO_ACCESS)

    _omnichannel_news_idx = models.Index("(id) WHERE omnichannel_is_news")
    _omnichannel_bot_idx = models.Index("(last_interest_dt) WHERE omnichannel_is_with_bot")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("omnichannel_channel_id") and vals.get("chatbot_current_step_id"):
                vals["omnichannel_is_with_bot"] = True
        return super().create(vals_list)

    def write(self, vals):
        """A session that ends, or begins again, is news; whoever ends it.

        :raise UserError: help is asked for of all of Odoo's operators, of whatever team
        """
        if vals.get("livechat_status") == "need_help" and any(self.sudo().mapped("omnichannel_channel_id")):
            raise UserError(
                self.env._("This live chat is answered in the inbox: mention a colleague in a note there.")
            )
        if "livechat_end_dt" not in vals:
            return super().write(vals)
        result = super().write(vals)
        sessions = self.sudo().filtered("omnichannel_channel_id")  # the marks are the system's
        if sessions:
            sessions.write({"omnichannel_is_news": True})
            self.env["omnichannel.worker"]._wake_after_commit(SESSIONS)
        return result

    # -- the job -----------------------------------------------------------------------

    @api.model
    def _omnichannel_run(self):
        """Cron: take over what happened, on both sides."""
        worker = self.env["omnichannel.worker"]
        worker._drain(self._omnichannel_release_abandoned, SESSIONS)
        worker._drain(self._omnichannel_batch, SESSIONS)

    @api.model
    def _omnichannel_batch(self):
        """Bring a few sessions and conversations into step; returns how many had news."""
        self.env.flush_all()
        told = self._omnichannel_claim("omnichannel_conversation", "is_livechat_news")
        changed = self._omnichannel_claim("discuss_channel", "omnichannel_is_news")
        conversations = self.env["omnichannel.conversation"].browse(told)
        sessions = self.browse(changed) | conversations._livechat_sessions()
        sessions._omnichannel_lock()
        sessions._omnichannel_tie(conversations)
        conversations |= sessions.omnichannel_conversation_id
        sessions.omnichannel_is_news = False
        conversations._livechat_note_presence()
        self.env.flush_all()
        return len(told) + len(changed)

    @api.model
    def _omnichannel_claim(self, table, mark):
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE %s LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
                SQL.identifier(table),
                SQL.identifier(mark),
                BATCH,
            )
        )
        return [row[0] for row in rows]

    def _omnichannel_lock(self):
        """Who meets a visitor who is just writing waits, and begins anew with what they wrote."""
        if self:
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM discuss_channel WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                    tuple(self.ids),
                ),
                log_exceptions=False,
            )

    def _omnichannel_tie(self, conversations):
        """Write down which conversation each session is part of, and let those be there who have it.

        :param conversations: those with news
        """
        tied = self._omnichannel_conversations()
        for session in self:
            conversation = tied.get(session) or session.omnichannel_conversation_id
            is_new = conversation != session.omnichannel_conversation_id
            if is_new:
                session.write(
                    {
                        "omnichannel_conversation_id": conversation.id,
                        "omnichannel_channel_id": session._omnichannel_channel().id,
                    }
                )
            is_told = conversation in conversations or session.omnichannel_is_news
            # Who had the customer's conversation before does not interrupt a chatbot.
            is_held = session.omnichannel_is_with_bot and (is_new or not conversation.user_id)
            if conversation and (is_new or is_told) and not session.livechat_end_dt and not is_held:
                agent = conversation._livechat_agent() or (is_new and conversation._livechat_adopt(session))
                session._omnichannel_lead(agent or self.env["res.users"])

    def _omnichannel_conversations(self):
        """The conversation that each session's newest message is in: {session: conversation}"""
        if not self:
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT s.id, newest.conversation_id
                     FROM discuss_channel s
                     JOIN omnichannel_channel c ON c.livechat_channel_id = s.livechat_channel_id AND c.active
                     JOIN LATERAL (
                          SELECT m.conversation_id FROM mail_message said
                            JOIN omnichannel_message m
                              ON m.channel_id = c.id AND m.provider_uid = said.id::text
                           WHERE said.model = 'discuss.channel' AND said.res_id = s.id
                        ORDER BY said.id DESC LIMIT 1) AS newest ON TRUE
                    WHERE s.id IN %s""",
                tuple(self.ids),
            )
        )
        Conversation = self.env["omnichannel.conversation"]
        return {self.browse(session): Conversation.browse(conversation) for session, conversation in rows}
