"""Messages that are forwarded to a third party, and what comes back."""

import uuid

from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.omnichannel_inbox.tests.common import AGENT, OWN_DOCUMENTS

from .mails import PNG
from .test_answer_by_mail import ByMailCase
from .test_email import SHOP, EmailCase

CARRIER = "parcels@carrier.example"
SUPPLIER = "sales@supplier.example"


@tagged("post_install", "-at_install")
class ForwardCase(EmailCase):
    """Karin has written, and her mail can be forwarded."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carrier = cls.env["res.partner"].create({"name": "Carrier BV", "email": CARRIER})

    def setUp(self):
        super().setUp()
        self.first = self.deliver(self.mail())
        self.conversation = self.first.conversation_id
        self.conversation.with_user(self.agent).action_mark_read()

    def forward(self, to=CARRIER, message=None, user=None, **values):
        """Forward a message as the dialog does; returns the ledger's row."""
        message = self.first.mail_message_id if message is None else message
        message_id = (
            self.conversation.with_user(user or self.agent)
            .action_forward({"message_id": message.id, "to": to, "text": "Where is it?", **values})
        )  # fmt: skip
        row = self.env["mail.message"].browse(message_id).omnichannel_ledger_ids
        self.assertEqual(len(row), 1)
        return row

    def sent(self, row):
        """The mail that a row becomes, once it has been sent."""
        uid = f"<omnichannel-{row.reference}@shop.example>"
        mail = row.channel_id._adapter()._build(row, row.mail_message_id, SHOP, uid)
        row.write({"state": "sent", "provider_uid": uid})
        self.env.flush_all()
        return mail

    def reply(self, sent, text="It is in Utrecht.", sender=f"Carrier BV <{CARRIER}>", **headers):
        """An answer to a mail of ours; returns the ledger's row."""
        references = " ".join(filter(None, [sent["References"], sent["Message-Id"]]))
        headers = {
            "In_Reply_To": sent["Message-Id"],
            "References": references,
            "subject": f"Re: {sent['Subject']}",
            "message_id": f"<{uuid.uuid4().hex}@carrier.example>",
        } | headers
        return self.deliver(self.mail(text, sender, **headers))

    def about_customer(self):
        """What a side thread never changes."""
        self.env.invalidate_all()
        names = (
            "partner_id", "channel_id", "identity_id", "identity_ids", "order_ids",
            "last_inbound_date", "last_author", "first_response_date",
        )  # fmt: skip
        return {name: self.conversation[name] for name in names}


