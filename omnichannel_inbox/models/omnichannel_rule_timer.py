from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import readable_name

BATCH = 100


class OmnichannelRuleTimer(models.Model):
    """When a rule is to look at a record again. There is one for a rule and a record, until it rings.

    ``res_id`` is no foreign key, as in :class:`omnichannel.signal`; 0 is that of a schedule.
    """

    _name = "omnichannel.rule.timer"
    _description = "Timer of a Rule"
    _order = "due, id"
    _rec_name = "rule_id"
    _log_access = False

    rule_id = fields.Many2one("omnichannel.rule", required=True, ondelete="cascade")
    res_id = fields.Integer(required=True)
    since = fields.Datetime(required=True)
    due = fields.Datetime(required=True)
    data = fields.Json()

    record_name = fields.Char("About", compute="_compute_record_name")

    _rule_record_uniq = models.UniqueIndex("(rule_id, res_id)")
    _due_idx = models.Index("(due)")

    @api.depends("rule_id", "res_id")
    def _compute_record_name(self):
        for timer in self:
            record = self.env[timer.rule_id.model_name].browse(timer.res_id or None)
            timer.record_name = readable_name(record)

    @api.model
    def _set(self, rule, rows):
        """Let timers of ``rule`` run, in place of those there are for the same records.

        In one statement, as two workers may hear of the same record at the same time.

        :param list rows: [(res_id, since, due, data)]
        """
        if not rows:
            return
        values = [
            SQL("(%s, %s, %s, %s, %s)", rule.id, res_id, since, due, Json(data) if data else None)
            for res_id, since, due, data in rows
        ]
        self.env.execute_query(
            SQL(
                """INSERT INTO omnichannel_rule_timer (rule_id, res_id, since, due, data) VALUES %s
                   ON CONFLICT (rule_id, res_id)
                   DO UPDATE SET since = excluded.since, due = excluded.due, data = excluded.data
                   RETURNING id""",
                SQL(", ").join(values),
            )
        )
        self.invalidate_model()
        rule.invalidate_recordset(["timer_ids"])

    def _postpone(self, duration):
        """Move these timers, as their rule waits longer or shorter now."""
        for timer in self:
            timer.due += duration

    @api.model
    def _ask_anew(self, rules):
        """Let all timers of some rules ring at the job's next look, which asks each when it is to ring."""
        self.flush_model(["due"])
        self.env.cr.execute(
            SQL("UPDATE omnichannel_rule_timer SET due = since WHERE rule_id = ANY(%s)", rules.ids)
        )
        self.invalidate_model(["due"])

    @api.model
    def _run(self):
        """Ring all timers whose time has come (cron)."""
        self.env["omnichannel.worker"]._drain(self._ring_batch, "omnichannel_inbox.cron_timers")

    @api.model
    def _ring_batch(self):
        """Ring the next timers that no other worker holds; return how many. Those of stopped rules wait."""
        running = self.env["omnichannel.rule"].sudo().search([("state", "=", "running")])
        if not running:
            return 0
        self.flush_model(["due"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM omnichannel_rule_timer WHERE due <= %s AND rule_id IN %s
                   ORDER BY due, id LIMIT %s FOR UPDATE SKIP LOCKED""",
                fields.Datetime.now(),
                tuple(running.ids),
                BATCH,
            )
        )
        timers = self.sudo().browse([timer_id for (timer_id,) in rows])
        for rule, own in timers.grouped("rule_id").items():
            rule._guarded(rule._ring, own)
        return len(timers)
