from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import WhatsappCase


@tagged("post_install", "-at_install")
class TestWords(WhatsappCase):
    """Whoever reads a text reads it in their language, though jobs and the wire have none."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("nl_NL")
        cls.agent.lang = "en_US"
        cls.dutch = cls.agent.copy({"name": "Daan", "login": "wa_dutch", "lang": "nl_NL"})
        cls.team.member_ids |= cls.dutch

    def read_as(self, user, records):
        return records.with_user(user).with_context(lang=user.lang)

    def refuse(self, code):
        answer = {"error": {"code": code, "message": "(#1) Meta's own words"}}
        self.graph.answers["POST /messages"] = (400, answer)
        message = self.answer(self.receive_messages(self.message()).conversation_id)
        self.send_queued()
        return message

    def test_an_error_is_shown_to_each_in_their_language(self):
        message = self.refuse(131026)
        for user, words in ((self.agent, "not on WhatsApp"), (self.dutch, "niet op WhatsApp")):
            self.assertIn(words, self.read_as(user, message)._omnichannel_data()["error"])
            self.assertIn(words, self.read_as(user, message.omnichannel_ledger_ids).error_words)

    def test_what_meta_says_stays_as_it_is(self):
        message = self.refuse(999)
        self.assertEqual(
            self.read_as(self.dutch, message)._omnichannel_data()["error"], "(#1) Meta's own words"
        )

    def test_why_a_channel_is_broken_is_shown_to_each_in_their_language(self):
        self.refuse(190)
        self.assertEqual(self.channel.state, "broken")
        self.assertIn("access token", self.channel.with_context(lang="en_US").state_words)
        self.assertIn("toegangstoken", self.channel.with_context(lang="nl_NL").state_words)

    def test_an_interrupted_send_says_so_to_each_in_their_language(self):
        ledger = self.answer(self.receive_messages(self.message()).conversation_id).omnichannel_ledger_ids
        ledger.state = "uncertain"
        self.assertIn("may have arrived", self.read_as(self.agent, ledger).error_words)
        self.assertIn("Misschien is het aangekomen", self.read_as(self.dutch, ledger).error_words)

    def test_what_the_jobs_write_down_is_in_the_channels_language(self):
        self.channel.lang = "nl_NL"
        errors = [{"code": 131051, "title": "Unsupported message type"}]
        ledger = self.receive_messages(self.message("unsupported", errors=errors))
        self.assertIn("De klant stuurde iets", ledger.mail_message_id.body)
        self.assertIn("WhatsApp kent deze soort bericht niet", ledger.mail_message_id.body)
        self.assertEqual(ledger.conversation_id.preview, "Niet ondersteund")
        image = {"id": "1", "mime_type": "image/jpeg"}
        ledger = self.receive_messages(self.message("image", image=image))
        self.assertEqual(ledger.conversation_id.preview, "Foto")
        self.receive(
            self.change(
                messages=[self.message("revoke", revoke={"original_message_id": ledger.provider_uid})]
            )
        )
        self.assertIn("heeft dit bericht ingetrokken", ledger.mail_message_id.body)

    def test_the_journals_reasons_are_in_the_channels_language(self):
        self.channel.lang = "nl_NL"
        self.receive(self.change(messages=[self.message("request_welcome")]))
        event = self.env["omnichannel.event"].search([("channel_id", "=", self.channel.id)], limit=1)
        self.assertEqual(event.state, "ignored")
        self.assertEqual(
            event.reason,
            "WhatsApp meldt iets wat hier onbekend is: "
            "de klant opende de chat en schreef niets (request_welcome)",
        )
        self.env["omnichannel.event"]._journal(self.channel, b"no json")
        self.work_inbound()
        event = self.env["omnichannel.event"].search([("channel_id", "=", self.channel.id)], limit=1)
        self.assertEqual((event.state, event.reason), ("dead", "De inhoud is geen JSON."))

    def test_a_language_that_was_switched_off_stops_nobody(self):
        french = self.env["res.lang"]._activate_lang("fr_FR")
        self.channel.lang = "fr_FR"
        french.active = False
        image = {"id": "1", "mime_type": "image/jpeg"}
        ledger = self.receive_messages(self.message("image", image=image))
        self.assertEqual(ledger.conversation_id.preview, "Picture")

    def test_who_asks_is_answered_in_their_language(self):
        self.graph.answers["GET /message_templates"] = (
            400,
            {"error": {"code": 190, "message": "Error validating access token"}},
        )
        channel = self.channel.with_context(lang="nl_NL")
        with self.assertRaisesRegex(UserError, "WhatsApp meldt .190.: Het toegangstoken is onjuist"):
            channel.action_whatsapp_sync_templates()
