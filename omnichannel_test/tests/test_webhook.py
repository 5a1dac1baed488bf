import base64

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import OmnichannelCase, sign

CONTROLLER = "odoo.addons.omnichannel_inbox.controllers.webhook"


@tagged("post_install", "-at_install")
class TestWebhook(HttpCase, OmnichannelCase):
    """What the door lets in, what it refuses, and what it answers."""

    def setUp(self):
        super().setUp()
        self.url = f"/omnichannel/webhook/{self.channel.webhook_token}"
        self.events = self.env["omnichannel.event"].search([])

    def post(self, raw, signature=None, url=None):
        headers = {"Content-Type": "application/json"}
        if signature:
            headers["X-Test-Signature"] = signature
        return self.url_open(url or self.url, data=raw, headers=headers)

    def new_events(self):
        return self.env["omnichannel.event"].search([]) - self.events

    def rejected(self):
        return sum(self.env["omnichannel.daily_total"].search([]).mapped("rejected"))

    def test_signed_body_is_journalled_as_it_came(self):
        raw = self.body(self.text("Hello"))
        self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        event = self.new_events()
        self.assertEqual(len(event), 1)
        self.assertEqual(event.state, "pending")

        self.assertEqual(base64.b64decode(event.body), raw)

    def test_same_body_twice_is_journalled_once(self):
        raw = self.body(self.text(), self.text())
        self.assertEqual([self.post(raw, sign(raw)).status_code for _i in range(3)], [200] * 3)
        self.assertEqual(self.new_events().mapped("position"), [1, 0])

    @mute_logger(CONTROLLER)
    def test_refused_requests_store_a_count_and_nothing_else(self):
        raw = self.body(self.text())
        before = self.rejected()
        self.assertEqual(self.post(raw).status_code, 401)
        self.assertEqual(self.post(raw, sign(raw, "guessed")).status_code, 403)
        self.assertEqual(self.post(raw, sign(raw), url="/omnichannel/webhook/unknown").status_code, 404)
        large = b"x" * (3 * 1024 * 1024 + 1)
        self.assertEqual(self.post(large, sign(large)).status_code, 413)
        self.assertFalse(self.new_events())
        self.assertEqual(self.rejected() - before, 4)

    @mute_logger(CONTROLLER)
    def test_address_that_was_called_before_follows_its_channel(self):
        """The address is remembered; a new one, an archived and a deleted channel must not be."""
        raw = self.body(self.text())
        old = self.url
        self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        self.channel.webhook_token = "another"
        self.assertEqual(self.post(raw, sign(raw), url=old).status_code, 404)
        new = "/omnichannel/webhook/another"
        self.assertEqual(self.post(raw, sign(raw), url=new).status_code, 200)
        self.channel.test_secret = "changed"
        self.assertEqual(self.post(raw, sign(raw), url=new).status_code, 403)
        self.assertEqual(self.post(raw, sign(raw, "changed"), url=new).status_code, 200)
        self.channel.active = False
        self.assertEqual(self.post(raw, sign(raw, "changed"), url=new).status_code, 404)
        self.channel.active = True
        self.assertEqual(self.post(raw, sign(raw, "changed"), url=new).status_code, 200)
        self.channel.unlink()
        self.assertEqual(self.post(raw, sign(raw, "changed"), url=new).status_code, 404)

    @mute_logger(CONTROLLER)
    def test_channel_without_secret_refuses_everything(self):
        self.channel.test_secret = False
        raw = self.body(self.text())
        self.assertEqual(self.post(raw, sign(raw, "")).status_code, 403)
        self.assertFalse(self.new_events())

    @mute_logger("odoo.addons.omnichannel_inbox.models.omnichannel_event")
    def test_signed_nonsense_is_kept_as_dead(self):
        for raw in (b"not json", b"\xff\xfe", b"[]", b'{"other": 1}'):
            self.assertEqual(self.post(raw, sign(raw)).status_code, 200)
        self.work_inbound()
        self.assertEqual(set(self.new_events().mapped("state")), {"dead"})
        self.assertEqual(len(self.new_events()), 4)

    def test_unknown_account_is_ignored_visibly_and_the_known_one_proceeds(self):
        known, unknown = self.text("for us"), self.text("for nobody", account="other")
        raw = self.body(unknown, known)
        self.post(raw, sign(raw))
        self.work_inbound()
        by_position = {event.position: event for event in self.new_events()}
        self.assertEqual(by_position[0].state, "ignored")
        self.assertIn("other", by_position[0].reason)
        self.assertEqual(by_position[1].state, "done")

    def test_verification(self):
        self.assertEqual(self.url_open(f"{self.url}?challenge=42").text, "42")
        with mute_logger(CONTROLLER):
            self.assertEqual(self.url_open(self.url).status_code, 403)
