from collections import defaultdict

from odoo import api, models

# On which those hear of a customer's conversations who have the customer or an order of theirs before them.
CUSTOMER_SUBCHANNEL = "omnichannel"


class OmnichannelConversation(models.Model):
    """What the clients of colleagues hear at once."""

    _inherit = "omnichannel.conversation"

    def _announce(self, messages=None, changed=()):
        """Tell the clients which conversations and messages to fetch, once this is written.

        Ids alone: each client fetches them under its reader's rights. What is announced
        several times before it is written is said once.

        :param messages: {conversation id: ids of its new messages}
        :param changed: ids of messages whose ticks or files changed
        """
        if not self:
            return
        data = self.env.cr.precommit.data
        if "omnichannel.news" not in data:
            data["omnichannel.news"] = {}
            self.env.cr.precommit.add(self.browse()._send_news)
        for listener, conversations in self._listeners().items():
            if listener._name == "res.partner" and changed and not messages:
                # Whoever sees the ticks listens to the conversation itself.
                continue
            news = data["omnichannel.news"].setdefault(listener, ({}, defaultdict(dict), {}))
            news[0].update(dict.fromkeys(conversations.ids))
            for conversation_id in conversations.ids:
                if new_ids := (messages or {}).get(conversation_id):
                    news[1][str(conversation_id)].update(dict.fromkeys(new_ids))
            news[2].update(dict.fromkeys(changed))

    def _message_log_batch(self, bodies, **kwargs):
        """Colleagues see at once what is logged, such as who changed the state or the assignee."""
        messages = super()._message_log_batch(bodies, **kwargs)
        logged = {message.res_id: message.ids for message in messages}
        self.browse(logged)._announce(messages=logged)
        return messages

    def _listeners(self):
        """Who hears of these conversations: {team, user, conversation or customer: conversations}."""
        by_listener = defaultdict(list)
        # Whom to tell is the system's to find out; each listener's rights are checked when it fetches.
        for conversation in self.sudo():
            user, team = conversation.user_id, conversation.team_id
            by_listener[team].append(conversation.id)
            if user and user not in team.member_ids:
                # A salesperson who answers from an order hears of the customer's answer without being
                # in a team.
                by_listener[user].append(conversation.id)
            by_listener[conversation].append(conversation.id)
            if customer := conversation.partner_id.commercial_partner_id:
                # Heard by those who have the customer or an order of theirs before them.
                by_listener[customer].append(conversation.id)
        return {listener: self.browse(ids) for listener, ids in by_listener.items()}

    @api.model
    def _send_news(self):
        """Put what was announced on the bus: one notification for each listener."""
        for listener, (ids, messages, changed) in self.env.cr.precommit.data.pop("omnichannel.news").items():
            is_customer = listener._name == "res.partner"
            payload = {
                "conversations": list(ids),
                "messages": {key: list(new_ids) for key, new_ids in messages.items()},
                "changed": list(changed),
            }
            listener._bus_send(
                "omnichannel/update",
                payload | ({"customer": listener.id} if is_customer else {}),
                subchannel=CUSTOMER_SUBCHANNEL if is_customer else None,
            )
