from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import readable_name

BATCH = 100
# Kept with the transaction and not in the context, which clients can set.
DEPTH = "omnichannel.rule_depth"


class OmnichannelSignal(models.Model):
    """Something happened that a rule waits for: one lean row, gone once the rules saw it.

    It is written in the transaction of what happened, so neither exists without the
    other. ``res_id`` is no foreign key: a record that is deleted before the rules run
    must not be held back by this row.
    """

    _name = "omnichannel.signal"
    _description = "Signal for Rules"
    _order = "id"

    kind = fields.Char("What Happened", required=True)
    res_model = fields.Char(required=True)
    res_id = fields.Integer(required=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    data = fields.Json()
    record_name = fields.Char("About", compute="_compute_record_name")

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for signal in self:
            record = self.env.get(signal.res_model, self.env["omnichannel.signal"]).browse(signal.res_id)
            known = record._name == signal.res_model and readable_name(record)
            signal.record_name = known or f"{signal.res_model} {signal.res_id}"

    @api.model
    def _emit(self, kind, records, data=None):
        """Write a signal for each of ``records`` of whose company a rule listens to ``kind``.

        Costs nothing where nobody listens. Never looks at the rules themselves: what is
        wrong with one of them shows in the worker, not here.
        """
        companies = self.env["omnichannel.rule"]._listened_kinds().get(kind)
        if not companies:
            return
        if depth := self.env.cr.cache.get(DEPTH):
            data = {**(data or {}), "depth": depth}
        vals_list = [
            {
                "kind": kind,
                "res_model": record._name,
                "res_id": record.id,
                "company_id": record.company_id.id,
                "data": data,
            }
            for record in records
            if record.company_id.id in companies
        ]
        self._add(vals_list)

    @api.model
    def _add(self, vals_list):
        """Write signals, and wake the job that shows them to the rules."""
        if vals_list:
            # Whoever did what happened need not know of rules.
            self.sudo().create(vals_list)
            self.env["omnichannel.worker"]._wake_after_commit("omnichannel_inbox.cron_signals")

    def _depth(self):
        """How many rules set each other off until this happened; 0 when a person did it."""
        return (self.data or {}).get("depth", 0)

    @api.model
    @contextmanager
    def _at_depth(self, depth):
        """What is signalled meanwhile happens because of a rule; see :meth:`_depth`."""
        before = self.env.cr.cache.get(DEPTH, 0)
        self.env.cr.cache[DEPTH] = depth
        try:
            yield
        finally:
            self.env.cr.cache[DEPTH] = before

    @api.model
    def _run(self):
        """Work off all signals (cron)."""
        self.env["omnichannel.worker"]._drain(self._run_batch, "omnichannel_inbox.cron_signals")

    @api.model
    def _run_batch(self):
        """Let the rules see the next signals that no other worker holds; return how many."""
        signals = self._claim(BATCH)
        if not signals:
            return 0
        count, left = len(signals), signals
        for rule in self.env["omnichannel.rule"].sudo().search([("state", "=", "running")]):
            done = rule._run(left.filtered(rule._listens_to))
            if rule.is_last:
                left -= done
        signals.unlink()
        return count

    @api.model
    def _claim(self, limit):
        rows = self.env.execute_query(
            SQL("SELECT id FROM omnichannel_signal ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED", limit)
        )
        return self.sudo().browse([signal_id for (signal_id,) in rows])