@tagged("post_install", "-at_install")
class TestForward(ForwardCase):
    def test_a_forwarded_mail_goes_to_the_third_party_alone(self):
        before = self.about_customer()
        row = self.forward(cc="depot@carrier.example")
        mail = self.sent(row)
        self.assertEqual(mail["To"], '"Carrier BV" <parcels@carrier.example>')
        self.assertEqual(mail["Cc"], "depot@carrier.example")
        self.assertEqual(mail["Subject"], "Fwd: My order")
        self.assertIsNone(mail["References"])
        self.assertIsNone(mail["In-Reply-To"])
        self.assertNotIn("karin@example.com", mail.as_string())
        self.assertNotIn(self.conversation.name, mail.as_string())
        text = mail.get_body(("plain",)).get_content()
        self.assertLess(text.index("Where is it?"), text.index("Forwarded message"))
        self.assertLess(text.index("Forwarded message"), text.index("Where is my order?"))
        self.assertIn("Karin Klant", text)
        self.assertEqual(self.about_customer(), before)

    def test_it_is_a_note_and_no_answer(self):
        self.conversation.user_id = False
        before = self.conversation.read(
            ["state", "waiting_since", "last_direction", "last_message_id", "preview"]
        )
        row = self.forward()
        self.assertEqual(row.mail_message_id.subtype_id, self.env.ref("mail.mt_note"))
        self.assertEqual(row.mail_message_id.author_id, self.agent.partner_id)
        self.assertEqual(self.conversation.read(list(before[0])), before)
        self.assertEqual(self.conversation.user_id, self.agent, "who asks has taken the matter on")
        data = row.mail_message_id._omnichannel_data()
        self.assertEqual((data["aside"], data["address"], data["is_forward"]), ("Carrier BV", CARRIER, True))
        self.assertEqual(data["state"], "queued")

    def test_the_signature_closes_the_agents_own_words(self):
        self.agent.signature = "<p>Yours, Anna</p>"
        text = self.sent(self.forward()).get_body(("plain",)).get_content()
        self.assertLess(text.index("Where is it?"), text.index("Yours, Anna"))
        self.assertLess(text.index("Yours, Anna"), text.index("Forwarded message"))

    def test_a_message_of_any_channel_can_be_forwarded(self):
        chat = self.receive(self.text("My parcel is gone"))
        self.assertEqual(chat.conversation_id, self.conversation)
        mail = self.sent(self.forward(message=chat.mail_message_id))
        self.assertEqual(mail["From"], f"Shop <{SHOP}>")
        self.assertIn("My parcel is gone", mail.get_body(("plain",)).get_content())
        self.assertNotIn("+31612345678", mail.as_string())

    def test_without_a_choice_it_is_the_customers_newest(self):
        self.deliver(self.mail("And it is a present", message_id="<second@example.com>"))
        self.answer(self.conversation)
        data = self.conversation.with_user(self.agent).get_forward_data()
        self.assertEqual(data["message"]["text"], "And it is a present")
        self.assertFalse(data["third_party"])
        self.assertEqual(data["values"], {"to": "", "cc": "", "subject": "Fwd: My order"})
        self.assertEqual([channel["id"] for channel in data["channels"]], self.mailbox.ids)

    def test_before_the_customer_wrote_there_are_own_words_alone(self):
        [values] = self.conversation.copy_data()
        self.conversation = self.env["omnichannel.conversation"].create(values | {"name": "New"})
        self.assertFalse(self.conversation.with_user(self.agent).get_forward_data()["message"])
        row = self.forward(message=self.env["mail.message"])
        self.assertIn("Where is it?", self.sent(row).get_body(("plain",)).get_content())
        with self.assertRaisesRegex(UserError, "nothing to send"):
            self.forward(message=self.env["mail.message"], text=" ")

    def test_only_what_is_new_goes_along_unless_asked(self):
        quoting = self.deliver(
            self.mail(
                "Still nothing\n\nOn Mon, 3 Nov 2025, Shop wrote:\n> Our price for you is low\n",
                message_id="<quoting@example.com>",
            )
        )
        data = self.conversation.with_user(self.agent).get_forward_data(quoting.mail_message_id.id)["message"]
        self.assertEqual(data["text"], "Still nothing")
        self.assertIn("Our price", data["text_with_quotation"])
        mail = self.sent(self.forward(message=quoting.mail_message_id))
        self.assertNotIn("Our price", mail.as_string())
        mail = self.sent(self.forward(message=quoting.mail_message_id, with_quotation=True))
        self.assertIn("Our price", mail.get_body(("plain",)).get_content())

    def test_the_customers_own_words_are_left_alone_where_all_is_a_quotation(self):
        bare = self.deliver(self.mail("> Which parcel?\n", message_id="<bare@example.com>"))
        mail = self.sent(self.forward(message=bare.mail_message_id))
        self.assertIn("Which parcel?", mail.get_body(("plain",)).get_content())

    def test_a_channel_is_chosen_among_those_of_the_company(self):
        sales = self.mailbox.copy({"name": "Sales", "address": "sales@shop.example"})
        sales.state = "connected"
        data = self.conversation.with_user(self.agent).get_forward_data()
        self.assertEqual([channel["id"] for channel in data["channels"]], (self.mailbox | sales).ids)
        self.assertEqual(self.forward(channel_id=sales.id).channel_id, sales)
        with self.assertRaisesRegex(UserError, "channel that was chosen"):
            self.forward(channel_id=self.channel.id)

    def test_without_a_channel_that_can_it_says_so(self):
        self.mailbox.state = "draft"
        with self.assertRaisesRegex(UserError, "not connected"):
            self.conversation.with_user(self.agent).get_forward_data()
        composer = self.conversation.with_user(self.agent).get_composer_data
        self.assertTrue(composer()["can_forward"])
        self.mailbox.active = False
        self.assertFalse(composer()["can_forward"])
        with self.assertRaisesRegex(UserError, "no channel"):
            self.conversation.with_user(self.agent).get_forward_data()

    def test_our_reference_does_not_travel(self):
        tagged_mail = self.deliver(
            self.mail("Hi", subject=f"Re: My order [{self.conversation.name}]", message_id="<t@example.com>")
        )
        self.assertEqual(
            self.sent(self.forward(message=tagged_mail.mail_message_id))["Subject"], "Fwd: Re: My order"
        )
        typed = self.forward(subject=f"Parcel [{self.conversation.name}]\nBcc: x@example.com")
        self.assertEqual(self.sent(typed)["Subject"], "Parcel Bcc: x@example.com")

    def test_asked_for_twice_it_is_sent_once(self):
        token = uuid.uuid4().hex
        self.assertEqual(self.forward(token=token), self.forward(token=token))

    def test_a_forward_that_fails_can_be_tried_again(self):
        row = self.forward()
        row._fail("550", "no such user")
        self.assertTrue(self.conversation.is_undelivered)
        row.with_user(self.agent).action_retry()
        self.assertEqual(row.state, "queued")
        self.assertFalse(self.conversation.is_undelivered)

    def test_a_bounce_marks_the_forwarded_mail_as_failed(self):
        row = self.forward()
        sent = self.sent(row)
        bounce = self.mail("", sender="MAILER-DAEMON@mx.example", message_id="<bounce-2@mx.example>")
        bounce.set_content(f"<{CARRIER}>:\n550 5.1.1 no such user\n\nMessage-Id: {sent['Message-Id']}\n")
        self.deliver(bounce)
        self.assertEqual(row.state, "failed")
        self.assertIn("550", row.error_text)


