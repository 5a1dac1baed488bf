import json

from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import LivechatCase

SHOP = "https://shop.example"


@tagged("post_install", "-at_install")
class TestGreeting(LivechatCase):
    """On the pages of a rule the chat begins with the rule's words, on other websites, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.livechat_origins = SHOP
        cls.env["res.lang"]._activate_lang("nl_NL")
        Rule = cls.env["im_livechat.channel.rule"]
        cls.cart = Rule.create(
            {
                "channel_id": cls.livechat.id,
                "regex_url": "/cart",
                "action": "auto_popup",
                "auto_popup_timer": 3,
                "omnichannel_greeting": "Can we help you to pay?",
                "sequence": 1,
            }
        )
        cls.cart.with_context(lang="nl_NL").omnichannel_greeting = "Lukt het betalen?"
        cls.elsewhere = Rule.create({"channel_id": cls.livechat.id, "regex_url": "/blog", "sequence": 2})
        other = cls.env["im_livechat.channel"].create({"name": "Another chat"})
        cls.foreign = cls.cart.copy({"channel_id": other.id})

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def rule(self, page=None, origin=SHOP, referer=None):
        """What another website's page is told when it shows the chat: the rule, or nothing."""
        asked = [["init_livechat", self.livechat.id]]
        if page is not None:
            asked.insert(0, ["omnichannel_page", page])
        body = json.dumps(
            {"params": {"fetch_params": asked, "context": {"omnichannel_page": f"{SHOP}/cart"}}}
        )
        # Browsers send no more than this to another website.
        headers = {
            "Content-Type": "application/json",
            "Origin": origin,
            "Referer": f"{origin}/" if referer is None else referer,
        }
        answer = self.url_open("/im_livechat/cors/action", body, headers=headers)
        self.assertEqual(answer.status_code, 200)
        data = answer.json()["result"]
        number = data["Store"].get("livechat_rule")
        return next((rule for rule in data.get("im_livechat.channel.rule", ()) if rule["id"] == number), None)

    def greeting(self, session, data):
        [shown] = [thread for thread in data["discuss.channel"] if thread["id"] == session]
        return shown.get("omnichannel_greeting")

    def begin(self, rule_id, lang=None):
        """A visitor writes on a page that has this rule, as they say; returns (session, its first words)."""
        if lang:
            self.opener.cookies["frontend_lang"] = lang
        data = self.make_jsonrpc_request(
            "/im_livechat/get_session",
            {"channel_id": self.livechat.id, "persisted": True, "omnichannel_rule_id": rule_id},
        )
        return (
            self.env["discuss.channel"].browse(data["channel_id"]).sudo(),
            self.greeting(data["channel_id"], data["store_data"]),
        )

    # -- which page ----------------------------------------------------------------

    def test_the_page_of_another_website(self):
        found = self.rule(f"{SHOP}/cart?step=2")
        self.assertEqual(found["id"], self.cart.id)
        self.assertEqual(found["omnichannel_greeting"], "Can we help you to pay?")
        self.assertEqual((found["action"], found["auto_popup_timer"]), ("auto_popup", 3))
        self.assertEqual(self.rule(f"{SHOP}/blog/1")["id"], self.elsewhere.id)
        self.assertIsNone(self.rule(f"{SHOP}/contact"))

    def test_odoos_own_page(self):
        own = self.base_url()
        self.assertEqual(self.rule(origin=own, referer=f"{own}/cart")["id"], self.cart.id)
        self.assertIsNone(self.rule(origin=own, referer=f"{own}/contact"))

    def test_no_page_but_of_the_website_that_asks(self):
        for page in (
            "https://stranger.example/cart",
            "/cart",
            "https://shop.example.stranger.example/cart",
            "https://shop.example@stranger.example/cart",
            f"{SHOP}/cart" + "x" * 2000,
            5,
            ["https://shop.example/cart"],
            {},
        ):
            with self.subTest(page=str(page)[:40]):
                self.assertIsNone(self.rule(page))

    def test_nothing_by_the_context(self):
        """The page is named in the request's context, too: see `rule`."""
        self.assertIsNone(self.rule())

    # -- the words -----------------------------------------------------------------

    def test_a_session_keeps_them(self):
        session, words = self.begin(self.cart.id)
        self.assertEqual((session.omnichannel_rule_id, words), (self.cart, "Can we help you to pay?"))
        # On the next page, another one.
        data = self.make_jsonrpc_request(
            "/mail/data", {"fetch_params": [["discuss.channel", [session.id]], "init_messaging"]}
        )
        self.assertEqual(self.greeting(session.id, data), "Can we help you to pay?")

    def test_in_the_visitors_language(self):
        _session, words = self.begin(self.cart.id, "nl_NL")
        self.assertEqual(words, "Lukt het betalen?")

    def test_no_rule_but_of_this_chat(self):
        for number in (
            self.foreign.id,
            self.elsewhere.id,
            0,
            -1,
            2**31,
            999999,
            "1",
            True,
            [self.cart.id],
            None,
        ):
            with self.subTest(number=number):
                session, words = self.begin(number)
                self.assertFalse(session.omnichannel_rule_id)
                self.assertFalse(words)

    @mute_logger("odoo.http")
    def test_the_rule_itself_is_not_taken(self):
        params = {"channel_id": self.livechat.id, "persisted": True, "omnichannel_rule": self.cart.id}
        data = self.make_jsonrpc_request("/im_livechat/get_session", params)
        session = self.env["discuss.channel"].browse(data["channel_id"])
        self.assertFalse(session.sudo().omnichannel_rule_id)
        with self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(
                "/im_livechat/get_session", {"channel_id": "x", "omnichannel_rule_id": 1}
            )

    def test_a_rule_that_is_deleted(self):
        session, _words = self.begin(self.cart.id)
        self.cart.unlink()
        self.assertFalse(session.omnichannel_rule_id)
        self.assertFalse(session._omnichannel_greeting())
