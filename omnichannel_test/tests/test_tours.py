from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import OmnichannelCase


@tagged("post_install", "-at_install")
class TestTours(OmnichannelCase, HttpCase):
    """An agent works through the inbox, in a browser."""

    def test_answer_note_close(self):
        conversation = self.receive(
            self.text("Where is my order?", at=fields.Datetime.now().isoformat())
        ).conversation_id
        self.agent.password = "omni_agent"
        self.start_tour("/odoo/inbox", "omnichannel_inbox_answer", login="omni_agent")

        sent = conversation.ledger_ids.filtered(lambda row: row.direction == "out")
        self.assertEqual(sent.mapped("body"), ["It is on its way."], "the note must not leave")
        self.assertEqual(sent.channel_id, self.channel)
        self.assertEqual(conversation.state, "closed")
        self.assertEqual(conversation.user_id, self.agent, "who answers takes the conversation")


@tagged("post_install", "-at_install")
class TestHoot(HttpCase):
    def test_units(self):
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&filter=%40omnichannel_inbox",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
        )
