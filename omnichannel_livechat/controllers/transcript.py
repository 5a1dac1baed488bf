from werkzeug.exceptions import NotFound

from odoo.http import request, route

from odoo.addons.im_livechat.controllers.cors.main import CorsLivechatController
from odoo.addons.im_livechat.controllers.main import LivechatController
from odoo.addons.im_livechat.tools.misc import force_guest_env
from odoo.addons.mail.tools.discuss import add_guest_to_context


class LivechatTranscriptController(LivechatController):
    """Visitors have what was said in their session sent to them by mail."""

    @route("/omnichannel_livechat/transcript", methods=["POST"], type="jsonrpc", auth="public", readonly=True)
    @add_guest_to_context
    def omnichannel_transcript(self, channel_id):
        """Whether it can be sent, and the address that the visitor gave."""
        return self._omnichannel_own_session(channel_id)._omnichannel_transcript_state()

    @route("/omnichannel_livechat/transcript/send", methods=["POST"], type="jsonrpc", auth="public")
    @add_guest_to_context
    def omnichannel_send_transcript(self, channel_id, email):
        """Send it, in a moment."""
        self._omnichannel_own_session(channel_id)._omnichannel_mail_transcript(email)
        return {"sent": True}

    def _omnichannel_own_session(self, channel_id):
        """The connected session of whoever asks.

        :raise NotFound: there is none of that number, for whatever reason
        """
        is_number = type(channel_id) is int and 0 < channel_id < 2**31
        session = request.env["discuss.channel"].search([("id", "=", channel_id if is_number else 0)])
        if not session._omnichannel_channel() or not session._omnichannel_is_visitors():
            raise NotFound()
        return session


class LivechatTranscriptCorsController(CorsLivechatController):
    """The same for a widget on another website."""

    @route(
        "/omnichannel_livechat/cors/transcript",
        methods=["POST"],
        type="jsonrpc",
        auth="public",
        cors="*",
        readonly=True,
    )
    def cors_omnichannel_transcript(self, guest_token, channel_id):
        force_guest_env(guest_token)
        return self.omnichannel_transcript(channel_id)

    @route(
        "/omnichannel_livechat/cors/transcript/send",
        methods=["POST"],
        type="jsonrpc",
        auth="public",
        cors="*",
    )
    def cors_omnichannel_send_transcript(self, guest_token, channel_id, email):
        force_guest_env(guest_token)
        return self.omnichannel_send_transcript(channel_id, email)
