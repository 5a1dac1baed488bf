from odoo import fields, models


class DiscussChannel(models.Model):
    """What visitors say of how they were served."""

    _inherit = "discuss.channel"

    def _omnichannel_is_visitors(self):
        """Whether whoever asks is the visitor of this session, and not one of those who may read it, too."""
        partner, guest = self.env["res.partner"]._get_current_persona()
        history = self.sudo().livechat_customer_history_ids  # only whether it is them is told
        return bool(partner or guest) and (partner or guest) in (
            history.partner_id if partner else history.guest_id
        )

    def _omnichannel_journal_rating(self, rating):
        """Write down a rating of the session's, in the transaction in which it is given."""
        channel = self._omnichannel_channel()
        visitor = channel and self._omnichannel_visitor_data()
        if not visitor:
            return
        here = self._omnichannel_newest() - self.sudo().omnichannel_shown_message_ids
        said = here.filtered(lambda said: said._omnichannel_is_visitors(self))[:1]
        item = {
            "kind": "rating",
            "id": said.id,
            "visitor": visitor,
            "by": str(self._omnichannel_rated_partner(channel).id or ""),
            "value": rating.rating,
            "comment": rating.feedback or "",
            "at": fields.Datetime.to_string(fields.Datetime.now()),
        }
        self._omnichannel_journal(channel, [item])

    def _omnichannel_rated_partner(self, channel):
        """Who of us the visitor has dealt with; none while that was a chatbot or the desk."""
        partner = self.sudo().livechat_operator_id
        return partner if partner.sudo().user_ids.filtered(lambda user: not user.share) else partner.browse()
