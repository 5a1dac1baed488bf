from odoo.http import route

from odoo.addons.im_livechat.controllers.cors.main import CorsLivechatController
from odoo.addons.im_livechat.tools.misc import force_guest_env


class OmnichannelCorsController(CorsLivechatController):
    """The same for a widget on another website, which has no cookie and says who it is by a token."""

    @route("/omnichannel_livechat/cors/message", methods=["POST"], type="jsonrpc", auth="public", cors="*")
    def cors_omnichannel_message(self, channel_id, key, values, guest_token="", **kwargs):
        force_guest_env(guest_token, raise_if_not_found=False)
        return self.omnichannel_message(channel_id, key, values, **kwargs)

    @route(
        "/omnichannel_livechat/cors/queue",
        methods=["POST"],
        type="jsonrpc",
        auth="public",
        cors="*",
        readonly=True,
    )
    def cors_omnichannel_queue(self, guest_token, channel_id):
        force_guest_env(guest_token)
        return self.omnichannel_queue(channel_id)

    @route("/omnichannel_livechat/cors/onward", methods=["POST"], type="jsonrpc", auth="public", cors="*")
    def cors_omnichannel_onward(self, guest_token, channel_id):
        force_guest_env(guest_token)
        return self.omnichannel_onward(channel_id)
