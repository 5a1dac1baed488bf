from markupsafe import Markup, escape

from odoo import models


class OmnichannelMessage(models.Model):
    """What is done to a message after it was said, by whoever did it on its channel."""

    _inherit = "omnichannel.message"

    def _set_reactions(self, author, emojis):
        """Let these be what somebody leaves at this message; none takes them back.

        :param author: a partner or a guest
        """
        self.ensure_one()
        person = {
            "partner_id": author.id if author._name == "res.partner" else False,
            "guest_id": author.id if author._name == "mail.guest" else False,
        }
        Reaction = self.env["mail.message.reaction"]
        domain = [("message_id", "=", self.mail_message_id.id)]
        there = Reaction.search(domain + [(name, "=", value) for name, value in person.items()])
        there.filtered(lambda reaction: reaction.content not in emojis).unlink()
        new = [emoji for emoji in emojis if emoji not in there.exists().mapped("content")]
        Reaction.create([person | {"message_id": self.mail_message_id.id, "content": emoji} for emoji in new])
        self._announce()

    def _edited(self, text, colleague):
        """Show the new text; what a customer wrote first stays readable below it.

        :param colleague: the partner of whoever of us changed it; none if it was the customer
        """
        body = Markup("<p>%s</p>") % Markup("<br/>").join(escape(line) for line in text.split("\n"))
        if not colleague:
            body += Markup("<blockquote>%s: %s</blockquote>") % (
                self.env._("Before the customer edited it"),
                self.mail_message_id.body,
            )
        self.mail_message_id.body = body
        self._announce()

    def _revoked(self, colleague):
        """The message was taken back there. It stays here: somebody may have acted on it.

        :param colleague: see :meth:`_edited`
        """
        said = (
            self.env._("%s withdrew this message.", colleague.name)
            if colleague
            else self.env._("The customer withdrew this message.")
        )
        self.mail_message_id.body = Markup("%s<p><em>%s</em></p>") % (self.mail_message_id.body, said)
        self._announce()

    def _can_be_changed(self):
        """Whether what these rows sent may still be changed at the customer's."""
        return all(
            row.direction == "out"
            and row.state in ("sent", "delivered", "read")
            and not row.aside_id
            and not row.automatic
            and row.channel_id._capabilities()["edit"]
            for row in self
        )
