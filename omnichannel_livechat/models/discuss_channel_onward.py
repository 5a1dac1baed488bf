from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store


class DiscussChannel(models.Model):
    """A visitor goes on by another channel: their conversation does, and this session ends."""

    _inherit = "discuss.channel"

    def _omnichannel_onward_link(self):
        """A link by which the visitor who asks goes on in their conversation.

        :return: dict ``kind``, ``name``, ``url``; empty while there is no conversation, or no such way
        """
        self.ensure_one()
        # Whoever asks is this session's visitor; that is all that they learn of the inbox.
        session = self.sudo()
        conversation = session._omnichannel_is_visitors() and session._omnichannel_conversation()
        onward = session._omnichannel_channel().livechat_onward_id
        if not conversation or not onward:
            return {}
        lang = session.livechat_lang_id.code or self.env.lang
        identity = session._omnichannel_identity()
        return conversation.with_context(lang=lang)._hand_over(identity, onward) or {}

    def _omnichannel_identity(self):
        """The visitor as the inbox knows them, once they have written."""
        channel = self._omnichannel_channel()
        return channel.env["omnichannel.identity"].search(
            [
                ("channel_type", "=", channel.channel_type),
                ("company_id", "=", channel.company_id.id),
                ("key", "=", self._omnichannel_visitor_data()["key"]),
            ]
        )

    def _omnichannel_tie(self, conversations):
        result = super()._omnichannel_tie(conversations)
        for session in self:
            name = session.omnichannel_conversation_id.livechat_onward_name
            if name and not session.livechat_end_dt:
                session._omnichannel_end_onward(name)
        return result

    def _omnichannel_end_onward(self, name):
        """Tell the visitor where they go on; whoever is at the website now can begin again there."""
        session = self.with_context(lang=self.livechat_lang_id.code or self._omnichannel_channel().lang)
        session._omnichannel_notify(
            session.env._("You go on by %s now: our answers reach you there. This chat has ended.", name)
        )
        self.livechat_end_dt = fields.Datetime.now()
        Store(bus_channel=self).add(self, "livechat_end_dt").bus_send()
