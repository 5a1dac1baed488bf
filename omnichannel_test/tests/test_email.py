"""Mails in and out of a channel that is an address."""

from email.message import EmailMessage
from unittest.mock import patch

from markupsafe import Markup

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.omnichannel_inbox.tests.common import ALL_DOCUMENTS

from .common import OmnichannelCase
from .mails import PNG

SHOP = "support@shop.example"


class EmailCase(OmnichannelCase):
    """A mailbox, and a customer's mail program."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox = cls.env["omnichannel.channel"].create(
            {
                "name": "Shop",
                "channel_type": "email",
                "address": SHOP,
                "team_id": cls.team.id,
                "state": "connected",
            }
        )

    def mail(self, text="Where is my order?", sender="Karin <karin@example.com>", **headers):
        message = EmailMessage()
        message["From"], message["To"] = sender, headers.pop("to", SHOP)
        message["Subject"] = headers.pop("subject", "My order")
        message["Message-Id"] = headers.pop("message_id", None) or f"<{self.id()}.{len(text)}@example.com>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        return message

    def deliver(self, message):
        """Hand a mail in as Odoo's fetchmail and mailgate do, and work it off."""
        self.env["mail.thread"].message_process(False, message.as_bytes())
        self.work_inbound()
        return self.env["omnichannel.message"].search(
            [("channel_id", "=", self.mailbox.id), ("provider_uid", "=", message["Message-Id"])]
        )


