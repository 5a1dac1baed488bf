from odoo import models


class OmnichannelChannel(models.Model):
    """Channels by which people can go on who wrote on another one."""

    _inherit = "omnichannel.channel"

    def _can_go_on_by(self, company):
        """Whether people who write to a company may be shown a link that begins a message to this channel."""
        self.ensure_one()
        return (
            self.company_id == company
            and self.state == "connected"
            and self._capabilities()["first_words"]
            and bool(self._adapter()._public_link(self))
        )
