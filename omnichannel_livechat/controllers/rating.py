from werkzeug.exceptions import BadRequest

from odoo.http import request, route

from odoo.addons.im_livechat.controllers.main import LivechatController
from odoo.addons.mail.tools.discuss import add_guest_to_context

LONGEST_COMMENT = 4000


class LivechatRatingController(LivechatController):
    """A visitor's rating of a connected live chat goes to the inbox, too."""

    @route()
    @add_guest_to_context
    def feedback(self, channel_id, rate, reason=None, **kwargs):
        if type(channel_id) is not int or not 0 < channel_id < 2**31:
            return False
        session = request.env["discuss.channel"].search([("id", "=", channel_id)])
        if not session._omnichannel_channel():
            return super().feedback(channel_id, rate, reason, **kwargs)
        # Colleagues read the session, too; to Odoo whoever reads it may rate it.
        if not session._omnichannel_is_visitors():
            return False
        is_comment = reason is None or (isinstance(reason, str) and len(reason) <= LONGEST_COMMENT)
        if type(rate) not in (int, float) or not 1 <= rate <= 5 or not is_comment:
            raise BadRequest()
        # Their own, which they may not read by themselves: Odoo fails when a guest rates a second time.
        rating = session.sudo().rating_ids[:1]
        if rating:
            rating.write({"rating": rate, "feedback": reason, "consumed": True})
            self._post_feedback_message(session, rating, reason)
        else:
            rating = rating.browse(super().feedback(channel_id, rate, reason, **kwargs))
        session._omnichannel_journal_rating(rating)
        return rating.id
