from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.http_routing.tests.common import MockRequest
from odoo.addons.omnichannel_inbox.tests.common import AGENT, SUPERVISOR

from .common import WebsiteChatCase


@tagged("post_install", "-at_install")
class TestVisit(WebsiteChatCase):
    """An agent sees which pages the visitor of a conversation is on, and nobody else does."""

    def setUp(self):
        super().setUp()
        self.chat = self.come()

    def begin(self):
        self.say(self.chat, "Hello")
        self.work()

    def seen(self):
        return self.env["omnichannel.visit"].search([("session_id", "=", self.chat.id)])

    def test_pages_are_shown_the_newest_first(self):
        self.look_at("/shop", "Shop | My Website")
        self.begin()
        self.look_at("/contactus", "Contact <b>us</b>")
        current, former = self.visit()["pages"]
        self.assertEqual((current["title"], current["path"]), ("Contact <b>us</b>", "/contactus"))
        self.assertEqual(current["url"], self.website.get_base_url() + "/contactus")
        self.assertEqual(former["title"], "Shop | My Website")
        self.assertTrue(self.visit()["is_here"])
        self.assertEqual(self.conversation().with_user(self.agent).get_visit(), self.visit())

    def test_a_page_loaded_again_is_the_same(self):
        self.look_at("/shop", "Before")
        self.look_at("/shop", "After")
        self.begin()
        self.assertEqual([page["title"] for page in self.visit()["pages"]], ["After"])

    def test_what_the_browser_is(self):
        self.opener.headers["User-Agent"] = (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/120.0.0.0 Mobile Safari/537.36"
        )
        self.look_at("/shop")
        self.begin()
        self.assertEqual(self.visit()["device"], "Android, Chrome")

    def test_what_the_website_knows_of_the_visitor(self):
        self.begin()
        visitor = self.env["website.visitor"].create(
            {
                "access_token": "0" * 32,
                "website_id": self.website.id,
                "country_id": self.env.ref("base.nl").id,
                "lang_id": self.env.ref("base.lang_en").id,
                "visit_count": 3,
            }
        )
        self.chat.livechat_visitor_id = visitor
        visit = self.visit()
        self.assertEqual(
            (visit["country"], visit["language"], visit["visit_count"], visit["pages"]),
            ("Netherlands", visitor.lang_id.name, 3, []),
        )

    def test_few_pages_are_kept_and_none_for_long(self):
        for number in range(30):
            self.look_at(f"/page-{number}")
        self.assertEqual(len(self.seen()), 20)
        self.begin()
        self.assertEqual(self.paths(), [f"/page-{number}" for number in range(29, 24, -1)])
        self.seen()[10:].at = fields.Datetime.now() - timedelta(days=8)
        self.env["omnichannel.visit"]._gc_visits()
        self.assertEqual(len(self.seen()), 10)

    def test_what_cannot_be_meant_is_left_out(self):
        for page in (
            None,
            "x",
            [],
            {},
            {"path": "/shop"},
            {"path": 5, "title": "x"},
            {"path": "/shop", "title": {"x": 1}},
            {"path": "https://evil.example/", "title": "x"},
            {"path": "//evil.example", "title": "x"},
            {"path": "/\\evil.example", "title": "x"},
            {"path": "javascript:alert(1)", "title": "x"},
            {"path": "/shop?access_token=secret", "title": "x"},
            {"path": "/shop\n", "title": "x"},
            {"path": "/" + "x" * 600, "title": "x"},
        ):
            with self.subTest(page):
                self.make_jsonrpc_request("/mail/action", {"fetch_params": [["omnichannel_page", page]]})
                self.assertFalse(self.seen())
        self.look_at("/shop", "x" * 1000)
        self.assertEqual(len(self.seen().title), 150)

    def test_an_agent_who_opens_it_does_nothing_but_look(self):
        for path in ("/web/session/logout", "/en/web/session/logout", "/mail/message/post", "/odoo"):
            self.look_at(path)
            self.assertFalse(self.seen(), path)
        for path in ("/shop", "/en/shop", "/made-with-the-editor"):
            self.look_at(path)
            self.assertEqual(self.seen()[:1].path, path)

    def test_who_has_no_chat_is_not_followed(self):
        self.opener.cookies.clear()
        before = self.env["omnichannel.visit"].search_count([])
        self.look_at("/shop")
        self.opener.cookies["dgid"] = "1|wrong"
        self.look_at("/shop")
        self.opener.cookies["dgid"] = "x|wrong|"
        self.look_at("/shop")
        self.assertEqual(self.env["omnichannel.visit"].search_count([]), before)

    def test_a_page_costs_who_has_no_chat_nothing(self):
        public = self.env.ref("base.public_user")
        with MockRequest(self.env(user=public)) as request, self.assertQueryCount(0):
            request.env["omnichannel.visit"]._note({"path": "/shop", "title": "Shop"})

    def test_who_left_is_not_followed(self):
        self.begin()
        self.make_jsonrpc_request("/im_livechat/visitor_leave_session", {"channel_id": self.chat.id})
        self.look_at("/contactus")
        self.assertFalse(self.seen())

    def test_each_visitor_walks_for_themselves(self):
        self.look_at("/shop")
        self.opener.cookies.clear()
        other = self.come()
        self.look_at("/contactus")
        self.assertEqual(self.seen().mapped("path"), ["/shop"])
        self.assertEqual(
            self.env["omnichannel.visit"].search([("session_id", "=", other.id)]).mapped("path"),
            ["/contactus"],
        )

    def test_a_customer_who_is_logged_in_is_followed_too(self):
        self.make_customer()
        self.chat = self.come("karin_chat")
        self.look_at("/my/home")
        self.begin()
        self.assertEqual(self.paths(), ["/my/home"])

    def test_agents_who_have_it_before_them_hear_of_it(self):
        self.begin()
        conversation = self.conversation()
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([]).unlink()
        self.look_at("/shop")
        self.env.cr.precommit.run()
        [notice] = self.env["bus.bus"].search([("message", "like", "omnichannel/visit")])
        self.assertIn(f'{{"conversation":{conversation.id}}}', notice.message)
        self.assertIn(f'"omnichannel.conversation",{conversation.id}]', notice.channel)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_others_see_nothing(self):
        self.look_at("/shop")
        self.begin()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        company = {"company_id": elsewhere.id, "company_ids": [(6, 0, elsewhere.ids)]}
        for login, groups, values in (
            ("visit_team", AGENT, {}),
            ("visit_elsewhere", SUPERVISOR, company),
            ("visit_operator", "im_livechat.im_livechat_group_user", {}),
            ("visit_portal", "base.group_portal", {}),
        ):
            user = new_test_user(self.env, login, groups, **values)
            conversation = self.conversation().with_user(user)
            for method in (conversation.get_visit, conversation.get_customer_panel):
                with self.subTest(login), self.assertRaises(AccessError):
                    method()
            with self.subTest(login), self.assertRaises(AccessError):
                self.seen().with_user(user).read(["path"])