@tagged("post_install", "-at_install")
class TestForwardRefused(ForwardCase):
    """What the server takes from nobody."""

    def test_the_customer_is_no_third_party(self):
        self.partner.write({"is_company": True})
        colleague = self.env["res.partner"].create(
            {"name": "Kees", "email": "kees@example.com", "parent_id": self.partner.id}
        )
        for to in ("karin@example.com", "Carrier <KARIN@example.com>", colleague.email):
            with self.subTest(to), self.assertRaisesRegex(UserError, "is the customer"):
                self.forward(to)
        with self.assertRaisesRegex(UserError, "is the customer"):
            self.forward(cc="depot@carrier.example, karin@example.com")

    def test_what_is_no_address(self):
        for to, words in (
            ("", "Enter the address"),
            ("carrier", "no e-mail address"),
            (f"{CARRIER}, {SUPPLIER}", "one address"),
            (SHOP, "of our own"),
        ):
            with self.subTest(to), self.assertRaisesRegex(UserError, words):
                self.forward(to)
        with self.assertRaisesRegex(UserError, "nobody is no e-mail address"):
            self.forward(cc="nobody")

    def test_notes_never_leave(self):
        note = self.conversation.with_user(self.agent).message_post(
            body="Secret", subtype_xmlid="mail.mt_note"
        )
        with self.assertRaisesRegex(UserError, "can be forwarded"):
            self.forward(message=note)
        with self.assertRaisesRegex(UserError, "can be forwarded"):
            self.conversation.with_user(self.agent).get_forward_data(note.id)

    def test_messages_of_other_conversations_stay_there(self):
        other = self.deliver(self.mail("Other", "eve@evil.example", message_id="<other@evil.example>"))
        self.assertNotEqual(other.conversation_id, self.conversation)
        with self.assertRaisesRegex(UserError, "can be forwarded"):
            self.forward(message=other.mail_message_id)

    def test_who_may_not_answer_may_not_forward(self):
        noter = new_test_user(self.env, "omni_noter", "base.group_user")
        self.conversation.mentioned_user_ids = noter
        outsider = new_test_user(self.env, "omni_outsider", AGENT)
        for user in (noter, outsider):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self.forward(user=user)
                with self.assertRaises(AccessError):
                    self.conversation.with_user(user).get_forward_data()
        self.assertFalse(self.conversation.with_user(noter).get_composer_data()["can_forward"])

    def test_a_salesperson_forwards_for_their_own_customers(self):
        seller = new_test_user(self.env, "omni_seller", OWN_DOCUMENTS)
        with self.assertRaises(AccessError):
            self.forward(user=seller)
        self.partner.user_id = seller
        self.assertEqual(self.forward(user=seller).mail_message_id.author_id, seller.partner_id)


