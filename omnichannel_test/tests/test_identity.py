from odoo.tests import tagged

from .common import OmnichannelCase


@tagged("post_install", "-at_install")
class TestIdentity(OmnichannelCase):
    """Who it is that writes."""

    def test_known_number_is_the_customer(self):
        ledger = self.receive(self.text())
        self.assertEqual(ledger.identity_id.partner_id, self.partner)
        self.assertEqual(ledger.mail_message_id.author_id, self.partner)
        self.assertEqual(ledger.conversation_id.partner_id, self.partner)

    def test_number_of_several_customers_links_none_and_offers_them(self):
        other = self.env["res.partner"].create({"name": "Other", "phone": "+31612345678"})
        identity = self.receive(self.text()).identity_id
        self.assertFalse(identity.partner_id)
        self.assertTrue(identity.guest_id)
        self.assertEqual(identity.candidate_partner_ids, self.partner | other)

    def test_guest_checkout_twin_is_the_same_customer(self):
        twin = self.env["res.partner"].create(
            {"name": "Karin Klant", "phone": "+31612345678", "email": "KARIN@example.com"}
        )
        self.assertIn(self.receive(self.text()).identity_id.partner_id, self.partner | twin)

    def test_unknown_number_has_a_guest_as_author(self):
        ledger = self.receive(self.text(sender="+31600000001", name="Piet"))
        self.assertFalse(ledger.identity_id.partner_id)
        self.assertEqual(ledger.mail_message_id.author_guest_id.name, "Piet")

    def test_link_and_undo(self):
        ledger = self.receive(self.text(sender="+31600000001"))
        identity, conversation = ledger.identity_id.with_user(self.agent), ledger.conversation_id
        identity.action_link(self.partner.id)
        self.assertEqual(conversation.partner_id, self.partner)
        identity.action_undo_link()
        self.assertFalse(conversation.partner_id or identity.partner_id)

    def test_create_customer(self):
        self.agent.group_ids |= self.env.ref("base.group_partner_manager")
        ledger = self.receive(self.text(sender="+31600000001", name="Piet"))
        partner = self.env["res.partner"].browse(
            ledger.identity_id.with_user(self.agent).action_create_partner()
        )
        self.assertEqual((partner.name, ledger.conversation_id.partner_id), ("Piet", partner))
