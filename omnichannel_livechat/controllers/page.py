from odoo.http import request

from odoo.addons.im_livechat.controllers.webclient import WebClient

from ..models.im_livechat_channel_rule import Page
from ..wire import origin_of

LONGEST_PAGE = 2000


class OmnichannelPage(WebClient):
    """Which page of another website shows the chat, as the widget there says.

    A browser sends no more than the website's origin by itself. What the widget says is believed as far as it
    is a page of that very origin, which is checked against the list.
    """

    @classmethod
    def _process_request_for_all(cls, store, name, params):
        if name == "omnichannel_page":
            page = params if isinstance(params, str) and len(params) <= LONGEST_PAGE else ""
            origin = request.env["ir.http"]._omnichannel_origin()
            if origin and origin_of(page) == origin:
                request.update_context(omnichannel_page=Page(page))
        super()._process_request_for_all(store, name, params)
