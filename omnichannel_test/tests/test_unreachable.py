"""Addresses from which what we send comes back."""

from odoo import fields
from odoo.tests import tagged

from odoo.addons.omnichannel_inbox.tests.common import OmnichannelUsers
from odoo.addons.omnichannel_inbox.wire import MessageStatus, Sender, SendError

from .mails import KARIN, dsn, report
from .test_email import SHOP, EmailCase

GONE = ("5.1.1", "550 5.1.1 no such user")


@tagged("post_install", "-at_install")
class TestUnreachable(OmnichannelUsers, EmailCase):
    def setUp(self):
        super().setUp()
        self.first = self.deliver(self.mail())
        self.conversation, self.identity = self.first.conversation_id, self.first.identity_id
        self.row = self.send()

    def send(self, **params):
        row = self.answer(self.conversation, **params).omnichannel_ledger_ids
        row.write({"state": "sent", "provider_uid": f"<omnichannel-{row.reference}@shop.example>"})
        return row

    def bounce(self, row=None, status="5.1.1", words="550 5.1.1 no such user", recipient=KARIN):
        """A mail system's report, as it comes in."""
        raw = report(
            f"{self.id()}-{status}-{recipient}",
            "delivery-status",
            dsn("failed", status, words).replace(KARIN, recipient),
            returned=(row or self.row).provider_uid if row is not False else "",
        )
        self.env["mail.thread"].message_process(False, raw)
        self.work_inbound()

    def test_a_bounce_marks_the_address(self):
        self.bounce()
        self.assertEqual(self.row.state, "failed")
        self.assertTrue(self.identity.unreachable_date)
        self.assertEqual(self.identity.unreachable_words, "550 5.1.1 no such user")

    def test_it_is_found_by_the_filter(self):
        marked = [("unreachable_date", "!=", False), ("id", "=", self.identity.id)]
        self.assertFalse(self.env["omnichannel.identity"].search(marked))
        self.bounce()
        found = self.env["omnichannel.identity"].with_user(self.supervisor)
        self.assertEqual(found.search(marked), self.identity)
        self.assertFalse(self.env["omnichannel.identity"].with_user(self.outsider).search(marked))

    def test_composer_and_panel_say_so_and_sending_stays_possible(self):
        self.bounce()
        conversation = self.conversation.with_user(self.agent)
        said = {
            "date": fields.Datetime.to_string(self.identity.unreachable_date),
            "words": "550 5.1.1 no such user",
        }
        [option] = [o for o in conversation.get_composer_data()["options"] if o["recipient_address"] == KARIN]
        self.assertEqual((option["unreachable"], option["can_send"]), (said, True))
        [identity] = conversation.get_customer_panel()["identities"]
        self.assertEqual(identity["unreachable"], said)
        self.assertEqual(self.answer(self.conversation).omnichannel_ledger_ids.state, "queued")

    def test_soft_bounces_and_refusals_of_the_mail_mark_nothing(self):
        for status, words in (("4.2.2", "452 mailbox full"), ("5.7.1", "554 5.7.1 spam")):
            self.bounce(status=status, words=words)
            self.assertFalse(self.identity.unreachable_date, status)

    def test_what_comes_from_it_takes_the_mark_away(self):
        self.bounce()
        self.deliver(self.mail("I am still here"))
        self.assertFalse(self.identity.unreachable_date)
        self.assertFalse(self.identity.unreachable_words)

    def test_what_arrives_takes_the_mark_away(self):
        for status in ("delivered", "read"):
            self.bounce()
            self.assertTrue(self.identity.unreachable_date)
            row = self.send()
            self.status(row, status)
            self.assertFalse(self.identity.unreachable_date)
            self.row = row = self.send()

    def status(self, row, status, **values):
        item = MessageStatus(SHOP, row.provider_uid, status, fields.Datetime.now(), **values)
        self.env["omnichannel.inbound"]._receive_statuses(
            [(self.env["omnichannel.event"], self.mailbox, item)]
        )

    def test_late_news_of_what_arrived_mark_nothing(self):
        self.status(self.row, "read")
        self.status(self.row, "failed", error_code=GONE[0], error_text=GONE[1])
        self.assertFalse(self.identity.unreachable_date)

    def test_a_copy_that_comes_back_is_the_copys(self):
        other = self.deliver(self.mail("Hello", "boss@example.com")).identity_id
        row = self.send(omnichannel_options={"cc": "boss@example.com"})
        self.bounce(row, recipient="boss@example.com")
        self.assertTrue(other.unreachable_date)
        self.assertFalse(self.identity.unreachable_date)
        self.assertEqual(row.error_words, "boss@example.com: 550 5.1.1 no such user")

    def test_where_the_customer_forwards_to_is_the_customers(self):
        self.bounce(recipient="karin@provider.example")
        self.assertTrue(self.identity.unreachable_date)

    def test_a_bounce_may_have_only_the_recipient(self):
        self.bounce(row=False)
        self.assertTrue(self.identity.unreachable_date)
        self.assertEqual(self.row.state, "sent", "which mail it was is not known")

    def test_whom_we_never_wrote_to_is_not_marked(self):
        other = self.deliver(self.mail("Hello", "eve@evil.example")).identity_id
        self.bounce(row=False, recipient="eve@evil.example")
        self.assertFalse(other.unreachable_date)
        event = self.env["omnichannel.event"].search([], limit=1)
        self.assertEqual(
            (event.state, event.reason), ("ignored", "Nothing was sent to that address from here.")
        )

    def test_what_the_mail_server_refuses_at_once(self):
        self.row.state = "sending"
        self.row._record(SendError("550", "5.1.1 no such user", "permanent"))
        self.assertEqual(self.row.state, "failed")
        self.assertTrue(self.identity.unreachable_date)
        self.row.state = "sending"
        self.identity._mark_reachable()
        self.row._record(SendError("554", "5.7.1 spam", "permanent"))
        self.assertFalse(self.identity.unreachable_date)

    def test_whoever_looks_sees_it_at_once(self):
        self.env.cr.precommit.data.pop("omnichannel.news", None)
        self.identity._mark_unreachable("Gone")
        heard = self.env.cr.precommit.data["omnichannel.news"]
        self.assertIn(self.conversation, heard)

    def test_a_lower_case_address_in_brackets(self):
        self.bounce(row=False, recipient=f"<{KARIN.upper()}>")
        self.assertTrue(self.identity.unreachable_date)

    def test_a_sender_of_the_status_is_no_address_of_ours(self):
        """A status may name somebody whom nobody knows."""
        row = self.send(omnichannel_options={"cc": "nobody@known.example"})
        gone = {"error_code": GONE[0], "error_text": GONE[1]}
        self.status(row, "failed", recipient=Sender(key="nobody@known.example"), **gone)
        self.assertFalse(self.identity.unreachable_date)
