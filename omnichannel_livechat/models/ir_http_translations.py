from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        """Let the chat on a page of the website speak the visitor's language."""
        return [*super()._get_translation_frontend_modules_name(), "omnichannel_livechat"]
