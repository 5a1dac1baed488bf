from contextlib import contextmanager
from unittest.mock import patch

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import OmnichannelCase, sign

EVENT_LOG = "odoo.addons.omnichannel_inbox.models.omnichannel_event"
BATCH = 100
# What the inbox's cards show.
CARD = {
    **{
        name: {}
        for name in (
            "is_unread", "last_direction", "state", "channel_type", "last_author", "name", "priority",
            "last_message_date", "subject", "preview", "waiting_since", "is_undelivered",
        )
    },
    "partner_id": {"fields": {"display_name": {}}},
    "user_id": {"fields": {"display_name": {}}},
    "tag_ids": {"fields": {"display_name": {}, "color": {}}},
}  # fmt: skip


class QueryCase(OmnichannelCase):
    @contextmanager
    def assertQueriesAtMost(self, limit):
        """The block, and what a commit would flush after it, takes so many queries at most."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        # Kept by each server for all transactions until a team is set up otherwise.
        self.env["omnichannel.team"]._assigning()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        yield
        self.env.cr.flush()
        self.assertLessEqual(self.cr.sql_log_count - before, limit)

    def numbers(self, count=BATCH):
        return [f"+3161000{number:04}" for number in range(count)]

    def make_customers(self, numbers):
        return self.env["res.partner"].create(
            [{"name": f"Customer {number}", "phone": number} for number in numbers]
        )

    def journal(self, *items):
        """Journal a body whose items are all worked in lane 0."""
        self.env["omnichannel.event"]._journal(self.channel, self.body(*items))
        self.env.cr.execute("UPDATE omnichannel_event SET lane = 0 WHERE state = 'pending'")

    def work_batch(self):
        return self.env["omnichannel.event"]._work_batch(0)


@tagged("post_install", "-at_install")
class TestWorkerQueries(QueryCase):
    """What a batch of the inbound worker may ask the database: it must not grow with the batch."""

    def test_strangers(self):
        self.journal(*[self.text(sender=number) for number in self.numbers()])
        with self.assertQueriesAtMost(42):
            self.assertEqual(self.work_batch(), BATCH)

    def test_strangers_again(self):
        numbers = self.numbers()
        self.receive(*[self.text(sender=number) for number in numbers])
        self.journal(*[self.text(sender=number) for number in numbers])
        with self.assertQueriesAtMost(23):
            self.assertEqual(self.work_batch(), BATCH)

    def test_customers_with_orders(self):
        """Several open orders, one of them tied: any of the customer's conversations may be meant."""
        numbers = self.numbers()
        partners = self.make_customers(numbers)
        orders = self.env["sale.order"].create([{"partner_id": partner.id} for partner in partners])
        orders |= self.env["sale.order"].create([{"partner_id": partner.id} for partner in partners])
        orders.state = "sale"
        ledger = self.receive(*[self.text(sender=number) for number in numbers])
        for conversation in ledger.conversation_id:
            conversation.order_ids = conversation.partner_id.sale_order_ids[:1]
        ledger.conversation_id.state = "pending"
        self.journal(*[self.text(sender=number) for number in numbers])
        with self.assertQueriesAtMost(28):
            self.assertEqual(self.work_batch(), BATCH)
        self.assertEqual(len(ledger.conversation_id.ledger_ids), 2 * BATCH)
        self.assertEqual(set(ledger.conversation_id.mapped("state")), {"open"})

    def test_first_answer_to_tickets_of_orders(self):
        """Who never wrote before joins the ticket that the order opened."""
        numbers = self.numbers()
        partners = self.make_customers(numbers)
        tickets = self.env["omnichannel.conversation"].create(
            [{"partner_id": partner.id, "state": "pending"} for partner in partners]
        )
        self.journal(*[self.text(sender=number) for number in numbers])
        with self.assertQueriesAtMost(43):
            self.assertEqual(self.work_batch(), BATCH)
        self.assertEqual(len(tickets.ledger_ids), BATCH)
        self.assertEqual(len(tickets.identity_ids), BATCH)

    def test_statuses(self):
        numbers = self.numbers(20)
        ledger = self.receive(*[self.text(sender=n, at=str(fields.Datetime.now())) for n in numbers])
        sent = self.env["omnichannel.message"]
        for conversation in ledger.conversation_id:
            sent |= self.answer(conversation).omnichannel_ledger_ids
        for _round in range(3):
            self.send_queued()
        self.assertEqual(set(sent.mapped("state")), {"sent"})
        self.journal(
            *[
                {"uid": message.provider_uid, "status": status}
                for message in sent
                for status in ("sent", "delivered", "read")
            ]
        )
        with self.assertQueriesAtMost(18):
            self.assertEqual(self.work_batch(), 60)
        self.assertEqual(set(sent.mapped("state")), {"read"})

    def test_statuses_of_nothing_hold_up_no_batch(self):
        statuses = [{"uid": f"nobody's {number}", "status": "sent"} for number in range(50)]
        messages = [self.text(sender=number) for number in self.numbers(50)]
        self.journal(*[item for pair in zip(statuses, messages) for item in pair])
        with self.assertQueriesAtMost(50):
            self.assertEqual(self.work_batch(), BATCH)
        events = self.env["omnichannel.event"].search([], limit=BATCH)
        self.assertEqual(
            events.mapped("state"), ["done", "pending"] * 50, "newest first: a message after each status"
        )

    @mute_logger(EVENT_LOG)
    def test_one_bad_item_does_not_make_each_a_batch_of_its_own(self):
        self.journal(
            *[self.text("bad" if n == 70 else "good", number) for n, number in enumerate(self.numbers())]
        )
        Inbound = self.env.registry["omnichannel.inbound"]
        original = Inbound._body

        def explode(inbound, channel, item):
            if item.text == "bad":
                raise ValueError("no")
            return original(inbound, channel, item)

        with patch.object(Inbound, "_body", explode), self.assertQueriesAtMost(360):
            self.assertEqual(self.work_batch(), BATCH)
        events = self.env["omnichannel.event"].search([], limit=BATCH)
        self.assertEqual(events.filtered(lambda event: event.state == "pending").position, 70)

    def test_a_batch_is_announced_once(self):
        """However often a batch touches a conversation, each who listens hears of it once."""
        numbers = self.numbers(10)
        conversations = self.receive(*[self.text(sender=n) for n in numbers]).conversation_id
        conversations.state = "pending"
        self.journal(*[self.text(sender=n) for n in numbers for _time in (1, 2)])
        self.env.cr.flush()
        newest = self.env["bus.bus"]._bus_last_id()
        self.work_batch()
        self.env.cr.flush()
        sent = self.env["bus.bus"].search([("id", ">", newest)])
        self.assertEqual(len(sent), 1 + len(conversations), "one for the team, one for each conversation")


