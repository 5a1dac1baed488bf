"""Whom a mail went to besides us: they get the answer too, and take part when they answer."""

from odoo.tests import tagged

from .test_email import SHOP, EmailCase

PARTNER = "partner@example.com"
BOSS = "boss@example.com"


@tagged("post_install", "-at_install")
class TestEmailCopies(EmailCase):
    def option(self, conversation):
        """How the composer is filled in when nobody chooses anything."""
        data = conversation.with_user(self.agent).get_composer_data()
        [option] = [option for option in data["options"] if option["key"] == data["default"]]
        return option

    def copies(self, conversation):
        return self.option(conversation).get("defaults", {}).get("cc")

    def test_an_answer_goes_to_all(self):
        row = self.deliver(self.mail(to=f"{SHOP}, {BOSS}", cc=f"Partner <{PARTNER}>, karin@example.com"))
        self.assertEqual(self.copies(row.conversation_id), f"{BOSS}, {PARTNER}")

    def test_the_thread_shows_them(self):
        row = self.deliver(self.mail(cc=PARTNER))
        self.assertEqual(row.mail_message_id._omnichannel_data()["copies"], {"cc": [PARTNER]})
        sent = self.answer(row.conversation_id, omnichannel_options={"cc": PARTNER, "bcc": BOSS})
        self.assertEqual(sent._omnichannel_data()["copies"], {"cc": [PARTNER], "bcc": [BOSS]})

    def test_the_newest_mail_counts(self):
        row = self.deliver(self.mail(cc=PARTNER))
        self.deliver(self.mail("And just between us?"))
        self.assertFalse(self.copies(row.conversation_id))

    def test_a_crowd_is_not_answered(self):
        crowd = ", ".join(f"somebody{number}@example.com" for number in range(30))
        row = self.deliver(self.mail(cc=crowd))
        self.assertFalse(self.copies(row.conversation_id))

    def test_our_own_addresses_are_no_copies(self):
        self.mailbox.copy({"name": "Sales", "address": "sales@shop.example"})
        row = self.deliver(self.mail(cc="Sales@shop.example"))
        self.assertFalse(self.copies(row.conversation_id))

    def test_odoos_own_addresses_are_no_copies(self):
        """To which customers answer the mails that Odoo sends about orders."""
        domain = self.env["mail.alias.domain"].create({"name": "odoo.shop.example"})
        self.env["mail.alias"].create(
            {
                "alias_name": "orders",
                "alias_domain_id": domain.id,
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        row = self.deliver(
            self.mail(cc=f"{domain.catchall_email}, orders@odoo.shop.example, {domain.bounce_email}, {BOSS}")
        )
        self.assertEqual(self.copies(row.conversation_id), BOSS)

    def test_who_was_in_copy_takes_part_when_they_answer(self):
        row = self.deliver(self.mail(cc=PARTNER))
        answer = self.mail("I pay", PARTNER, to=SHOP, cc="karin@example.com", In_Reply_To=row.provider_uid)
        answered = self.deliver(answer)
        self.assertEqual(answered.conversation_id, row.conversation_id)
        self.assertEqual(answered.conversation_id.partner_id, self.partner)
        option = self.option(row.conversation_id)
        self.assertEqual(option["recipient_address"], PARTNER)
        self.assertEqual(option["defaults"]["cc"], "karin@example.com")

    def test_who_we_sent_a_copy_to_takes_part(self):
        row = self.deliver(self.mail())
        ours = self.answer(row.conversation_id, omnichannel_options={"bcc": BOSS}).omnichannel_ledger_ids
        ours.write({"state": "sent", "provider_uid": f"<omnichannel-{ours.reference}@shop.example>"})
        answer = self.deliver(self.mail("Noted", BOSS, In_Reply_To=ours.provider_uid))
        self.assertEqual(answer.conversation_id, row.conversation_id)

    def test_nobody_else_takes_part(self):
        row = self.deliver(self.mail(cc=PARTNER))
        stranger = self.deliver(self.mail("Hi", "eve@evil.example", In_Reply_To=row.provider_uid))
        self.assertNotEqual(stranger.conversation_id, row.conversation_id)


@tagged("post_install", "-at_install")
class TestAnswerToWhatIsUncertain(EmailCase):
    def test_an_answer_shows_that_it_arrived(self):
        first = self.deliver(self.mail())
        ours = self.answer(first.conversation_id).omnichannel_ledger_ids
        ours.state = "uncertain"
        first.conversation_id._note_undelivered()
        first.conversation_id.state = "closed"
        first.conversation_id.closed_date = "2020-01-01 00:00:00"
        own_id = f"<omnichannel-{ours.reference}@shop.example>"
        answer = self.deliver(self.mail("Thank you", In_Reply_To=own_id))
        self.assertEqual((answer.conversation_id, answer.join_reason), (first.conversation_id, "reply"))
        self.assertEqual((ours.state, ours.provider_uid), ("delivered", own_id))
        self.assertFalse(first.conversation_id.is_undelivered)
