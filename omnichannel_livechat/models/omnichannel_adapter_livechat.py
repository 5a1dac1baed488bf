from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from odoo.addons.omnichannel_inbox.wire import MessageEcho, SendError, SendResult

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
        """What was said as it looked there; what a colleague said in Discuss is theirs."""
        if isinstance(item, MessageEcho):
            author = self.env["res.partner"].browse(int(item.by or 0)).exists()
            return {"author_id": author.id, "email_from": author.email_formatted or channel.name}
        # Odoo has sanitised it when it was said, and does so again.
        return {"body": item.html} if item.html else {}

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
        """Who is logged in is known; a guest may be anybody."""
        kind, _colon, number = identity.key.partition(":")
        if kind != "partner":
            return super()._partner_domain(identity)
        return [("id", "=", int(number))]

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
        if not session or session.livechat_end_dt:
            raise UserError(self.env._("The visitor has left the chat."))
        post = message.mail_message_id
        # As the system: the agent need not be an operator of Odoo's to answer here.
        said = (
            session.sudo()
            .with_context(omnichannel_ours=OURS, mail_post_autofollow=False)
            .message_post(
                author_id=(post.author_id or channel_partner(message)).id,
                body=plaintext2html(message.body) if message.body else "",
                attachment_ids=self._copied(message.attachment_id, session).ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        )
        return SendResult(str(said.id))

    @api.model
    def _session(self, channel, identity):
        """The newest session of a visitor, or none."""
        kind, _colon, number = identity.key.partition(":")
        # Sessions are the system's: who may answer the visitor was checked where it was asked for.
        return (
            self.env["im_livechat.channel.member.history"]
            .sudo()
            .search(
                [
                    (f"{kind}_id", "=", int(number)),
                    ("livechat_member_type", "=", "visitor"),
                    ("channel_id.livechat_channel_id", "=", channel.livechat_channel_id.id),
                ],
                order="id DESC",
                limit=1,
            )
            .channel_id
        )

    @api.model
    def _copied(self, file, session):
        """A copy of a file of ours in a session: what happens to one leaves the other alone."""
        return file and file.copy({"res_model": session._name, "res_id": session.id})

    @api.model
    def _test_connection(self, channel):
        if not channel.livechat_channel_id:
            raise UserError(self.env._("Choose the live chat first."))
        return self.env._("Visitors of %s are answered here.", channel.livechat_channel_id.name)


def channel_partner(message):
    """Who speaks where nobody in particular does: the channel's company."""
    return message.channel_id.company_id.partner_id