@tagged("post_install", "-at_install")
class TestAgentQueries(QueryCase):
    """What an agent's clicks may ask the database."""

    def setUp(self):
        super().setUp()
        numbers = self.numbers(50)
        self.make_customers(numbers[:25])
        ledger = self.receive(
            *[self.text(sender=number, at=str(fields.Datetime.now())) for number in numbers]
        )
        self.conversations = ledger.conversation_id.with_user(self.agent)

    def test_answer_and_note(self):
        conversation = self.conversations[:1]
        self.answer(conversation)
        conversation.message_post(body="Note", subtype_xmlid="mail.mt_note", message_type="comment")
        with self.assertQueriesAtMost(15):
            conversation.message_post(body="Note", subtype_xmlid="mail.mt_note", message_type="comment")
        with self.assertQueriesAtMost(19):
            self.answer(conversation)

    def count(self):
        return (
            self.env["omnichannel.conversation"]
            .with_user(self.agent)
            .search_panel_select_range("folder", enable_counters=True, search_domain=[], filter_domain=[])
        )

    def page(self, limit):
        return (
            self.env["omnichannel.conversation"]
            .with_user(self.agent)
            .web_search_read(
                [("folder", "=", "open")],
                CARD,
                limit=limit,
                order="last_message_date desc",
                count_limit=10001,
            )
        )

    def test_first_page_of_the_inbox(self):
        self.page(40)
        with self.assertQueriesAtMost(9):
            self.assertEqual(len(self.page(40)["records"]), 40)

    def test_counters(self):
        self.count()
        with self.assertQueriesAtMost(2):
            self.count()
        conversations = self.env["omnichannel.conversation"].with_user(self.agent)
        conversations.get_inbox_summary()
        with self.assertQueriesAtMost(6):
            conversations.get_inbox_summary()

    def test_opening_a_conversation(self):
        conversation = self.conversations[:1]
        self.receive(*[self.text(sender=conversation.sudo().identity_id.address) for _number in range(40)])

        def click():
            conversation.get_client_data()
            conversation.get_customer_panel()
            conversation.action_mark_read()
            conversation.get_messages(conversation.message_ids.ids[:30])

        click()
        with self.assertQueriesAtMost(38):
            click()


@tagged("post_install", "-at_install")
class TestWebhookQueries(HttpCase, QueryCase):
    def post(self, *items):
        raw = self.body(*items)
        return self.url_open(
            f"/omnichannel/webhook/{self.channel.webhook_token}",
            data=raw,
            headers={"Content-Type": "application/json", "X-Test-Signature": sign(raw)},
        )

    def test_webhook(self):
        self.assertEqual(self.post(self.text()).status_code, 200)
        with self.assertQueriesAtMost(4):
            self.assertEqual(self.post(*[self.text() for _number in range(20)]).status_code, 200)