@tagged("post_install", "-at_install")
class TestForwardFiles(ForwardCase):
    def setUp(self):
        super().setUp()
        mail = self.mail(message_id="<files@example.com>")
        mail.add_alternative('<p>See <img src="cid:pic1"></p>', subtype="html")
        mail.get_payload()[1].add_related(PNG, "image", "png", cid="<pic1>", filename="pic.png")
        mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="order.pdf")
        self.message = self.deliver(mail).mail_message_id
        self.pdf = self.message.attachment_ids.filtered(lambda file: file.name == "order.pdf")
        self.png = self.message.attachment_ids - self.pdf

    def names(self, mail):
        return [part.get_filename() for part in mail.walk() if part.get_filename()]

    def test_all_files_go_along(self):
        data = self.conversation.with_user(self.agent).get_forward_data(self.message.id)["message"]
        self.assertEqual({file["name"] for file in data["files"]}, {"pic.png", "order.pdf"})
        mail = self.sent(self.forward(message=self.message, file_ids=self.message.attachment_ids.ids))
        self.assertEqual(sorted(self.names(mail)), ["order.pdf", "pic.png"])
        self.assertIn(f"cid:image{self.png.id}@omnichannel", mail.get_body(("html",)).get_content())

    def test_each_can_be_left_out(self):
        mail = self.sent(self.forward(message=self.message, file_ids=self.pdf.ids))
        self.assertEqual(self.names(mail), ["order.pdf"])
        self.assertNotIn("<img", mail.get_body(("html",)).get_content())
        self.assertFalse(self.names(self.sent(self.forward(message=self.message))))

    def test_files_of_other_messages_stay_here(self):
        other = self.env["ir.attachment"].create({"name": "secret.txt", "raw": b"secret"})
        with self.assertRaisesRegex(UserError, "Only files"):
            self.forward(message=self.message, file_ids=[*self.pdf.ids, other.id])
        with self.assertRaisesRegex(UserError, "Only files"):
            self.forward(message=self.first.mail_message_id, file_ids=self.pdf.ids)


