from odoo import http
from odoo.http import request


class Baseline(http.Controller):
    """The least that a webhook can do."""

    @http.route(
        "/omnichannel_bench/insert",
        type="http",
        auth="none",
        methods=["POST"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def insert(self):
        """Write the body down as one row and answer."""
        raw = request.httprequest.get_data(cache=True)
        request.env.cr.execute("INSERT INTO bench_row (body) VALUES (%s)", [raw])
        return request.make_response("OK", headers=[("Content-Type", "text/plain")])
