import logging

from werkzeug.exceptions import abort

from odoo import models
from odoo.http import Response, request

from ..wire import origin_of

_logger = logging.getLogger(__name__)

# The doors for pages of other origins. Odoo's answer to every page.
DOORS = ("/im_livechat/cors/", "/chatbot/cors/", "/omnichannel_livechat/cors/")
# What has the live chat's number as its parameter channel_id, and not a session's.
BEFORE_A_SESSION = (
    "/im_livechat/cors/init",
    "/im_livechat/cors/get_session",
    "/omnichannel_livechat/cors/message",
    "/omnichannel_livechat/cors/visitor",
)


class IrHttp(models.AbstractModel):
    """Who may call from another website: for a connected live chat, the websites that are listed alone."""

    _inherit = "ir.http"

    @classmethod
    def _dispatch(cls, endpoint):
        route = endpoint.routing["routes"][0]
        if route.startswith(DOORS):
            cls._omnichannel_check_origin(route)
        return super()._dispatch(endpoint)

    # -- where the request comes from ------------------------------------------------

    @classmethod
    def _omnichannel_origin(cls):
        """The origin of the page that asks, or "". A link that is followed has no header but the Referer."""
        headers = request.httprequest.headers
        said = headers.get("Origin")
        if said is None and request.httprequest.method == "GET":
            said = headers.get("Referer")
        return origin_of(said or "")

    @classmethod
    def _omnichannel_is_own(cls, origin):
        """Whether it is a page of this very Odoo."""
        base_url = request.env["ir.config_parameter"].sudo().get_param("web.base.url")
        return bool(origin) and origin in (origin_of(request.httprequest.host_url), origin_of(base_url or ""))

    # -- the doors -------------------------------------------------------------------

    @classmethod
    def _omnichannel_check_origin(cls, route):
        """Refuse a page whose website is not listed by the connected live chat that it asks about."""
        channels = cls._omnichannel_channels_asked(route, request.params)
        if not channels:
            return
        origin = cls._omnichannel_origin()
        if not cls._omnichannel_is_own(origin) and not any(c._livechat_allows(origin) for c in channels):
            cls._omnichannel_log_refusal(channels)
            abort(Response("This website is not listed for the live chat.", status=403))
        headers = request.future_response.headers
        headers.set("Access-Control-Allow-Origin", origin)
        headers.set("Vary", "Origin")

    @classmethod
    def _omnichannel_log_refusal(cls, channels):
        said = request.httprequest.headers.get("Origin") or request.httprequest.headers.get("Referer")
        _logger.info(
            "Live chat %s: refused a page of %.200r, which is not listed among its websites",
            channels.ids,
            said,
        )

    @classmethod
    def _omnichannel_channels_asked(cls, route, params):
        """The connected live chats that a request is about: none where it is about others."""
        if route in BEFORE_A_SESSION:
            livechats = cls._omnichannel_livechat(params.get("channel_id"))
        else:
            livechats = (
                cls._omnichannel_livechats_of_session(params)
                or cls._omnichannel_livechats_of_page(params)
                or cls._omnichannel_livechats_of_guest(params)
            )
        channels = request.env["omnichannel.channel"].sudo()
        for livechat in livechats:
            channels |= channels._of_livechat(livechat)
        return channels

    @classmethod
    def _omnichannel_livechat(cls, livechat_id):
        # As the system: whose door it is has to be known before anybody is let in.
        return request.env["im_livechat.channel"].sudo().browse(_number(livechat_id)).exists()

    @classmethod
    def _omnichannel_livechats_of_session(cls, params):
        """The live chat of the session that the request names by itself or by a message."""
        Session = request.env["discuss.channel"].sudo()  # see _omnichannel_livechat
        if params.get("message_id"):
            message = request.env["mail.message"].sudo().browse(_number(params["message_id"])).exists()
            session = Session.browse((message.model == Session._name and message.res_id) or ())
        else:
            session = Session.browse(_number(params.get("channel_id") or params.get("thread_id") or 0))
        return session.exists().livechat_channel_id

    @classmethod
    def _omnichannel_livechats_of_page(cls, params):
        """The live chat that a page asks to begin with, among all that it wants to know."""
        asked = params.get("fetch_params")
        livechats = request.env["im_livechat.channel"]
        for entry in asked if isinstance(asked, list) else ():
            if isinstance(entry, list) and entry[:1] == ["init_livechat"]:
                livechats |= cls._omnichannel_livechat(entry[1] if len(entry) > 1 else None)
        return livechats

    @classmethod
    def _omnichannel_livechats_of_guest(cls, params):
        """The live chats that a visitor has spoken on."""
        token = params.get("guest_token") or ""
        if not isinstance(token, str):
            abort(Response("No such visitor.", status=400))
        guest_id = token.partition("|")[0]
        if not guest_id.isdecimal() or len(guest_id) > 9:
            return request.env["im_livechat.channel"]
        # Whether the token is right is Odoo's to say, after this.
        history = request.env["im_livechat.channel.member.history"].sudo()
        return history.search([("guest_id", "=", int(guest_id))]).channel_id.livechat_channel_id


def _number(value):
    """An id that a page named. What is none is refused in words here, before Odoo trips over it."""
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or len(text) > 9:
        abort(Response("No such live chat.", status=400))
    return int(text)
