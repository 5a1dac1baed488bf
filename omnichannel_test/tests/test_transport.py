from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import OmnichannelCase

EVENT_LOG = "odoo.addons.omnichannel_inbox.models.omnichannel_event"


@tagged("post_install", "-at_install")
class TestTransport(OmnichannelCase):
    """Never lost, never twice: within one process. Crashes are tested from outside."""

    def test_provider_id_enters_the_ledger_once(self):
        item = self.text("Once")
        first = self.receive(item)
        self.receive(item, self.text("Another body, the same message"))
        self.assertEqual(self.receive(item), first)
        self.assertEqual(len(first.conversation_id.message_ids.filtered(lambda m: "Once" in m.body)), 1)

    def test_batch_keeps_order(self):
        texts = [f"Message {number}" for number in range(30)]
        ledger = self.receive(*[self.text(text) for text in texts])
        messages = ledger.mail_message_id.sorted("id")
        self.assertEqual([m.preview for m in messages], texts)
        self.assertEqual(len(ledger.conversation_id), 1)

    def test_queries_a_message(self):
        """Known customers, a batch of 100: the target is 2 queries a message at most."""
        senders = [f"+3161000{number:04}" for number in range(100)]
        self.receive(*[self.text("First", sender) for sender in senders])
        self.env["omnichannel.event"]._journal(
            self.channel, self.body(*[self.text("Again", sender) for sender in senders])
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        done = sum(self.env["omnichannel.event"]._work_batch(lane) for lane in (0, 1))
        self.env.flush_all()
        self.assertEqual(done, 100)
        self.assertLessEqual(self.cr.sql_log_count - before, 60)

    @mute_logger(EVENT_LOG)
    def test_bad_one_holds_up_nobody_and_dies_visibly(self):
        good, bad = self.text("good"), self.text("bad")
        Inbound = self.env.registry["omnichannel.inbound"]
        original = Inbound._body

        def explode(inbound, channel, item):
            if item.text == "bad":
                raise ValueError("no")
            return original(inbound, channel, item)

        with patch.object(Inbound, "_body", explode):
            self.env["omnichannel.event"]._journal(self.channel, self.body(bad, good))
            # Once: on a busy machine the second attempt's time has come before a second round.
            for lane in (0, 1):
                self.env["omnichannel.event"]._work_batch(lane)
            event = self.env["omnichannel.event"].search([("state", "=", "pending")], limit=1)
            self.assertEqual(event.attempts, 1)
            self.assertGreater(event.next_attempt, event.received)
            for _attempt in range(20):
                event.next_attempt = fields.Datetime.now() - timedelta(seconds=1)
                self.work_inbound()
        self.assertEqual(event.state, "dead")
        self.assertIn("ValueError", event.error)
        self.assertTrue(self.env["omnichannel.message"].search([("provider_uid", "=", good["uid"])]))
        event.action_replay()
        self.work_inbound()
        self.assertEqual(event.state, "done")

    def test_send_and_ticks_only_move_forward(self):
        conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        message = self.answer(conversation).omnichannel_ledger_ids
        self.assertEqual(message.state, "queued")
        self.send_queued()
        self.assertEqual(message.state, "sent")
        for status, expected in [
            ("read", "read"),
            ("delivered", "read"),
            ("sent", "read"),
            ("failed", "read"),
        ]:
            self.receive({"uid": message.provider_uid, "status": status})
            self.assertEqual(message.state, expected)

    def test_status_that_overtakes_the_answer_to_our_send(self):
        conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        message = self.answer(conversation).omnichannel_ledger_ids
        message._claim(message.lane)
        self.receive({"uid": "early", "status": "delivered", "reference": message.reference})
        self.assertEqual((message.state, message.provider_uid), ("delivered", "early"))

    def test_status_of_nothing_is_parked_then_ignored(self):
        self.receive({"uid": "nobody's", "status": "sent"})
        event = self.env["omnichannel.event"].search([], limit=1)
        self.assertEqual(event.state, "pending")
        for _attempt in range(5):
            event.next_attempt = fields.Datetime.now() - timedelta(seconds=1)
            self.work_inbound()
        self.assertEqual(event.state, "ignored")

    def test_temporary_failure_is_retried_and_keeps_order(self):
        conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        self.channel.test_outcomes = [["429", "temporary"]]
        first = self.answer(conversation, "one").omnichannel_ledger_ids
        second = self.answer(conversation, "two").omnichannel_ledger_ids
        self.send_queued()
        self.send_queued()
        self.assertEqual((first.state, second.state), ("queued", "queued"))
        first.next_attempt = fields.Datetime.now() - timedelta(seconds=1)
        self.send_queued()
        self.send_queued()
        self.assertEqual((first.state, second.state), ("sent", "sent"))

    def test_permanent_failure_says_why_and_can_be_retried(self):
        conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        self.channel.test_outcomes = [["131026", "permanent"]]
        message = self.answer(conversation).omnichannel_ledger_ids
        self.send_queued()
        self.assertEqual((message.state, message.error_code), ("failed", "131026"))
        message.with_user(self.agent).action_retry()
        self.send_queued()
        self.assertEqual(message.state, "sent")

    def test_what_did_not_get_through_comes_back_to_those_who_work(self):
        """Nobody watches a conversation that waits for its customer, or is closed."""
        conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        self.channel.test_outcomes = [["131026", "permanent"]]
        message = self.answer(conversation).omnichannel_ledger_ids
        conversation.action_close()
        self.send_queued()
        self.assertTrue(conversation.is_undelivered)
        self.assertEqual(conversation.state, "open")
        self.assertTrue(conversation.waiting_since)
        message.with_user(self.agent).action_retry()
        self.send_queued()
        self.assertFalse(conversation.is_undelivered)
        self.assertEqual(conversation.state, "pending")
        self.assertFalse(conversation.waiting_since)

    def test_one_of_two_that_did_not_get_through_is_still_to_be_seen_to(self):
        conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        self.channel.test_outcomes = [["131026", "permanent"], ["131026", "permanent"]]
        first, _second = (self.answer(conversation, str(n)).omnichannel_ledger_ids for n in range(2))
        self.send_queued()
        self.send_queued()
        first.with_user(self.agent).action_retry()
        self.assertTrue(conversation.is_undelivered)
        self.assertEqual(conversation.state, "open")

    def test_interrupted_send_becomes_uncertain_and_is_never_sent_again_by_itself(self):
        conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        message = self.answer(conversation).omnichannel_ledger_ids
        message._claim(message.lane)
        message._settle_interrupted()
        self.assertEqual(message.state, "sending")
        message.sending_since = fields.Datetime.now() - timedelta(minutes=5)
        message._settle_interrupted()
        self.assertEqual(message.state, "uncertain")
        self.send_queued()
        self.assertEqual(message.state, "uncertain")
        self.assertTrue(conversation.is_undelivered)
        message.with_user(self.agent).action_mark_arrived()
        self.assertEqual(message.state, "sent")
        self.assertFalse(conversation.is_undelivered)

    def test_breaker_pauses_one_channel_only(self):
        other = self.make_channel("Other", "second")
        first = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        second = self.receive(
            self.text(sender="+31687654321", account="second", at=str(fields.Datetime.now())), channel=other
        ).conversation_id
        self.channel.test_outcomes = [["500", "temporary"]] * 5
        for _failure in range(5):
            message = self.answer(first).omnichannel_ledger_ids
            self.send_queued()
            message.sudo().write({"state": "cancelled"})
        self.assertEqual(self.channel.state, "degraded")
        held, sent = self.answer(first).omnichannel_ledger_ids, self.answer(second).omnichannel_ledger_ids
        self.send_queued()
        self.assertEqual((held.state, sent.state), ("queued", "sent"))

    def test_what_waits_on_a_broken_channel_holds_up_no_answer_on_another(self):
        """The customer is written to by a second number, as the first is out of order."""
        other = self.make_channel("Other", "second")
        conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        held = self.answer(conversation, "By the first").omnichannel_ledger_ids
        self.channel._set_broken("The account was closed")
        self.receive(self.text("Hello?", account="second", at=str(fields.Datetime.now())), channel=other)
        sent = self.answer(conversation, "By the second").omnichannel_ledger_ids
        self.assertEqual(
            (held.identity_id, held.channel_id, sent.channel_id), (sent.identity_id, self.channel, other)
        )
        self.send_queued()
        self.assertEqual((held.state, sent.state), ("queued", "sent"))

    def test_refused_account_breaks_the_channel_and_keeps_the_queue(self):
        conversation = self.receive(self.text(at=str(fields.Datetime.now()))).conversation_id
        self.channel.test_outcomes = [["190", "channel"]]
        message = self.answer(conversation).omnichannel_ledger_ids
        self.send_queued()
        self.assertEqual((self.channel.state, message.state), ("broken", "queued"))
        self.channel.action_test_connection()
        self.send_queued()
        self.assertEqual(message.state, "sent")

    def test_files_come_apart_from_their_message(self):
        ledger = self.receive(
            {"uid": "files", "from": "+31612345678", "media": ["photo"]},
            {"uid": "gone", "from": "+31612345678", "media": ["gone"]},
        )
        self.assertEqual(ledger.mapped("media_state"), ["pending", "pending"])
        Message = self.env["omnichannel.message"]
        calls = [(m.id, m.channel_id._adapter()._prepare_fetch(m)) for m in ledger]
        for message_id, result in Message._call_all(calls):
            Message.browse(message_id)._record_file(result)
        self.assertEqual(ledger.mapped("media_state"), ["done", "failed"])
        self.assertEqual(ledger[0].mail_message_id.attachment_ids.raw, b"content of photo")

    def test_nightly_totals_balance(self):
        self.receive(self.text(), self.text(account="nobody"), {"uid": "x", "what": "?"})
        today = fields.Date.today()
        self.env["omnichannel.daily_total"]._recount(today)
        totals = self.env["omnichannel.daily_total"].search(
            [("date", "=", today), ("channel_id", "=", self.channel.id)]
        )
        message = totals.filtered(lambda total: total.kind == "message")
        self.assertEqual((message.received, message.done, message.ignored, message.messages), (2, 1, 1, 1))
        self.assertTrue(all(totals.mapped("is_balanced")))
        self.env["omnichannel.message"].search([("channel_id", "=", self.channel.id)]).unlink()
        self.env["omnichannel.daily_total"]._recount(today)
        self.assertFalse(message.is_balanced)
