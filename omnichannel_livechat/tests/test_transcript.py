import json

from markupsafe import Markup

from odoo.tests import JsonRpcException, tagged
from odoo.tools import html2plaintext, mute_logger

from .common import LivechatCase

ASK = "/omnichannel_livechat/transcript"
SEND = "/omnichannel_livechat/transcript/send"
SHOP = "https://shop.example"


@tagged("post_install", "-at_install")
class TestTranscript(LivechatCase):
    """A visitor has what was said in their chat sent to them, and cannot use it to mail anybody anything."""

    def setUp(self):
        super().setUp()
        self.chat = self.come()
        self.say(self.chat, "Is it <b>red</b>?")
        self.work()
        self.talk = self.conversation()

    def answered(self, text="Yes, it is."):
        self.answer(self.talk, text)
        self.work()

    def mail_it(self, email="vera@example.com", session=None):
        """The visitor asks for it; returns what they are told that went wrong, or nothing."""
        params = {"channel_id": (session or self.chat).id, "email": email}
        try:
            self.make_jsonrpc_request(SEND, params)
        except JsonRpcException as refusal:
            return str(refusal)
        return ""

    def words(self, email, session=None):
        """In words, what is wrong with it."""
        body = {"params": {"channel_id": (session or self.chat).id, "email": email}}
        answer = self.url_open(SEND, json.dumps(body), headers={"Content-Type": "application/json"}).json()
        return answer.get("error", {}).get("data", {}).get("message", "")

    def mails(self):
        return self.env["mail.mail"].search([("subject", "=like", "Your chat with%")], order="id DESC")

    def text(self):
        return html2plaintext(self.mails()[:1].body_html)

    # -- what it holds -------------------------------------------------------------

    def test_what_was_said(self):
        file = self.upload(self.chat)
        self.say(self.chat, "Like this", attachment_ids=[file[0]], attachment_tokens=[file[1]])
        self.work()
        self.answered(Markup("It <b>is</b>."))
        self.talk.with_user(self.agent).message_post(body="Our secret note", subtype_xmlid="mail.mt_note")
        self.assertEqual(self.mail_it(), "")
        [mail] = self.mails()
        self.assertEqual((mail.email_to, mail.state), ("vera@example.com", "outgoing"))
        self.assertEqual(mail.subject, f"Your chat with {self.env.company.name}")
        text = self.text()
        self.assertRegex(
            text, r"(?s)Visitor.*Is it \*red\*\?.*Like this.*drawing.txt.*Anna Agent.*It \*is\*\."
        )
        self.assertNotIn("secret", text)
        self.assertNotIn("<b>red</b>", mail.body_html)
        self.assertNotIn(mail, self.talk.message_ids.mail_ids)

    def test_what_was_taken_back_is_not_in_it(self):
        self.answered()
        said = self.say(self.chat, "My password")
        self.make_jsonrpc_request(
            "/mail/message/update_content",
            {"message_id": said.id, "update_data": {"body": "", "attachment_ids": []}},
        )
        self.mail_it()
        self.assertNotIn("password", self.text())
        self.assertIn("Yes, it is.", self.text())

    def make_mailbox(self):
        self.env["omnichannel.channel"].create(
            {
                "name": "Shop mail",
                "channel_type": "email",
                "address": "shop@example.com",
                "team_id": self.team.id,
                "state": "connected",
            }
        )

    def newest_conversation(self):
        return self.env["omnichannel.conversation"].search([], order="id DESC", limit=1)

    def test_nothing_of_other_channels(self):
        self.make_mailbox()
        self.make_customer()
        chat = self.come("karin_chat")
        self.say(chat, "It is me")
        self.work()
        talk = self.newest_conversation()
        self.answer(talk, "Said in the chat")
        self.work()
        self.make_jsonrpc_request("/im_livechat/visitor_leave_session", {"channel_id": chat.id})
        self.answer(talk, "Said by mail").omnichannel_ledger_ids.state = "sent"
        self.assertEqual(self.come("karin_chat"), chat)
        # They see it, and yet it is nothing that was said here.
        self.assertIn("Said by mail", str(chat.message_ids.mapped("body")))
        self.assertEqual(self.mail_it(session=chat), "")
        self.assertIn("Said in the chat", self.text())
        self.assertNotIn("Said by mail", self.text())

    def test_from_whom(self):
        self.answered()
        self.env.company.email = "hello@example.com"
        self.mail_it()
        self.assertIn("hello@example.com", self.mails().email_from)
        self.make_mailbox()
        self.mail_it()
        self.assertIn("shop@example.com", self.mails()[0].email_from)

    def test_in_the_visitors_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.answered()
        self.chat.sudo().livechat_lang_id = self.env.ref("base.lang_nl")
        self.mail_it()
        [mail] = self.env["mail.mail"].search([("email_to", "=", "vera@example.com")])
        self.assertEqual(mail.subject, f"Je chat met {self.env.company.name}")
        self.assertIn("Dit is wat er is gezegd", html2plaintext(mail.body_html))

    # -- what is offered -----------------------------------------------------------

    def test_what_is_offered(self):
        offered = self.make_jsonrpc_request(ASK, {"channel_id": self.chat.id})
        self.assertEqual(offered, {"available": False, "email": ""})
        self.chat._omnichannel_introduce(email="vera@example.com", consent=True)
        self.answered()
        offered = self.make_jsonrpc_request(ASK, {"channel_id": self.chat.id})
        self.assertEqual(offered, {"available": True, "email": "vera@example.com"})

    def test_who_is_logged_in_is_offered_their_address(self):
        partner = self.make_customer()
        chat = self.come("karin_chat")
        self.say(chat, "It is me")
        self.work()
        self.answer(self.newest_conversation())
        self.work()
        offered = self.make_jsonrpc_request(ASK, {"channel_id": chat.id})
        self.assertEqual(offered, {"available": True, "email": partner.email})

    def test_words_of_the_visitor_alone_go_to_nobody(self):
        self.assertEqual(self.mail_it(), "odoo.exceptions.UserError")
        self.assertFalse(self.mails())

    # -- limits --------------------------------------------------------------------

    def test_three_for_a_session(self):
        self.answered()
        for number in range(3):
            self.assertEqual(self.mail_it(f"someone{number}@example.com"), "")
        self.assertEqual(self.mail_it("fourth@example.com"), "odoo.exceptions.UserError")
        self.assertIn("often enough", self.words("fourth@example.com"))
        self.assertEqual(len(self.mails()), 3)
        offered = self.make_jsonrpc_request(ASK, {"channel_id": self.chat.id})
        self.assertFalse(offered["available"])

    def test_five_a_day_for_an_address(self):
        self.answered()
        for _number in range(5):
            self.chat.sudo().omnichannel_transcript_count = 0
            self.assertEqual(self.mail_it("Vera@Example.com"), "")
        self.chat.sudo().omnichannel_transcript_count = 0
        self.assertEqual(self.mail_it("vera@example.com"), "odoo.exceptions.UserError")
        self.assertEqual(self.mail_it("other@example.com"), "")
        kept = self.env["omnichannel.livechat.transcript"].search([])
        self.assertEqual(sorted(kept.mapped("number")), [1, 5])
        self.assertNotIn("vera", str(kept.mapped("address")))
        kept.day = "2020-01-01"
        self.assertEqual(kept._gc_transcripts(), (2, False))

    def test_what_is_no_address_is_said(self):
        self.answered()
        for email in (
            "",
            "vera",
            "a@b.c, d@e.f",
            "vera@example.com\nBcc: x@y.z",
            "x" * 300,
            5,
            None,
            ["a@b.c"],
        ):
            with self.subTest(email=str(email)[:20]):
                self.assertRegex(self.words(email), "address|fill in|too long")
        self.assertFalse(self.mails())

    # -- whose it is ---------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_a_session_of_somebody_else(self):
        self.answered()
        other = self.come()
        for number in (self.chat.id, 0, -1, 2**31, "1", None, [self.chat.id], 999999):
            for path, more in ((ASK, {}), (SEND, {"email": "vera@example.com"})):
                with self.subTest(number=number, path=path), self.assertRaises(JsonRpcException) as refusal:
                    self.make_jsonrpc_request(path, {"channel_id": number, **more})
                self.assertEqual(str(refusal.exception), "werkzeug.exceptions.NotFound")
        # Colleagues read it, and yet it is not theirs.
        for user in (self.agent, self.operator):
            self.authenticate(user.login, user.login)
            self.assertEqual(self.mail_it(), "werkzeug.exceptions.NotFound")
        self.assertTrue(other)
        self.assertFalse(self.mails())

    @mute_logger("odoo.http")
    def test_a_chat_that_is_not_connected(self):
        self.answered()
        self.channel.active = False
        self.assertEqual(self.mail_it(), "werkzeug.exceptions.NotFound")

    # -- other websites ------------------------------------------------------------

    @mute_logger("odoo.http")
    def test_from_another_website(self):
        self.channel.livechat_origins = SHOP
        self.answered()
        [token] = {cookie.value for cookie in self.opener.cookies if cookie.name == "dgid"}
        self.authenticate(None, None)
        self.opener.cookies.clear()

        def call(path, origin, **params):
            body = json.dumps({"params": {"channel_id": self.chat.id, **params}})
            headers = {"Content-Type": "application/json", "Origin": origin}
            return self.url_open(path.replace("livechat/", "livechat/cors/"), body, headers=headers)

        refused = call(ASK, "https://stranger.example", guest_token=token)
        self.assertEqual(refused.status_code, 403)
        # The page may read what is wrong.
        no_address = call(SEND, SHOP, guest_token=token, email="vera")
        self.assertIn("no e-mail address", no_address.json()["error"]["data"]["message"])
        self.assertEqual(no_address.headers["Access-Control-Allow-Origin"], SHOP)
        self.assertTrue(call(ASK, SHOP, guest_token=token).json()["result"]["available"])
        wrong = call(SEND, SHOP, guest_token=f"{token.partition('|')[0]}|wrong", email="vera@example.com")
        self.assertIn("error", wrong.json())
        self.assertFalse(self.mails())
        sent = call(SEND, SHOP, guest_token=token, email="vera@example.com")
        self.assertEqual(sent.json()["result"], {"sent": True})
        self.assertEqual(self.mails().email_to, "vera@example.com")
