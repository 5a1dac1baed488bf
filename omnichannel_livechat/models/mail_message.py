from odoo import fields, models
from odoo.tools import html2plaintext


class MailMessage(models.Model):
    """What is said in a session of a live chat, as the journal tells it."""

    _inherit = "mail.message"

    def _omnichannel_is_visitors(self, session):
        """Whether the visitor of a session wrote it."""
        history = session.sudo().livechat_customer_history_ids
        return (self.author_id or self.author_guest_id) in (
            history.partner_id if self.author_id else history.guest_id
        )

    def _omnichannel_text(self):
        return html2plaintext(self.body or "", include_references=False).strip()

    def _message_reaction(self, content, action, partner, guest, store=None):
        super()._message_reaction(content, action, partner, guest, store)
        if self.model == "discuss.channel":
            session = self.env["discuss.channel"].browse(self.res_id)
            session._omnichannel_journal_reactions(self, partner or guest)

    def _omnichannel_item(self, visitor):
        """The journal's form of what was said.

        :param dict visitor: see ``discuss.channel._omnichannel_visitor_data``
        """
        session = self.env["discuss.channel"].browse(self.res_id)
        is_visitors = self._omnichannel_is_visitors(session)
        return {
            "kind": "message",
            "direction": "in" if is_visitors else "out",
            "id": self.id,
            "at": fields.Datetime.to_string(self.date),
            "visitor": visitor,
            "by": "" if is_visitors else str(self.author_id.id or ""),
            "text": self._omnichannel_text(),
            "html": self.body or "",
            "parent": self.parent_id.id,
            "files": [
                {"id": file.id, "name": file.name, "mimetype": file.mimetype} for file in self.attachment_ids
            ],
        }
