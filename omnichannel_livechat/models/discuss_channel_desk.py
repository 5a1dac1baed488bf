from datetime import datetime

from markupsafe import Markup

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

SESSIONS = "omnichannel_livechat.cron_sessions"


class DiscussChannel(models.Model):
    """Who is with the visitor: a chatbot, the desk, or the agent who has the conversation.

    The desk never leaves, so that the session does not end with an agent who does: Odoo ends it with the last
    one. It is a member as chatbots are, whom no list of members shows and no figure about agents counts.
    """

    _inherit = "discuss.channel"

    omnichannel_channel_id = fields.Many2one(
        "omnichannel.channel",
        "Channel of the Inbox",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
    )
    omnichannel_is_with_bot = fields.Boolean("With a Chatbot", readonly=True, groups=fields.NO_ACCESS)

    # -- who joins and who steps back ------------------------------------------------

    def _omnichannel_lead(self, user):
        """Let an agent be with the visitor, and nobody but the desk if it is none.

        Whoever else was there steps back.

        :param user: the agent, or none
        """
        session = self.sudo()  # called by the system, by which who has the conversation was decided
        if user:
            session._omnichannel_join_agent(user)
            session._omnichannel_dismiss_bot()
        session._omnichannel_put_in_front(user.partner_id or session._omnichannel_join_desk())
        others = session.channel_member_ids.filtered(
            lambda member: member.livechat_member_type == "agent" and member.partner_id != user.partner_id
        )
        for partner in others.partner_id:
            session._action_unfollow(partner=partner, post_leave_message=False)

    def _omnichannel_join_desk(self):
        """Make sure that the desk is there; returns it."""
        desk = self._omnichannel_channel()._livechat_desk()
        if desk not in self.channel_member_ids.partner_id:
            self._add_members(
                partners=desk,
                create_member_params={"livechat_member_type": "bot", "unpin_dt": fields.Datetime.now()},
                post_joined_message=False,
            )
        return desk

    def _omnichannel_join_agent(self, user):
        """Let an agent be a member. Unless they want to answer in Discuss, no window opens there: they have
        the inbox before them, which tells them of every message."""
        # Who sends an answer and who keeps the session in step bring the same agent, maybe at once: one
        # waits here, where they would else wait for each other.
        self.env.execute_query(SQL("SELECT 1 FROM discuss_channel WHERE id = %s FOR UPDATE", self.id))
        if user.partner_id in self.channel_member_ids.partner_id:
            return
        self._omnichannel_touch()
        params = {"livechat_member_type": "agent"}
        if not user.omnichannel_in_discuss:
            params["mute_until_dt"] = datetime.max
        # As the agent, so that Odoo does not tell them that somebody has invited them.
        session = self.with_user(user).sudo()
        session._add_members(users=user, create_member_params=params, post_joined_message=False)

    def _omnichannel_touch(self):
        """Whoever joins somebody changes the session's row first: an answer that leaves and the job that
        follows an assignment join the same agent, and the later of them begins anew with what there is."""
        self.env.cr.execute(
            SQL(
                "UPDATE discuss_channel SET omnichannel_is_news = omnichannel_is_news WHERE id IN %s",
                tuple(self.ids),
            ),
            log_exceptions=False,
        )

    def _omnichannel_put_in_front(self, partner):
        """Let the visitor see who is there."""
        if self.livechat_operator_id == partner:
            return
        name = partner.user_livechat_username or partner.name
        visitor = self.livechat_customer_history_ids[:1]
        visitor_name = visitor.partner_id.name or visitor.guest_id.name or ""
        self.write({"livechat_operator_id": partner.id, "name": f"{visitor_name} {name}".strip()})
        if partner.active:
            session = self.with_context(lang=self.livechat_lang_id.code or self._omnichannel_channel().lang)
            session._omnichannel_notify(session.env._("%s is with you now.", name))

    def _omnichannel_notify(self, text):
        """Say something to the visitor that is part of nobody's words."""
        self.message_post(
            author_id=self._omnichannel_channel()._livechat_desk().id,
            body=Markup('<div class="o_mail_notification o_hide_author">%s</div>') % text,
            message_type="notification",
            subtype_xmlid="mail.mt_comment",
        )

    def _action_unfollow(self, partner=None, guest=None, post_leave_message=True):
        """An agent who leaves in Discuss leaves the visitor to the desk, and nothing else: whose the
        conversation is, is decided in the inbox, which has it as open as before."""
        session = self.sudo()  # whoever leaves need not see what they left
        is_agent = (
            session.omnichannel_channel_id
            and not session.livechat_end_dt
            and partner
            and partner in session.livechat_agent_partner_ids
        )
        if is_agent:
            session._omnichannel_join_desk()
        result = super()._action_unfollow(partner, guest, post_leave_message)
        if is_agent and session.livechat_operator_id == partner:
            session._omnichannel_put_in_front(session._omnichannel_join_desk())
        return result

    # -- chatbots ------------------------------------------------------------------------

    def _forward_human_operator(self, chatbot_script_step=None, users=None):
        """The chatbot hands over to the team, by whose rules somebody comes.

        Where nobody is there, a script that has something to say then goes on; else we say it.
        """
        if not self._omnichannel_channel():
            return super()._forward_human_operator(chatbot_script_step, users)
        # As Odoo does: the visitor's step in the script leads to this.
        return self.sudo()._omnichannel_hand_over(chatbot_script_step or self.env["chatbot.script.step"])

    def _omnichannel_hand_over(self, step):
        is_somebody_there = bool(self.livechat_channel_id.available_operator_ids)
        answers = self.chatbot_message_ids.user_script_answer_id
        self._omnichannel_release()
        if not is_somebody_there and step and step._fetch_next_step(answers):
            self.livechat_failure = "no_agent"
            return self.env["mail.message"]
        message = self._post_current_chatbot_step_message(step)
        desk = self._omnichannel_join_desk()
        self._omnichannel_dismiss_bot(step)
        self.livechat_failure = "no_answer" if is_somebody_there else "no_agent"
        self._omnichannel_put_in_front(desk)
        if not is_somebody_there:
            self._omnichannel_notify(
                self.env._(
                    "Nobody is free right now. Your message is here and is not lost: "
                    "write on, and we answer as soon as somebody can."
                )
            )
        return message

    def _omnichannel_dismiss_bot(self, step=None):
        """Stop the script, if there is one: who answers now is a person."""
        script = self.chatbot_current_step_id.chatbot_script_id
        bot = script.operator_partner_id
        if not bot or bot not in self.channel_member_ids.partner_id:
            return
        forward = step or script.script_step_ids.filtered("is_forward_operator")[:1]
        values = {"omnichannel_is_with_bot": False}
        if forward:
            # How Odoo says that a script has done its part.
            values["chatbot_current_step_id"] = forward.id
        self.write(values)
        self._omnichannel_join_desk()
        self._action_unfollow(partner=bot, post_leave_message=False)
        if step:
            self._add_next_step_message_to_store(step)
        else:
            current = {"scriptStep": self.chatbot_current_step_id.id, "message": False, "operatorFound": True}
            chatbot = {"script": script.id, "steps": [current], "currentStep": current}
            store = Store(bus_channel=self).add(script).add(self.chatbot_current_step_id)
            store.add(self, {"chatbot": chatbot}).bus_send()

    def _omnichannel_release(self):
        """The chatbot holds the conversation no longer: the team's rules may give it to somebody."""
        self.write({"omnichannel_is_with_bot": False, "omnichannel_is_news": True})
        self.env["omnichannel.worker"]._wake_after_commit(SESSIONS)

    def _omnichannel_release_abandoned(self):
        """Visitors who have stopped answering a chatbot, and did not say that they left."""
        abandoned = self.search(
            Domain("omnichannel_is_with_bot", "=", True) & Domain("last_interest_dt", "<", "-10M"), limit=100
        )
        if abandoned:
            abandoned._omnichannel_release()
        return len(abandoned)
