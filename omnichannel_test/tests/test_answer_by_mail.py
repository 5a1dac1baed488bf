"""A colleague asks for a mail when a customer writes, and answers the customer by answering it."""

from datetime import timedelta
from email.message import EmailMessage
from email.utils import parseaddr

from odoo import fields
from odoo.tests import Form, tagged

from .mails import PNG
from .test_email import SHOP, EmailCase

PRIVATE = "anna.private@home.example"


class ByMailCase(EmailCase):
    """Anna wants mails, at her private address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.write({"email": f"Anna <{PRIVATE}>", "omnichannel_mail": "team", "lang": "en_US"})

    def notices(self):
        """The mails that are queued once a while has gone by."""
        self.env.flush_all()
        self.env["omnichannel.notice"].search([]).due = fields.Datetime.now() - timedelta(seconds=1)
        before = self.env["mail.mail"].search([])
        self.env.flush_all()
        self.env["omnichannel.notice"]._mail_batch()
        return self.env["mail.mail"].search([]) - before

    def written(self, text="Where is my order?"):
        """A customer's message on a chat, and the one mail that Anna gets about it."""
        row = self.receive(self.text(text, at=str(fields.Datetime.now())))
        [notice] = self.notices()
        return row.conversation_id, notice

    def reply(self, notice, text="It left today.", sender=f"Anna Private <{PRIVATE}>", **headers):
        """What Anna's mail program makes of an answer."""
        mail = EmailMessage()
        mail["From"], mail["To"] = sender, notice.reply_to or SHOP
        mail["Subject"] = headers.pop("subject", f"Re: {notice.subject}")
        mail["Message-Id"] = headers.pop("message_id", f"<{self.id()}.{len(text)}@home.example>")
        mail["In-Reply-To"] = notice.message_id
        mail["References"] = f"{notice.references} {notice.message_id}"
        mail["Received"] = f"from annas-pc (home.example [10.1.2.3]) for <{PRIVATE}>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        quoted = "\n".join(f"> {line}" for line in ["Answer this mail", "", "Where is my order?"])
        mail.set_content(
            f"{text}\n\n-- \nAnna\n{PRIVATE}\n\n"
            f"On Mon, 24 Nov 2025 at 09:00, Shop <{SHOP}> wrote:\n\n{quoted}\n"
        )
        return mail

    def hand_in(self, mail):
        self.env["mail.thread"].message_process(False, mail.as_bytes())
        self.work_inbound()
        return self.env["omnichannel.event"].search([], limit=1)

    def sent(self, conversation):
        return conversation.ledger_ids.filtered(lambda row: row.direction == "out").sorted("id")


