from odoo import fields, models

from ..tools import selection_label
from ..wire import _
from .omnichannel_automatic_texts import KINDS

ALL_STOPPED = _("All automatic texts were stopped.")


class OmnichannelMessage(models.Model):
    """What no person wrote: our automatic texts, and customers' mails that a program sent."""

    _inherit = "omnichannel.message"

    automatic = fields.Selection(
        KINDS, "Automatic Text", readonly=True, help="Sent by itself: it is no answer to the customer."
    )
    from_program = fields.Boolean(
        "Written by a Program",
        readonly=True,
        help="An automatic answer, a newsletter, or from an address that nobody reads.",
    )

    _automatic_idx = models.Index("(conversation_id, automatic, id) WHERE automatic IS NOT NULL")

    def _automatic_label(self):
        """What the thread calls an automatic text; False for what a person wrote."""
        self.ensure_one()
        return selection_label(self, "automatic") or False

    def _note_undelivered(self):
        """Nobody waits for an automatic text: that it was lost leaves the conversation as it is."""
        return super(
            OmnichannelMessage, self.filtered(lambda message: not message.automatic)
        )._note_undelivered()

    # -- stopping them all ---------------------------------------------------

    def _prepare_calls(self):
        """The last moment at which an automatic text can be held back."""
        automatic = self.filtered("automatic")
        companies = automatic.company_id._omnichannel_stopped()
        stopped = automatic.filtered(lambda message: message.company_id in companies)
        stopped._cancel_stopped()
        return super(OmnichannelMessage, self - stopped)._prepare_calls()

    def _cancel_stopped(self):
        if self:
            self.write({"state": "cancelled", "error_text": ALL_STOPPED})
            self._announce()
