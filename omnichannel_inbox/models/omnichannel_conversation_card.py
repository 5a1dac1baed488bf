from odoo import models
from odoo.exceptions import UserError


class OmnichannelConversation(models.Model):
    """What can be sent to a customer as a card: a picture, a few words and a link.

    An add-on that knows such things names them in ``_card_kinds`` and makes them in ``_card_<kind>``.
    """

    _inherit = "omnichannel.conversation"

    def _card_kinds(self):
        """What an agent can choose in the composer.

        :return: {kind: dict ``label``, ``icon``, and what is chosen from: ``model``, ``domain``, ``context``}
        """
        return {}

    def _card(self, channel, identity, chosen):
        """The card (``wire.Card``) that an agent has chosen, in the customer's language.

        :param chosen: what the client sent: ``kind`` and ``id``; nothing in it is believed
        :raise UserError: there is no such card, or it is not for customers
        """
        kind, number = (chosen.get("kind"), chosen.get("id")) if isinstance(chosen, dict) else (None, None)
        known = self._card_kinds().get(kind) if isinstance(kind, str) else None
        if not known or type(number) is not int:
            raise UserError(self.env._("This cannot be sent as a card."))
        # The same records are found by whoever chooses and by whoever sends: the agent, with their rights.
        found = self.env[known["model"]].search([*known["domain"], ("id", "=", number)])
        if not found:
            raise UserError(self.env._("This cannot be sent as a card."))
        return getattr(self._speaking_to(channel, identity), f"_card_{kind}")(found.id)
