from odoo import api, models


class OmnichannelConversation(models.Model):
    """Deliveries of the orders that conversations are about."""

    _inherit = "omnichannel.conversation"

    @api.model
    def _orders_of_record(self, record):
        if record._name != "stock.picking":
            return super()._orders_of_record(record)
        places = record.location_id | record.location_dest_id
        # What goes to a supplier or between our own shelves is not for customer service.
        return record.sale_id if record.sale_id or "customer" in places.mapped("usage") else None

    def _panel_order(self, order):
        labels = dict(order._fields["delivery_status"]._description_selection(self.env))
        return super()._panel_order(order) | {"delivery_label": labels.get(order.delivery_status, False)}
