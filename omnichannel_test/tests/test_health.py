"""The health page: what it finds, for whom, and what it costs."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, config, mute_logger

from odoo.addons.omnichannel_inbox.tests.common import AGENT, OmnichannelUsers

from .test_queries import EVENT_LOG, QueryCase


class HealthCase(OmnichannelUsers, QueryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Nothing runs jobs here: as far as these tests are concerned, somebody does.
        cls.jobs = cls.env["omnichannel.health.check"]._jobs()
        cls.jobs.write({"nextcall": fields.Datetime.now() + timedelta(minutes=1), "failure_count": 0})
        # What the demo data brought is not what is tested.
        cls.env["omnichannel.conversation"].search([]).write({"state": "closed"})
        cls.env["omnichannel.channel"].search([("id", "!=", cls.channel.id)]).active = False

    def check(self, code, user=None):
        """The line of the page as a user sees it, read anew."""
        self.env.flush_all()
        self.env.invalidate_all()
        check = self.env.ref(f"omnichannel_inbox.health_{code}")
        return check.with_user(user or self.manager)

    def assertFinds(self, code, state, figure, words, user=None):
        """The line says so; who may open what it is about finds as many records."""
        check = self.check(code, user)
        self.assertEqual((check.state, check.figure), (state, figure), check.words)
        self.assertIn(words, check.words)
        if check.can_open:
            action = check.action_open()
            found = self.env[action["res_model"]].with_user(check.env.user).with_context(action["context"])
            self.assertEqual(found.search_count(action["domain"]), int(figure))
        else:
            self.assertFalse(check.action_open())
        return check

    def assertFine(self, code, words, user=None):
        return self.assertFinds(code, "fine", "0", words, user)

    def ago(self, record, field_name, **distance):
        """Let something have been so long ago."""
        self.env.flush_all()
        moment = fields.Datetime.now() - timedelta(**distance)
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = ANY(%s)",
                SQL.identifier(record._table),
                SQL.identifier(field_name),
                moment,
                record.ids,
            )
        )
        self.env.invalidate_all()

    def hear(self, text="Hello?"):
        """A customer writes just now; returns the conversation."""
        return self.receive(self.text(text, at=fields.Datetime.now().isoformat())).conversation_id

    @mute_logger(EVENT_LOG)
    def dead_letter(self, channel=None, text=b"no body of ours"):
        """What came in signed and cannot be read."""
        self.env["omnichannel.event"]._journal(channel or self.channel, text)
        self.work_inbound()
        return self.env["omnichannel.event"].search([("state", "=", "dead")], limit=1)


@tagged("post_install", "-at_install")
class TestHealth(HealthCase):
    # -- what came in -----------------------------------------------------------

    def test_what_waits_in_the_journal(self):
        self.assertFine("events_waiting", "Everything that came in has been worked on.")
        self.journal(self.text("One"), self.text("Two"))
        check = self.assertFinds("events_waiting", "fine", "2", "Being worked on.")
        self.assertTrue(check.can_open)
        self.ago(self.env["omnichannel.event"].search([("state", "=", "pending")]), "received", minutes=10)
        self.assertFinds("events_waiting", "wrong", "2", "The oldest waits for 10 minutes.")
        self.work_inbound()
        self.assertFine("events_waiting", "Everything")

    def test_a_dead_letter(self):
        self.assertFine("events_dead", "Everything that came in was understood.")
        self.dead_letter()
        self.assertFinds("events_dead", "wrong", "1", "replays it")

    def test_a_dead_letter_that_nobody_needs(self):
        letter = self.dead_letter()
        with self.assertRaises(AccessError):
            letter.with_user(self.supervisor).action_set_aside()
        letter.with_user(self.manager).action_set_aside()
        self.assertEqual((letter.state, letter.reason), ("ignored", f"Set aside by {self.manager.name}."))
        self.assertFine("events_dead", "Everything")
        with self.assertRaises(UserError):
            letter.with_user(self.manager).action_set_aside()

    def test_supervisors_see_that_there_is_one_and_open_nothing(self):
        self.dead_letter()
        check = self.assertFinds("events_dead", "wrong", "1", "replays it", self.supervisor)
        self.assertFalse(check.can_open)
        with self.assertRaises(AccessError):
            self.env["omnichannel.event"].with_user(self.supervisor).search([])

    def test_the_page_is_for_supervisors(self):
        for user in (self.agent, self.seller_all, self.employee):
            with self.assertRaises(AccessError):
                self.check("events_dead", user).read(["words"])

    def test_what_is_another_companys_is_not_counted(self):
        other = self.make_channel("B", "b", company_id=self.company_b.id, team_id=self.team_b.id)
        self.dead_letter(other)
        self.assertFine("events_dead", "Everything", self.manager)
        self.assertFinds("events_dead", "wrong", "1", "replays it", self.supervisor_b)
        # Who works in both sees both, or the one that is chosen in Odoo's switch.
        self.manager.company_ids += self.company_b
        both = self.check("events_dead").with_context(allowed_company_ids=(self.company | self.company_b).ids)
        self.assertEqual(both.figure, "1")
        one = both.with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(one.figure, "0")

    def test_more_than_a_thousand_are_not_counted_on(self):
        self.env.flush_all()
        self.env.cr.execute(
            """INSERT INTO omnichannel_event (channel_id, digest, position, lane, kind, received, state)
               SELECT %s, 'd' || n, 0, 0, 'message', now() AT TIME ZONE 'UTC', 'dead'
                 FROM generate_series(1, 1005) n""",
            [self.channel.id],
        )
        self.assertEqual(self.check("events_dead").figure, "1000+")

    # -- what goes out -----------------------------------------------------------

    def test_answers_that_do_not_leave(self):
        self.assertFine("sends_waiting", "Every answer has left.")
        conversation = self.hear("Hello")
        row = self.answer(conversation).omnichannel_ledger_ids
        self.ago(row, "next_attempt", seconds=2)
        self.assertFinds("sends_waiting", "fine", "1", "Being sent.")
        self.ago(row, "next_attempt", minutes=20)
        self.assertFinds("sends_waiting", "wrong", "1", "should have left 20 minutes ago")
        row.next_attempt = fields.Datetime.now() + timedelta(days=1)
        self.assertFine("sends_waiting", "Every answer has left.")

    def test_answers_that_failed(self):
        conversation = self.hear("Hello")
        row = self.answer(conversation).omnichannel_ledger_ids
        self.channel.test_outcomes = [["131026", "permanent"]]
        self.send_queued()
        check = self.assertFinds("sends_failed", "attention", "1", "Try again", self.supervisor)
        self.assertTrue(check.can_open)
        row.with_user(self.agent).action_retry()
        self.assertFine("sends_failed", "No answer is known to have failed.")

    def test_a_failed_answer_of_a_closed_conversation_is_settled(self):
        conversation = self.hear("Hello")
        row = self.answer(conversation).omnichannel_ledger_ids
        row.state = "uncertain"
        self.assertFinds("sends_failed", "attention", "1", "nobody knows")
        conversation.action_close()
        self.assertFine("sends_failed", "No answer")

    # -- the work ------------------------------------------------------------------

    def test_who_waits_too_long(self):
        self.assertFine("unanswered", "No customer waits for an answer.")
        conversation = self.hear("Hello?")
        self.ago(conversation, "waiting_since", hours=3)
        self.assertFine("unanswered", "waits for 3 hours")
        self.ago(conversation, "waiting_since", hours=50)
        check = self.assertFinds("unanswered", "attention", "1", "more than 24 hours", self.supervisor)
        self.assertIn("2 days", check.words)
        self.env["ir.config_parameter"].set_param("omnichannel_inbox.health_unanswered_hours", "72")
        self.assertFine("unanswered", "2 days")
        self.env["ir.config_parameter"].set_param("omnichannel_inbox.health_unanswered_hours", "24")
        self.answer(conversation)
        self.assertFine("unanswered", "No customer waits")

    def test_nobodys_conversations(self):
        self.assertFine("unowned", "Every conversation is somebody's")
        conversation = self.hear("Hello?")
        self.assertFine("unowned", "Every conversation")
        self.team.member_ids = False
        self.assertFinds("unowned", "wrong", "1", "nobody in a team without members", self.supervisor)
        conversation.user_id = self.agent
        self.assertFine("unowned", "Every conversation")

    def test_the_conversations_of_who_left(self):
        leaver = new_test_user(self.env, "omni_leaver", AGENT)
        conversation = self.hear("Hello?")
        conversation.user_id = leaver
        self.team.member_ids |= leaver
        self.assertFine("unowned", "Every conversation")
        # By the database: otherwise it would have gone back to the team.
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_users SET active = false WHERE id = %s", [leaver.id])
        self.env.invalidate_all()
        self.assertFinds("unowned", "wrong", "1", "somebody who left")
        # Waiting for the customer, too: their next message would be told to nobody.
        conversation.action_pending()
        self.assertFinds("unowned", "wrong", "1", "somebody who left")
        conversation.action_close()
        self.assertFine("unowned", "Every conversation")

    def test_a_team_of_people_who_left_is_empty(self):
        self.receive(self.text("Hello?"))
        (self.agent | self.other_agent).active = False
        self.assertFinds("unowned", "wrong", "1", "without members")

    # -- what is set up ----------------------------------------------------------------

    def test_channels(self):
        self.assertFine("channels", "All channels that are connected work.")
        self.channel._set_broken("The token has expired.")
        check = self.assertFinds("channels", "wrong", "1", "Main: The token has expired.", self.supervisor)
        self.assertTrue(check.can_open)
        self.channel.write({"state": "degraded", "state_reason": "It does not answer."})
        self.assertFinds("channels", "attention", "1", "It does not answer.")
        self.channel._set_connected()
        self.assertFine("channels", "work")

    def test_a_mailbox_that_is_not_read(self):
        mailbox = self.env["fetchmail.server"].create(
            {"name": "Box", "server_type": "imap", "server": "mail.example", "state": "done"}
        )
        self.make_channel(
            "Post",
            "",
            channel_type="email",
            address="support@shop.example",
            fetchmail_server_id=mailbox.id,
            mail_arrival="arriving",
        )
        self.assertFine("channels", "work", self.supervisor)
        mailbox.write({"error_date": fields.Datetime.now(), "error_message": "Wrong password"})
        self.assertFinds("channels", "wrong", "1", "Wrong password", self.supervisor)

    def test_of_many_channels_the_first_are_told(self):
        for number in range(5):
            self.make_channel(f"N{number}", str(number))._set_broken("Gone.")
        self.assertFinds("channels", "wrong", "5", "… and 2 more.")

    def test_rules(self):
        self.assertFine("rules", "No rule was stopped by an error.")
        rule = self.env["omnichannel.rule"].create(
            {"name": "Tickets", "trigger": "order_confirmed", "team_id": self.team.id}
        )
        rule._set_broken(ValueError("The tag is gone."))
        check = self.assertFinds("rules", "wrong", "1", "Tickets: The tag is gone.", self.supervisor)
        self.assertTrue(check.can_open)
        rule._switch_on()
        self.assertFine("rules", "No rule")

    def test_signals(self):
        self.assertFine("signals", "The rules have seen everything")
        signal = self.env["omnichannel.signal"].create(
            {"kind": "order_confirmed", "res_model": "sale.order", "res_id": 1, "company_id": self.company.id}
        )
        self.ago(signal, "create_date", seconds=1)
        self.assertFinds("signals", "fine", "1", "looking at them")
        self.ago(signal, "create_date", minutes=30)
        self.assertFinds("signals", "wrong", "1", "30 minutes")
        self.assertFalse(self.check("signals", self.supervisor).can_open)

    def test_timers(self):
        self.assertFine("timers", "acts when its time comes")
        rule = self.env["omnichannel.rule"].create(
            {
                "name": "Late",
                "trigger": "no_answer",
                "delay": 1,
                "action_ids": [Command.create({"kind": "priority", "priority": "3"})],
            }
        )
        conversation = self.hear()
        self.env["omnichannel.rule.timer"]._set(
            rule, [(conversation.id, fields.Datetime.now(), fields.Datetime.now(), None)]
        )
        self.assertFine("timers", "acts when its time comes")
        self.ago(rule.timer_ids, "due", minutes=30)
        check = self.assertFinds("timers", "wrong", "1", "came 30 minutes ago")
        self.assertTrue(check.can_open)
        self.assertEqual(self.check("timers", self.supervisor_b).figure, "0")
        # Those of a rule that stopped are told as such.
        rule._set_broken(ValueError("x"))
        self.assertFine("timers", "acts when its time comes")

    def test_calls_to_other_systems(self):
        self.assertFine("calls", "took what rules had to tell")
        call = self.env["omnichannel.rule.call"].create(
            {"company_id": self.company.id, "url": "https://erp.example/hook", "state": "failed"}
        )
        self.env.flush_all()
        self.assertFinds("calls", "attention", "1", "given up")
        self.assertFalse(self.check("calls", self.supervisor).can_open)
        call.action_retry()
        self.assertFine("calls", "took")
        call.state = "failed"
        self.ago(call, "create_date", days=8)
        self.assertFine("calls", "took")

    # -- the jobs ------------------------------------------------------------------------

    def test_jobs(self):
        self.assertFine("jobs", "All scheduled jobs run in time.")
        job = self.env.ref("omnichannel_inbox.cron_inbound_0")
        job.active = False
        self.assertFinds("jobs", "wrong", "1", "receive messages (lane 0): switched off")
        job.write({"active": True, "failure_count": 3})
        self.assertFinds("jobs", "wrong", "1", "failed 3 times in a row")
        job.failure_count = 0
        self.ago(job, "nextcall", hours=1)
        self.assertFinds("jobs", "wrong", "1", "was due 1 hour ago")
        with patch.dict(config.options, {"max_cron_threads": 0}):
            self.assertFinds("jobs", "wrong", "1", "has no cron threads")
        job.nextcall = fields.Datetime.now()
        self.assertFine("jobs", "in time")

    def test_one_job_waits_for_long_ones_and_all_of_them_do_not(self):
        """When none of them runs, the page says so as early as the inbox does."""
        self.ago(self.env.ref("omnichannel_inbox.cron_inbound_0"), "nextcall", minutes=6)
        self.assertFine("jobs", "in time")
        self.ago(self.jobs, "nextcall", minutes=6)
        check = self.check("jobs")
        self.assertEqual((check.state, check.figure), ("wrong", str(len(self.jobs))))

    def test_jobs_are_opened_by_system_administrators(self):
        self.env.ref("omnichannel_inbox.cron_nightly").active = False
        self.assertFalse(self.check("jobs", self.supervisor).can_open)
        self.assertFalse(self.check("jobs", self.manager).can_open)
        self.manager.group_ids += self.env.ref("base.group_system")
        self.assertTrue(self.check("jobs", self.manager).can_open)

    def test_odoos_job_counts_where_a_mailbox_is_read(self):
        job = self.env.ref("mail.ir_cron_mail_gateway_action")
        job.active = False
        self.assertFine("jobs", "in time")
        mailbox = self.env["fetchmail.server"].create({"name": "Box", "server_type": "imap"})
        self.make_channel("Post", "", channel_type="email", fetchmail_server_id=mailbox.id)
        self.assertFinds("jobs", "wrong", "1", "switched off")

    def test_in_a_copy_of_production_jobs_rest(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        self.jobs.active = False
        check = self.check("jobs")
        self.assertEqual(check.state, "attention")
        self.assertIn("copy of a production database", check.words)

    # -- the invariant ---------------------------------------------------------------------

    def test_days_that_do_not_add_up(self):
        self.assertFine("totals", "Nothing came in")
        total = self.env["omnichannel.daily_total"].create(
            {
                "date": fields.Date.today() - timedelta(days=1),
                "channel_id": self.channel.id,
                "kind": "message",
                "received": 5,
                "done": 4,
                "ignored": 1,
                "messages": 4,
            }
        )
        self.assertFine("totals", "All that was received")
        total.messages = 3
        check = self.assertFinds("totals", "wrong", "1", "something may be missing", self.supervisor)
        self.assertTrue(check.can_open)
        total.date = fields.Date.today() - timedelta(days=30)
        self.assertFine("totals", "Nothing came in")

    # -- what it costs ----------------------------------------------------------------------

    def test_what_the_page_asks_the_database(self):
        """Whatever there is to be found, the page takes so many queries."""
        self.dead_letter()
        # A team whose members are not there, and one whose queue is empty.
        (self.team | self.team_of_outsider).assign_method = "round_robin"
        for number in range(20):
            self.make_channel(f"N{number}", str(number))._set_broken("Gone.")
            self.receive(self.text("Hello", sender=f"+3161000{number:04}"))
        self.team.queue_stuck_date = fields.Datetime.now()
        checks = self.env["omnichannel.health.check"].with_user(self.supervisor)
        specification = {"name": {}, "state": {}, "figure": {}, "words": {}, "can_open": {}}
        with self.assertQueriesAtMost(35):
            page = checks.web_search_read([], specification)
        self.assertEqual(len(page["records"]), 14)
        queue = next(line for line in page["records"] if line["name"] == "In Teams' Queues")
        self.assertEqual((queue["state"], queue["figure"]), ("attention", "20"))

    def test_each_line_in_dutch(self):
        """Names and words are in the reader's language."""
        self.env["res.lang"]._activate_lang("nl_NL")
        self.supervisor.lang = "nl_NL"
        self.dead_letter()
        check = self.check("events_dead", self.supervisor)
        self.assertNotIn("replays it", check.with_context(lang="nl_NL").words)


