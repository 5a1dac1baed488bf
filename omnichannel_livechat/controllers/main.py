import re

from werkzeug.exceptions import BadRequest, NotFound

from odoo.http import request, route
from odoo.tools.misc import get_lang

from odoo.addons.mail.tools.discuss import add_guest_to_context

from .visitor import LivechatVisitorController

_KEY = re.compile(r"[0-9a-zA-Z-]{16,64}")


class OmnichannelLivechatController(LivechatVisitorController):
    """What visitors are asked before they chat, what they are told while they wait, and the form that they
    send when nobody is there."""

    @route()
    @add_guest_to_context
    def get_session(
        self,
        channel_id,
        previous_operator_id=None,
        chatbot_script_id=None,
        persisted=True,
        omnichannel_answers=None,
        **kwargs,
    ):
        channel = self._omnichannel_of_livechat(channel_id)
        is_known = self._omnichannel_is_known(channel_id, kwargs.get("omnichannel_token"))
        # Refused before anything is made.
        answers = channel and persisted and self._omnichannel_answers(channel, omnichannel_answers, is_known)
        data = super().get_session(
            channel_id,
            previous_operator_id=previous_operator_id,
            chatbot_script_id=chatbot_script_id,
            persisted=persisted,
            **kwargs,
        )
        if data and answers:
            request.env["discuss.channel"].browse(data["channel_id"])._omnichannel_take_answers(answers)
        elif data and channel:
            self._omnichannel_add_desk(channel, data["store_data"], is_known)
        return data

    def _omnichannel_of_livechat(self, channel_id):
        """The connected channel of a live chat, in the visitor's language, or none."""
        lang = get_lang(request.env, request.cookies.get("frontend_lang")).code
        livechat = request.env["im_livechat.channel"].browse(_number(channel_id))
        return request.env["omnichannel.channel"].with_context(lang=lang)._of_livechat(livechat)

    def _omnichannel_is_known(self, channel_id, token):
        """Whether the visitor is logged in, here or by what a shop has signed."""
        _channel, key, _person = self._omnichannel_person(channel_id, token)
        return bool(key)

    def _omnichannel_answers(self, channel, given, is_known):
        questions = {} if is_known else channel.sudo()._livechat_questions()
        return channel._livechat_answers(given, questions)

    def _omnichannel_add_desk(self, channel, store_data, is_known):
        """Give the window of a chat that has not begun what it needs to know."""
        for thread in store_data.get("discuss.channel", ()):
            if thread.get("id") == -1:  # Odoo's number of what is not stored yet
                thread["omnichannel_desk"] = channel._livechat_welcome(is_known)

    @route("/omnichannel_livechat/message", methods=["POST"], type="jsonrpc", auth="public")
    @add_guest_to_context
    def omnichannel_message(self, channel_id, key, values, **kwargs):
        """Leave a message instead of chatting.

        :param str key: the browser's own number of the form: sent again, it is known
        :param dict values: ``message`` and the answers
        """
        channel = self._omnichannel_of_livechat(channel_id)
        if not channel:
            raise NotFound()
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise BadRequest()
        text = channel._livechat_message(values)
        answers = channel._livechat_answers(values, channel._livechat_mail_questions())
        # Whoever may send a form may have it remembered.
        if request.env["omnichannel.livechat.form"].sudo()._take(key):
            self._omnichannel_leave_message(channel, answers, text, kwargs.get("omnichannel_token"))
        return {"sent": True}

    def _omnichannel_leave_message(self, channel, answers, text, token):
        livechat = channel.sudo().livechat_channel_id
        # Who has a chat with us in another window goes on there.
        former = request.env["discuss.channel"]._omnichannel_session_of(livechat).sudo()
        is_on = former and not former.livechat_end_dt
        data = super().get_session(livechat.id, omnichannel_token=token)
        # By now the request is that of a guest.
        session = request.env["discuss.channel"].browse(data["channel_id"])
        session._omnichannel_take_answers(answers)
        session._omnichannel_leave_message(text, ends=not is_on)

    @route("/omnichannel_livechat/queue", methods=["POST"], type="jsonrpc", auth="public", readonly=True)
    @add_guest_to_context
    def omnichannel_queue(self, channel_id):
        """Where the visitor of a session stands; nothing of other people's sessions."""
        session = request.env["discuss.channel"].search(
            [("id", "=", _number(channel_id)), ("channel_type", "=", "livechat")]
        )
        return session._omnichannel_queue_state() if session else {}

    @route("/omnichannel_livechat/onward", methods=["POST"], type="jsonrpc", auth="public")
    @add_guest_to_context
    def omnichannel_onward(self, channel_id):
        """Where the visitor of a session goes on by another channel; nothing of other people's sessions."""
        session = request.env["discuss.channel"].search(
            [("id", "=", _number(channel_id)), ("channel_type", "=", "livechat")]
        )
        return session._omnichannel_onward_link() if session else {}


def _number(value):
    """An id that a browser sent; 0 is nobody's."""
    return value if type(value) is int and 0 < value < 2**31 else 0
