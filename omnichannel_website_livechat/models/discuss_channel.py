from odoo import api, models
from odoo.http import request


class DiscussChannel(models.Model):
    """Sessions of a connected live chat on the website."""

    _inherit = "discuss.channel"

    @api.model
    def _omnichannel_of_request(self):
        """The running session of whoever sends this request, for the system; or none."""
        user = self.env.user
        guest = user._is_public() and self._omnichannel_guest_of_request()
        if not guest and user._is_public():
            return self.sudo().browse()
        return (
            self.env["im_livechat.channel.member.history"]
            .sudo()
            .search(
                [
                    ("guest_id", "=", guest.id) if guest else ("partner_id", "=", user.partner_id.id),
                    ("livechat_member_type", "=", "visitor"),
                    ("channel_id.omnichannel_channel_id", "!=", False),
                    ("channel_id.livechat_end_dt", "=", False),
                ],
                order="id DESC",
                limit=1,
            )
            .channel_id
        )

    @api.model
    def _omnichannel_guest_of_request(self):
        """The guest whose cookie the browser sent; Odoo looks at it in requests of a chat alone."""
        Guest = self.env["mail.guest"]
        if guest := Guest._get_guest_from_context():
            return guest
        number, _separator, _secret = request.cookies.get(Guest._cookie_name, "").partition(
            Guest._cookie_separator
        )
        if not number.isdecimal():
            return Guest
        return Guest._get_guest_from_token(request.cookies[Guest._cookie_name])

    # -- chats that an agent begins ------------------------------------------------

    def _omnichannel_request(self):
        """These sessions were begun by an agent, from the list of the website's visitors.

        They become conversations as any other: by what the visitor writes, with all that was said before.
        """
        for session in self:
            if channel := session._omnichannel_channel():
                session.omnichannel_channel_id = channel
                session._omnichannel_name_visitor()

    def _omnichannel_name_visitor(self):
        """Odoo takes all members of a chat that an agent began for agents, the visitor included."""
        session = self.sudo()
        if not session.omnichannel_channel_id:
            return
        agent = session.livechat_operator_id
        visitors = session.channel_member_ids.filtered(
            lambda member: member.livechat_member_type == "agent" and member.partner_id != agent
        )
        # Whom Odoo has put aside for another guest, who was here before, has never been there.
        former = session.livechat_customer_history_ids.filtered(lambda history: not history.member_id)
        if visitors:
            former.unlink()
            visitors.livechat_member_type = "visitor"
