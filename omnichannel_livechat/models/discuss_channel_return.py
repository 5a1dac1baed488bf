from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.mail.tools.discuss import Store
from odoo.addons.omnichannel_inbox.models.omnichannel_conversation import OPEN_STATES

from .discuss_channel import OURS

# Without a sign of life for so long a visitor is not there: the next page of a website takes seconds to load.
GONE_AFTER = timedelta(minutes=2)
# What was said elsewhere meanwhile and is shown to a visitor who comes back, at most.
SHOWN_AT_MOST = 50


class DiscussChannel(models.Model):
    """Visitors who go, and who come back."""

    _inherit = "discuss.channel"

    omnichannel_shown_id = fields.Integer(
        "Newest Message Shown from Other Channels",
        readonly=True,
        help="Id of a message of the conversation.",
        groups=fields.NO_ACCESS,
    )

    omnichannel_shown_message_ids = fields.Many2many(
        "mail.message",
        "discuss_channel_omnichannel_shown_rel",
        "channel_id",
        "message_id",
        "Copies of What Was Said on Other Channels",
        readonly=True,
        groups=fields.NO_ACCESS,
    )

    def _omnichannel_is_visitor_here(self):
        """Whether the visitor has the website before them, as far as can be told."""
        # Whether somebody is there is what an agent has to know to answer.
        history = self.sudo().livechat_customer_history_ids[:1]
        presence = (history.guest_id or history.partner_id.user_ids).presence_ids[:1]
        if presence and presence.status != "offline":
            return True
        said = self._omnichannel_newest().filtered(lambda said: said._omnichannel_is_visitors(self))[:1]
        signs = [moment for moment in (presence.last_poll, said.date) if moment]
        return bool(signs) and max(signs) > fields.Datetime.now() - GONE_AFTER

    # -- coming back ---------------------------------------------------------------

    @api.model
    def _omnichannel_session_of(self, livechat_channel):
        """The session in which whoever asks chats here, or chatted and is still being served; or none."""
        partner, guest = self.env["res.partner"]._get_current_persona()
        person = partner or guest
        # Only what is the asking person's own is looked for.
        channel = self.env["omnichannel.channel"].sudo()._of_livechat(livechat_channel)
        if not person or not channel:
            return self.browse()
        history = (
            self.env["im_livechat.channel.member.history"]
            .sudo()
            .search(
                [
                    ("partner_id" if partner else "guest_id", "=", person.id),
                    ("livechat_member_type", "=", "visitor"),
                    ("channel_id.livechat_channel_id", "=", livechat_channel.id),
                ],
                order="id DESC",
                limit=1,
            )
        )
        session = history.channel_id
        is_served = session and session._omnichannel_conversation().state in OPEN_STATES
        return session.sudo(False) if is_served else self.browse()

    def _omnichannel_resume(self):
        """The visitor is back in their session, which may have ended; shows them what they missed."""
        self.ensure_one()
        # Whoever resumes it is its visitor, see _omnichannel_session_of.
        session = self.sudo()
        if session.livechat_end_dt:
            session.write({"livechat_end_dt": False, "livechat_status": "in_progress"})
            Store(bus_channel=session).add(session, "livechat_end_dt").bus_send()
            session._omnichannel_conversation()._announce()
        session._omnichannel_show_missed()

    def _omnichannel_show_missed(self):
        """Show who is logged in what was said with them elsewhere; a browser alone may be anybody's."""
        partner = self._omnichannel_known_visitor()
        conversation = self._omnichannel_conversation()
        if not partner or not conversation:
            return
        # Ids of messages tell which was first, whatever thread they are in.
        shown = max(self.omnichannel_shown_id, self.message_ids[-1:].id)
        rows = conversation.ledger_ids.search(
            [
                ("conversation_id", "=", conversation.id),
                ("channel_id", "!=", self._omnichannel_channel().id),
                ("identity_id.partner_id", "=", partner.id),
                ("aside_id", "=", False),
                ("state", "in", ("received", "sent", "delivered", "read")),
                ("mail_message_id", ">", shown),
            ],
            order="mail_message_id DESC",
            limit=SHOWN_AT_MOST,
        )
        for post in rows.mail_message_id.sorted("id"):
            self.omnichannel_shown_message_ids |= self._omnichannel_show(post)
        self.omnichannel_shown_id = max([shown, *rows.mail_message_id.ids])

    def _omnichannel_known_visitor(self):
        """The customer who is logged in, here or at a shop that says so; or none."""
        history = self.livechat_customer_history_ids[:1]
        if not history.guest_id.omnichannel_key:
            return history.partner_id
        channel = self._omnichannel_channel()
        identity = channel.env["omnichannel.identity"].search(
            [
                ("channel_type", "=", channel.channel_type),
                ("key", "=", history.guest_id.omnichannel_key),
                ("company_id", "=", channel.company_id.id),
            ]
        )
        return identity.partner_id

    def _omnichannel_show(self, post):
        """Say in the session what was said elsewhere: it is in the inbox already, and no news there."""
        copies = [file.copy({"res_model": self._name, "res_id": self.id}) for file in post.attachment_ids]
        return self.with_context(omnichannel_ours=OURS, mail_post_autofollow=False).message_post(
            author_id=post.author_id.id or self._omnichannel_channel().company_id.partner_id.id,
            body=post.body,
            attachment_ids=self.env["ir.attachment"].union(*copies).ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
