import hashlib
import hmac
import itertools
import json
import re
import time
from datetime import timedelta
from unittest import skipUnless
from urllib.parse import parse_qs, urlsplit

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.modules.module import get_manifest
from odoo.tests import new_test_user, tagged

from odoo.addons.omnichannel_inbox.models.omnichannel_handover import MAX_REFERENCES

from .common import LivechatCase

SECRET = "the app's secret"
REFERENCE = re.compile(r"#\w{4}-\w{4}-\w{4}")
NUMBER, OTHER_NUMBER = "31612345678", "31687654321"
_uids = itertools.count(1)


@tagged("post_install", "-at_install")
@skipUnless(get_manifest("omnichannel_whatsapp"), "needs the WhatsApp channel")
class TestOnward(LivechatCase):
    """A visitor goes on by WhatsApp: the number that writes the reference is in the same conversation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.number = cls.connect("31201234567", "1001")
        cls.channel.livechat_onward_id = cls.number

    @classmethod
    def connect(cls, address, account, **values):
        return cls.env["omnichannel.channel"].create(
            {
                "name": f"WhatsApp {address}",
                "channel_type": "whatsapp",
                "team_id": cls.team.id,
                "state": "connected",
                "address": f"+{address}",
                "whatsapp_phone_number_id": account,
                "whatsapp_business_account_id": "2002",
                "whatsapp_token": "token",
                "whatsapp_app_secret": SECRET,
                **values,
            }
        )

    # -- who does what -----------------------------------------------------------

    def chat(self, user=None, text="Where is my parcel?"):
        """A visitor who has written; returns the session."""
        session = self.come(user)
        self.say(session, text)
        self.work()
        return session

    def ask(self, session, path="/omnichannel_livechat/onward", **params):
        """The visitor presses the button."""
        return self.make_jsonrpc_request(path, {"channel_id": session.id, **params})

    def words(self, session):
        """What stands ready in WhatsApp after the button was pressed."""
        [words] = parse_qs(urlsplit(self.ask(session)["url"]).query)["text"]
        return words

    def webhook(self, text, sender=NUMBER, uid=None, number=None):
        """The bytes of what Meta sends."""
        number = number or self.number
        message = {
            "from": sender,
            "id": uid or f"wamid.{next(_uids)}",
            "timestamp": str(int(time.time())),
            "type": "text",
            "text": {"body": text},
        }
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"phone_number_id": number.whatsapp_phone_number_id},
            "contacts": [{"profile": {"name": "K"}, "wa_id": sender}],
            "messages": [message],
        }
        entry = {"id": "2002", "changes": [{"field": "messages", "value": value}]}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    def post(self, raw, number=None):
        signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        answer = self.url_open(
            f"/omnichannel/webhook/{(number or self.number).webhook_token}",
            data=raw,
            headers={"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"},
        )
        self.assertEqual(answer.status_code, 200)

    def write_by_whatsapp(self, text, sender=NUMBER, number=None):
        """A customer writes, through the webhook; returns the ledger's row."""
        uid = f"wamid.{next(_uids)}"
        self.post(self.webhook(text, sender, uid, number), number)
        self.work()
        return self.env["omnichannel.message"].search([("provider_uid", "=", uid)])

    def later(self, **delta):
        for one in self.env["omnichannel.handover"].search([]):
            one.valid_until -= timedelta(**delta)
            self.env.cr.execute(
                "UPDATE omnichannel_handover SET create_date = create_date - %s WHERE id = %s",
                (timedelta(**delta), one.id),
            )
        self.env.invalidate_all()

    def make_karin(self):
        return self.env["res.partner"].create({"name": "Karin", "phone": f"+{NUMBER}"})

    # -- going on ----------------------------------------------------------------

    def test_the_same_conversation(self):
        session = self.chat()
        conversation = self.conversation()
        link = self.ask(session)
        self.assertTrue(link["url"].startswith("https://wa.me/31201234567?text="))
        row = self.write_by_whatsapp(self.words(session))
        self.assertEqual((row.conversation_id, row.join_reason), (conversation, "reference"))
        self.assertEqual(len(conversation.identity_ids), 2)
        # Agents answer there by itself.
        data = conversation.with_user(self.agent).get_composer_data()
        [default] = [option for option in data["options"] if option["key"] == data["default"]]
        self.assertEqual((default["channel_type"], default["recipient_address"]), ("whatsapp", f"+{NUMBER}"))
        ledger = self.answer(conversation, "It is on its way.").omnichannel_ledger_ids
        self.assertEqual((ledger.channel_id, ledger.identity_id.address), (self.number, f"+{NUMBER}"))
        # And what the customer writes next is there, too.
        self.assertEqual(self.write_by_whatsapp("Thank you").conversation_id, conversation)

    def test_the_session_ends_and_says_why(self):
        session = self.chat()
        self.write_by_whatsapp(self.words(session))
        self.assertTrue(session.livechat_end_dt)
        data = self.make_jsonrpc_request("/discuss/channel/messages", {"channel_id": session.id})
        shown = [str(message["body"]) for message in data["data"]["mail.message"]]
        self.assertIn("You go on by WhatsApp now", " ".join(shown))
        log = " ".join(self.conversation_of(session).message_ids.mapped("body"))
        self.assertIn("The visitor goes on by WhatsApp.", log)
        self.assertNotIn("has left the chat", log)
        # What is said there is not shown in the browser, which may be anybody's.
        self.write_by_whatsapp("My address is 1 Main Street")
        self.make_jsonrpc_request(
            "/im_livechat/get_session", {"channel_id": self.livechat.id, "persisted": False}
        )
        self.assertNotIn("Main Street", " ".join(session.message_ids.mapped("body")))
        self.assertFalse(session.livechat_end_dt, "who is at the website may begin again")

    def conversation_of(self, session):
        return session.sudo().omnichannel_conversation_id

    def test_in_the_visitors_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        session = self.chat()
        session.livechat_lang_id = self.env["res.lang"]._get_data(code="nl_NL").id
        self.assertIn("Hallo, ik wil", self.words(session))
        self.write_by_whatsapp(self.words(session))
        self.assertIn("Je gaat nu verder via WhatsApp", " ".join(session.message_ids.mapped("body")))

    def test_the_same_webhook_twice(self):
        session = self.chat()
        raw = self.webhook(self.words(session), uid="wamid.twice")
        self.post(raw)
        self.post(raw)
        self.work()
        self.post(raw + b" ")
        self.work()
        self.assertEqual(
            self.env["omnichannel.message"].search_count([("provider_uid", "=", "wamid.twice")]), 1
        )
        self.assertEqual(len(self.conversation_of(session).ledger_ids), 2)

    def test_a_closed_conversation_opens_again(self):
        session = self.chat()
        conversation = self.conversation()
        words = self.words(session)
        conversation.action_close()
        self.assertEqual(self.write_by_whatsapp(words).conversation_id, conversation)
        self.assertEqual(conversation.state, "open")

    def test_one_that_is_closed_for_good_does_not(self):
        session = self.chat()
        conversation = self.conversation()
        words = self.words(session)
        conversation.action_close()
        conversation.closed_date = fields.Datetime.now() - timedelta(days=self.number.reopen_days, minutes=1)
        self.assert_ordinary(self.write_by_whatsapp(words), conversation)

    # -- what a reference is not good for --------------------------------------------

    def assert_ordinary(self, row, conversation):
        """It is a message like any other, and the visitor's conversation knows nothing of it."""
        self.assertEqual(row.join_reason, "new")
        self.assertNotEqual(row.conversation_id, conversation)
        self.assertEqual(len(conversation.identity_ids), 1)

    def test_it_is_used_once(self):
        session = self.chat()
        first, second = self.words(session), self.words(session)
        self.assertNotEqual(first, second)
        self.write_by_whatsapp(first)
        for words in (first, second):
            row = self.write_by_whatsapp(words, OTHER_NUMBER)
            self.assertNotEqual(row.conversation_id, self.conversation_of(session))
        self.assertEqual(len(self.conversation_of(session).identity_ids), 2)

    def test_two_at_once_in_one_batch(self):
        session = self.chat()
        words = self.words(session)
        for sender in (NUMBER, OTHER_NUMBER):
            self.post(self.webhook(words, sender))
        self.work()
        self.assertEqual(len(self.conversation_of(session).identity_ids), 2)

    def test_it_expires(self):
        session = self.chat()
        words = self.words(session)
        self.later(hours=1)
        self.assert_ordinary(self.write_by_whatsapp(words), self.conversation())

    def test_who_guesses_gets_nothing(self):
        session = self.chat()
        words = self.words(session)
        guessed = REFERENCE.sub("#0000-0000-0000", words)
        self.assert_ordinary(self.write_by_whatsapp(guessed), self.conversation())
        self.assertEqual(self.env["omnichannel.handover"].search([]).state, "open")

    def test_on_another_number_it_is_worth_nothing(self):
        session = self.chat()
        words = self.words(session)
        other = self.connect("31207654321", "1002")
        self.assert_ordinary(self.write_by_whatsapp(words, number=other), self.conversation())

    def test_in_another_company_it_is_worth_nothing(self):
        session = self.chat()
        words = self.words(session)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["omnichannel.team"].create({"name": "There", "company_id": company.id})
        # As if the number had been given to another company meanwhile.
        self.number.write({"company_id": company.id, "team_id": team.id})
        self.assert_ordinary(self.write_by_whatsapp(words), self.conversation())

    def test_only_a_hash_is_kept(self):
        session = self.chat()
        code = REFERENCE.search(self.words(session))[0]
        self.env.flush_all()
        self.env.cr.execute("SELECT t::text FROM omnichannel_handover t")
        rows = " ".join(row for (row,) in self.env.cr.fetchall())
        self.assertNotIn(code, rows)
        self.assertNotIn(code[1:], rows)

    def test_no_more_than_a_few_an_hour(self):
        session = self.chat()
        urls = [self.ask(session)["url"] for _number in range(MAX_REFERENCES + 2)]
        self.assertEqual(urls[-2:], ["https://wa.me/31201234567"] * 2)
        self.assertEqual(len(set(urls)), MAX_REFERENCES + 1)
        self.later(hours=1, seconds=1)
        self.assertIn("text=", self.ask(session)["url"])

    # -- whose it is ---------------------------------------------------------------

    def test_a_number_that_we_know_makes_nobody_of_the_visitor(self):
        """Somebody whom a stranger got to write the reference: their orders are not the stranger's."""
        karin = self.make_karin()
        session = self.chat()
        conversation = self.conversation()
        visitor = conversation.identity_id
        row = self.write_by_whatsapp(self.words(session))
        self.assertEqual((row.conversation_id, row.identity_id.partner_id), (conversation, karin))
        self.assertFalse(conversation.partner_id)
        self.assertFalse(visitor.partner_id)
        # What they write next belongs here all the same, and what they write elsewhere does not.
        self.assertEqual(self.write_by_whatsapp("Are you there?").conversation_id, conversation)
        # An agent who is sure says so with one click.
        panel = conversation.with_user(self.agent).get_customer_panel()
        [shown] = [one for one in panel["identities"] if one["id"] == visitor.id]
        self.assertEqual([one["id"] for one in shown["candidates"]], karin.ids)
        visitor.with_user(self.agent).action_link(karin.id)
        self.assertEqual(conversation.partner_id, karin)

    def test_a_claim_stays_a_claim(self):
        self.env["res.partner"].create({"name": "Piet", "email": "piet@example.com"})
        session = self.come()
        session._omnichannel_introduce(email="piet@example.com", consent=True)
        self.say(session, "I am Piet")
        self.work()
        row = self.write_by_whatsapp(self.words(session))
        self.assertEqual(row.conversation_id, self.conversation_of(session))
        self.assertFalse(row.identity_id.partner_id)
        self.assertFalse(row.conversation_id.partner_id)

    def test_a_new_number_of_who_is_logged_in(self):
        customer = self.make_customer()
        session = self.chat("karin_chat")
        row = self.write_by_whatsapp(self.words(session))
        self.assertEqual(row.identity_id.partner_id, customer)
        self.assertEqual(row.conversation_id.partner_id, customer)

    def test_somebody_elses_number_stays_theirs(self):
        karin = self.make_karin()
        customer = self.make_customer()
        session = self.chat("karin_chat")
        row = self.write_by_whatsapp(self.words(session))
        self.assertEqual(row.identity_id.partner_id, karin)
        self.assertEqual(row.conversation_id.partner_id, customer)

    # -- who may ask ---------------------------------------------------------------

    def test_nobody_asks_for_others(self):
        session = self.chat()
        self.authenticate(None, None)
        self.opener.cookies.clear()
        self.assertEqual(self.ask(session), {})
        self.chat()
        self.assertEqual(self.ask(session), {})
        for number in (0, -1, 10**12, "1", None, True, [session.id]):
            self.assertEqual(self.ask(type("Session", (), {"id": number})), {})
        self.assertFalse(self.env["omnichannel.handover"].search([]))

    def test_an_agent_gets_no_reference(self):
        session = self.chat()
        self.conversation().user_id = self.agent
        self.work()
        self.assertIn(self.agent.partner_id, session.channel_member_ids.partner_id)
        self.authenticate("chat_agent", "chat_agent")
        self.assertEqual(self.ask(session), {})

    def test_who_has_not_written(self):
        self.assertEqual(self.ask(self.come()), {})

    def test_rights(self):
        self.ask(self.chat())
        Handover = self.env["omnichannel.handover"]
        self.assertFalse(Handover.with_user(self.agent).has_access("read"))
        self.assertFalse(Handover.with_user(self.env.ref("base.user_admin")).has_access("write"))
        manager = new_test_user(self.env, "onward_m", "omnichannel_inbox.group_omnichannel_manager")
        self.assertFalse(Handover.with_user(manager).has_access("read"))

    # -- when it is offered ----------------------------------------------------------

    def offered(self):
        """What the window of a page is told when it loads."""
        data = self.make_jsonrpc_request(
            "/mail/action", {"fetch_params": [["init_livechat", self.livechat.id]]}
        )
        return data["Store"]["omnichannel_onward"]

    def test_it_is_offered_where_it_is_set(self):
        self.authenticate(None, None)
        self.assertEqual(self.offered(), {"kind": "whatsapp", "name": "WhatsApp"})
        self.number.state = "broken"
        self.assertFalse(self.offered())
        self.number.state = "connected"
        self.channel.livechat_onward_id = False
        self.assertFalse(self.offered())
        session = self.chat()
        self.assertEqual(self.ask(session), {})

    def test_only_what_a_link_can_begin(self):
        mailbox = self.env["omnichannel.channel"].create(
            {"name": "Mail", "channel_type": "email", "address": "shop@example.com", "team_id": self.team.id}
        )
        with self.assertRaises(ValidationError):
            self.channel.livechat_onward_id = mailbox

    def test_a_widget_on_another_site(self):
        session = self.chat()
        token = session.livechat_customer_guest_ids._format_auth_cookie()
        self.authenticate(None, None)
        self.channel.livechat_origins = "https://shop.example"
        params = {"channel_id": session.id, "guest_token": token}
        link = self.make_jsonrpc_request(
            "/omnichannel_livechat/cors/onward", params, headers={"Origin": "https://shop.example"}
        )
        self.assertIn("text=", link["url"])
        answer = self.url_open(
            "/omnichannel_livechat/cors/onward",
            json={"params": params},
            headers={"Origin": "https://evil.example"},
        )
        self.assertEqual(answer.status_code, 403)
