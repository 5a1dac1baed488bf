from odoo.http import request

from odoo.addons.im_livechat.controllers.webclient import WebClient


class OmnichannelWebClient(WebClient):
    """The button of a connected live chat is there whether or not an agent is: somebody waits, or leaves a
    message."""

    @classmethod
    def _process_request_for_all(cls, store, name, params):
        super()._process_request_for_all(store, name, params)
        if name != "init_livechat" or type(params) is not int:
            return
        livechat = request.env["im_livechat.channel"].browse(params)
        # Whether a live chat is connected is no secret: its button shows it.
        if channel := request.env["omnichannel.channel"].sudo()._of_livechat(livechat):
            store.add_global_values(
                livechat_available=cls._omnichannel_shows_button(params),
                omnichannel_onward=channel._livechat_onward(),
            )

    @classmethod
    def _omnichannel_shows_button(cls, livechat_id):
        """Whether a rule of Odoo's hides the chat on this page, as Odoo itself looks."""
        code = request.geoip.country_code
        country = request.env["res.country"].sudo().search([("code", "=", code)]) if code else None
        # Rules are the system's, and all that is told is what the page shows.
        rule = (
            request.env["im_livechat.channel.rule"]
            .sudo()
            .match_rule(livechat_id, request.httprequest.headers.get("Referer"), country and country.id)
        )
        return rule.action != "hide_button"
