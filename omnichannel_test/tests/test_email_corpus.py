"""Each kind of mail does what docs/email.md says."""

from odoo.tests import tagged
from odoo.tools import html2plaintext

from . import mails_of_systems  # noqa: F401  puts its mails among the others
from .mails import ANNA, ASIDE, CARRIER, CASES, COPIED, FIRST, NUMBER, OURS, SALES, text
from .test_email import EmailCase


@tagged("post_install", "-at_install")
class TestEmailCorpus(EmailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox.copy({"name": "Sales", "address": SALES})
        cls.agent.email = ANNA
        cls.company.resource_calendar_id.tz = "Europe/Amsterdam"
        cls.server = cls.env["fetchmail.server"].create(
            {"name": "M", "server": "127.0.0.1", "server_type": "imap"}
        )
        cls.mailbox.fetchmail_server_id = cls.server

    def setUp(self):
        super().setUp()
        self.hand_in(text("first", Message_Id=FIRST, Cc=COPIED).as_bytes())
        self.first = self.rows()
        self.conversation = self.first.conversation_id
        self.ours = self.answer(self.conversation).omnichannel_ledger_ids
        self.ours.write({"state": "sent", "provider_uid": OURS, "reference": OURS[13:45]})
        self.forward()
        self.conversation.with_user(self.agent).action_mark_read()
        self.env.flush_all()

    def forward(self):
        """Ask the carrier about Karin's mail."""
        self.carrier = self.env["res.partner"].create({"name": "Carrier BV", "email": CARRIER})
        message_id = self.conversation.with_user(self.agent).action_forward(
            {"message_id": self.first.mail_message_id.id, "to": CARRIER}
        )
        forwarded = self.env["mail.message"].browse(message_id).omnichannel_ledger_ids
        forwarded.write({"state": "sent", "provider_uid": ASIDE, "reference": ASIDE[13:45]})

    def hand_in(self, raw):
        thread = self.env["mail.thread"].with_context(default_fetchmail_server_id=self.server.id)
        thread.message_process(False, raw)
        self.work_inbound()

    def rows(self):
        return self.env["omnichannel.message"].search(
            [("channel_id.channel_type", "=", "email"), ("direction", "=", "in")], order="id DESC"
        )

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(CASES), 80)
        self.assertEqual(len({case.name for case in CASES}), len(CASES))

    def test_cases(self):
        for case in CASES:
            with self.subTest(case.name), self.env.cr.savepoint() as savepoint:
                self.hand_in(case.raw.replace(NUMBER.encode(), self.conversation.name.encode()))
                self.check(case)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def check(self, case):
        new = self.rows() - self.first
        self.assertLessEqual(len(new), 1)
        conversation = new.conversation_id or self.conversation
        found = {
            "conversation": ("same" if conversation == self.conversation else "new") if new else "none",
            "author": self.author(new),
            "state": conversation.state,
            "notified": "team" if conversation.with_user(self.agent).is_unread else "nobody",
            "answer_to": self.answer_to(conversation),
            "sent": self.ours.state,
            "unreachable": bool(self.first.identity_id.unreachable_date),
            # What is there already need not be offered.
            "claimed": new.claimed_conversation_id == self.conversation != new.conversation_id,
            "aside": bool(new.aside_id),
        }
        self.assertEqual(found, {name: getattr(case, name) for name in found})
        self.assertEqual(sorted(new.mail_message_id.attachment_ids.mapped("name")), sorted(case.files))
        if case.preview is not None:
            self.assertEqual(conversation.preview, case.preview)
        body = new.mail_message_id.body or ""
        for danger in ("<script", "onerror", ' src="http', "url("):
            self.assertNotIn(danger, body)
        self.assertIn(
            self.env["omnichannel.event"].search([], limit=1).state,
            ("done",) if new else ("ignored", "dead", "done", "pending"),
        )
        self.assertEqual(html2plaintext(self.first.mail_message_id.body).strip(), "Where is my order?")

    def author(self, row):
        if not row:
            return "none"
        author = row.mail_message_id.author_id
        return {self.partner: "customer", self.carrier: "carrier"}.get(author, "unknown")

    def answer_to(self, conversation):
        data = conversation.with_user(self.agent).get_composer_data()
        [option] = [o for o in data["options"] if o["key"] == data["default"]]
        return option["recipient_address"]
