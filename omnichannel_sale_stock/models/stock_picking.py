from odoo import models

NOTED = "omnichannel.deliveries"
# What rules can wait for that shows in a field which Odoo computes.
KINDS = {"delivery_ready", "delivery_done", "delivery_planned", "return_received"}
PLANNED = ("waiting", "confirmed", "assigned")


class StockPicking(models.Model):
    """What rules hear of deliveries to customers and of what comes back from them.

    Of several steps of a delivery (pick, pack, ship), the last one counts.
    """

    _inherit = "stock.picking"

    def _compute_field_value(self, field):
        """A delivery's state and dates follow from its moves, by whatever way these change."""
        before = self._omnichannel_before(field)
        result = super()._compute_field_value(field)
        if before:
            self._omnichannel_note(before)
        return result

    def _omnichannel_before(self, field):
        """{id: state and promised day} of pickings that are about to change, if a rule listens."""
        if field.name not in ("state", "scheduled_date", "date_deadline"):
            return {}
        if KINDS.isdisjoint(self.env["omnichannel.rule"]._listened_kinds()):
            return {}
        # Those who pack need not see all of what rules look at.
        return {picking.id: picking._omnichannel_status() for picking in self.sudo() if picking.id}

    def _omnichannel_status(self):
        return self.state, self._omnichannel_promised()

    def _omnichannel_promised(self):
        """When the customer was told to have it, else when it is planned to leave."""
        return self.date_deadline or self.scheduled_date

    def _omnichannel_note(self, before):
        """Keep what was first, until the transaction is about to end: states come and go in it."""
        noted = self.env.cr.precommit.data.setdefault(NOTED, {})
        if not noted:
            # Written in the transaction of who changed something, whatever they may read.
            self.env.cr.precommit.add(self.env["stock.picking"].sudo()._omnichannel_signal_changes)
        for picking_id, status in before.items():
            noted.setdefault(picking_id, status)

    def _omnichannel_signal_changes(self):
        """Say to the rules what became of pickings in this transaction."""
        noted = self.env.cr.precommit.data.pop(NOTED, {})
        news = {}
        for picking in self.browse(noted).exists():
            for kind in picking._omnichannel_news(*noted[picking.id]):
                news.setdefault(kind, []).append(picking.id)
        for kind, ids in news.items():
            self.env["omnichannel.signal"]._emit(kind, self.browse(ids))

    def _omnichannel_news(self, state, promised):
        """Kinds of what happened to a picking since it had this state and promised day."""
        is_new = self.state != state
        if is_new and self.state == "done" and self._omnichannel_is_return():
            yield "return_received"
        if not self._omnichannel_is_delivery():
            return
        if is_new and self.state == "done":
            yield "delivery_done"
        if is_new and self.state == "assigned":
            yield "delivery_ready"
        if self.state in PLANNED and (state not in PLANNED or promised != self._omnichannel_promised()):
            yield "delivery_planned"

    def _omnichannel_is_delivery(self):
        """Whether it brings something to a customer who can be told."""
        return self.location_dest_id.usage == "customer" and bool(self.sale_id or self.partner_id)

    def _omnichannel_is_return(self):
        return self.location_id.usage == "customer" and bool(self.sale_id or self.partner_id)

    def _omnichannel_tracking_addresses(self):
        """Where the parcels can be followed, by Odoo's add-on for carriers; of several, it has a list."""
        url = self.carrier_tracking_url or ""
        if not url.startswith("["):
            return [url] if url.startswith("http") else []
        return [address for _parcel, address in self.get_multiple_carrier_tracking() or []]

    def _create_backorder(self, backorder_moves=None):
        backorders = super()._create_backorder(backorder_moves)
        # As above: whoever validates a delivery need not see all of what rules look at.
        deliveries = backorders.sudo().filtered(lambda picking: picking._omnichannel_is_delivery())
        self.env["omnichannel.signal"]._emit("delivery_split", deliveries)
        return backorders
