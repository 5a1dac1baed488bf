from odoo import api, models
from odoo.exceptions import AccessError

from .omnichannel_message_automatic import STOPPED


class OmnichannelRule(models.Model):
    """One button that stops all texts that go out by themselves."""

    _inherit = "omnichannel.rule"

    @api.model
    def get_texts_state(self):
        """What the banner above the rules shows.

        :return: dict ``stopped`` and ``may_change``
        """
        return {
            "stopped": self.env["omnichannel.message"]._are_texts_stopped(),
            "may_change": self._may_stop_texts(),
        }

    @api.model
    def _may_stop_texts(self):
        return self.env.user.has_group("omnichannel_inbox.group_omnichannel_manager")

    @api.model
    def stop_texts(self):
        """Let no automatic text leave, of rules or of channels and teams; those that wait are cancelled."""
        self._set_texts_stopped(True)
        # An administrator of all of it; each of these is the system's to change.
        waiting = (
            self.env["omnichannel.message"]
            .sudo()
            .search([("state", "=", "queued"), ("automatic", "!=", False)])
        )
        waiting._cancel_stopped()

    @api.model
    def resume_texts(self):
        """Let automatic texts leave again; what was held back meanwhile stays so."""
        self._set_texts_stopped(False)

    @api.model
    def _set_texts_stopped(self, is_stopped):
        if not self._may_stop_texts():
            raise AccessError(self.env._("Only administrators of Omnichannel stop all texts."))
        # One parameter that the administrators of Omnichannel, too, may set: by this button.
        self.env["ir.config_parameter"].sudo().set_param(STOPPED, is_stopped)
