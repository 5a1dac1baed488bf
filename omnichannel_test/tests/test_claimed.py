"""Mails that say they answer a conversation: by references, or by a reference number in the subject."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.omnichannel_inbox.tests.common import OmnichannelUsers

from .test_email import EmailCase

EVE = "Eve <eve@evil.example>"
LONG_AGO = "2020-01-01"


@tagged("post_install", "-at_install")
class TestReferenceNumber(EmailCase):
    """The number joins its conversation if the sender takes part there, whatever else is open."""

    def setUp(self):
        super().setUp()
        self.first = self.deliver(self.mail(subject="First matter")).conversation_id
        self.first.action_close()
        self.first.closed_date = LONG_AGO
        self.second = self.deliver(self.mail("Another", subject="Second matter")).conversation_id

    def subject(self, conversation=None):
        return f"Re: something [{(conversation or self.first).name}]"

    def test_two_matters(self):
        self.assertNotEqual(self.first, self.second)

    def test_it_joins_the_senders_own_however_long_it_is_closed(self):
        row = self.deliver(self.mail("And this?", subject=self.subject()))
        self.assertEqual((row.conversation_id, row.join_reason), (self.first, "reference"))
        self.assertEqual(self.first.state, "open")
        self.assertFalse(row.claimed_conversation_id)

    def test_it_joins_from_another_address_of_the_customer(self):
        self.env["res.partner"].create(
            {"name": "Karin at home", "parent_id": self.partner.id, "email": "home@example.com"}
        )
        row = self.deliver(self.mail("From home", "home@example.com", subject=self.subject()))
        self.assertEqual(row.conversation_id, self.first)

    def test_a_channel_with_a_conversation_for_each_subject_keeps_to_it(self):
        self.mailbox.is_split_by_subject = True
        row = self.deliver(self.mail("And this?", subject=self.subject()))
        self.assertEqual(row.conversation_id, self.first)

    def test_what_it_replies_to_goes_before_the_number(self):
        answered = self.second.ledger_ids.provider_uid
        row = self.deliver(self.mail("Yes", subject=self.subject(), In_Reply_To=answered))
        self.assertEqual((row.conversation_id, row.join_reason), (self.second, "reply"))

    def test_a_number_that_nobody_has(self):
        row = self.deliver(self.mail("Yes", EVE, subject="[OC99999999] [urgent]"))
        self.assertEqual(row.join_reason, "new")
        self.assertFalse(row.claimed_conversation_id)

    def test_a_number_of_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["omnichannel.team"].create({"name": "There", "company_id": company.id})
        other = self.env["omnichannel.conversation"].create({"company_id": company.id, "team_id": team.id})
        row = self.deliver(self.mail("Yes", EVE, subject=self.subject(other)))
        self.assertFalse(row.claimed_conversation_id)

    def test_many_at_once_are_looked_up_together(self):
        mails = [
            self.mail(
                "Hello",
                f"c{number}@example.com",
                subject=self.subject(),
                message_id=f"<{number}@many.example>",
            )
            for number in range(20)
        ]
        for mail in mails:
            self.env["mail.thread"].message_process(False, mail.as_bytes())
        self.work_inbound()
        rows = self.env["omnichannel.message"].search([("claimed_conversation_id", "=", self.first.id)])
        self.assertEqual(len(rows), 20)
        self.assertEqual(len(rows.conversation_id), 20)


@tagged("post_install", "-at_install")
class TestClaimed(OmnichannelUsers, EmailCase):
    """A stranger's claim opens a conversation of its own, and offers the other one to whoever may read it."""

    def setUp(self):
        super().setUp()
        self.mine = self.deliver(self.mail("It is secret"))
        self.conversation = self.mine.conversation_id
        self.conversation.subject = "Mandarin"
        self.row = self.deliver(self.mail("I am with her", EVE, In_Reply_To=self.mine.provider_uid))
        # Another team's by now: who reads the claim does not read what it claims.
        self.row.conversation_id.team_id = self.team_of_outsider
        self.env.flush_all()
        self.env.invalidate_all()

    def shown(self, user):
        return self.row.mail_message_id.with_user(user)._omnichannel_data()["claimed"]

    def test_it_is_a_conversation_of_its_own(self):
        self.assertNotEqual(self.row.conversation_id, self.conversation)
        self.assertEqual(self.row.join_reason, "new")
        self.assertNotIn(self.row.identity_id, self.conversation.identity_ids)

    def test_by_number_it_is_the_same(self):
        row = self.deliver(self.mail("Hello", "new@evil.example", subject=f"[{self.conversation.name}]"))
        self.assertEqual(row.claimed_conversation_id, self.conversation)
        self.assertEqual(row.join_reason, "new")

    def test_who_may_read_both_is_offered_it(self):
        offered = {
            "id": self.conversation.id,
            "name": self.conversation.name,
            "can_move": True,
            "is_aside": False,
        }
        self.assertEqual(self.shown(self.supervisor), offered)

    def test_the_offer_comes_with_the_message(self):
        found = self.row.conversation_id.with_user(self.supervisor).get_messages(self.row.mail_message_id.ids)
        [message] = found["data"]["mail.message"]
        self.assertEqual(message["omnichannel"]["claimed"]["id"], self.conversation.id)

    def test_who_may_not_read_it_learns_nothing(self):
        self.assertTrue(self.row.conversation_id.with_user(self.outsider).has_access("read"))
        self.assertFalse(self.shown(self.outsider))
        found = self.row.conversation_id.with_user(self.outsider).get_messages(self.row.mail_message_id.ids)
        self.assertNotIn(self.conversation.name, str(found))
        row = self.row.with_user(self.outsider)
        self.assertNotIn("claimed_conversation_id", row.fields_get())
        for peek in (
            lambda: row.read(["claimed_conversation_id"]),
            lambda: row.search([("claimed_conversation_id.subject", "like", "Mandarin")]),
            lambda: row.export_data(["claimed_conversation_id/subject"]),
        ):
            with self.assertRaises(AccessError):
                peek()
        self.assertNotIn("Mandarin", str(row.read()))

    def test_who_may_only_read_is_not_offered_to_move(self):
        self.row.conversation_id.mentioned_user_ids |= self.employee
        self.conversation.mentioned_user_ids |= self.employee
        self.assertFalse(self.shown(self.employee)["can_move"])

    def test_moved_there_it_waits_for_an_answer(self):
        self.conversation.action_close()
        source = self.row.conversation_id
        source.with_user(self.supervisor).action_move_message(
            self.row.mail_message_id.id, self.conversation.id
        )
        self.assertEqual(self.row.conversation_id, self.conversation)
        self.assertEqual(self.conversation.state, "open")
        self.assertTrue(self.conversation.waiting_since)
        self.assertEqual(source.state, "closed", "nothing is left in it")
        self.assertFalse(self.shown(self.supervisor))

    def test_moved_there_what_follows_goes_there(self):
        source = self.row.conversation_id
        source.with_user(self.supervisor).action_move_message(
            self.row.mail_message_id.id, self.conversation.id
        )
        row = self.deliver(self.mail("And more", EVE, subject="Something"))
        self.assertEqual(row.conversation_id, self.conversation)

    def test_a_message_that_is_not_the_newest_reopens_nothing(self):
        source = self.row.conversation_id
        self.deliver(self.mail("Later"))
        self.conversation.action_close()
        source.with_user(self.supervisor).action_move_message(
            self.row.mail_message_id.id, self.conversation.id
        )
        self.assertEqual(self.conversation.state, "closed")

    def test_who_may_not_write_there_moves_nothing(self):
        with self.assertRaises(AccessError):
            self.row.conversation_id.with_user(self.outsider).action_move_message(
                self.row.mail_message_id.id, self.conversation.id
            )

    def test_its_own_conversation_stays_with_a_message_left(self):
        other = self.deliver(self.mail("Something else", EVE))
        source = self.row.conversation_id
        self.assertEqual(other.conversation_id, source)
        source.with_user(self.supervisor).action_move_message(
            self.row.mail_message_id.id, self.conversation.id
        )
        self.assertEqual(source.state, "open")
