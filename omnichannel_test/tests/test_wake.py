from unittest.mock import patch

import psycopg2

from odoo.tests import TransactionCase, tagged

JOB = "omnichannel_inbox.cron_notices"


@tagged("post_install", "-at_install")
class TestWake(TransactionCase):
    """A job is woken once what it is to work on is committed."""

    def setUp(self):
        super().setUp()
        # The wake-up has a transaction of its own.
        self.registry_enter_test_mode()

    def wake(self, *errors):
        """Ask for the job while errors come up one after another; returns whether it is woken."""
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.env.ref(JOB).id)])
        triggers.unlink()
        pending = list(errors)
        original = self.env.registry["omnichannel.worker"]._wake

        def meet(worker, cron_xmlid):
            if pending:
                raise pending.pop(0)
            return original(worker, cron_xmlid)

        self.env.cr.postcommit.data["omnichannel.wake"] = {JOB}
        with patch.object(self.env.registry["omnichannel.worker"], "_wake", meet):
            self.env["omnichannel.worker"]._wake_wanted()
        return bool(triggers.search([("cron_id", "=", self.env.ref(JOB).id)]))

    def test_a_job_takes_its_trigger_away_while_we_look(self):
        self.assertTrue(self.wake())
        self.assertTrue(self.wake(*[psycopg2.errors.SerializationFailure()] * 3))

    def test_what_cannot_be_helped_is_no_error(self):
        """What was committed stays so, and the job looks by itself within a minute."""
        self.assertFalse(self.wake(psycopg2.OperationalError("The connection is gone")))
