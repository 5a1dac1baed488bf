from odoo import fields, models

from .. import wire

# What we write into a session ourselves is no news to us. An object, which no client can name in a context.
OURS = object()
# Messages of a session among which one is in the inbox already, however busy its job is.
RECENT = 30


class DiscussChannel(models.Model):
    """A session of a live chat that is connected: what is said there is written down in our journal.

    In the transaction of whoever says it, so that there is neither the one without the other.
    """

    _inherit = "discuss.channel"

    omnichannel_has_begun = fields.Boolean("The Visitor Has Written", readonly=True, groups=fields.NO_ACCESS)

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        self._omnichannel_journal_message(message)
        return result

    def _message_update_content(self, message, /, **kwargs):
        result = super()._message_update_content(message, **kwargs)
        kind = "revoke" if message._filter_empty() else "edit"
        self._omnichannel_journal_change(kind, message, text=message._omnichannel_text())
        return result

    # -- who is who ----------------------------------------------------------------

    def _omnichannel_channel(self):
        """The channel of the inbox that this session belongs to, or none."""
        Channel = self.env["omnichannel.channel"].sudo()  # of the system's bookkeeping nothing is shown
        if self.channel_type != "livechat" or not self.livechat_channel_id:
            return Channel
        return Channel._of_livechat(self.livechat_channel_id)

    def _omnichannel_visitor(self):
        """The member for whom the session is, or none."""
        return self.sudo().channel_member_ids.filtered(
            lambda member: member.livechat_member_type == "visitor"
        )[:1]

    def _omnichannel_visitor_data(self):
        """The visitor as the journal calls them."""
        # Who left is a member no more, but stays in the history.
        history = self.sudo().livechat_customer_history_ids[:1]
        person = history.partner_id or history.guest_id
        if not person:
            return None
        return person._omnichannel_visitor_data()

    def _omnichannel_conversation(self):
        """The conversation in which the newest of what is said here is, or none."""
        channel = self.sudo().omnichannel_has_begun and self._omnichannel_channel()
        if not channel:
            return self.env["omnichannel.conversation"].sudo()
        if tied := self.sudo().omnichannel_conversation_id:
            return tied
        # Nobody has looked yet where the first words went.
        said = self._omnichannel_newest()
        # Of the ledger nothing is shown.
        row = channel.env["omnichannel.message"].search(
            [
                ("channel_id", "=", channel.id),
                ("provider_uid", "in", [str(message_id) for message_id in said.ids]),
            ],
            order="id DESC",
            limit=1,
        )
        return row.conversation_id

    def _omnichannel_newest(self):
        """The newest of what is said here, for the system: a session may be long."""
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [("model", "=", self._name), ("res_id", "=", self.id), ("message_type", "=", "comment")],
                order="id DESC",
                limit=RECENT,
            )
        )

    # -- what is said --------------------------------------------------------------

    def _omnichannel_journal_message(self, message):
        """Write down what somebody said, and with the visitor's first words what was said before them."""
        if self.env.context.get("omnichannel_ours") is OURS or message.message_type != "comment":
            return
        channel = self._omnichannel_channel()
        visitor = channel and self._omnichannel_visitor_data()
        if not visitor:
            return
        said = self._omnichannel_said_with(message)
        items = [session_message._omnichannel_item(visitor) for session_message in said]
        if items:
            self._omnichannel_journal(channel, items)

    def _omnichannel_journal_reactions(self, message, person):
        """Write down all that somebody leaves at a message, as their reactions changed."""
        own = message.sudo().reaction_ids.filtered(
            lambda reaction: (reaction.partner_id or reaction.guest_id) == person
        )
        self._omnichannel_journal_change("reaction", message, person, emojis=own.mapped("content"))

    def _omnichannel_journal_change(self, kind, message, person=None, **values):
        """Write down what was done to a message that the journal knows.

        :param person: who did it; the one who is at it now unless given
        """
        if self.env.context.get("omnichannel_ours") is OURS or message.message_type != "comment":
            return
        channel = self.sudo().omnichannel_has_begun and self._omnichannel_channel()
        visitor = channel and self._omnichannel_visitor_data()
        if not visitor:
            return
        if person is None:
            partner, guest = self.env["res.partner"]._get_current_persona()
            person = partner or guest
        history = self.sudo().livechat_customer_history_ids
        is_visitors = person in (history.partner_id if person._name == "res.partner" else history.guest_id)
        item = {
            "kind": kind,
            "id": message.id,
            "visitor": visitor,
            "by": "" if is_visitors or person._name != "res.partner" else str(person.id),
            "at": fields.Datetime.to_string(fields.Datetime.now()),
        }
        self._omnichannel_journal(channel, [item | values])

    def _omnichannel_said_with(self, message):
        """The messages to write down now: none before the visitor has spoken; with that, all until then."""
        session = self.sudo()
        if session.omnichannel_has_begun:
            return message
        if not message._omnichannel_is_visitors(session):
            return message.browse()
        session.omnichannel_has_begun = True
        return session.message_ids.filtered(lambda said: said.message_type == "comment").sorted("id")

    def _omnichannel_journal(self, channel, items):
        raw = wire.body(channel.livechat_channel_id.id, self.id, items)
        # Whoever writes in a session may not write in our journal; what they say is written there as it is.
        self.env["omnichannel.event"].sudo()._journal(channel, raw)
