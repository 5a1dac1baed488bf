import json

from odoo import http
from odoo.http import Response, request

from odoo.addons.im_livechat.controllers.main import LivechatController

from ..wire import origin_of

REFUSED = "Live chat: this website is not on the list of those that may show it"


class EmbedController(LivechatController):
    """What a page that shows the chat fetches first: refused to websites that are not listed."""

    @http.route()
    def loader(self, channel_id, **kwargs):
        channel = self._omnichannel_channel(channel_id)
        if channel and not self._omnichannel_may_load(channel):
            request.env["ir.http"]._omnichannel_log_refusal(channel)
            # A browser runs no script that comes with an error, but shows the status in its console.
            return Response(
                f"console.error({json.dumps(REFUSED)});",
                status=f"403 {REFUSED}",
                content_type="application/javascript",
            )
        return super().loader(channel_id, **kwargs)

    @http.route()
    def support_page(self, channel_id, **kwargs):
        response = super().support_page(channel_id, **kwargs)
        if channel := self._omnichannel_channel(channel_id):
            listed = (channel.livechat_origins or "").replace("\n", " ")
            response.headers["Content-Security-Policy"] = f"frame-ancestors 'self' {listed}".strip()
        return response

    def _omnichannel_channel(self, livechat_id):
        """The channel of the inbox that a live chat is connected as, or none."""
        livechat = request.env["im_livechat.channel"].browse(livechat_id)
        return request.env["omnichannel.channel"].sudo()._of_livechat(livechat)

    def _omnichannel_may_load(self, channel):
        """Whether the page that wants the chat is Odoo's own or of a website that is listed.

        A page that does not say where it is gets the script, which shows nothing by itself: what it
        asks for next carries the origin, and is refused.
        """
        origin = origin_of(request.httprequest.headers.get("Referer") or "")
        return (
            not origin
            or request.env["ir.http"]._omnichannel_is_own(origin)
            or channel._livechat_allows(origin)
        )
