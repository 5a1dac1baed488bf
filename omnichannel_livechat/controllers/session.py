from werkzeug.exceptions import NotFound

from odoo.http import request, route

from odoo.addons.im_livechat.controllers.main import LivechatController
from odoo.addons.mail.tools.discuss import Store, add_guest_to_context


class LivechatSessionController(LivechatController):
    """A visitor who comes back goes on in the chat that they had, as long as they are being served there.

    Imported before the other controllers of this add-on: who the visitor is, is found out before it.
    """

    @route()
    @add_guest_to_context
    def get_session(
        self, channel_id, previous_operator_id=None, chatbot_script_id=None, persisted=True, **kwargs
    ):
        if type(channel_id) is not int or not 0 < channel_id < 2**31:
            raise NotFound()
        livechat = request.env["im_livechat.channel"].browse(channel_id)
        session = request.env["discuss.channel"]._omnichannel_session_of(livechat)
        if not session:
            return super().get_session(
                channel_id,
                previous_operator_id=previous_operator_id,
                chatbot_script_id=chatbot_script_id,
                persisted=persisted,
                **kwargs,
            )
        session._omnichannel_resume()
        return self._omnichannel_session_data(session)

    def _omnichannel_session_data(self, session):
        """What the widget needs to open a session that is there already."""
        store = Store()
        # Their own session, which they are a member of.
        store.add(session.sudo(), extra_fields={"isLoaded": False, "scrollUnread": False})
        request.env["res.users"]._init_store_data(store)
        guest = request.env["mail.guest"]._get_guest_from_context()
        if request.env.user._is_public() and guest:
            # Known by it already.
            store.add_global_values(guest_token=guest.sudo()._format_auth_cookie())
        return {"store_data": store.get_result(), "channel_id": session.id}
