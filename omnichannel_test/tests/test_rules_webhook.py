"""A rule tells another system. The call itself is made in tests/test_rules.py, by a whole server."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.omnichannel_inbox.models.omnichannel_rule_call import PAUSES
from odoo.addons.omnichannel_inbox.tests.common import MANAGER, OmnichannelUsers

from .test_rules import RuleCase


@tagged("post_install", "-at_install")
class TestRuleCalls(RuleCase):
    def calling(self, url="https://erp.example/hook"):
        return self.rule("message_received", {"kind": "webhook", "webhook_url": url})

    def call(self):
        return self.env["omnichannel.rule.call"].search([], limit=1)

    def test_what_is_told(self):
        rule = self.calling()
        conversation = self.hear("Hello")
        call = self.call()
        self.assertRecordValues(
            call,
            [{"rule_id": rule.id, "conversation_id": conversation.id, "state": "queued", "attempts": 0}],
        )
        self.assertEqual(call.payload["event"], "message_received")
        self.assertEqual(call.payload["conversation"]["reference"], conversation.name)
        self.assertEqual(call.payload["customer"]["name"], self.partner.name)
        self.assertIn("told erp.example", "".join(conversation.message_ids.mapped("body")))

    def test_addresses_that_are_none(self):
        for url in (False, "erp.example/hook", "ftp://erp.example", "https://", "file:///etc/passwd"):
            with self.subTest(url), self.assertRaises(ValidationError):
                self.calling(url)

    def test_given_up_and_tried_again(self):
        self.calling()
        self.hear("Hello")
        call = self.call()
        for attempt in range(1, len(PAUSES) + 2):
            call.attempts = attempt
            call._note("HTTP 503")
            self.assertEqual(call.state, "queued" if attempt <= len(PAUSES) else "failed")
        call.action_retry()
        self.assertRecordValues(call, [{"state": "queued", "attempts": 0}])

    def test_a_copy_of_a_production_database_tells_nobody(self):
        self.calling()
        self.hear("Hello")
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.assertIn("copy of a production database", self.call()._post())

    def test_a_conversation_that_is_deleted(self):
        self.calling()
        self.hear("Hello").unlink()
        self.assertFalse(self.call())


@tagged("post_install", "-at_install")
class TestRuleCallRights(OmnichannelUsers, RuleCase):
    def test_who_sees_calls_and_secrets(self):
        rule = self.rule(
            "message_received",
            {"kind": "webhook", "webhook_url": "https://erp.example", "webhook_secret": "s3cret"},
        )
        self.hear("Hello")
        call = self.env["omnichannel.rule.call"].search([], limit=1)
        self.assertEqual(call.with_user(self.manager).url, "https://erp.example")
        with self.assertRaises(AccessError):
            call.with_user(self.supervisor).read(["url"])
        with self.assertRaises(AccessError):
            rule.action_ids.with_user(self.manager).read(["webhook_secret"])
        other = self._user("omni_manager_b", MANAGER, self.company_b)
        self.assertFalse(self.env["omnichannel.rule.call"].with_user(other).search([]))