@tagged("post_install", "-at_install")
class TestNotice(ByMailCase):
    def test_what_the_mail_says(self):
        conversation, notice = self.written("Where is\nmy order?")
        self.assertEqual(notice.subject, f"[{conversation.name}] Karin Klant")
        self.assertEqual(parseaddr(notice.email_to)[1], PRIVATE)
        self.assertEqual((notice.reply_to, notice.email_from), (f'"Shop" <{SHOP}>',) * 2)
        self.assertIn("Answer this mail to answer the customer.", notice.body_html)
        self.assertIn("Main → +31612345678", notice.body_html)
        self.assertIn("Where is<br/>my order?", notice.body_html.replace("<br>", "<br/>"))
        self.assertIn(f"/odoo/omnichannel.conversation/{conversation.id}", notice.body_html)
        self.assertFalse(notice.model)
        self.assertTrue(notice.auto_delete)
        self.assertNotIn(notice.mail_message_id, conversation.message_ids)

    def test_several_messages_make_one_mail(self):
        self.receive(self.text("One"))
        self.receive(self.text("Two"))
        [notice] = self.notices()
        self.assertIn("One", notice.body_html)
        self.assertIn("Two", notice.body_html)
        self.assertFalse(self.notices())
        self.receive(self.text("Three"))
        [notice] = self.notices()
        self.assertNotIn("Two", notice.body_html)

    def test_it_waits_a_little(self):
        self.receive(self.text())
        self.env["omnichannel.notice"]._mail_batch()
        self.assertFalse(self.env["mail.mail"].search([("email_to", "like", PRIVATE)]))

    def test_who_reads_it_in_time_gets_no_mail(self):
        conversation = self.receive(self.text()).conversation_id
        conversation.with_user(self.agent).action_mark_read()
        self.assertFalse(self.notices())

    def test_who_was_answered_meanwhile_needs_no_mail(self):
        conversation = self.receive(self.text()).conversation_id
        self.answer(conversation, user=self.other_agent)
        self.assertFalse(self.notices())

    def test_whose_conversation_it_is(self):
        conversation = self.receive(self.text()).conversation_id
        conversation.user_id = self.other_agent
        self.assertFalse(self.notices(), "it is Bram's meanwhile, who wants no mails")
        self.receive(self.text())
        self.assertFalse(self.notices())
        conversation.user_id = self.agent
        self.agent.omnichannel_mail = "mine"
        self.receive(self.text())
        self.assertEqual(len(self.notices()), 1)
        conversation.user_id = False
        self.receive(self.text())
        self.assertFalse(self.notices())

    def test_no_mail_about_what_one_may_not_read(self):
        conversation = self.receive(self.text()).conversation_id
        self.agent.write({"group_ids": [(3, self.env.ref("omnichannel_inbox.group_omnichannel_agent").id)]})
        self.assertIn(self.agent, conversation.team_id.member_ids)
        self.assertFalse(self.notices())

    def test_silent_messages_are_no_news(self):
        self.deliver(self.mail("I am away", Auto_Submitted="auto-replied"))
        self.assertFalse(self.notices())

    def test_without_a_mailbox_nobody_can_answer(self):
        self.mailbox.active = False
        _conversation, notice = self.written()
        self.assertFalse(notice.reply_to)
        self.assertNotIn("Answer this mail", notice.body_html)

    def test_who_cannot_be_reached_cannot_be_answered(self):
        self.partner.email = False
        self.receive(self.text(at="2026-01-01T00:00:00"))
        [notice] = self.notices()
        self.assertNotIn("Answer this mail", notice.body_html)

    def test_who_may_only_read_is_not_asked_to_answer(self):
        employee = self.env["res.users"].create(
            {"name": "E", "login": "e", "email": "e@home.example", "omnichannel_mail": "mine",
             "group_ids": [(6, 0, self.env.ref("base.group_user").ids)]}
        )  # fmt: skip
        conversation = self.receive(self.text()).conversation_id
        conversation.user_id = employee
        self.receive(self.text())
        [notice] = self.notices().filtered(lambda mail: "e@home" in mail.email_to)
        self.assertNotIn("Answer this mail", notice.body_html)

    def test_a_mailbox_of_ours_is_not_mailed(self):
        self.agent.email = SHOP
        self.receive(self.text())
        self.assertFalse(self.notices())

    def test_each_chooses_in_their_preferences(self):
        form = Form(self.other_agent.with_user(self.other_agent), view="base.view_users_form_simple_modif")
        self.assertEqual(form.omnichannel_mail, "never")
        form.omnichannel_mail = "mine"
        form.save()
        self.assertEqual(self.env["res.users"]._omnichannel_mail_wishes()[self.other_agent.id], "mine")

    def test_a_batch_costs_the_same_for_one_message_and_for_many(self):
        def cost(count, first):
            items = [self.text(sender=f"+3161200{number:04}") for number in range(first, first + count)]
            self.env["omnichannel.event"]._journal(self.channel, self.body(*items))
            self.env.cr.execute("UPDATE omnichannel_event SET lane = 0 WHERE state = 'pending'")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["omnichannel.event"]._work_batch(0)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        def cost_for_whom(wish, first):
            self.agent.omnichannel_mail = wish
            cost(1, first)  # fills the caches that the wish has emptied
            return cost(50, first + 1)

        nobody, somebody = cost_for_whom("never", 0), cost_for_whom("team", 100)
        self.assertLessEqual(somebody, nobody + 3)
        self.assertEqual(self.env["omnichannel.notice"].search_count([]), 51)

    def test_a_bounce_is_for_the_journal_alone(self):
        conversation, notice = self.written()
        bounce = self.mail("", sender="MAILER-DAEMON@mx.example", message_id="<bounce-1@mx.example>")
        bounce.set_content(f"<{PRIVATE}>:\n550 5.1.1 no such user\n\nMessage-Id: {notice.message_id}\n")
        messages = len(conversation.message_ids)
        event = self.hand_in(bounce)
        self.assertEqual(
            (event.state, event.reason), ("ignored", "A report about a notice that a colleague was mailed.")
        )
        self.assertEqual(len(conversation.message_ids), messages)


