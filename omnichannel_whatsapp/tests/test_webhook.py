from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import CUSTOMER, NUMBER, WhatsappCase

CONTROLLER = "odoo.addons.omnichannel_inbox.controllers.webhook"


@tagged("post_install", "-at_install")
class TestWebhook(HttpCase, WhatsappCase):
    """The road in, through the front door."""

    def setUp(self):
        super().setUp()
        self.url = f"/omnichannel/webhook/{self.channel.webhook_token}"

    def post(self, raw, **headers):
        return self.url_open(self.url, data=raw, headers={"Content-Type": "application/json", **headers})

    def deliver(self, *changes):
        raw = self.body(*changes)
        answer = self.post(raw, **{"X-Hub-Signature-256": self.signature(raw)})
        self.assertEqual(answer.status_code, 200)
        self.work_inbound()

    def verify(self, **params):
        query = "&".join(f"hub.{name}={value}" for name, value in params.items())
        return self.url_open(f"{self.url}?{query}")

    def test_verification_answers_the_raw_challenge(self):
        token = self.channel.whatsapp_verify_token
        answer = self.verify(mode="subscribe", verify_token=token, challenge="115<b>")
        self.assertEqual((answer.status_code, answer.text), (200, "115<b>"))
        self.assertIn("text/plain", answer.headers["Content-Type"])

    @mute_logger(CONTROLLER)
    def test_verification_with_a_wrong_token_is_refused(self):
        token = self.channel.whatsapp_verify_token
        for params in (
            {"mode": "subscribe", "verify_token": "guessed", "challenge": "1"},
            {"mode": "subscribe", "verify_token": token},
            {"mode": "other", "verify_token": token, "challenge": "1"},
            {},
        ):
            self.assertEqual(self.verify(**params).status_code, 403)

    def test_a_message_becomes_part_of_the_customers_conversation(self):
        message = self.message(text="Where is my <b>order</b>?")
        self.deliver(self.change(messages=[message]))
        row = self.ledger(message["id"])
        self.assertEqual(row.conversation_id.partner_id, self.partner)
        self.assertEqual(row.mail_message_id.author_id, self.partner)
        self.assertIn("&lt;b&gt;order", str(row.mail_message_id.body))
        self.assertEqual(row.identity_id.address, f"+{CUSTOMER}")

    @mute_logger(CONTROLLER)
    def test_wrong_missing_and_no_signature(self):
        raw = self.body(self.change(messages=[self.message()]))
        events = self.env["omnichannel.event"].search_count([])
        self.assertEqual(self.post(raw).status_code, 401)
        wrong = {"X-Hub-Signature-256": self.signature(raw, "guessed")}
        self.assertEqual(self.post(raw, **wrong).status_code, 403)
        self.channel.whatsapp_app_secret = False
        self.assertEqual(self.post(raw, **{"X-Hub-Signature-256": self.signature(raw, "")}).status_code, 403)
        self.assertEqual(self.env["omnichannel.event"].search_count([]), events)

    def test_every_part_of_a_batch_reaches_its_number(self):
        other = self.make_channel("Outlet", "2")
        first, second, third = (self.message(text=str(n)) for n in range(3))
        self.deliver(
            self.change(messages=[first, second]),
            self.change("2", messages=[third]),
            self.change("3", messages=[self.message(text="for nobody")]),
        )
        rows = [self.ledger(message["id"]) for message in (first, second, third)]
        self.assertEqual([row.channel_id for row in rows], [self.channel, self.channel, other])
        self.assertEqual(len({row.conversation_id for row in rows}), 1)
        ignored = self.env["omnichannel.event"].search(
            [("channel_id", "=", self.channel.id), ("state", "=", "ignored")]
        )
        self.assertIn("3", ignored.reason)

    @mute_logger(CONTROLLER)
    def test_a_number_of_another_app_gets_nothing_through_this_ones_secret(self):
        stranger = self.make_channel("Stranger", "2", whatsapp_app_secret="another secret")
        message = self.message()
        self.deliver(self.change("2", messages=[message]))
        self.assertFalse(self.ledger(message["id"]))
        self.assertFalse(self.env["omnichannel.message"].search([("channel_id", "=", stranger.id)]))

    def test_a_brazilian_is_found_with_and_without_the_ninth_digit(self):
        ana = self.env["res.partner"].create(
            {"name": "Ana", "phone": "+55 11 98765-4321", "country_id": self.env.ref("base.br").id}
        )
        with_it, without = (self.message(sender=number) for number in ("5511987654321", "551187654321"))
        self.deliver(self.change(messages=[without, with_it], contacts=[]))
        rows = self.ledger(without["id"]) | self.ledger(with_it["id"])
        self.assertEqual(len(rows), 2)
        self.assertEqual(rows.identity_id.partner_id, ana)
        self.assertEqual(len(rows.identity_id), 1)
        self.assertEqual(rows.identity_id.address, "+5511987654321", "the form in which she wrote last")

    def test_who_hides_the_number_can_write_and_be_answered(self):
        message = self.message(from_user_id="NL.1349")
        message.pop("from")
        self.deliver(
            self.change(messages=[message], contacts=[{"user_id": "NL.1349", "profile": {"name": "Bo"}}])
        )
        self.answer(self.ledger(message["id"]).conversation_id)
        self.send_queued()
        self.assertEqual(self.graph.sent()[0]["recipient"], "NL.1349")

    def test_an_echo_of_our_own_phone_is_ours_and_opens_no_window(self):
        echo = self.message(text="Sent from the shop's phone", sender="31201234567", to=CUSTOMER)
        self.deliver(self.change(field="smb_message_echoes", message_echoes=[echo]))
        row = self.ledger(echo["id"])
        self.assertEqual(row.direction, "out")
        self.assertFalse(
            row.conversation_id.with_user(self.agent).get_composer_data()["options"][0]["can_send"]
        )

    def test_trouble_with_the_account_stops_its_sending_and_keeps_the_queue(self):
        row = self.receive_messages(self.message())
        self.answer(row.conversation_id)
        self.deliver(self.change(NUMBER, errors=[{"code": 131031, "title": "Locked"}]))
        self.assertEqual(self.channel.state, "broken")
        self.send_queued()
        self.assertFalse(self.graph.sent())
        self.assertEqual(
            row.conversation_id.ledger_ids.filtered(lambda m: m.direction == "out").state, "queued"
        )
