from odoo.http import request

from odoo.addons.website_livechat.controllers.webclient import WebClient


class OmnichannelWebsiteWebClient(WebClient):
    """What a page of the website tells, along with Odoo's own request of the chat's button."""

    @classmethod
    def _process_request_for_all(cls, store, name, params):
        super()._process_request_for_all(store, name, params)
        if name == "omnichannel_page":
            request.env["omnichannel.visit"]._note(params)

    @classmethod
    def _link_visitor_to_livechat(cls, livechat_channel_id):
        """The visitor is shown the chat that an agent has asked them for, as the guest whom they are."""
        session = super()._link_visitor_to_livechat(livechat_channel_id)
        if session:
            session._omnichannel_name_visitor()
        return session