@tagged("post_install", "-at_install")
class TestEmailIn(EmailCase):
    def test_a_mail_becomes_a_message_of_the_customers_conversation(self):
        row = self.deliver(self.mail())
        message, conversation = row.mail_message_id, row.conversation_id
        self.assertEqual(conversation.partner_id, self.partner)
        self.assertEqual(conversation.subject, "My order")
        self.assertEqual(conversation.state, "open")
        self.assertEqual(message.author_id, self.partner)
        self.assertEqual(message.subject, "My order")
        self.assertEqual(message.message_type, "email")
        self.assertIn("Where is my order?", message.body)

    def test_one_customer_on_whatsapp_and_mail_is_one_conversation(self):
        chat = self.receive(self.text("Hello"))
        self.assertEqual(self.deliver(self.mail()).conversation_id, chat.conversation_id)

    def test_the_same_mail_twice_is_there_once(self):
        self.deliver(self.mail())
        again = self.mail(Received="by another path")
        self.assertEqual(len(self.deliver(again)), 1)
        self.assertEqual(self.env["omnichannel.event"].search([], limit=1).state, "ignored")

    def test_a_mail_to_two_of_our_addresses_is_there_once(self):
        other = self.mailbox.copy({"name": "Sales", "address": "sales@shop.example"})
        first = self.mail(to=f"{SHOP}, sales@shop.example")
        row = self.deliver(first)
        self.env["omnichannel.event"]._journal(other, first.as_bytes())
        self.work_inbound()
        found = self.env["omnichannel.message"].search([("provider_uid", "=", first["Message-Id"])])
        self.assertEqual(found, row)

    def test_a_mail_for_nobody_here_is_odoos(self):
        before = self.env["omnichannel.event"].search_count([])
        with self.assertRaises(ValueError):
            # Odoo's own answer to a mail that fits no alias.
            self.env["mail.thread"].message_process(False, self.mail(to="somebody@else.example").as_bytes())
        self.assertEqual(self.env["omnichannel.event"].search_count([]), before)

    def test_a_thread_is_followed_by_its_references(self):
        first = self.deliver(self.mail())
        first.conversation_id.action_close()
        first.conversation_id.closed_date = "2020-01-01"
        answer = self.mail("And?", In_Reply_To=first.provider_uid, subject="Re: My order")
        row = self.deliver(answer)
        self.assertEqual(row.conversation_id, first.conversation_id)
        self.assertEqual(row.join_reason, "reply")
        self.assertEqual(row.conversation_id.state, "open")

    def test_forged_references_lead_nowhere(self):
        first = self.deliver(self.mail())
        forged = self.mail("Send it to me", "Eve <eve@evil.example>", In_Reply_To=first.provider_uid)
        row = self.deliver(forged)
        self.assertNotEqual(row.conversation_id, first.conversation_id)
        self.assertFalse(row.conversation_id.partner_id)

    def test_one_conversation_for_each_subject(self):
        self.mailbox.is_split_by_subject = True
        first = self.deliver(self.mail())
        same = self.deliver(self.mail("PS", subject="RE: my order"))
        other = self.deliver(self.mail("Something else", subject="An invoice"))
        self.assertEqual(same.conversation_id, first.conversation_id)
        self.assertNotEqual(other.conversation_id, first.conversation_id)

    def test_an_out_of_office_notice_changes_nothing(self):
        first = self.deliver(self.mail())
        first.conversation_id.action_pending()
        notice = self.mail("I am away", In_Reply_To=first.provider_uid, Auto_Submitted="auto-replied")
        row = self.deliver(notice)
        self.assertEqual(row.conversation_id, first.conversation_id)
        self.assertEqual(row.conversation_id.state, "pending")
        self.assertFalse(row.conversation_id.waiting_since)

    def test_a_form_of_our_website_is_from_who_filled_it_in(self):
        row = self.deliver(self.mail(sender=SHOP, Reply_To="Karin <karin@example.com>"))
        self.assertEqual(row.conversation_id.partner_id, self.partner)

    def test_our_own_mail_that_comes_back_is_ignored(self):
        self.assertFalse(self.deliver(self.mail(sender=SHOP)))
        event = self.env["omnichannel.event"].search([], limit=1)
        self.assertEqual((event.state, event.reason), ("ignored", "Sent from one of our own addresses."))

    def test_files_come_with_the_mail_and_its_images_show_them(self):
        message = self.mail()
        message.add_alternative(
            '<p>See <img src="cid:pic1"> <img src="https://track.example/1.gif"></p>', subtype="html"
        )
        message.get_payload()[1].add_related(b"png", "image", "png", cid="<pic1>", filename="pic.png")
        message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="../order.pdf")
        row = self.deliver(message)
        files = row.mail_message_id.attachment_ids
        self.assertEqual(set(files.mapped("name")), {"pic.png", "order.pdf"})
        self.assertEqual(files.mapped("res_id"), row.conversation_id.ids * 2)
        image = files.filtered(lambda f: f.name == "pic.png")
        self.assertIn(f'src="/web/image/{image.id}"', row.mail_message_id.body)
        self.assertNotIn(' src="https://track.example', row.mail_message_id.body)

    def test_scripts_are_not_kept(self):
        message = self.mail()
        message.add_alternative("<p onclick='x()'>Hi<script>x()</script></p>", subtype="html")
        body = self.deliver(message).mail_message_id.body
        self.assertNotIn("x()", body)

    def test_what_is_no_mail_is_kept_as_dead(self):
        self.env["mail.thread"].with_context(default_fetchmail_server_id=self._server().id).message_process(
            False, b"\xff\x00 no mail at all"
        )
        self.work_inbound()
        event = self.env["omnichannel.event"].search([], limit=1)
        self.assertEqual((event.channel_id, event.state), (self.mailbox, "dead"))

    def _server(self):
        server = self.env["fetchmail.server"].create(
            {"name": "Mailbox", "server": "127.0.0.1", "server_type": "imap"}
        )
        self.mailbox.fetchmail_server_id = server
        return server

    def test_all_of_a_channels_mailbox_is_that_channels(self):
        thread = self.env["mail.thread"].with_context(default_fetchmail_server_id=self._server().id)
        thread.message_process(False, self.mail(to="alias-nobody-told-us@shop.example").as_bytes())
        self.assertEqual(self.env["omnichannel.event"].search([], limit=1).channel_id, self.mailbox)

    def test_a_channels_mailbox_is_read_each_minute(self):
        job = self.env.ref("mail.ir_cron_mail_gateway_action")
        for values in ({"interval_number": 5}, {"interval_number": 1, "interval_type": "hours"}):
            job.write(values)
            self._server()
            self.assertEqual((job.interval_number, job.interval_type), (1, "minutes"))
        job.interval_number = 5
        self.mailbox.name = "An administrator's own choice is left alone"
        self.assertEqual(job.interval_number, 5)

    def test_a_new_channels_mailbox_is_read_each_minute(self):
        server = self._server()
        job = self.env.ref("mail.ir_cron_mail_gateway_action")
        job.interval_number = 5
        self.mailbox.copy({"fetchmail_server_id": server.id})
        self.assertEqual((job.interval_number, job.interval_type), (1, "minutes"))


