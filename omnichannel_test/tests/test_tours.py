from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import OmnichannelCase
from .test_forward import CARRIER, ForwardCase


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
class TestForwardTour(ForwardCase, HttpCase):
    """An agent asks a carrier about a customer's mail, in a browser."""

    def test_forward(self):
        self.agent.password = "omni_agent"
        self.start_tour("/odoo/inbox", "omnichannel_inbox_forward", login="omni_agent")
        sent = self.conversation.ledger_ids.filtered(lambda row: row.direction == "out")
        self.assertEqual(sent.identity_id.key, CARRIER)
        self.assertEqual(sent.aside_id, sent)
        self.assertEqual(sent.mail_message_id.subtype_id, self.env.ref("mail.mt_note"))
        self.assertEqual(self.conversation.state, "open", "the customer waits on")


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


@tagged("post_install", "-at_install")
class TestAvailabilityTour(OmnichannelCase, HttpCase):
    """An agent of a team that assigns by itself says that they are busy, in a browser."""

    def test_switch(self):
        self.team.assign_method = "round_robin"
        self.agent.password = "omni_agent"
        self.start_tour("/odoo/inbox", "omnichannel_inbox_availability", login="omni_agent")
        agent = self.env["omnichannel.agent"]._of_users(self.agent)
        self.assertEqual(agent.availability, "busy")
        self.assertTrue(agent.availability_date)
