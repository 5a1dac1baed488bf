from dataclasses import replace

from odoo import models

from ..wire import SendError


class OmnichannelMessage(models.Model):
    """What becomes of a message tells whether the address it went to can be reached."""

    _inherit = "omnichannel.message"

    def _apply_status(self, status):
        if status.status == "failed" and self._is_copied(status.recipient):
            # Whose copy it is that came back: what went to the customer may be there.
            text = f"{status.recipient.address or status.recipient.key}: {status.error_text}"
            status = replace(status, error_text=text)
        result = super()._apply_status(status)
        adapter = self.channel_id._adapter()
        if status.status == "failed":
            # A report that comes late changes nothing of a message that did arrive.
            if self.state == "failed" and adapter._is_unreachable(status.error_code, status.error_text):
                self._addressee(status.recipient)._mark_unreachable(status.error_text)
        elif status.status in ("delivered", "read"):
            self._addressee(status.recipient)._mark_reachable()
        return result

    def _record(self, result):
        recorded = super()._record(result)
        is_refused = isinstance(result, SendError) and result.kind == "permanent" and self.exists()
        if is_refused and self.channel_id._adapter()._is_unreachable(result.code, result.text):
            self.identity_id._mark_unreachable(result.text)
        return recorded

    def _addressee(self, recipient):
        """Whom a status of this message is about: its recipient, or one to whom only a copy went.

        An address that we did not write to is one that the recipient's mails are forwarded to.
        """
        return self.identity_id._at(recipient.key) if self._is_copied(recipient) else self.identity_id

    def _is_copied(self, recipient):
        copies = self.channel_id._adapter()._copies(self)
        return bool(recipient) and any(recipient.key in addresses for addresses in copies.values())