@tagged("post_install", "-at_install")
class TestAside(ForwardCase):
    """What a third party answers."""

    def test_it_comes_back_as_a_note(self):
        self.answer(self.conversation)
        before = self.about_customer()
        customers_id = self.conversation.identity_id.conversation_id
        self.assertEqual(self.conversation.state, "pending")
        row = self.reply(self.sent(self.forward()))
        message = row.mail_message_id
        self.assertEqual(row.conversation_id, self.conversation)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_note"))
        self.assertEqual(message.author_id, self.carrier)
        self.assertEqual(message._omnichannel_data()["aside"], "Carrier BV")
        self.assertEqual(self.about_customer(), before)
        self.assertEqual(self.conversation.state, "open")
        self.assertTrue(self.conversation.waiting_since)
        self.assertTrue(self.conversation.with_user(self.agent).is_unread)
        self.assertIn(
            self.conversation, self.conversation.with_user(self.agent).search([("is_unread", "=", True)])
        )
        self.assertEqual(self.conversation.preview, "Carrier BV: It is in Utrecht.")
        self.assertFalse(row.identity_id.conversation_id, "what else the carrier writes is another matter")
        self.assertEqual(self.conversation.identity_id.conversation_id, customers_id)

    def test_a_closed_conversation_opens(self):
        sent = self.sent(self.forward())
        self.conversation.action_close()
        self.reply(sent)
        self.assertEqual(self.conversation.state, "open")

    def test_the_next_answer_goes_to_the_customer_alone(self):
        sent = self.sent(self.forward())
        back = self.reply(sent)
        composer = self.conversation.with_user(self.agent).get_composer_data()
        by_mail = [option for option in composer["options"] if option["channel_type"] == "email"]
        self.assertEqual({option["recipient_address"] for option in by_mail}, {"karin@example.com"})
        mail = self.sent(self.answer(self.conversation).omnichannel_ledger_ids)
        self.assertEqual(mail["To"], '"Karin Klant" <karin@example.com>')
        self.assertEqual(mail["References"], self.first.provider_uid)
        self.assertEqual(mail["Subject"], f"Re: My order [{self.conversation.name}]")
        self.assertNotIn(back.provider_uid, mail.as_string())
        self.assertNotIn("carrier.example", mail.as_string())

    def test_quoting_it_leads_no_mail_of_the_customers_there(self):
        back = self.reply(self.sent(self.forward()))
        row = self.answer(self.conversation, parent_id=back.mail_message_id.id).omnichannel_ledger_ids
        self.assertFalse(row.reply_to_uid)

    def test_to_and_fro_is_one_side_thread(self):
        forwarded = self.forward(cc="depot@carrier.example")
        first = self.sent(forwarded)
        back = self.reply(first, Cc="depot@carrier.example, karin@example.com")
        data = self.conversation.with_user(self.agent).get_forward_data(back.mail_message_id.id)
        self.assertEqual(data["third_party"], "Carrier BV")
        self.assertEqual(
            data["values"],
            {
                "to": f'"Carrier BV" <{CARRIER}>',
                "cc": "depot@carrier.example",
                "subject": "Re: Fwd: My order",
            },
        )
        again = self.forward(message=back.mail_message_id, text="Thanks. When?", **data["values"])
        self.assertEqual(again.aside_id, forwarded)
        mail = self.sent(again)
        self.assertEqual(mail["References"], f"{first['Message-Id']} {back.provider_uid}")
        self.assertEqual(mail["In-Reply-To"], back.provider_uid)
        self.assertEqual(mail["Subject"], "Re: Fwd: My order")
        self.assertIn("It is in Utrecht.", mail.get_body(("plain",)).get_content())
        self.assertFalse(again.mail_message_id._omnichannel_data()["is_forward"])
        last = self.reply(mail, "Tomorrow.")
        self.assertEqual((last.aside_id, last.conversation_id), (forwarded, self.conversation))

    def test_who_was_nothing_but_an_address_tells_their_name(self):
        row = self.reply(self.sent(self.forward(SUPPLIER)), sender=f"Supplier Ltd <{SUPPLIER}>")
        self.assertEqual(row.mail_message_id.author_guest_id.name, "Supplier Ltd")
        self.assertEqual(row.mail_message_id._omnichannel_data()["aside"], "Supplier Ltd")

    def test_who_got_a_copy_may_answer(self):
        sent = self.sent(self.forward(cc="depot@carrier.example"))
        row = self.reply(sent, sender="Depot <depot@carrier.example>")
        self.assertEqual(row.conversation_id, self.conversation)
        self.assertTrue(row.aside_id)

    def test_two_side_threads_do_not_mix(self):
        carrier, supplier = self.forward(), self.forward(SUPPLIER)
        to_carrier, to_supplier = self.sent(carrier), self.sent(supplier)
        from_supplier = self.reply(to_supplier, sender=SUPPLIER)
        from_carrier = self.reply(to_carrier)
        self.assertEqual((from_supplier.aside_id, from_carrier.aside_id), (supplier, carrier))
        mail = self.sent(self.forward(SUPPLIER, from_supplier.mail_message_id))
        self.assertEqual(mail["References"], f"{to_supplier['Message-Id']} {from_supplier.provider_uid}")
        stranger = self.reply(to_carrier, sender=SUPPLIER)
        self.assertNotEqual(stranger.conversation_id, self.conversation, "not asked there")

    def test_somebody_else_who_answers_is_a_stranger(self):
        before = self.about_customer()
        row = self.reply(self.sent(self.forward()), sender="Eve <eve@evil.example>")
        self.assertNotEqual(row.conversation_id, self.conversation)
        self.assertFalse(row.aside_id)
        self.assertFalse(row.conversation_id.partner_id)
        self.assertEqual(self.about_customer(), before)

    def test_a_strangers_answer_can_be_let_in(self):
        """Somebody at the carrier's answers from an address of their own."""
        forwarded = self.forward()
        sent = self.sent(forwarded)
        row = self.reply(sent, sender="Jan <jan@carrier.example>")
        claimed = row.mail_message_id.with_user(self.agent)._omnichannel_data()["claimed"]
        self.assertEqual(
            claimed,
            {"id": self.conversation.id, "name": self.conversation.name, "can_move": True, "is_aside": True},
        )
        before = self.about_customer()
        theirs = row.conversation_id
        theirs.with_user(self.agent).action_move_message(row.mail_message_id.id, self.conversation.id)
        self.assertEqual((row.conversation_id, row.aside_id), (self.conversation, forwarded))
        self.assertEqual(row.mail_message_id.subtype_id, self.env.ref("mail.mt_note"))
        self.assertEqual(self.about_customer(), before)
        self.assertEqual(self.conversation.last_direction, "aside")
        self.assertNotEqual(row.identity_id.conversation_id, self.conversation)
        again = self.reply(sent, "And it is wet.", sender="Jan <jan@carrier.example>")
        self.assertEqual(again.aside_id, forwarded)

    def test_what_the_customer_answers_in_it_is_no_note_when_it_is_moved(self):
        sent = self.sent(self.forward())
        self.mailbox.is_split_by_subject = True
        self.conversation.subject = "Another matter"
        self.partner.copy({"email": "karin@work.example", "parent_id": self.partner.id, "phone": False})
        row = self.reply(sent, sender="Karin <karin@work.example>")
        self.assertNotEqual(row.conversation_id, self.conversation)
        self.assertFalse(row.mail_message_id.with_user(self.agent)._omnichannel_data()["claimed"]["is_aside"])
        row.conversation_id.with_user(self.agent).action_move_message(
            row.mail_message_id.id, self.conversation.id
        )
        self.assertFalse(row.aside_id)
        self.assertIn(row.identity_id, self.conversation.identity_ids)

    def test_a_customer_who_answers_it_writes_as_customer(self):
        """Somebody at the carrier's passed it on to them."""
        row = self.reply(self.sent(self.forward()), sender="Karin <karin@example.com>")
        self.assertEqual(row.conversation_id, self.conversation)
        self.assertFalse(row.aside_id)
        self.assertEqual(self.conversation.last_direction, "in")

    def test_what_the_carrier_writes_besides_is_another_conversation(self):
        self.reply(self.sent(self.forward()))
        row = self.deliver(self.mail("Our new prices", f"<{CARRIER}>", message_id="<new@carrier.example>"))
        self.assertNotEqual(row.conversation_id, self.conversation)
        self.assertEqual(row.conversation_id.partner_id, self.carrier)

    def test_an_out_of_office_notice_of_theirs_is_a_silent_note(self):
        self.conversation.user_id = self.agent
        sent = self.sent(self.forward())
        before = self.conversation.read(
            ["state", "last_message_id", "preview", "waiting_since", "last_direction"]
        )
        row = self.reply(sent, "I am away", Auto_Submitted="auto-replied")
        self.assertTrue(row.aside_id)
        self.assertEqual(self.conversation.read(list(before[0])), before)
        self.assertFalse(self.conversation.with_user(self.agent).is_unread)

    def test_the_same_mail_twice_is_there_once(self):
        sent = self.sent(self.forward())
        for path in ("one path", "another path"):
            rows = self.reply(sent, message_id="<same@carrier.example>", Received=path)
        self.assertEqual(len(rows), 1)

    def test_an_order_that_it_names_is_not_tied(self):
        order = self.env["sale.order"].create({"partner_id": self.partner.id})
        self.env["sale.order"].create({"partner_id": self.partner.id})
        self.reply(self.sent(self.forward()), f"About {order.name}")
        self.assertFalse(self.conversation.order_ids)
        self.assertFalse(self.conversation.claimed_order_refs)

    def test_asking_a_third_party_is_no_answer_of_a_colleague(self):
        seen = self.conversation.last_message_id
        self.reply(self.sent(self.forward(user=self.other_agent)))
        self.assertGreater(self.conversation.last_message_id, seen)
        self.answer(self.conversation, omnichannel_seen_id=seen)
        self.assertEqual(self.conversation.state, "pending")

    def test_customer_and_carrier_in_one_batch(self):
        sent = self.sent(self.forward())
        own = self.mail("Any news?", message_id="<news@example.com>", In_Reply_To=self.first.provider_uid)
        theirs = self.mail(
            "No.", f"<{CARRIER}>", message_id="<no@carrier.example>", In_Reply_To=sent["Message-Id"]
        )
        for mail in (own, theirs):
            self.env["mail.thread"].message_process(False, mail.as_bytes())
        self.env.cr.execute("UPDATE omnichannel_event SET lane = 0 WHERE state = 'pending'")
        self.work_inbound()
        rows = self.env["omnichannel.message"].search(
            [("provider_uid", "in", (own["Message-Id"], theirs["Message-Id"]))], order="id"
        )
        self.assertEqual(rows.mapped(lambda row: bool(row.aside_id)), [False, True])
        self.assertEqual(rows.conversation_id, self.conversation)
        self.assertEqual(self.conversation.preview, "Carrier BV: No.")
        self.assertEqual(self.conversation.last_inbound_date, rows[0].mail_message_id.date)

    def test_nobody_changes_it_afterwards(self):
        row = self.forward()
        message = row.mail_message_id.with_user(self.agent)
        with self.assertRaises(UserError):
            self.conversation.with_user(self.agent)._message_update_content(message, body=Markup("<p>x</p>"))


