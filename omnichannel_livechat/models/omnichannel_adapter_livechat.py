from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext

from odoo.addons.omnichannel_inbox.wire import SendError, SendResult

from .. import wire
from .discuss_channel import OURS


class OmnichannelAdapterLivechat(models.AbstractModel):
    """The live chat of a website: sessions of Odoo's, in this very database.

    Nothing is called and nothing can be lost on the way: what is sent is posted into the session in the
    transaction that says so in the ledger.
    """

    _name = "omnichannel.adapter.livechat"
    _inherit = "omnichannel.adapter"
    _description = "Live chat channel adapter"

    # -- receiving -----------------------------------------------------------------

    @api.model
    def _parse(self, channel, raw):
        return wire.parse(raw)

    @api.model
    def _message_values(self, channel, item):
        """What was said as it looked there."""
        # Odoo has sanitised it when it was said, and does so again.
        return {"body": item.html} if item.html else {}

    @api.model
    def _colleague(self, by):
        """Who says something in Discuss is called by their partner there."""
        return self.env["res.partner"].browse(int(by or 0)).exists()

    @api.model
    def _prepare_fetch(self, message):
        """A copy of the session's file: taking the message back deletes that."""
        file = self.env["ir.attachment"].browse(int(message.media_ref)).exists()
        if not file or file.res_model != "discuss.channel":
            error = SendError("gone", self.env._("The visitor has taken the file back."))

            def fail():
                raise error

            return fail
        found = file.raw, file.mimetype, file.name
        return lambda: found

    # -- who -----------------------------------------------------------------------

    @api.model
    def _partner_domain(self, identity):
        """Who is logged in is known, here or at a shop that says so; a guest may be anybody."""
        kind, _colon, number = identity.key.partition(":")
        if kind == "partner":
            return [("id", "=", int(number))]
        if identity.is_introduction_proven:
            return identity._introduced_domain()
        return super()._partner_domain(identity)

    @api.model
    def _why_not_to(self, channel, identity):
        return self._why_over(self._session(channel, identity))

    @api.model
    def _why_over(self, session):
        """In words why nothing can be said in a session, or False."""
        if not session or session.livechat_end_dt:
            return self.env._("The visitor has left the chat.")
        return False

    @api.model
    def _away(self, channel, identity):
        if self._session(channel, identity)._omnichannel_is_visitor_here():
            return False
        return self.env._("The visitor is not on the website now and reads it when they come back.")

    @api.model
    def _handed_over(self, conversation, identity, channel):
        conversation._livechat_go_on(channel._adapter()._public_link(channel)["name"])

    # -- sending -------------------------------------------------------------------

    @api.model
    def _capabilities(self, channel):
        return dict(super()._capabilities(channel), formatting=True, edit=True, reactions=True)

    @api.model
    def _prepare_send(self, message):
        """Post into the visitor's session, now.

        :raise UserError: the session is over
        """
        session = self._session(message.channel_id, message.identity_id)
        if why_not := self._why_over(session):
            raise UserError(why_not)
        post = message.mail_message_id
        if user := post.author_id.main_user_id:
            # The visitor sees who is there, and Odoo's figures of agents tell who was.
            session.sudo()._omnichannel_join_agent(user)
        quoted = self._said(message.reply_to_uid, session)
        said = self._ours(session).message_post(
            author_id=(post.author_id or channel_partner(message)).id,
            body=post.body,
            parent_id=quoted.id,
            attachment_ids=self._copied(post.attachment_ids, session).ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        return SendResult(str(said.id))

    @api.model
    def _card_body(self, channel, card):
        return self.env["ir.qweb"]._render("omnichannel_inbox.card", {"card": card})

    @api.model
    def _ledger_rows(self, text, attachments, payload):
        """What is said carries its files: it is one message."""
        return [{"body": text, "kind": "text" if text else "file"}] if text or attachments else []

    @api.model
    def _ours(self, record):
        """For what we do in a session ourselves, which is no news to us.

        As the system: an agent need not be an operator of Odoo's to answer in the inbox.
        """
        return record.sudo().with_context(omnichannel_ours=OURS, mail_post_autofollow=False)

    @api.model
    def _said(self, provider_uid, session=None):
        """The session's message of that id, if it is (still) one; of any session unless one is given."""
        said = self.env["mail.message"].sudo().browse(int(provider_uid or 0)).exists()
        is_there = said.model == "discuss.channel" and (not session or said.res_id == session.id)
        return said if is_there else said.browse()

    @api.model
    def _session(self, channel, identity):
        """The newest session of a visitor, or none."""
        # Sessions are the system's: who may answer the visitor was checked where it was asked for.
        return (
            self.env["im_livechat.channel.member.history"]
            .sudo()
            .search(
                [
                    self._visitor_leaf(identity),
                    ("livechat_member_type", "=", "visitor"),
                    ("channel_id.livechat_channel_id", "=", channel.livechat_channel_id.id),
                ],
                order="id DESC",
                limit=1,
            )
            .channel_id
        )

    @api.model
    def _visitor_leaf(self, identity):
        """Condition of the histories of a visitor's sessions."""
        kind, _colon, number = identity.key.partition(":")
        if kind in ("guest", "partner"):
            return (f"{kind}_id", "=", int(number))
        return ("guest_id.omnichannel_key", "=", identity.key)

    @api.model
    def _copied(self, files, session):
        """Copies of files of ours in a session: what happens to one leaves the other alone."""
        copies = [file.copy({"res_model": session._name, "res_id": session.id}) for file in files]
        return self.env["ir.attachment"].union(*copies)

    # -- what is not a message -----------------------------------------------------

    @api.model
    def _edit(self, message):
        said = self._said(message.provider_uid)
        if not said:
            return
        post, session = message.mail_message_id, self.env["discuss.channel"].browse(said.res_id)
        self._ours(session)._message_update_content(
            self._ours(said),
            body=post.body if html2plaintext(post.body or "").strip() else "",
            attachment_ids=None if post.attachment_ids else [],
            strict=False,
        )

    @api.model
    def _react(self, message, partner, emojis):
        said = self._ours(self._said(message.provider_uid))
        own = said.reaction_ids.filtered(lambda reaction: reaction.partner_id == partner)
        there, no_guest = own.mapped("content"), self.env["mail.guest"]
        for emoji in emojis:
            if emoji not in there:
                said._message_reaction(emoji, "add", partner, no_guest)
        for emoji in there:
            if emoji not in emojis:
                said._message_reaction(emoji, "remove", partner, no_guest)

    @api.model
    def _show_writing(self, conversation, user, is_writing):
        self._members(conversation, user)._notify_typing(is_writing)

    @api.model
    def _show_read(self, conversations, user):
        for member in self._members(conversations, user):
            newest = member.channel_id.message_ids[:1]
            if newest.id > member.seen_message_id.id:
                member._mark_as_read(newest.id)

    @api.model
    def _members(self, conversations, user):
        """What a colleague is in the running sessions of these conversations."""
        visitors = Domain.OR(
            Domain([self._visitor_leaf(identity)])
            for identity in conversations.identity_id
            if identity.channel_type == "livechat"
        )
        # See _ours.
        return self._ours(self.env["discuss.channel.member"]).search(
            [
                ("partner_id", "=", user.partner_id.id),
                ("channel_id.livechat_end_dt", "=", False),
                ("channel_id.livechat_channel_id", "in", conversations.channel_id.livechat_channel_id.ids),
                (
                    "channel_id.livechat_channel_member_history_ids",
                    "any",
                    Domain("livechat_member_type", "=", "visitor") & visitors,
                ),
            ]
        )

    @api.model
    def _test_connection(self, channel):
        if not channel.livechat_channel_id:
            raise UserError(self.env._("Choose the live chat first."))
        return self.env._("Visitors of %s are answered here.", channel.livechat_channel_id.name)


def channel_partner(message):
    """Who speaks where nobody in particular does: the channel's company."""
    return message.channel_id.company_id.partner_id
