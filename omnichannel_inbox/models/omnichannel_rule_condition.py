from odoo import fields, models

from ..tools import selection_label


class OmnichannelRule(models.Model):
    """Conditions on the circumstances: the hour, the customer's language, the channel."""

    _inherit = "omnichannel.rule"

    hours = fields.Selection(
        [("inside", "Within Business Hours"), ("outside", "Outside Business Hours")],
        "Time",
        tracking=True,
        help="Of the conversation's channel, else of its team; for orders and invoices those of the rule's "
        "team. Without business hours it is always within them.",
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Customer's Language",
        tracking=True,
        help="Of whom we know no language it is the channel's.",
    )
    channel_ids = fields.Many2many(
        "omnichannel.channel",
        "omnichannel_rule_channel_rel",
        "rule_id",
        "channel_id",
        string="Channels",
        domain="[('company_id', '=', company_id)]",
        tracking=True,
        help="By which the customer wrote last. Empty: by any.",
    )

    def _matching(self, signals):
        matching = super()._matching(signals)
        if not (self.hours or self.lang or self.channel_ids):
            return matching
        return {
            signal: record
            for signal, record in matching.items()
            if all(fits for _words, fits in self._circumstances(record))
        }

    def _conditions(self, record, data):
        return super()._conditions(record, data) + self._circumstances(record)

    def _circumstances(self, record):
        """[(condition in words, whether it fits)] of when and with whom it happens."""
        found = []
        if self.hours:
            is_open = self._is_open_for(record)
            found.append((selection_label(self, "hours"), is_open == (self.hours == "inside")))
        if self.lang:
            words = self.env._("The customer's language: %s", selection_label(self, "lang"))
            found.append((words, self._language_of(record) == self.lang))
        if self.channel_ids and not self._opens_tickets():
            words = self.env._("The channel: %s", ", ".join(self.channel_ids.mapped("name")))
            found.append((words, record.channel_id in self.channel_ids))
        return found

    def _is_open_for(self, record):
        if not self._opens_tickets():
            return record._is_within_hours()
        hours, now = self.team_id.calendar_id, fields.Datetime.now()
        return not hours or hours._omnichannel_opening(now, self.company_id) == now

    def _language_of(self, record):
        """The language in which the customer would be written to."""
        if self._opens_tickets():
            return record.partner_id.lang
        customer = record.partner_id or record.identity_id.partner_id
        return customer.lang or record.channel_id.lang
