from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import file_open, mute_logger

from .common import BUSINESS, NUMBER, WhatsappCase

SECRETS = ("whatsapp_token", "whatsapp_app_secret", "whatsapp_verify_token", "webhook_token", "webhook_url")


@tagged("post_install", "-at_install")
class TestChannel(WhatsappCase):
    """Connecting a number."""

    def setUp(self):
        super().setUp()
        number = {"id": NUMBER, "display_phone_number": "+31 20 123 4567", "verified_name": "De Winkel"}
        self.graph.answers[f"GET /{NUMBER}"] = (200, number)
        self.graph.answers[f"GET /{BUSINESS}/phone_numbers"] = (200, {"data": [number]})

    def test_connection(self):
        self.channel.state = "draft"
        found = self.channel.action_test_connection()
        self.assertIn("De Winkel", found["params"]["message"])
        self.assertEqual(self.channel.state, "connected")
        self.assertEqual(self.channel.address, "+31 20 123 4567")

    def test_customers_can_begin_by_a_link(self):
        link = self.channel._adapter()._public_link(self.channel)
        self.assertIsNone(link, "its number is not known before it was connected")
        self.channel.action_test_connection()
        link = self.channel._adapter()._public_link(self.channel)
        self.assertEqual(link["url"], "https://wa.me/31201234567")

    def test_connection_says_in_words_what_is_wrong(self):
        def broken(**answers):
            self.graph.answers.update(answers)
            with self.assertRaises(UserError) as caught:
                self.channel.action_test_connection()
            return str(caught.exception)

        self.channel.state = "draft"
        number, account = f"GET /{NUMBER}", f"GET /{BUSINESS}/phone_numbers"
        self.assertIn("does not belong", broken(**{account: (200, {"data": []})}))
        self.assertIn("Business Account ID", broken(**{account: (404, {"error": {"code": 100}})}))
        self.assertIn("access token", broken(**{number: (401, {"error": {"code": 190}})}))
        self.channel.whatsapp_api_url = "http://127.0.0.1:9"
        self.assertIn("cannot be reached", broken())
        self.channel.whatsapp_app_secret = False
        self.assertIn("App Secret", broken())
        self.assertEqual(self.channel.state, "draft")

    def test_an_administrator_fills_in_the_form(self):
        with Form(self.env["omnichannel.channel"]) as form:
            form.name = "Second number"
            form.channel_type = "whatsapp"
            form.team_id = self.team
            form.whatsapp_phone_number_id = "2"
            form.whatsapp_business_account_id = BUSINESS
            form.whatsapp_token = "t"
            form.whatsapp_app_secret = "s"
        channel = form.record
        self.assertEqual(channel.whatsapp_api_url, "https://graph.facebook.com")
        self.assertTrue(channel.whatsapp_verify_token)
        self.assertNotEqual(channel.whatsapp_verify_token, self.channel.whatsapp_verify_token)
        self.assertEqual(channel.state, "draft")

    def test_a_number_is_connected_once(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.make_channel("Again", NUMBER)

    def test_secrets_are_for_system_administrators(self):
        manager = new_test_user(
            self.env, "wa_manager", "base.group_user,omnichannel_inbox.group_omnichannel_manager"
        )
        for user in (self.agent, manager):
            channel = self.channel.with_user(user)
            self.assertEqual(channel.name, "Shop")
            for name in SECRETS:
                with self.assertRaises(AccessError):
                    channel.read([name])
                with self.assertRaises(AccessError):
                    channel.search([(name, "=", "x")])
        self.assertTrue(self.channel.with_user(manager).action_test_connection())

    def test_another_companys_templates_are_not_seen(self):
        company = self.env["res.company"].create({"name": "B"})
        stranger = new_test_user(
            self.env,
            "wa_stranger",
            "base.group_user,omnichannel_inbox.group_omnichannel_agent",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        template = self.env["omnichannel.whatsapp.template"].create(
            {"name": "t", "language": "nl", "channel_id": self.channel.id}
        )
        self.assertTrue(template.with_user(self.agent).has_access("read"))
        self.assertFalse(template.with_user(stranger).has_access("read"))

    def test_a_copy_of_the_database_knows_no_secret(self):
        with file_open("omnichannel_whatsapp/data/neutralize.sql") as script:
            self.env.flush_all()
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.channel.whatsapp_token)
        self.assertFalse(self.channel.whatsapp_app_secret)
