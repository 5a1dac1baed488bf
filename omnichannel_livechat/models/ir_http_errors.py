from odoo import models
from odoo.http import request

from .ir_http import DOORS

ALLOWED = "Access-Control-Allow-Origin"


class IrHttp(models.AbstractModel):
    """What is wrong is said to a listed website's page, too.

    Odoo sends with answers alone that the page may read them: in an error the browser hid from the widget why
    the visitor's form was not taken.
    """

    _inherit = "ir.http"

    @classmethod
    def _handle_error(cls, exception):
        response = super()._handle_error(exception)
        allowed = request.future_response.headers.get(ALLOWED)
        # "*" is Odoo's, before the origin was looked at.
        if allowed and allowed != "*" and request.httprequest.path.startswith(DOORS):
            response.headers.set(ALLOWED, allowed)
            response.headers.set("Vary", "Origin")
        return response
