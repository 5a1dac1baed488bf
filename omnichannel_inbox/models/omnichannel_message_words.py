from odoo import api, fields, models


class OmnichannelMessage(models.Model):
    """What the ledger says to people, in the language of whoever reads it."""

    _inherit = "omnichannel.message"

    kind_words = fields.Char("Kind of Message", compute="_compute_kind_words")
    error_words = fields.Char("What Went Wrong", compute="_compute_error_words")

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_kind_words(self):
        for message in self:
            message.kind_words = self._kind_label(message.kind)

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for message in self:
            message.display_name = self._kind_label(message.kind)

    @api.depends("state", "error_text", "channel_id")
    @api.depends_context("lang")
    def _compute_error_words(self):
        for message in self:
            if message.error_text:
                message.error_words = message.channel_id._adapter()._in_words(message.error_text)
            elif message.state == "uncertain":
                message.error_words = self.env._(
                    "The connection broke while this was being sent. It may have arrived."
                )
            else:
                message.error_words = False

    @api.model
    def _kind_label(self, kind):
        """What to call a message or a file of a kind; a kind that only its provider knows keeps its name."""
        labels = {
            "audio": self.env._("Sound"),
            "button": self.env._("Button"),
            "contacts": self.env._("Contact"),
            "document": self.env._("Document"),
            "file": self.env._("File"),
            "form": self.env._("Form"),
            "image": self.env._("Picture"),
            "location": self.env._("Location"),
            "order": self.env._("Order"),
            "sticker": self.env._("Sticker"),
            "template": self.env._("Template"),
            "text": self.env._("Text"),
            "unsupported": self.env._("Not Supported"),
            "video": self.env._("Video"),
        }
        return labels.get(kind, kind)
