from odoo import api, fields, models


class OmnichannelIdentity(models.Model):
    """Whether what is sent to an address comes back, until it is heard of again."""

    _inherit = "omnichannel.identity"

    unreachable_date = fields.Datetime(
        "Unreachable Since",
        readonly=True,
        copy=False,
        help="What was sent to this address came back: it does not exist, or not any more. "
        "It can be written to nevertheless.",
    )
    unreachable_text = fields.Char("Reported Reason", readonly=True, copy=False)
    unreachable_words = fields.Char("Why Unreachable", compute="_compute_unreachable_words")

    @api.depends("unreachable_date", "unreachable_text", "channel_type")
    @api.depends_context("lang")
    def _compute_unreachable_words(self):
        for identity in self:
            adapter = self.env["omnichannel.adapter"]._of_type(identity.channel_type)
            text = identity.unreachable_text
            identity.unreachable_words = identity.unreachable_date and text and adapter._in_words(text)

    def _at(self, key):
        """Another address of the same kind and company, if it is known."""
        self.ensure_one()
        return self.search(
            [
                ("channel_type", "=", self.channel_type),
                ("key", "=", key),
                ("company_id", "=", self.company_id.id),
            ]
        )

    def _mark_unreachable(self, text):
        """The provider says that nothing will arrive at these addresses."""
        now = fields.Datetime.now()
        for identity in self:
            identity.write(
                {"unreachable_date": identity.unreachable_date or now, "unreachable_text": text or False}
            )
        self._announce_reachability()

    def _mark_reachable(self):
        """Something arrived at these addresses, or came from them."""
        marked = self.filtered("unreachable_date")
        if marked:
            marked.write({"unreachable_date": False, "unreachable_text": False})
            marked._announce_reachability()

    def _announce_reachability(self):
        """Whoever has a conversation with them before their eyes sees it at once."""
        self.env["omnichannel.conversation"].search(
            [("identity_ids", "in", self.ids), ("state", "!=", "closed")], limit=100
        )._announce()

    def _unreachable_data(self):
        """What the client shows beside an address; False for one that nothing is known against."""
        self.ensure_one()
        if not self.unreachable_date:
            return False
        return {
            "date": fields.Datetime.to_string(self.unreachable_date),
            "words": self.unreachable_words or False,
        }