@tagged("post_install", "-at_install")
class TestEmailRecords(EmailCase):
    """Answers to Odoo's own mails about an order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesperson = new_test_user(cls.env, "omni_seller", ALL_DOCUMENTS)
        cls.order = cls.env["sale.order"].create(
            {"partner_id": cls.partner.id, "user_id": cls.salesperson.id}
        )
        cls.sent = cls.order.message_post(
            body="Your order",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=cls.partner.ids,
        )

    def reply(self, **values):
        return self.deliver(self.mail("Can it come sooner?", In_Reply_To=self.sent.message_id, **values))

    def test_an_answer_opens_a_conversation_of_the_order(self):
        row = self.reply(to="catchall@else.example")
        self.assertEqual(row.conversation_id.order_ids, self.order)
        self.assertEqual(row.conversation_id.user_id, self.salesperson)
        self.assertEqual(row.conversation_id.partner_id, self.partner)

    def test_the_order_shows_it_too(self):
        self.reply(to="catchall@else.example")
        self.assertIn("Can it come sooner?", self.order.message_ids[0].body)
        self.assertEqual(self.order.message_ids[0].author_id, self.partner)

    def test_the_next_answer_joins_it(self):
        first = self.reply()
        second = self.deliver(self.mail("Please?", In_Reply_To=self.sent.message_id))
        self.assertEqual(second.conversation_id, first.conversation_id)

    def test_an_answer_about_an_order_leaves_another_matter_alone(self):
        chat = self.receive(self.text("Another matter"))
        self.assertNotEqual(self.reply().conversation_id, chat.conversation_id)

    def test_a_stranger_who_knows_the_id_learns_and_ties_nothing(self):
        row = self.reply(sender="eve@evil.example")
        self.assertFalse(row.conversation_id.order_ids)
        self.assertNotIn("sooner", self.order.message_ids[0].body)

    def test_what_a_colleague_answers_is_odoos(self):
        self.salesperson.email = "seller@shop.example"
        before = self.env["omnichannel.event"].search_count([])
        mail = self.mail(
            "I asked", sender="seller@shop.example", to="c@else.example", In_Reply_To=self.sent.message_id
        )
        self.env["mail.thread"].message_process("sale.order", mail.as_bytes())
        self.assertEqual(self.env["omnichannel.event"].search_count([]), before)
        self.assertIn("I asked", self.order.message_ids[0].body)

    def test_an_answer_to_an_invoice(self):
        invoice = self.env["account.move"].create({"move_type": "out_invoice", "partner_id": self.partner.id})
        sent = invoice.message_post(
            body="Your invoice", subtype_xmlid="mail.mt_comment", partner_ids=self.partner.ids
        )
        row = self.deliver(self.mail("Paid", In_Reply_To=sent.message_id, to="catchall@else.example"))
        self.assertEqual(row.conversation_id.partner_id, self.partner)
        self.assertIn("Paid", invoice.message_ids[0].body)

    def invoiced(self):
        """A posted invoice of an order with one line."""
        product = self.env["product.product"].create({"name": "Bike", "invoice_policy": "order"})
        self.order.order_line = [(0, 0, {"product_id": product.id, "price_unit": 100})]
        self.order.action_confirm()
        invoice = self.order._create_invoices()
        invoice.action_post()
        return invoice

    def reply_to(self, record, text):
        sent = record.message_post(
            body="About it", subtype_xmlid="mail.mt_comment", partner_ids=self.partner.ids
        )
        return self.deliver(self.mail(text, In_Reply_To=sent.message_id, to="catchall@else.example"))

    def test_an_answer_about_an_invoice_a_credit_note_and_a_payment_is_about_the_order(self):
        invoice = self.invoiced()
        payment = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({})
            ._create_payments()
        )
        reversal = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        reversal.create({"journal_id": invoice.journal_id.id}).refund_moves()
        refund = invoice.reversal_move_ids
        refund.action_post()
        self.assertEqual(refund.move_type, "out_refund")
        for number, record in enumerate((invoice, payment, refund)):
            row = self.reply_to(record, "x" * (number + 1))
            self.assertEqual(row.conversation_id.order_ids, self.order, record._name)
            self.assertIn(row.mail_message_id.body, record.message_ids[0].body)

    def test_what_a_supplier_answers_is_odoos(self):
        bill = self.env["account.move"].create({"move_type": "in_invoice", "partner_id": self.partner.id})
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": self.partner.id,
                "amount": 5,
            }
        )
        before = self.env["omnichannel.event"].search_count([])
        for record in (bill, payment):
            sent = record.message_post(
                body="x", subtype_xmlid="mail.mt_comment", partner_ids=self.partner.ids
            )
            mail = self.mail(
                "I sent it",
                In_Reply_To=sent.message_id,
                to="catchall@else.example",
                message_id=f"<{record._name}@example.com>",
            )
            self.env["mail.thread"].message_process(record._name, mail.as_bytes())
            self.assertIn("I sent it", record.message_ids[0].body)
        self.assertEqual(self.env["omnichannel.event"].search_count([]), before)


@tagged("post_install", "-at_install")
class TestEmailOut(EmailCase):
    def built(self, message):
        """The mail that a posted answer becomes."""
        row = message.omnichannel_ledger_ids
        self.env.flush_all()
        [claimed] = [m for lane in (0, 1) for m in self.env["omnichannel.message"]._claim(lane)]
        self.assertEqual(claimed, row)
        adapter = row.channel_id._adapter()
        uid = f"<omnichannel-{row.reference}@shop.example>"
        return adapter._build(row, message, SHOP, uid)

    def test_an_answer_is_a_clean_mail_of_the_channels(self):
        first = self.deliver(self.mail())
        message = self.answer(first.conversation_id, "It left <b>today</b>")
        mail = self.built(message)
        self.assertEqual(mail["From"], f"Shop <{SHOP}>")
        self.assertEqual(mail["To"], '"Karin Klant" <karin@example.com>')
        self.assertEqual(mail["Subject"], f"Re: My order [{first.conversation_id.name}]")
        self.assertEqual(mail["In-Reply-To"], first.provider_uid)
        self.assertIn(first.provider_uid, mail["References"])
        self.assertNotIn("odoo.com", mail.as_string())

    def test_an_answer_has_the_subject_of_the_mail_it_answers(self):
        chat = self.receive(self.text("Hello"))
        first = self.deliver(self.mail(subject="Something else"))
        self.assertEqual(first.conversation_id, chat.conversation_id)
        mail = self.built(self.answer(first.conversation_id))
        self.assertEqual(mail["Subject"], f"Re: Something else [{first.conversation_id.name}]")

    def test_files_travel_in_one_mail(self):
        first = self.deliver(self.mail())
        file = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create({"name": "a.pdf", "raw": b"%PDF-1.4", "res_model": "mail.compose.message"})
        )
        message = self.answer(first.conversation_id, "See the file", attachment_ids=file.ids)
        self.assertEqual(len(message.omnichannel_ledger_ids), 1)
        [attached] = self.built(message).iter_attachments()
        self.assertEqual(attached.get_filename(), "a.pdf")

    def test_subject_and_copies_are_the_agents(self):
        first = self.deliver(self.mail())
        options = {
            "subject": "A new\n subject",
            "cc": "Boss <boss@example.com>; two@example.com",
            "bcc": "us@shop.example",
        }
        message = self.answer(first.conversation_id, omnichannel_options=options)
        mail = self.built(message)
        self.assertEqual(mail["Subject"], f"A new subject [{first.conversation_id.name}]")
        self.assertEqual(mail["Cc"], "boss@example.com, two@example.com")
        self.assertIsNone(mail["Bcc"])
        self.assertEqual(message.omnichannel_ledger_ids.payload["bcc"], ["us@shop.example"])

    def test_what_is_no_address_is_refused(self):
        first = self.deliver(self.mail())
        with self.assertRaisesRegex(UserError, "nobody is no e-mail address"):
            self.answer(first.conversation_id, omnichannel_options={"cc": "nobody"})

    def test_the_agents_signature_closes_the_mail(self):
        self.agent.signature = "<p>Yours, Anna</p>"
        mail = self.built(self.answer(self.deliver(self.mail()).conversation_id, "Hello"))
        self.assertIn("Yours, Anna", mail.get_body(("html",)).get_content())
        self.assertIn("Yours, Anna", mail.get_body(("plain",)).get_content())

    def test_images_of_the_text_come_along(self):
        first = self.deliver(self.mail())
        image = self.image(self.agent)
        body = Markup('<p>Look: <img src="/web/image/%s?access_token=x"></p>') % image.id
        mail = self.built(self.answer(first.conversation_id, body, attachment_ids=image.ids))
        html = mail.get_body(("html",))
        self.assertIn(f'src="cid:image{image.id}@omnichannel"', html.get_content())
        self.assertEqual(
            [part["Content-Id"] for part in mail.walk() if part["Content-Id"]],
            [f"<image{image.id}@omnichannel>"],
        )
        self.assertFalse(list(mail.iter_attachments()))

    def test_an_image_that_the_agent_may_not_read_stays_here(self):
        server = self.env["ir.mail_server"].create({"name": "Out", "smtp_host": "127.0.0.1"})
        secret = self.image(self.env.user, res_model=server._name, res_id=server.id)
        first = self.deliver(self.mail())
        body = Markup('<p>Look <img src="/web/image/%s"></p>') % secret.id
        mail = self.built(self.answer(first.conversation_id, body))
        self.assertNotIn(str(secret.id), mail.get_body(("html",)).get_content())
        self.assertFalse([part for part in mail.walk() if part.get_content_maintype() == "image"])

    def image(self, user, **values):
        values = {"res_model": "mail.compose.message", **values}
        return (
            self.env["ir.attachment"]
            .with_user(user)
            .create({"name": "a.png", "raw": PNG, "mimetype": "image/png", **values})
        )

    def test_a_bounce_makes_the_answer_failed(self):
        first = self.deliver(self.mail())
        row = self.answer(first.conversation_id).omnichannel_ledger_ids
        uid = f"<omnichannel-{row.reference}@shop.example>"
        row.write({"state": "sent", "provider_uid": uid})
        bounce = self.mail("", sender="MAILER-DAEMON@mx.example", message_id="<bounce-1@mx.example>")
        bounce.set_content(f"<karin@example.com>:\n550 5.1.1 no such user\n\nMessage-Id: {uid}\n")
        self.env["mail.thread"].message_process(False, bounce.as_bytes())
        self.work_inbound()
        self.assertEqual(row.state, "failed")
        self.assertIn("550", row.error_text)

    def test_the_customer_is_told_nothing_by_odoo_besides(self):
        first = self.deliver(self.mail())
        first.conversation_id.message_subscribe(self.partner.ids)
        with patch.object(type(self.env["mail.mail"]), "create") as created:
            self.answer(first.conversation_id)
        created.assert_not_called()
