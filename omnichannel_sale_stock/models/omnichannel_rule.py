from odoo import api, fields, models
from odoo.fields import Domain

from .stock_picking import PLANNED

ABOUT_DELIVERIES = [
    ("delivery_ready", "A delivery is ready"),
    ("delivery_done", "A delivery has left"),
    ("delivery_split", "A delivery is split: the rest follows"),
    ("delivery_late", "A delivery is late"),
    ("return_received", "A return has come in"),
]


class OmnichannelRule(models.Model):
    """Rules about deliveries; what they do happens in the ticket of the order."""

    _inherit = "omnichannel.rule"

    trigger = fields.Selection(
        selection_add=ABOUT_DELIVERIES, ondelete={name: "cascade" for name, _label in ABOUT_DELIVERIES}
    )

    @api.model
    def _trigger_models(self):
        return super()._trigger_models() | {trigger: "stock.picking" for trigger, _label in ABOUT_DELIVERIES}

    def _signal_kinds(self):
        return {"delivery_planned"} if self.trigger == "delivery_late" else super()._signal_kinds()

    def _waits(self):
        return self.trigger == "delivery_late" or super()._waits()

    def _due_delivery_late(self, delivery, _moment):
        promised = delivery._omnichannel_promised()
        return promised + self._delay() if promised and delivery.state in PLANNED else None

    @api.model
    def _existing_domains(self):
        delivery = Domain("location_dest_id.usage", "=", "customer")
        planned = delivery & Domain("state", "in", PLANNED)
        now = fields.Datetime.now()
        return super()._existing_domains() | {
            "delivery_ready": delivery & Domain("state", "=", "assigned"),
            "delivery_done": delivery & Domain("state", "=", "done"),
            "delivery_split": planned & Domain("backorder_id", "!=", False),
            "delivery_late": planned
            & (
                Domain("date_deadline", "<", now)
                | Domain("date_deadline", "=", False) & Domain("scheduled_date", "<", now)
            ),
            "return_received": Domain("location_id.usage", "=", "customer") & Domain("state", "=", "done"),
        }
