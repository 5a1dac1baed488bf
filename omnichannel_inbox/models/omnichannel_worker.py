import logging
import time
import zlib

import psycopg2
from psycopg2.pool import PoolError

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# What PostgreSQL answers when two transactions met; the work is simply done again.
TRANSIENT_ERRORS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)
MAX_TRANSIENT = 20


def lane_of(key, lanes):
    """The lane (0 … lanes - 1) in which everything about ``key`` is worked, in order."""
    return zlib.crc32(str(key).encode()) % lanes


class OmnichannelWorker(models.AbstractModel):
    """How a cron job works off a queue: in short transactions, on any number of servers.

    A job never raises (Odoo switches off crons that do), begins each claim in a
    fresh transaction (a claim on an old snapshot fails at REPEATABLE READ), and
    wakes itself when its time is up and work is left.
    """

    _name = "omnichannel.worker"
    _description = "Queue worker"

    @api.model
    def _drain(self, step, cron_xmlid):
        """Call ``step`` until it reports that nothing was left.

        :param step: does one batch and returns how many rows it took
        :param cron_xmlid: the job to wake when time runs out before the queue does
        """
        transient = 0
        self._new_transaction()
        while True:
            try:
                done = step()
                seconds_left = self.env["ir.cron"]._commit_progress(done)
                self._new_transaction()
            except TRANSIENT_ERRORS:
                self.env.cr.rollback()
                transient += 1
                if transient > MAX_TRANSIENT:
                    self._wake_after_commit(cron_xmlid)
                    return
                time.sleep(0.005 * transient)
                continue
            except Exception:
                self.env.cr.rollback()
                _logger.exception("The worker %s stopped; it starts again within a minute", cron_xmlid)
                return
            if not done:
                return
            transient = 0
            if seconds_left <= 0:
                self._wake_after_commit(cron_xmlid)
                self._new_transaction()
                return

    @api.model
    def _new_transaction(self):
        """Commit, so that the next statement sees what others committed meanwhile."""
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env.invalidate_all(flush=False)

    @api.model
    def _wake_after_commit(self, *cron_xmlids):
        """Wake jobs once this transaction is committed, and not at all if it is rolled back."""
        wanted = self.env.cr.postcommit.data.setdefault("omnichannel.wake", set())
        if not wanted:
            self.env.cr.postcommit.add(self._wake_wanted)
        wanted.update(cron_xmlids)

    @api.model
    def _wake_wanted(self):
        """Wake the jobs asked for, in a transaction of their own: a wake-up that
        meets another one must not undo what it is about.
        """
        wanted = self.env.cr.postcommit.data.pop("omnichannel.wake", ())
        for _attempt in range(MAX_TRANSIENT):
            try:
                with self.env.registry.cursor() as cr:
                    worker = self.with_env(self.env(cr=cr, user=api.SUPERUSER_ID))
                    for cron_xmlid in sorted(wanted):
                        worker._wake(cron_xmlid)
                return
            except TRANSIENT_ERRORS:
                # A job that has just run took its trigger away while we looked at it, and may not have seen
                # what this is about.
                continue
            except (psycopg2.Error, PoolError):
                break
        # What this is about is committed, so nothing that goes wrong here may undo or refuse it;
        # the job's poll a minute later finds what it may have missed.
        _logger.info("Could not wake %s at once", ", ".join(sorted(wanted)))

    @api.model
    def _wake(self, cron_xmlid):
        """Trigger a job unless a trigger is waiting already.

        A trigger row locked by the running job does not count: it is about to be
        deleted, and what came after the job's last claim would wait for nobody.
        """
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(cron_xmlid)
        if not cron_id:
            return
        self.env.cr.execute(
            SQL(
                """SELECT id FROM ir_cron_trigger
                    WHERE cron_id = %s AND call_at <= clock_timestamp() AT TIME ZONE 'UTC'
                    LIMIT 1 FOR KEY SHARE SKIP LOCKED""",
                cron_id,
            ),
            # Who meets a job that takes it away looks again, which is no error.
            log_exceptions=False,
        )
        if not self.env.cr.rowcount:
            self.env["ir.cron"].browse(cron_id)._trigger()
