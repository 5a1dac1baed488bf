import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.omnichannel_inbox.models.omnichannel_conversation_verification import masked

from .common import OmnichannelCase


@tagged("post_install", "-at_install")
class TestVerification(OmnichannelCase):
    """Who claims an order shows by a code that it is theirs."""

    STRANGER = "+31687654321"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.env["sale.order"].create({"partner_id": cls.partner.id, "name": "S90001"})

    def setUp(self):
        super().setUp()
        self.conversation = self.write_in("Where is S90001?").conversation_id
        self.assertEqual(self.conversation.claimed_order_refs, "S90001")

    def write_in(self, text, sender=STRANGER):
        now = fields.Datetime.to_string(fields.Datetime.now())
        return self.receive(self.text(text, sender=sender, at=now.replace(" ", "T")))

    def send_code(self, reference="S90001", conversation=None):
        """The agent's button; returns the code in the mail that goes out."""
        before = self.env["mail.mail"].search([])
        (conversation or self.conversation).with_user(self.agent).action_send_code(reference)
        [mail] = self.env["mail.mail"].search([]) - before
        self.mail = mail
        return re.search(r"<p>(\d{6})", mail.body_html)[1]

    def wrong(self, code):
        return f"{(int(code) + 1) % 10**6:06}"

    def told(self):
        """The automatic texts about codes, oldest first."""
        rows = self.conversation.ledger_ids.filtered(lambda row: row.automatic == "code")
        return rows.sorted("id").mapped("body")

    def later(self, **delta):
        """Let the codes be older."""
        for one in self.env["omnichannel.verification"].search([]):
            one.valid_until -= timedelta(**delta)
            self.env.cr.execute(
                "UPDATE omnichannel_verification SET create_date = create_date - %s WHERE id = %s",
                (timedelta(**delta), one.id),
            )
        self.env.invalidate_all()

    def test_the_code_goes_to_the_orders_own_address(self):
        [claim] = self.conversation.with_user(self.agent).get_customer_panel()["claims"]
        self.assertIs(claim["sent"], False)
        code = self.send_code()
        self.assertEqual(self.mail.email_to, "karin@example.com")
        self.assertTrue(self.mail.auto_delete)
        self.assertIn("S90001", self.mail.subject)
        notes = " ".join(self.conversation.message_ids.mapped("body"))
        self.assertIn("k***@e***.com", notes)
        self.assertNotIn("karin@", notes)
        self.assertNotIn(code, notes + " ".join(self.told()))

    def test_the_right_code(self):
        code = self.send_code()
        self.write_in(f" {code[:3]} {code[3:]}\n")
        self.assertEqual(self.conversation.order_ids, self.order)
        self.assertEqual(self.conversation.partner_id, self.partner)
        self.assertEqual(self.conversation.identity_id.partner_id, self.partner)
        self.assertFalse(self.conversation.claimed_order_refs)
        self.assertIn("the code is right", self.told()[-1])
        self.assertIn("is verified", " ".join(self.conversation.message_ids.mapped("body")))
        # Another number of theirs is verified at once from now on.
        self.order.copy({"name": "S90002"})
        self.write_in("And S90002?")
        self.assertIn("S90002", self.conversation.order_ids.mapped("name"))

    def test_it_is_used_once(self):
        code = self.send_code()
        self.write_in(code)
        self.conversation.identity_id.action_unlink()
        self.assertFalse(self.conversation.order_ids)
        self.write_in(code)
        self.assertFalse(self.conversation.order_ids)

    def test_wrong_codes_are_counted(self):
        code = self.send_code()
        for left in (4, 3, 2, 1):
            self.write_in(self.wrong(code))
            self.assertIn(str(left), self.told()[-1])
        [claim] = self.conversation.with_user(self.agent).get_customer_panel()["claims"]
        self.assertEqual((claim["sent"]["attempts"], claim["sent"]["is_over"]), (4, False))
        self.write_in(self.wrong(code))
        self.assertIn("ask us for a new one", self.told()[-1])
        self.write_in(code)
        self.assertFalse(self.conversation.order_ids)
        [claim] = self.conversation.with_user(self.agent).get_customer_panel()["claims"]
        self.assertTrue(claim["sent"]["is_over"])

    def test_it_expires(self):
        code = self.send_code()
        self.later(minutes=10)
        self.write_in(code)
        self.assertIn("not valid any more", self.told()[-1])
        self.assertFalse(self.conversation.order_ids)

    def test_a_new_code_replaces_the_old_one(self):
        old = self.send_code()
        new = self.send_code()
        if old != new:
            self.write_in(old)
            self.assertFalse(self.conversation.order_ids)
        self.write_in(new)
        self.assertEqual(self.conversation.order_ids, self.order)

    def test_from_another_address_it_is_worth_nothing(self):
        code = self.send_code()
        self.write_in(code, sender="+31611111111")
        self.assertFalse(self.env["omnichannel.conversation"].search([("order_ids", "in", self.order.ids)]))
        self.assertFalse(self.conversation.partner_id)

    def test_three_codes_an_hour_for_an_order(self):
        for _number in range(3):
            self.send_code()
        other = self.write_in("Mine is S90001", sender="+31611111111").conversation_id
        with self.assertRaisesRegex(UserError, "Three codes"):
            self.send_code(conversation=other)
        self.later(hours=1, seconds=1)
        self.send_code(conversation=other)

    def test_three_codes_an_hour_for_an_address(self):
        names = [f"S9000{number}" for number in (2, 3, 4)]
        for name in names:
            self.order.copy({"name": name})
        self.write_in(" ".join(names))
        self.send_code()
        for name in names[:2]:
            self.send_code(name)
        with self.assertRaisesRegex(UserError, "Three codes"):
            self.send_code(names[2])

    def test_only_what_is_claimed_here(self):
        self.order.copy({"name": "S90005"})
        texts = set()
        for reference in ("S90005", "S99999", "", False, ["S90001"], {"a": 1}):
            with self.subTest(reference=reference), self.assertRaises(UserError) as refused:
                self.send_code(reference)
            texts.add(str(refused.exception))
        self.assertEqual(len(texts), 1)
        self.assertFalse(self.env["omnichannel.verification"].search([]))

    def test_an_order_without_address(self):
        self.partner.email = False
        with self.assertRaisesRegex(UserError, "No e-mail address"):
            self.send_code()
        [claim] = self.conversation.with_user(self.agent).get_customer_panel()["claims"]
        self.assertFalse(claim["ways"])

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.partner.lang = "nl_NL"
        self.send_code()
        self.assertIn("Je code voor order S90001", self.mail.subject)

    def test_who_writes_numbers_unasked_is_told_nothing(self):
        self.write_in("123456")
        self.assertFalse(self.told())
        self.send_code()
        count = len(self.told())
        self.write_in("My number is 123456")
        self.write_in("1234567")
        self.assertEqual(len(self.told()), count)

    def test_who_is_known_as_somebody_else_stays_that(self):
        """A friend's code gives them the order to speak of, and nothing else of the friend's."""
        friend = self.env["res.partner"].create({"name": "Piet", "phone": self.STRANGER})
        self.conversation.identity_id.action_link(friend.id)
        code = self.send_code()
        self.write_in(code)
        self.assertEqual(self.conversation.order_ids, self.order)
        self.assertEqual(self.conversation.partner_id, friend)

    def test_it_is_kept_nowhere(self):
        code = self.send_code()
        self.env.flush_all()
        self.env.cr.execute("SELECT t::text FROM omnichannel_verification t")
        [(row,)] = self.env.cr.fetchall()
        self.assertNotIn(code, row)
        self.assertNotIn("karin@example.com", row)

    def test_rights(self):
        stranger = new_test_user(self.env, "other_team", "omnichannel_inbox.group_omnichannel_agent")
        with self.assertRaises(AccessError):
            self.conversation.with_user(stranger).action_send_code("S90001")
        for user in (self.agent, stranger):
            with self.assertRaises(AccessError):
                self.env["omnichannel.verification"].with_user(user).search([])
        with self.assertRaises(AccessError):
            self.env["omnichannel.verification"].with_user(self.env.ref("base.user_admin")).create({})
        self.assertNotIn(
            "seed",
            self.env["omnichannel.verification"].with_user(self.env.ref("base.user_admin")).fields_get(),
        )

    def test_masked(self):
        self.assertEqual(masked("karin@example.com"), "k***@e***.com")
        self.assertEqual(masked("k@e.co.uk"), "k***@e***.uk")
        self.assertEqual(masked("+31612345678"), "+31***78")
        self.assertFalse(masked(False))
