from odoo import api, fields, models
from odoo.tools import SQL

from ..wire import _

TOO_LATE = _("It could not leave in time.")
BATCH = 500


class OmnichannelMessage(models.Model):
    """What is worth nothing any more when it could not leave in time, whatever held it up.

    Whoever queues it says until when it is worth sending; the lane asks for no reason.
    """

    _inherit = "omnichannel.message"

    valid_until = fields.Datetime("Not Sent After", readonly=True)

    _valid_until_idx = models.Index("(lane, valid_until) WHERE state = 'queued' AND valid_until IS NOT NULL")

    @api.model
    def _run_lane(self, lane):
        # First: what is given up must not hold up what comes after it.
        self.env["omnichannel.worker"]._drain(
            lambda: self._give_up_late(lane), f"omnichannel_inbox.cron_outbound_{lane}"
        )
        return super()._run_lane(lane)

    @api.model
    def _give_up_late(self, lane):
        """Give up what waits in a lane for too long, also for a broken channel; return how many."""
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM omnichannel_message
                    WHERE state = 'queued' AND lane = %s
                      AND valid_until <= clock_timestamp() AT TIME ZONE 'UTC'
                 ORDER BY valid_until LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                lane,
                BATCH,
            )
        )
        late = self.browse(message_id for (message_id,) in rows)
        if late:
            late.write({"state": "cancelled", "error_text": TOO_LATE})
            late._announce()
        return len(late)

    def _requeue(self, states, refusal):
        result = super()._requeue(states, refusal)
        # Somebody wants it sent now, whenever it should have been. Who may was checked by the above.
        self.sudo().write({"valid_until": False})
        return result
