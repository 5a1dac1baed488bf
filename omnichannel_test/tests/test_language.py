"""What a customer reads is in their language, else in the channel's, whoever the agent is."""

from odoo.tests import tagged

from .test_email import SHOP, EmailCase


@tagged("post_install", "-at_install")
class TestLanguage(EmailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("nl_NL")

    def subject_of_answer(self):
        """The subject of our answer to a mail without one."""
        conversation = self.deliver(self.mail(subject="")).conversation_id
        row = self.answer(conversation, "It left today").omnichannel_ledger_ids
        return row.channel_id._adapter()._build(row, row.mail_message_id, SHOP, "<a@shop.example>")["Subject"]

    def test_in_the_customers_language(self):
        self.partner.lang = "nl_NL"
        self.assertIn("Re: Je bericht [", self.subject_of_answer())

    def test_else_in_the_channels(self):
        self.partner.lang = False
        self.mailbox.lang = "nl_NL"
        self.assertIn("Re: Je bericht [", self.subject_of_answer())

    def test_a_channel_in_english(self):
        self.partner.lang = False
        self.assertIn("Re: Your message [", self.subject_of_answer())
