import json
import logging

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import LivechatCase

SHOP = "https://shop.example"
STRANGER = "https://stranger.example"
HTTP = "odoo.http"


@tagged("post_install", "-at_install")
class TestEmbed(LivechatCase):
    """Only the websites that are listed may show a connected live chat."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.livechat_origins = SHOP

    # -- helpers -------------------------------------------------------------------

    def call(self, path, origin=SHOP, **params):
        """What a page of another website sends, in words that tell nothing but its origin."""
        headers = {"Content-Type": "application/json"} | ({"Origin": origin} if origin else {})
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        return self.url_open(path, data=body, headers=headers)

    def come_from(self, origin=SHOP):
        """A visitor of another website begins; returns (session, token)."""
        self.authenticate(None, None)
        answer = self.call(
            "/im_livechat/cors/get_session", origin, channel_id=self.livechat.id, persisted=True
        ).json()["result"]
        token = answer["store_data"]["Store"]["guest_token"]
        return self.env["discuss.channel"].browse(answer["channel_id"]), token

    def post(self, session, token, text, origin=SHOP):
        return self.call(
            "/im_livechat/cors/message/post",
            origin,
            guest_token=token,
            thread_model="discuss.channel",
            thread_id=session.id,
            post_data={"body": text, "message_type": "comment"},
        )

    def journalled(self):
        return self.env["omnichannel.event"].search_count([("channel_id", "=", self.channel.id)])

    # -- the list ------------------------------------------------------------------

    def test_the_list_is_kept_as_browsers_write_it(self):
        self.channel.livechat_origins = (
            " HTTPS://Shop.example/ \n\nhttps://shop.example:443\nhttp://b.example:8080"
        )
        self.assertEqual(self.channel.livechat_origins, "https://shop.example\nhttp://b.example:8080")
        made = self.channel.copy({"livechat_channel_id": False, "livechat_origins": "https://C.example"})
        self.assertEqual(made.livechat_origins, "https://c.example")

    def test_what_is_no_website_is_refused_in_words(self):
        for line, words in (
            ("shop.example", "https://"),
            ("https://*.shop.example", "without *"),
            ("https://shop.example/cart", "write https://shop.example"),
            ("\n".join(f"https://s{number}.example" for number in range(101)), "100"),
        ):
            with (
                self.subTest(line=line[:30]),
                self.assertRaisesRegex(ValidationError, words.replace("*", r"\*")),
            ):
                self.channel.livechat_origins = line

    def test_an_agent_cannot_add_a_website(self):
        with self.assertRaises(AccessError):
            self.channel.with_user(self.agent).livechat_origins = STRANGER
        # Nor an administrator of another company's.
        other = self.env["res.company"].create({"name": "Other"})
        manager = new_test_user(
            self.env, "other_chat", "omnichannel_inbox.group_omnichannel_manager", company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )  # fmt: skip
        with self.assertRaises(AccessError):
            self.channel.with_user(manager).livechat_origins = STRANGER

    def test_the_code_to_paste(self):
        self.assertIn(f"/im_livechat/loader/{self.livechat.id}", self.channel.livechat_code)
        self.assertTrue(self.channel.livechat_code.startswith("<script"))
        self.assertTrue(self.channel.livechat_page.endswith(f"/im_livechat/support/{self.livechat.id}"))

    # -- a website that is listed ----------------------------------------------------

    def test_a_listed_website(self):
        session, token = self.come_from()
        answer = self.post(session, token, "From the shop")
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SHOP)
        self.assertEqual(answer.headers["Vary"], "Origin")
        self.work()
        self.assertIn("From the shop", self.conversation().preview)

    def test_the_loader_of_a_listed_website(self):
        for page in (f"{SHOP}/cart?a=b", self.base_url(), ""):
            with self.subTest(page=page):
                answer = self.url_open(
                    f"/im_livechat/loader/{self.livechat.id}", headers={"Referer": page} if page else {}
                )
                self.assertEqual(answer.status_code, 200)
                self.assertIn("livechatData", answer.text)

    def test_a_page_of_odoo_itself(self):
        self.channel.livechat_origins = False
        _session, token = self.come_from(self.base_url())
        self.assertTrue(token)

    # -- a website that is not ------------------------------------------------------

    def test_the_loader_of_another_website(self):
        for origins in (SHOP, False):
            self.channel.livechat_origins = origins
            with self.assertLogs("odoo.addons.omnichannel_livechat.models.ir_http", logging.INFO) as logs:
                answer = self.url_open(
                    f"/im_livechat/loader/{self.livechat.id}", headers={"Referer": f"{STRANGER}/x"}
                )
            self.assertEqual(answer.status_code, 403)
            self.assertIn("not on the list", answer.reason)
            self.assertNotIn("livechatData", answer.text)
            self.assertIn(STRANGER, logs.output[0])
            self.assertNotIn("ERROR", logs.output[0])

    def test_another_website_gets_no_session(self):
        before = self.env["discuss.channel"].search_count([])
        for origin in (STRANGER, "null", None, "http://shop.example", f"{SHOP}.evil.example", "x" * 5000):
            for path in (
                "im_livechat/cors/init",
                "im_livechat/cors/get_session",
                "omnichannel_livechat/cors/visitor",
            ):
                with self.subTest(origin=str(origin)[:40], path=path):
                    answer = self.call(f"/{path}", origin, channel_id=self.livechat.id)
                    self.assertEqual(answer.status_code, 403)
            answer = self.call(
                "/im_livechat/cors/data", origin, fetch_params=[["init_livechat", self.livechat.id]]
            )
            self.assertEqual(answer.status_code, 403)
        self.assertEqual(self.env["discuss.channel"].search_count([]), before)

    def test_another_website_cannot_speak_with_a_visitors_token(self):
        session, token = self.come_from()
        self.post(session, token, "Mine")
        before = self.journalled()
        message = session.message_ids[:1]
        with self.assertLogs("odoo.addons.omnichannel_livechat.models.ir_http", logging.INFO):
            self.assertEqual(self.post(session, token, "Forged", STRANGER).status_code, 403)
            self.assertEqual(self.post(session, token, "Forged", None).status_code, 403)
            for path, params in (
                ("/im_livechat/cors/message/update_content", {"message_id": message.id, "update_data": {}}),
                ("/im_livechat/cors/channel/messages", {"channel_id": session.id}),
                ("/im_livechat/cors/visitor_leave_session", {"channel_id": session.id}),
                ("/im_livechat/cors/data", {"fetch_params": ["channels_as_member"]}),
                ("/im_livechat/cors/attachment/delete", {"attachment_id": 1}),
                ("/chatbot/cors/step/trigger", {"channel_id": session.id}),
            ):
                with self.subTest(path=path):
                    answer = self.call(path, STRANGER, guest_token=token, **params)
                    self.assertEqual(answer.status_code, 403)
            answer = self.url_open(
                "/im_livechat/cors/attachment/upload",
                {"guest_token": token, "thread_id": session.id, "thread_model": "discuss.channel"},
                files={"ufile": ("a.txt", b"a", "text/plain")},
                headers={"Origin": STRANGER},
            )
            self.assertEqual(answer.status_code, 403)
            answer = self.url_open(
                f"/im_livechat/cors/download_transcript/{session.id}?guest_token={token}",
                headers={"Referer": f"{STRANGER}/"},
            )
            self.assertEqual(answer.status_code, 403)
        self.assertEqual(self.journalled(), before)
        self.assertFalse(session.livechat_end_dt)

    def test_a_website_that_was_taken_off_the_list(self):
        session, token = self.come_from()
        self.channel.livechat_origins = "https://else.example"
        self.assertEqual(self.post(session, token, "Still me?").status_code, 403)

    def test_another_live_chat_of_ours_opens_no_door(self):
        """A token of a website that one live chat lists is no use for another's."""
        other = self.env["im_livechat.channel"].create({"name": "B", "user_ids": [(6, 0, self.operator.ids)]})
        self.channel.copy({"name": "B", "livechat_channel_id": other.id, "livechat_origins": STRANGER})
        session, token = self.come_from()
        answer = self.call("/im_livechat/cors/get_session", STRANGER, channel_id=other.id, persisted=True)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.post(session, token, "Forged", STRANGER).status_code, 403)

    # -- what is no request at all ----------------------------------------------------

    def test_nonsense_is_answered_in_words(self):
        for path, params in (
            ("/im_livechat/cors/init", {"channel_id": "x"}),
            ("/im_livechat/cors/init", {"channel_id": [1]}),
            ("/im_livechat/cors/init", {"channel_id": True}),
            ("/im_livechat/cors/init", {}),
            ("/im_livechat/cors/get_session", {"channel_id": {"a": 1}}),
            ("/im_livechat/cors/get_session", {"channel_id": 99999999999999}),
            ("/im_livechat/cors/message/post", {"guest_token": 5}),
            ("/im_livechat/cors/message/post", {"guest_token": "1|x", "thread_id": "1 or 1"}),
            ("/im_livechat/cors/data", {"fetch_params": [["init_livechat"]]}),
        ):
            with self.subTest(path=path, params=params):
                self.assertEqual(self.call(path, STRANGER, **params).status_code, 400)

    def test_the_page_of_its_own_may_be_framed_by_listed_websites(self):
        answer = self.url_open(f"/im_livechat/support/{self.livechat.id}")
        self.assertEqual(answer.headers["Content-Security-Policy"], f"frame-ancestors 'self' {SHOP}")

    # -- live chats that are not connected ---------------------------------------------

    @mute_logger(HTTP)
    def test_a_live_chat_that_is_not_connected_stays_as_it_was(self):
        self.channel.active = False
        self.assertEqual(
            self.url_open(
                f"/im_livechat/loader/{self.livechat.id}", headers={"Referer": STRANGER}
            ).status_code,
            200,
        )
        session, token = self.come_from(STRANGER)
        answer = self.post(session, token, "Hello", STRANGER)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
        self.assertTrue(answer.json()["result"])
