"""No job of Odoo's runs: nobody but the inbox itself can say so."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.omnichannel_inbox.models import omnichannel_conversation_notices as notices
from odoo.addons.omnichannel_inbox.tests.common import OmnichannelUsers

from .common import OmnichannelCase


@tagged("post_install", "-at_install")
class TestStandstill(OmnichannelUsers, OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.jobs = cls.env["ir.cron"].union(
            *(cls.env.ref(f"omnichannel_inbox.{name}") for name in notices.EVERY_MINUTE)
        )
        # This server runs tests and no jobs; how long it has been there is not what is tested.
        cls.startClassPatcher(patch.object(notices, "_age_of_process", lambda _pid: timedelta(hours=1)))

    def ran(self, minutes, jobs=None):
        """Let jobs have run so many minutes ago."""
        (jobs or self.jobs).lastcall = fields.Datetime.now() - timedelta(minutes=minutes)

    def notice(self, user=None, **context):
        self.env.flush_all()
        conversations = self.env["omnichannel.conversation"].with_user(user or self.supervisor)
        conversations = conversations.with_context(**context)
        return conversations.get_inbox_summary()["standstill"]

    def test_jobs_run(self):
        self.ran(1)
        self.assertFalse(self.notice())
        self.ran(4)
        self.assertFalse(self.notice())

    def test_none_has_run_for_a_while(self):
        self.ran(12)
        notice = self.notice()
        self.assertEqual(notice["title"], "Odoo's scheduled jobs have not run for 12 minutes.")
        self.assertIn("Messages do not arrive or leave.", notice["text"])
        self.assertTrue(notice["may_look"])
        self.assertEqual(self.notice(self.manager), notice)

    def test_what_to_do(self):
        self.ran(12)
        with patch.dict(config.options, {"max_cron_threads": 0}):
            self.assertIn("set max_cron_threads in odoo.conf to 4", self.notice()["text"])
        with patch.dict(config.options, {"max_cron_threads": 2}):
            self.assertIn("restarts Odoo", self.notice()["text"])

    def test_agents_are_told_less(self):
        self.ran(12)
        for user in (self.agent, self.seller):
            notice = self.notice(user)
            self.assertEqual(notice["title"], "Messages arrive and leave late at the moment.")
            self.assertFalse(notice["may_look"])
            self.assertNotIn("cron", notice["text"])

    def test_it_goes_when_one_of_them_runs_again(self):
        self.ran(600)
        self.assertTrue(self.notice())
        self.ran(0, self.jobs[3])
        self.assertFalse(self.notice())

    def test_jobs_that_were_switched_off(self):
        """As a whole, somebody else's doing: they do not run either."""
        self.ran(600)
        self.jobs.active = False
        self.assertTrue(self.notice())

    def test_a_database_in_which_none_ever_ran(self):
        self.jobs.lastcall = False
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_cron SET create_date = %s WHERE id = ANY(%s)", [fields.Datetime.now(), self.jobs.ids]
        )
        self.assertFalse(self.notice())
        self.env.cr.execute(
            "UPDATE ir_cron SET create_date = %s WHERE id = ANY(%s)",
            [fields.Datetime.now() - timedelta(minutes=20), self.jobs.ids],
        )
        self.assertIn("20 minutes", self.notice()["title"])

    def test_a_copy_of_the_production_database(self):
        """Odoo switches jobs off in it, and so it should."""
        self.ran(600)
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        self.assertFalse(self.notice())

    def test_a_server_that_was_started_just_now(self):
        """After a night that Odoo was not there, its jobs get the minute that they take to begin."""
        self.ran(600)
        just_now = patch.object(notices, "_age_of_process", lambda _pid: timedelta(seconds=30))
        with just_now, patch.dict(config.options, {"max_cron_threads": 2}):
            self.assertFalse(self.notice())
        with just_now, patch.dict(config.options, {"max_cron_threads": 0}):
            self.assertTrue(self.notice(), "nothing will begin here")

    def test_jobs_that_are_gone(self):
        """Whoever deletes one has a reason, and an inbox."""
        self.jobs.unlink()
        self.assertFalse(self.notice())

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.ran(12)
        self.assertIn("12 minuten", self.notice(lang="nl_NL")["title"])
