"""An address is connected: a mail to ourselves comes back, or does not."""

import time
from datetime import timedelta
from email.message import EmailMessage
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .test_email import SHOP, EmailCase

CONNECT = "odoo.addons.omnichannel_inbox.models.omnichannel_adapter_email_connect"


@tagged("post_install", "-at_install")
class TestEmailConnect(EmailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox.write({"state": "draft"})
        cls.anna = new_test_user(
            cls.env, "anna_connects", groups="omnichannel_inbox.group_omnichannel_manager"
        )

    def press_test(self, sending=None, reading=None):
        """The servers answer like this; returns (what the user is told, the mail that left)."""
        sent = []
        build = self.env["omnichannel.adapter.email"]._test_mail

        def ask(adapter, channel, address):
            sent.append(build(channel, address, adapter._token(channel)))
            return sending, reading

        with patch(f"{CONNECT}.OmnichannelAdapterEmail._ask_servers", ask):
            action = self.mailbox.with_user(self.anna).action_test_connection()
        return action["params"], sent[0]

    def hand_in(self, message):
        """A mail comes in by whatever road; returns its row of the journal."""
        self.env["mail.thread"].message_process(False, message.as_bytes())
        self.work_inbound()
        return self.env["omnichannel.event"].search([], limit=1)

    def told(self):
        """What was put on the bus for the user, as it leaves with the commit."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([("message", "like", "simple_notification")])
        return " ".join(rows.mapped("message"))

    def test_a_test_mail_that_comes_back(self):
        told, sent = self.press_test()
        self.assertEqual(told["title"], "Mails can be sent")
        self.assertEqual((self.mailbox.state, self.mailbox.mail_arrival), ("connected", "waiting"))
        self.assertRegex(sent["Message-Id"], r"^<omnichannel-test-[0-9a-z.]{50,}@shop\.example>$")
        self.assertEqual((sent["From"], sent["To"]), (f"Shop <{SHOP}>", SHOP))
        event = self.hand_in(sent)
        self.assertEqual((event.state, event.reason), ("ignored", "A test mail that came back."))
        self.assertEqual(self.mailbox.receiving, "arriving")
        self.assertTrue(self.mailbox.mail_test_returned)
        self.assertIn("came back at once", self.mailbox.receiving_words)
        self.assertFalse(self.env["omnichannel.message"].search([("channel_id", "=", self.mailbox.id)]))
        self.assertIn("came back at once", self.told())

    def test_how_long_it_took(self):
        with patch(f"{CONNECT}.time.time", return_value=time.time() - 12):
            _told, sent = self.press_test()
        self.hand_in(sent)
        self.assertRegex(self.mailbox.receiving_words, "came back after 1[123] seconds")

    def test_it_is_known_by_a_header_too(self):
        _told, sent = self.press_test()
        sent.replace_header("Message-Id", "<0100018@eu-west-1.amazonses.example>")
        self.hand_in(sent)
        self.assertEqual(self.mailbox.mail_arrival, "arriving")

    def test_a_made_up_token_proves_nothing_and_hides_nothing(self):
        _told, sent = self.press_test()
        token = sent["X-Omnichannel-Test"]
        forged = self.mail("Buy!", X_Omnichannel_Test=f"{token[:-1]}{'0' if token[-1] != '0' else '1'}")
        row = self.deliver(forged)
        self.assertTrue(row.conversation_id)
        self.assertEqual(self.mailbox.mail_arrival, "waiting")
        for odd in ("1.2.3", ".", "a.b.c.d.e", ""):
            self.assertFalse(self.env["omnichannel.adapter.email"]._verified(odd))

    def test_it_does_not_come_back(self):
        self.press_test()
        self.env["omnichannel.channel"]._give_up_test_mails()
        self.assertEqual(self.mailbox.receiving, "waiting")
        self.mailbox.mail_test_sent = fields.Datetime.now() - timedelta(minutes=6)
        self.env["omnichannel.conversation"]._cron_minute()
        self.assertEqual((self.mailbox.receiving, self.mailbox.state), ("failing", "connected"))
        self.assertIn("forwarded to Odoo", self.mailbox.receiving_words)
        self.assertIn(SHOP, self.mailbox.receiving_words)
        self.assertIn("did not come back within 5 minutes", self.told())

    def test_each_is_told_in_their_own_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.anna.lang = "nl_NL"
        told, sent = self.press_test()
        self.assertEqual(told["title"], "Mails kunnen worden verstuurd")
        self.assertEqual(self.hand_in(sent).reason, "A test mail that came back.")
        self.assertIn("kwam meteen terug", self.told())
        self.assertIn("came back at once", self.mailbox.receiving_words)

    def test_it_comes_back_late(self):
        _told, sent = self.press_test()
        self.mailbox.mail_test_sent = fields.Datetime.now() - timedelta(minutes=6)
        self.env["omnichannel.channel"]._give_up_test_mails()
        self.hand_in(sent)
        self.assertEqual(self.mailbox.receiving, "arriving")

    def test_it_comes_back_twice_and_is_told_once(self):
        _told, sent = self.press_test()
        self.hand_in(sent)
        returned = self.mailbox.mail_test_returned
        sent["Received"] = "by another road"
        self.assertEqual(self.hand_in(sent).state, "ignored")
        self.assertEqual(self.mailbox.mail_test_returned, returned)
        self.assertEqual(self.told().count("came back"), 1)

    def test_it_bounces(self):
        _told, sent = self.press_test()
        bounce = EmailMessage()
        bounce["From"], bounce["To"] = "MAILER-DAEMON@mx.example", SHOP
        bounce["Subject"], bounce["Message-Id"] = "Undelivered", "<bounce@mx.example>"
        bounce["X-Failed-Recipients"] = SHOP
        bounce.set_content(f"550 5.2.2 mailbox full\n\nMessage-Id: {sent['Message-Id']}\n")
        event = self.hand_in(bounce)
        self.assertEqual(event.reason, "The test mail could not be delivered.")
        self.assertEqual(self.mailbox.receiving, "failing")
        self.assertIn("550 5.2.2 mailbox full", self.mailbox.receiving_words)

    def test_it_comes_in_by_another_channel(self):
        other = self.mailbox.copy({"name": "Sales", "address": "sales@shop.example"})
        _told, sent = self.press_test()
        self.env["omnichannel.event"]._journal(other, sent.as_bytes())
        self.work_inbound()
        self.assertEqual((self.mailbox.receiving, other.receiving), ("failing", "untested"))
        self.assertIn("the channel Sales", self.mailbox.receiving_words)

    def test_sending_does_not_wait_for_receiving(self):
        told, _sent = self.press_test(reading="imap.example did not let you in.")
        self.assertEqual((told["type"], told["title"]), ("warning", "No mails arrive"))
        self.assertEqual((self.mailbox.state, self.mailbox.receiving), ("connected", "failing"))
        self.assertFalse(self.mailbox._why_not_sending())

    def test_what_cannot_send_is_not_connected(self):
        with self.assertRaisesRegex(UserError, "smtp.example refused the login"):
            self.press_test(sending="smtp.example refused the login.")
        self.assertEqual(self.mailbox.state, "draft")

    def test_a_customers_mail_proves_it_as_well(self):
        self.deliver(self.mail())
        self.assertEqual(self.mailbox.receiving, "arriving")
        self.assertEqual(self.mailbox.receiving_words, "Customers' mails arrive.")

    def test_a_mailbox_that_odoo_stopped_reading(self):
        server = self.env["fetchmail.server"].create(
            {"name": "Box", "server_type": "imap", "server": "imap.example", "port": 993, "state": "done"}
        )
        self.mailbox.fetchmail_server_id = server
        self.deliver(self.mail())
        self.assertEqual(self.mailbox.receiving, "arriving")
        server.write({"error_date": fields.Datetime.now(), "error_message": "[AUTHENTICATIONFAILED]"})
        self.assertEqual(self.mailbox.with_user(self.anna).receiving, "failing")
        self.assertIn("[AUTHENTICATIONFAILED]", self.mailbox.receiving_words)
        server.write({"error_date": False, "error_message": False, "state": "draft"})
        self.assertIn("does not read this mailbox", self.mailbox.receiving_words)

    def test_a_page_that_waits_lets_odoo_look(self):
        self.assertFalse(self.mailbox.look_for_test_mail())
        self.press_test()
        woken = self.env.cr.postcommit.data.setdefault("omnichannel.wake", set())
        woken.clear()
        self.assertTrue(self.mailbox.with_user(self.anna).look_for_test_mail())
        self.assertEqual(woken, {"mail.ir_cron_mail_gateway_action"})
        woken.clear()
        self.mailbox.mail_test_sent = fields.Datetime.now() - timedelta(minutes=2)
        self.assertTrue(self.mailbox.look_for_test_mail())
        self.assertFalse(woken)


@tagged("post_install", "-at_install")
class TestEmailAlias(EmailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create({"name": "odoo.shop.example"})
        cls.env.company.alias_domain_id = cls.domain
        cls.mailbox.alias_name = "support"

    def test_an_administrator_of_the_inbox_gives_an_address_an_alias(self):
        groups = "omnichannel_inbox.group_omnichannel_manager"
        manager = new_test_user(self.env, "manages_the_inbox", groups=groups)
        channel = self.mailbox.with_user(manager).create(
            {
                "name": "Repair",
                "channel_type": "email",
                "address": "repair@shop.example",
                "alias_name": "Repair",
            }
        )
        self.assertEqual(channel.alias_email, "repair@odoo.shop.example")
        self.assertEqual(channel.alias_id.alias_model_id.model, "omnichannel.conversation")
        alias = channel.sudo().alias_id
        channel.unlink()
        self.assertFalse(alias.exists())

    def test_a_mail_to_the_alias_is_journalled(self):
        row = self.deliver(self.mail(to="support@odoo.shop.example"))
        self.assertEqual(row.conversation_id.partner_id, self.partner)
        self.assertEqual(self.mailbox.receiving, "arriving")

    def test_a_forwarded_mail_is_journalled(self):
        """It is addressed to whatever the customer wrote to, such as a list."""
        row = self.deliver(self.mail(to="info@shop.example", Delivered_To="Support@odoo.shop.example"))
        self.assertTrue(row.conversation_id)

    def test_an_archived_channels_mails_do_not_go_odoos_own_way(self):
        self.mailbox.active = False
        row = self.deliver(self.mail(to="support@odoo.shop.example"))
        self.assertEqual(row.conversation_id.channel_id, self.mailbox)

    def test_what_waits_when_a_channel_is_archived_is_worked_off(self):
        message = self.mail()
        self.env["mail.thread"].message_process(False, message.as_bytes())
        self.mailbox.active = False
        self.work_inbound()
        self.assertEqual(self.env["omnichannel.event"].search([], limit=1).state, "done")

    def test_an_answer_does_not_go_to_the_alias(self):
        first = self.mail(to=f"support@odoo.shop.example, {SHOP}, boss@customer.example")
        row = self.deliver(first)
        self.assertTrue(row)
        copies = self.env["omnichannel.adapter.email"]._own_addresses(self.mailbox)
        self.assertEqual(copies, {SHOP, "support@odoo.shop.example"})
        loop = self.mail("Loop", sender="support@odoo.shop.example", to=SHOP)
        self.assertFalse(self.deliver(loop))

    def test_other_aliases_are_odoos(self):
        self.env["mail.alias"].create(
            {"alias_name": "jobs", "alias_model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        before = self.env["omnichannel.event"].search_count([])
        self.env["mail.thread"].message_process(False, self.mail(to="jobs@odoo.shop.example").as_bytes())
        self.assertEqual(self.env["omnichannel.event"].search_count([]), before)

    def test_a_missing_test_mail_names_both_ends_of_the_forwarding(self):
        self.mailbox.write(
            {"mail_arrival": "waiting", "mail_test_sent": fields.Datetime.now() - timedelta(minutes=6)}
        )
        self.env["omnichannel.channel"]._give_up_test_mails()
        for words in (SHOP, "support@odoo.shop.example", "Odoo receives mails to odoo.shop.example"):
            self.assertIn(words, self.mailbox.receiving_words)

    def test_how_mails_come_in(self):
        self.assertEqual(self.mailbox.mail_road, "forward")
        with Form(self.env["omnichannel.channel"].with_user(self.env.ref("base.user_admin"))) as form:
            form.name, form.channel_type, form.address = "Returns", "email", "returns@shop.example"
            self.assertEqual(form.mail_road, "mailbox")
            form.mail_road = "forward"
            self.assertEqual((form.alias_name, form.alias_domain_id), ("returns", self.domain))
        self.assertEqual(form.record.alias_email, "returns@odoo.shop.example")
        form = Form(form.record.copy({"address": SHOP}))
        self.assertFalse(form.alias_name)
        form.mail_road = "mailbox"
        form.mail_road = "forward"
        self.assertFalse(form.alias_name, "another channel has it")