@tagged("post_install", "-at_install")
class TestMoveAside(ForwardCase):
    def move(self, row, target):
        return self.conversation.with_user(self.agent).action_move_message(row.mail_message_id.id, target.id)

    def test_a_side_thread_moves_as_one(self):
        [values] = self.conversation.copy_data()
        target = self.env["omnichannel.conversation"].create(values | {"name": "New"})
        forwarded = self.forward()
        back = self.reply(self.sent(forwarded))
        self.assertEqual(self.conversation.last_direction, "aside")
        self.move(back, target)
        self.env.invalidate_all()
        self.assertEqual((forwarded | back).conversation_id, target)
        self.assertEqual((forwarded | back).mail_message_id.mapped("res_id"), target.ids * 2)
        self.assertEqual(target.last_direction, "aside")
        self.assertNotIn(back.identity_id, target.identity_ids)
        self.assertEqual(self.conversation.last_direction, "in")
        self.assertEqual(self.conversation.identity_id, self.first.identity_id)

    def test_not_to_where_they_are_the_customer(self):
        forwarded = self.forward()
        theirs = self.deliver(self.mail("Our prices", f"<{CARRIER}>", message_id="<p@carrier.example>"))
        with self.assertRaisesRegex(UserError, "the customer there"):
            self.move(forwarded, theirs.conversation_id)

    def test_the_forwarded_message_is_moved_without_its_side_thread(self):
        [values] = self.conversation.copy_data()
        target = self.env["omnichannel.conversation"].create(values | {"name": "New"})
        back = self.reply(self.sent(self.forward()))
        self.move(self.first, target)
        self.env.invalidate_all()
        self.assertEqual(self.conversation.last_direction, "aside")
        self.assertFalse(self.conversation.last_inbound_date)
        self.assertEqual(back.conversation_id, self.conversation)


@tagged("post_install", "-at_install")
class TestAsideNotice(ForwardCase, ByMailCase):
    """Who asked for mails answers the customer by answering them: they are about the customer alone."""

    def test_what_a_third_party_writes_is_in_no_mail(self):
        self.reply(self.sent(self.forward()))
        self.assertFalse(self.notices())
        sent = self.sent(self.forward())
        self.deliver(self.mail("Any news?", message_id="<news@example.com>"))
        self.reply(sent, "It is lost.")
        [notice] = self.notices()
        self.assertIn("Any news?", notice.body_html)
        self.assertNotIn("It is lost.", notice.body_html)

    def test_asking_a_third_party_does_not_answer_the_customer(self):
        self.deliver(self.mail("Any news?", message_id="<news@example.com>"))
        self.forward(user=self.other_agent)
        self.conversation.user_id = self.agent
        self.assertEqual(len(self.notices()), 1)
