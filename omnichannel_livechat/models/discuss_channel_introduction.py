from odoo import models
from odoo.tools import email_normalize

MAX_NAME = 100
MAX_EMAIL = 254
MAX_PHONE = 32
MAX_ORDER = 40


class DiscussChannel(models.Model):
    """Who the visitor of a session says they are."""

    _inherit = "discuss.channel"

    def _omnichannel_introduce(self, name=None, email=None, phone=None, order=None, consent=False):
        """Write down what the visitor says of themselves, in a form or when asked.

        Agents see it as claimed, not verified; it ties nothing to anybody. Whoever calls this has
        checked that the visitor takes part in the session. The answer is the same whoever and whatever
        exists here.

        :param consent: whether the visitor agreed that it is kept; without, their name alone is
        :return: list of the names of those arguments that cannot be meant
        """
        self.ensure_one()
        channel = self._omnichannel_channel()
        if not channel:
            return []
        name = self._omnichannel_line(name, MAX_NAME)
        given = {"email": email, "phone": phone, "order": order} if consent else {}
        said = {
            key: getattr(self, f"_omnichannel_said_{key}")(value) for key, value in given.items() if value
        }
        self._omnichannel_call_visitor(name)
        self._omnichannel_journal_introduction(channel, {key: value for key, value in said.items() if value})
        return [key for key, value in said.items() if not value]

    def _omnichannel_call_visitor(self, name):
        """A guest is called what they call themselves; who is logged in has a name."""
        guest = self.sudo().livechat_customer_history_ids[:1].guest_id
        if name and guest and guest.name != name:
            guest._update_name(name)

    def _omnichannel_journal_introduction(self, channel, said):
        history = self.sudo().livechat_customer_history_ids[:1]
        visitor = history.partner_id or history.guest_id
        if said and visitor:
            channel._journal_introduction(visitor, said)

    # -- what can be meant; nothing that a visitor sends is believed, its type neither ----------------

    def _omnichannel_line(self, value, limit):
        """A text in one line, or nothing if it is none or too long."""
        line = " ".join(value.split()) if isinstance(value, str) and len(value) <= 4 * limit else ""
        return line if len(line) <= limit and line.isprintable() else ""

    def _omnichannel_said_email(self, value):
        return email_normalize(self._omnichannel_line(value, MAX_EMAIL)) or ""

    def _omnichannel_said_phone(self, value):
        return self._omnichannel_channel()._e164(self._omnichannel_line(value, MAX_PHONE))

    def _omnichannel_said_order(self, value):
        order = self._omnichannel_line(value, MAX_ORDER)
        # The number alone, not a text with numbers in it.
        return order if self.env["sale.order"]._omnichannel_references(order) and " " not in order else ""