@tagged("post_install", "-at_install")
class TestAnswerByMail(ByMailCase):
    def test_it_goes_to_the_customer_by_the_conversations_channel(self):
        conversation, notice = self.written()
        event = self.hand_in(self.reply(notice))
        self.assertEqual(event.state, "done")
        [row] = self.sent(conversation)
        self.assertEqual((row.channel_id, row.body), (self.channel, "It left today."))
        message = row.mail_message_id
        self.assertEqual((message.author_id, message.create_uid), (self.agent.partner_id, self.agent))
        self.assertEqual((conversation.state, conversation.user_id), ("pending", self.agent))
        self.assertFalse(self.env["omnichannel.identity"].search([("key", "=", PRIVATE)]))

    def test_nothing_private_is_in_the_mail_that_leaves(self):
        row = self.deliver(self.mail())
        [notice] = self.notices()
        mail = self.reply(notice, f"It left today.\n\nAnna\nMail: {PRIVATE.upper()}")
        mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
        mail.add_attachment(f"EMAIL:{PRIVATE}".encode(), maintype="text", subtype="vcard", filename="a.vcf")
        self.hand_in(mail)
        [answer] = self.sent(row.conversation_id)
        raw = (
            answer.channel_id._adapter()
            ._build(answer, answer.mail_message_id, SHOP, f"<omnichannel-{answer.reference}@shop.example>")
            .as_bytes()
            .lower()
        )
        for private in (PRIVATE, "home.example", "10.1.2.3", "anna private", "omnichannel-notice"):
            self.assertNotIn(private.encode(), raw)
        self.assertIn(b"it left today", raw)
        self.assertEqual(answer.mail_message_id.attachment_ids.mapped("name"), ["a.pdf"])

    def test_whoever_got_a_copy_of_the_customers_mail_gets_one_of_the_answer(self):
        row = self.deliver(self.mail(Cc="partner@example.com"))
        [notice] = self.notices()
        self.assertIn("Shop → karin@example.com, Cc partner@example.com", notice.body_html)
        self.hand_in(self.reply(notice))
        self.assertEqual(self.sent(row.conversation_id).payload, {"cc": ["partner@example.com"]})

    def test_the_same_mail_twice_is_sent_once(self):
        conversation, notice = self.written()
        mail = self.reply(notice)
        self.hand_in(mail)
        [row] = self.sent(conversation)
        # A new attempt gives the row another reference.
        row.state = "failed"
        row.with_user(self.agent).action_retry()
        mail["X-Path"] = "another"
        event = self.hand_in(mail)
        self.assertEqual(
            (event.state, event.reason), ("ignored", "A duplicate of a message that is here already.")
        )
        other = self.mailbox.copy({"name": "Sales", "address": "sales@shop.example"})
        self.env["omnichannel.event"]._journal(other, self.reply(notice).as_bytes())
        self.work_inbound()
        event.action_replay()
        self.work_inbound()
        self.assertEqual(self.sent(conversation), row)

    def test_the_id_without_the_address_is_a_strangers_mail(self):
        conversation, notice = self.written()
        self.hand_in(self.reply(notice, sender="Eve <eve@evil.example>"))
        self.assertFalse(self.sent(conversation))
        row = self.env["omnichannel.message"].search([("channel_id", "=", self.mailbox.id)])
        self.assertNotEqual(row.conversation_id, conversation)
        self.assertEqual(row.identity_id.key, "eve@evil.example")

    def test_an_id_that_was_made_up_is_a_mail_as_any_other(self):
        conversation, notice = self.written()
        mail = self.reply(notice)
        forged = f"<omnichannel-notice-{conversation.id}-{self.agent.id}-0-{'0' * 40}@shop.example>"
        for name in ("In-Reply-To", "References"):
            mail.replace_header(name, forged)
        self.hand_in(mail)
        self.assertFalse(self.sent(conversation))

    def test_a_notice_that_is_passed_on_is_no_answer(self):
        conversation, notice = self.written()
        self.hand_in(self.reply(notice, "Can you see to this one?", subject=f"Fwd: {notice.subject}"))
        self.assertFalse(self.sent(conversation))

    def test_a_deactivated_colleague_answers_nobody(self):
        conversation, notice = self.written()
        self.agent.active = False
        event = self.hand_in(self.reply(notice))
        self.assertEqual(
            (event.state, event.reason), ("ignored", "Its sender is no active colleague any more.")
        )
        self.assertFalse(self.sent(conversation))
        self.assertEqual(len(conversation.message_ids), 1)

    def test_who_lost_the_right_is_refused_and_told(self):
        conversation, notice = self.written()
        self.team.member_ids = [(3, self.agent.id)]
        event = self.hand_in(self.reply(notice))
        self.assertEqual(event.state, "ignored")
        self.assertIn("may not read this conversation", event.reason)
        self.assertEqual(len(conversation.message_ids), 1)
        self.assertIn("may not read this conversation", self.told().body_html)

    def told(self):
        """The mail back."""
        [mail] = self.env["mail.mail"].search([("subject", "like", "Not sent")])
        self.assertEqual(parseaddr(mail.email_to)[1], PRIVATE)
        return mail

    def assert_kept(self, conversation, reason, text="It left today."):
        """Nothing left, the conversation is open with a note that has it all, and Anna was told."""
        self.assertEqual(conversation.state, "open")
        note = conversation.message_ids[0]
        self.assertTrue(note.is_internal or note.subtype_id.internal)
        self.assertEqual(note.author_id, self.agent.partner_id)
        self.assertFalse(note.omnichannel_ledger_ids)
        self.assertIn(text, note.body)
        self.assertIn(reason, note.body)
        mail = self.told()
        self.assertIn(reason, mail.body_html)
        self.assertIn(text, mail.body_html)
        return note

    def test_an_answer_that_cannot_be_sent_is_kept(self):
        self.partner.email = False
        conversation, notice = self.written()
        conversation.state = "pending"
        self.channel.state = "draft"
        mail = self.reply(notice)
        mail.add_attachment(PNG, maintype="image", subtype="png", filename="a.png")
        self.hand_in(mail)
        self.assertFalse(self.sent(conversation))
        note = self.assert_kept(conversation, "This channel is not connected yet.")
        self.assertEqual(note.attachment_ids.mapped("name"), ["a.png"])
        mail["X-Path"] = "another"
        self.hand_in(mail)
        self.assertEqual(conversation.message_ids[0], note)

    def test_the_window_is_closed(self):
        self.mailbox.address = "support@shop.example"
        self.partner.email = False
        conversation = self.receive(self.text(at="2026-01-01T00:00:00")).conversation_id
        [notice] = self.notices()
        self.hand_in(self.reply(notice))
        self.assertFalse(self.sent(conversation))
        self.assert_kept(conversation, "The time in which free text may be sent")

    def test_somebody_answered_meanwhile(self):
        conversation, notice = self.written()
        self.answer(conversation, "Bram's answer", user=self.other_agent)
        self.hand_in(self.reply(notice))
        self.assertEqual(self.sent(conversation).mapped("body"), ["Bram's answer"])
        self.assert_kept(conversation, "Bram Agent has answered meanwhile")
        # An answer to the mail back is one by somebody who has seen Bram's.
        self.hand_in(self.reply(self.told(), "Once more: it left."))
        self.assertEqual(self.sent(conversation).mapped("body"), ["Bram's answer", "Once more: it left."])

    def test_as_mail_programs_answer(self):
        """HTML with the notice below, and no text beside it."""
        shop, anna = f"Shop &lt;{SHOP}&gt;", f"Anna &lt;{PRIVATE}&gt;"
        quoted = {
            "gmail": f'<br><div class="gmail_quote"><div>On Mon, 24 Nov 2025 at 9:00 {shop} wrote:<br></div>'
            "<blockquote>%s</blockquote></div>",
            "outlook": f'<hr><div id="divRplyFwdMsg"><b>Van:</b> {shop}<br><b>Verzonden:</b> maandag<br>'
            f"<b>Aan:</b> {anna}<br><b>Onderwerp:</b> [OC1] Karin</div>%s",
            "apple": f'<br><blockquote type="cite"><div>Am 24.11.2025 um 09:00 schrieb {shop}:</div><br>%s'
            "</blockquote>",
        }
        conversation, notice = self.written()
        for program, quotation in quoted.items():
            mail = self.reply(notice, message_id=f"<{program}@home.example>")
            mail.set_content(f"<div>{program} answers.</div>" + quotation % notice.body_html, subtype="html")
            self.hand_in(mail)
            self.assertEqual(self.sent(conversation)[-1:].body, f"{program} answers.")

    def test_a_program_that_marks_no_quotation(self):
        conversation, notice = self.written()
        mail = self.reply(notice)
        mail.set_content(
            f"<div>It left today.</div><div>Från: Shop<br>Till: {PRIVATE}</div>{notice.body_html}",
            subtype="html",
        )
        self.hand_in(mail)
        self.assertFalse(self.sent(conversation))
        self.assert_kept(conversation, "could not be told apart")

    def test_nothing_was_written(self):
        conversation, notice = self.written()
        self.hand_in(self.reply(notice, ""))
        self.assert_kept(conversation, "There is nothing to send", "")

    def test_a_file_with_the_private_address_is_not_sent(self):
        conversation, notice = self.written()
        mail = self.reply(notice)
        mail.add_attachment(f"From: {PRIVATE}".encode(), maintype="text", subtype="csv", filename="a.csv")
        self.hand_in(mail)
        self.assertFalse(self.sent(conversation))
        self.assert_kept(conversation, "The file a.csv holds your private e-mail address.")

    def test_a_quotation_that_cannot_be_told_apart_is_not_sent(self):
        conversation, notice = self.written()
        link = f"http://x/odoo/omnichannel.conversation/{conversation.id}"
        self.hand_in(self.reply(notice, f"It left today.\n\nKarin Klant: Where?\n\n{link}"))
        self.assertFalse(self.sent(conversation))
        self.assert_kept(conversation, "could not be told apart")

    def test_who_may_only_note_is_told(self):
        conversation, notice = self.written()
        self.team.member_ids = [(3, self.agent.id)]
        conversation.mentioned_user_ids = self.agent
        self.hand_in(self.reply(notice))
        self.assertFalse(self.sent(conversation))
        self.assert_kept(conversation, "not answer the customer")

    def test_the_conversation_is_gone(self):
        conversation, notice = self.written()
        reply = self.reply(notice)
        conversation.unlink()
        event = self.hand_in(reply)
        self.assertEqual((event.state, event.reason), ("ignored", "The conversation was deleted."))
        self.assertIn("It left today.", self.told().body_html)

    def test_out_of_office_is_never_sent(self):
        conversation, notice = self.written()
        for number, headers in enumerate(
            (
                {"Auto_Submitted": "auto-replied"},
                {"Auto_Submitted": "auto-generated (vacation)"},
                {"Precedence": "bulk"},
                {"Return_Path": "<>"},
                {"X_Autoreply": "yes"},
                {"subject": f"Automatic reply: {notice.subject}"},
                {"subject": "Automatisch antwoord: iets"},
                {"subject": "Abwesend"},
                {"subject": "Réponse automatique : rien"},
            )
        ):
            with self.subTest(str(headers)):
                event = self.hand_in(
                    self.reply(
                        notice, "I am on holiday", message_id=f"<ooo-{number}@home.example>", **headers
                    )
                )
                self.assertEqual(
                    (event.state, event.reason),
                    ("ignored", "An automatic answer from a colleague's mailbox."),
                )
        self.assertEqual(len(conversation.message_ids), 1)
        self.assertEqual(conversation.state, "open")

    def test_an_answer_to_whatever_address_finds_its_mailbox(self):
        conversation, notice = self.written()
        mail = self.reply(notice)
        mail.replace_header("To", "notifications@odoo.example")
        self.hand_in(mail)
        self.assertEqual(len(self.sent(conversation)), 1)

    def test_words_to_a_mention_stay_a_note(self):
        """Odoo's own mail about a note, answered by mail: Odoo puts it into the thread."""
        conversation = self.receive(self.text()).conversation_id
        note = conversation.with_user(self.other_agent).message_post(
            body="What do you think?",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            partner_ids=self.agent.partner_id.ids,
        )
        mail = self.mail("He is right", PRIVATE, to="catchall@else.example", In_Reply_To=note.message_id)
        self.env["mail.thread"].message_process("omnichannel.conversation", mail.as_bytes())
        answer = conversation.message_ids[0]
        self.assertIn("He is right", answer.body)
        self.assertEqual(answer.author_id, self.agent.partner_id)
        self.assertTrue(answer.subtype_id.internal)
        self.assertFalse(answer.omnichannel_ledger_ids)
        self.assertFalse(self.sent(conversation))
        self.assertFalse(answer.notified_partner_ids & self.partner)
