from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import OmnichannelCase


@tagged("post_install", "-at_install")
class TestJoin(OmnichannelCase):
    """Which conversation a message joins."""

    def test_album_of_twenty_opens_one_conversation(self):
        items = [{"uid": f"album-{n}", "from": "+31699999999", "media": [f"i{n}"]} for n in range(20)]
        self.assertEqual(len(self.receive(*items).conversation_id), 1)

    def test_customer_on_two_channels_has_one_conversation(self):
        other = self.make_channel("Second number", "second")
        first = self.receive(self.text()).conversation_id
        ledger = self.receive(self.text(account="second"), channel=other)
        self.assertEqual(ledger.conversation_id, first)
        self.assertEqual(ledger.join_reason, "recent")
        self.assertEqual(first.channel_id, other)

    def test_two_addresses_of_one_customer_meet(self):
        self.env["res.partner"].create(
            {"name": "Karin (2)", "parent_id": self.partner.id, "phone": "+31611111111", "type": "contact"}
        )
        first = self.receive(self.text()).conversation_id
        self.assertEqual(self.receive(self.text(sender="+31611111111")).conversation_id, first)

    def test_quoting_brings_it_to_the_quoted_conversation(self):
        ledger = self.receive(self.text("First matter"))
        first = ledger.conversation_id
        first.action_close()
        first.closed_date = fields.Datetime.now() - timedelta(days=30)
        second = self.receive(self.text("Second matter")).conversation_id
        self.assertNotEqual(first, second)
        quoted = self.receive(self.text("About that", reply_to=ledger.provider_uid))
        self.assertEqual((quoted.conversation_id, quoted.join_reason), (first, "reply"))
        self.assertEqual(first.state, "open")

    def test_stranger_who_quotes_gets_a_conversation_of_their_own(self):
        ledger = self.receive(self.text())
        stranger = self.receive(self.text(sender="+31655555555", reply_to=ledger.provider_uid))
        self.assertNotEqual(stranger.conversation_id, ledger.conversation_id)

    def test_closed_recently_reopens_and_long_ago_does_not(self):
        first = self.receive(self.text()).conversation_id
        first.action_close()
        again = self.receive(self.text())
        self.assertEqual((again.conversation_id, again.join_reason, first.state), (first, "reopened", "open"))
        first.action_close()
        first.closed_date = fields.Datetime.now() - timedelta(days=8)
        self.assertNotEqual(self.receive(self.text()).conversation_id, first)

    def test_named_order_before_the_newest(self):
        """Among a customer's conversations the one about the order that the message names."""
        first = self.receive(self.text("First matter")).conversation_id
        first.order_ids = self.env["sale.order"].create({"partner_id": self.partner.id})
        second = first.with_context(tracking_disable=True).copy(
            {"last_message_date": fields.Datetime.now() + timedelta(minutes=1)}
        )
        second.order_ids = self.env["sale.order"].create({"partner_id": self.partner.id})
        ledger = self.receive(
            self.text("Something"),
            self.text(f"Where is {first.order_ids.name}?"),
            self.text(f"And {second.order_ids.name}?"),
        )
        self.assertEqual(ledger.mapped("join_reason"), ["recent", "order", "order"])
        self.assertEqual(
            [row.conversation_id for row in ledger], [second, first, second], "each message its own"
        )

    def test_customer_with_many_tickets(self):
        """The newest ones are looked at, open ones first; nobody else's."""
        other = self.env["res.partner"].create({"name": "Somebody else", "phone": "+31622222222"})
        closed = fields.Datetime.now() - timedelta(days=1)
        tickets = self.env["omnichannel.conversation"].create(
            [{"partner_id": self.partner.id, "last_message_date": closed} for _number in range(30)]
        )
        newer = self.env["omnichannel.conversation"].create(
            [{"partner_id": self.partner.id}, {"partner_id": other.id}]
        )
        newer[0].action_close()
        ledger = self.receive(self.text("Mine"), self.text("Theirs", sender="+31622222222"))
        self.assertEqual(ledger.mapped("join_reason"), ["recent", "recent"])
        self.assertEqual([row.conversation_id for row in ledger], [tickets[-1], newer[1]])

    def test_snoozed_until_the_reply(self):
        conversation = self.receive(self.text()).conversation_id
        conversation.with_user(self.agent).action_snooze()
        self.assertEqual(conversation.state, "snoozed")
        self.receive(self.text())
        self.assertEqual(conversation.state, "open")

    def test_snoozed_until_a_time(self):
        conversation = self.receive(self.text()).conversation_id
        later = fields.Datetime.now() + timedelta(hours=1)
        conversation.with_user(self.agent).action_snooze(fields.Datetime.to_string(later))
        conversation._cron_minute()
        self.assertEqual(conversation.state, "snoozed")
        conversation.snooze_until = fields.Datetime.now() - timedelta(seconds=1)
        conversation._cron_minute()
        self.assertEqual((conversation.state, conversation.snooze_until), ("open", False))

    def test_move_to_another_conversation_and_to_a_new_one(self):
        ledger = self.receive(self.text("One"), self.text("Two"))
        conversation = ledger.conversation_id
        moved = ledger[1].mail_message_id
        target = self.env["omnichannel.conversation"].browse(
            conversation.with_user(self.agent).action_move_message(moved.id)
        )
        self.assertEqual(moved.res_id, target.id)
        self.assertEqual(ledger[1].conversation_id, target)
        self.assertEqual((conversation.preview, target.preview), ("One", "Two"))

    def test_what_is_left_behind_is_summed_up_by_its_newest(self):
        ledger = self.receive(self.text("One"), self.text("Two"), self.text("Three"))
        conversation = ledger.conversation_id
        conversation.with_user(self.agent).action_move_message(ledger[0].mail_message_id.id)
        self.assertEqual(conversation.preview, "Three")

    def test_unread_is_each_agents_own(self):
        conversation = self.receive(self.text()).conversation_id
        mine, theirs = conversation.with_user(self.agent), conversation.with_user(self.other_agent)
        self.assertTrue(mine.is_unread and theirs.is_unread)
        mine.action_mark_read()
        self.assertFalse(mine.is_unread)
        self.assertTrue(theirs.is_unread)
        unread = [("is_unread", "=", True), ("id", "=", conversation.id)]
        self.assertFalse(mine.search(unread))
        self.assertEqual(theirs.search(unread), conversation)
        read = [("is_unread", "=", False), ("id", "=", conversation.id)]
        self.assertEqual(mine.search(read), conversation)
        self.assertFalse(theirs.search(read))
        conversation.action_close()
        self.assertFalse(theirs.search(unread), "what is closed waits for nobody")
        self.assertEqual(theirs.filtered_domain(read), theirs.search(read))
