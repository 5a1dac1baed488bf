from odoo import models

from .res_users_settings import OWN


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the web client from the start whether its user wants to be told of messages."""
        info = super().session_info()
        if info.get("user_settings"):
            settings = self.env["res.users.settings"].browse(info["user_settings"]["id"])
            info["user_settings"] |= settings._res_users_settings_format(["id", *OWN])
        return info