@tagged("post_install", "-at_install")
class TestWatchdog(HealthCase):
    """What is found is told, once, and closed by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Alert = cls.env["omnichannel.alert"]
        cls.supervisor.email = "supervisor@shop.example"
        cls.manager.email = "manager@shop.example"

    def look(self, rounds=2):
        """So many looks, five minutes apart."""
        for _round in range(rounds):
            self.env.flush_all()
            self.env.invalidate_all()
            self.ago(self.Alert.search([("told", "=", False)]), "since", minutes=5)
            self.Alert._look()
        self.env.flush_all()
        self.env.invalidate_all()

    def told(self, user, code):
        """The activities of a user about a check."""
        check = self.env.ref(f"omnichannel_inbox.health_{code}")
        alerts = self.Alert.search([("check_id", "=", check.id)])
        return self.env["mail.activity"].search(
            [("res_model", "=", "omnichannel.alert"), ("res_id", "in", alerts.ids), ("user_id", "=", user.id)]
        )

    def test_administrators_are_told_once(self):
        letter = self.dead_letter()
        self.look()
        [activity] = self.told(self.manager, "events_dead")
        self.assertEqual(activity.summary, "Dead Letters")
        self.assertIn("replays it", activity.note)
        self.assertFalse(self.told(self.supervisor, "events_dead"))
        self.dead_letter(text=b"and another one")
        self.look(5)
        self.assertEqual(len(self.told(self.manager, "events_dead")), 1)
        # Solved: closed by itself; what is found later is another problem.
        self.env["omnichannel.event"].search([("state", "=", "dead")]).state = "ignored"
        self.look(1)
        self.assertFalse(self.told(self.manager, "events_dead"))
        alert = self.Alert.search([("check_id.code", "=", "events_dead")])
        self.assertTrue(alert.solved)
        letter.state = "dead"
        self.look()
        self.assertEqual(len(self.told(self.manager, "events_dead")), 1)

    def test_who_dismissed_it_is_not_told_again(self):
        self.dead_letter()
        self.look()
        self.told(self.manager, "events_dead").with_user(self.manager).action_feedback("I know")
        self.look(3)
        self.assertFalse(self.told(self.manager, "events_dead"))

    def test_what_passes_by_is_not_told(self):
        self.dead_letter()
        self.look(1)
        self.assertFalse(self.told(self.manager, "events_dead"))
        self.env["omnichannel.event"].search([("state", "=", "dead")]).state = "ignored"
        self.look(1)
        self.assertFalse(self.Alert.search([]))

    def test_supervisors_are_told_of_work(self):
        conversation = self.hear("Hello?")
        self.ago(conversation, "waiting_since", days=2)
        self.look()
        for user in (self.manager, self.supervisor):
            self.assertEqual(len(self.told(user, "unanswered")), 1, user.login)
        for user in (self.agent, self.supervisor_b, self.seller_all):
            self.assertFalse(self.told(user, "unanswered"), user.login)

    def test_each_company_has_its_own(self):
        other = self.make_channel("B", "b", company_id=self.company_b.id, team_id=self.team_b.id)
        other._set_broken("Gone.")
        self.supervisor_b.group_ids += self.env.ref("omnichannel_inbox.group_omnichannel_manager")
        self.look()
        self.assertTrue(self.told(self.supervisor_b, "channels"))
        self.assertFalse(self.told(self.manager, "channels"))
        alert = self.Alert.search([("check_id.code", "=", "channels")])
        self.assertEqual(alert.company_id, self.company_b)
        self.assertFalse(alert.with_user(self.manager).has_access("read"))
        self.assertTrue(alert.with_user(self.supervisor_b).has_access("read"))

    def test_what_all_share_is_told_once(self):
        self.env.ref("omnichannel_inbox.cron_media").active = False
        self.look()
        [activity] = self.told(self.manager, "jobs")
        self.assertIn("download files: switched off", activity.note)
        self.assertEqual(self.Alert.search_count([("check_id.code", "=", "jobs")]), 1)

    def test_by_mail_if_wanted(self):
        mails = self.env["mail.mail"].search([])
        self.dead_letter()
        self.look()
        self.assertFalse(self.env["mail.mail"].search([]) - mails, "not unless somebody switched it on")
        self.env["res.config.settings"].create({"omnichannel_health_mail": True}).execute()
        conversation = self.hear("Hello?")
        self.ago(conversation, "waiting_since", days=2)
        self.channel._set_broken("The token has expired.")
        self.look(4)
        sent = self.env["mail.mail"].search([]) - mails
        [mail] = sent.filtered(lambda mail: "supervisor@shop.example" in mail.email_to)
        self.assertIn("Unanswered for Long", mail.subject)
        self.assertIn("2 days", mail.body_html)
        self.assertNotIn("token", mail.body_html)
        self.assertIn("/odoo/omnichannel-health", mail.body_html)
        [mail] = sent.filtered(lambda mail: "manager@shop.example" in mail.email_to)
        self.assertIn("The token has expired.", mail.body_html)
        self.assertIn("Unanswered for Long", mail.subject, "one mail for all of it")

    def test_no_mail_to_one_of_our_own_channels(self):
        self.env["ir.config_parameter"].set_param("omnichannel_inbox.health_mail", "True")
        self.make_channel("Post", "", channel_type="email", address="Manager@shop.example")
        mails = self.env["mail.mail"].search([])
        self.dead_letter()
        self.look()
        sent = self.env["mail.mail"].search([]) - mails
        self.assertNotIn("manager@shop.example", str(sent.mapped("email_to")))
        self.assertTrue(self.told(self.manager, "events_dead"))

    def test_a_copy_of_production_tells_nobody(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        self.env["ir.config_parameter"].set_param("omnichannel_inbox.health_mail", "True")
        mails = self.env["mail.mail"].search_count([])
        self.dead_letter()
        self.look(3)
        self.assertFalse(self.Alert.search([]))
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_in_the_language_of_who_is_told(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.manager.lang = "nl_NL"
        self.dead_letter()
        self.look()
        [activity] = self.told(self.manager, "events_dead")
        self.assertNotIn("replays it", activity.note)

    def test_from_the_alert_to_what_it_is_about(self):
        self.dead_letter()
        conversation = self.hear("Hello?")
        self.ago(conversation, "waiting_since", days=2)
        self.look()
        dead = self.Alert.search([("check_id.code", "=", "events_dead")])
        self.assertEqual(dead.with_user(self.manager).action_open()["res_model"], "omnichannel.event")
        self.assertEqual(
            dead.with_user(self.supervisor).action_open()["res_model"], "omnichannel.health.check"
        )

    def test_old_ones_are_forgotten(self):
        self.dead_letter()
        self.look()
        self.env["omnichannel.event"].search([("state", "=", "dead")]).state = "ignored"
        self.look(1)
        self.Alert._forget_solved()
        self.assertTrue(self.Alert.search([]))
        self.ago(self.Alert.search([]), "solved", days=100)
        self.Alert._forget_solved()
        self.assertFalse(self.Alert.search([]))

    def test_thresholds_are_sensible(self):
        with self.assertRaises(ValidationError):
            self.env["res.config.settings"].create({"omnichannel_health_wait_minutes": 0})
        self.env["res.config.settings"].create({"omnichannel_health_wait_minutes": 60}).execute()
        self.journal(self.text("One"))
        self.ago(self.env["omnichannel.event"].search([("state", "=", "pending")]), "received", minutes=30)
        self.assertFinds("events_waiting", "fine", "1", "Being worked on.")
