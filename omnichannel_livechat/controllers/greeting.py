from odoo.http import request, route

from odoo.addons.im_livechat.controllers.main import LivechatController
from odoo.addons.mail.tools.discuss import add_guest_to_context


class LivechatGreetingController(LivechatController):
    """A session remembers by which rule of Odoo's it began: what its visitor was told first.

    Imported before what decides whether there is a new session: each hands on what it does not know.
    """

    @route()
    @add_guest_to_context
    def get_session(
        self, channel_id, previous_operator_id=None, chatbot_script_id=None, persisted=True, **kwargs
    ):
        kwargs["omnichannel_rule"] = self._omnichannel_rule(
            channel_id, kwargs.pop("omnichannel_rule_id", None)
        )
        return super().get_session(
            channel_id,
            previous_operator_id=previous_operator_id,
            chatbot_script_id=chatbot_script_id,
            persisted=persisted,
            **kwargs,
        )

    def _omnichannel_rule(self, channel_id, rule_id):
        """The rule that a browser names, if it is one of this live chat's and has words of its own."""
        if type(channel_id) is not int or type(rule_id) is not int or not 0 < rule_id < 2**31:
            return request.env["im_livechat.channel.rule"]
        # All that is told of it is what the page shows anyway.
        return (
            request.env["im_livechat.channel.rule"]
            .sudo()
            .search(
                [
                    ("id", "=", rule_id),
                    ("channel_id", "=", channel_id),
                    ("omnichannel_greeting", "not in", (False, "")),
                ]
            )
        )

    def _process_extra_channel_params(self, omnichannel_rule=None, **kwargs):
        passing, kept = super()._process_extra_channel_params(**kwargs)
        if omnichannel_rule:
            kept["omnichannel_rule_id"] = omnichannel_rule.id
        return passing, kept
