from odoo.http import request, route

from odoo.addons.im_livechat.controllers.main import LivechatController
from odoo.addons.im_livechat.tools.misc import force_guest_env
from odoo.addons.mail.tools.discuss import add_guest_to_context


class LivechatVisitorController(LivechatController):
    """Who the visitor is, where a shop elsewhere says so by a signed token.

    Whatever is wrong with a token, the visitor chats on as somebody unknown, and is told nothing about it.
    """

    @route()
    @add_guest_to_context
    def get_session(
        self, channel_id, previous_operator_id=None, chatbot_script_id=None, persisted=True, **kwargs
    ):
        channel, key, person = self._omnichannel_person(channel_id, kwargs.pop("omnichannel_token", None))
        self._omnichannel_forget_other_than(channel, key, person)
        result = super().get_session(
            channel_id,
            previous_operator_id=previous_operator_id,
            chatbot_script_id=chatbot_script_id,
            persisted=persisted,
            **kwargs,
        )
        if persisted and key and result:
            self._omnichannel_identify(channel, key, person)
            # The browser remembers that it is somebody's, and asks whose when they have logged out.
            result["store_data"].setdefault("Store", {})["omnichannel_is_somebodys"] = True
        return result

    @route("/omnichannel_livechat/visitor", methods=["POST"], type="jsonrpc", auth="public")
    @add_guest_to_context
    def visitor(self, channel_id, token=None):
        """A page tells who is logged in, before anything is shown.

        :return: dict ``known``, and ``forget``: the browser was another person's and is a new guest now
        """
        channel, key, person = self._omnichannel_person(channel_id, token)
        forget = self._omnichannel_forget_other_than(channel, key, person)
        if key:
            self._omnichannel_identify(channel, key, person)
        return {"known": bool(key), "forget": forget}

    @route("/omnichannel_livechat/cors/visitor", methods=["POST"], type="jsonrpc", auth="public", cors="*")
    def cors_visitor(self, channel_id, token=None, guest_token=""):
        force_guest_env(guest_token, raise_if_not_found=False)
        return self.visitor(channel_id, token)

    def _omnichannel_person(self, channel_id, token):
        """(channel of the inbox, key, who a token names); who is logged in here needs none."""
        if type(channel_id) is not int:
            return None, False, None
        livechat = request.env["im_livechat.channel"].browse(channel_id)
        # Which channel it is, and what was signed with its secret, is found out for whoever comes.
        channel = request.env["omnichannel.channel"].sudo()._of_livechat(livechat)
        if not request.env.user._is_public():
            return channel, channel and f"partner:{request.env.user.partner_id.id}", None
        return channel, *channel._read_token(token)

    def _omnichannel_identify(self, channel, key, person):
        """The browser's guest, if it is one yet, is this person from now on."""
        guest = request.env["mail.guest"]._get_guest_from_context()
        if guest and person:
            guest._omnichannel_become(channel, key, person)
        elif guest and not request.env.user._is_internal():
            guest._omnichannel_log_in(channel, request.env.user.partner_id)

    def _omnichannel_forget_other_than(self, channel, key, person):
        """Go on as a guest who has not been here before, if the browser's is another person.

        :return: whether it was
        """
        Guest = request.env["mail.guest"]
        partners = channel._partners_of(person) if person else request.env.user.partner_id
        if Guest._get_guest_from_context()._omnichannel_is_of(channel, key, partners):
            return False
        request.future_response.set_cookie(Guest._cookie_name, "", max_age=0, httponly=True)
        request.cookies = {
            name: value for name, value in request.cookies.items() if name != Guest._cookie_name
        }
        request.update_context(guest=Guest)
        return True
