from odoo import api, fields, models
from odoo.tools import SQL


class OmnichannelDailyTotal(models.Model):
    """What came in on a day and what became of it; outlives the journal."""

    _name = "omnichannel.daily_total"
    _description = "Daily Total"
    _order = "date DESC, id DESC"
    _rec_name = "date"

    date = fields.Date(required=True, index=True)
    channel_id = fields.Many2one("omnichannel.channel", ondelete="cascade", index=True)
    company_id = fields.Many2one(related="channel_id.company_id")
    kind = fields.Selection(
        [("message", "Messages"), ("status", "Delivery statuses"), ("other", "Other")], required=True
    )
    received = fields.Integer()
    done = fields.Integer()
    ignored = fields.Integer()
    dead = fields.Integer()
    waiting = fields.Integer()
    messages = fields.Integer(help="Rows that these events left in the record of messages.")
    rejected = fields.Integer(help="Requests with a wrong signature or to an unknown address.")
    is_balanced = fields.Boolean(
        compute="_compute_is_balanced",
        help="Everything received is a message, ignored with a reason, or dead.",
    )

    # COALESCE: requests to an unknown address have no channel.
    _day_uniq = models.UniqueIndex("(date, COALESCE(channel_id, 0), kind)")

    @api.depends("kind", "received", "done", "ignored", "dead", "waiting", "messages")
    def _compute_is_balanced(self):
        for total in self:
            settled = total.done + total.ignored + total.dead + total.waiting
            expected = total.messages if total.kind == "message" else total.done
            total.is_balanced = total.received == settled and total.done == expected

    @api.model
    def _count_rejected(self, channel):
        """Count one refused request; nothing else of it is kept."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO omnichannel_daily_total (date, channel_id, kind, rejected)
                   VALUES (CURRENT_DATE, %s, 'other', 1)
                   ON CONFLICT (date, COALESCE(channel_id, 0), kind)
                   DO UPDATE SET rejected = COALESCE(omnichannel_daily_total.rejected, 0) + 1""",
                channel.id or None,
            )
        )

    @api.model
    def _recount(self, first_day):
        """Count the journal anew from ``first_day`` on; the journal must still hold that day."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO omnichannel_daily_total
                          (date, channel_id, kind, received, done, ignored, dead, waiting, messages)
                   SELECT e.received::date, e.channel_id, e.kind, count(*),
                          count(*) FILTER (WHERE e.state = 'done'),
                          count(*) FILTER (WHERE e.state = 'ignored'),
                          count(*) FILTER (WHERE e.state = 'dead'),
                          count(*) FILTER (WHERE e.state = 'pending'),
                          count(m.event_id)
                     FROM omnichannel_event e
                LEFT JOIN (SELECT DISTINCT event_id FROM omnichannel_message
                            WHERE event_id IS NOT NULL) m ON m.event_id = e.id
                    WHERE e.received >= %s
                 GROUP BY e.received::date, e.channel_id, e.kind
                   ON CONFLICT (date, COALESCE(channel_id, 0), kind) DO UPDATE
                      SET received = excluded.received, done = excluded.done,
                          ignored = excluded.ignored, dead = excluded.dead,
                          waiting = excluded.waiting, messages = excluded.messages""",
                first_day,
            )
        )
        self.invalidate_model()
