import base64

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import LivechatCase

PIXEL = base64.b64encode(
    base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
)
MANAGER = "omnichannel_inbox.group_omnichannel_manager"


@tagged("post_install", "-at_install")
class TestLook(LivechatCase):
    """An administrator of Omnichannel, with no right to Odoo's live chat, sets up how the chat looks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "chat_manager", MANAGER)
        cls.as_manager = cls.channel.with_user(cls.manager)

    def info(self):
        return self.livechat.get_livechat_info()["options"]

    def test_colors_and_texts_are_what_the_widget_gets(self):
        with Form(self.as_manager) as form:
            form.livechat_button_color = "#112233"
            form.livechat_button_text_color = "#445566"
            form.livechat_header_color = "#778899"
            form.livechat_title_color = "#AABBCC"
            form.livechat_button_text = "Ask us"
            form.livechat_greeting = "Good day!"
        info = self.info()
        self.assertEqual(info["button_background_color"], "#112233")
        self.assertEqual(info["button_text_color"], "#445566")
        self.assertEqual(info["header_background_color"], "#778899")
        self.assertEqual(info["title_color"], "#AABBCC")
        self.assertEqual(info["button_text"], "Ask us")
        self.assertEqual(info["default_message"], "Good day!")

    def loaded(self, language):
        """What the code on a page says to a browser of some language."""
        self.opener.cookies.clear()
        answer = self.url_open(
            f"/im_livechat/loader/{self.livechat.id}", headers={"Accept-Language": language}
        )
        return answer.text

    def test_untouched_words_are_in_the_visitors_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.assertIn("How may I help you?", self.loaded("en"))
        self.assertIn("Hoe kan ik je helpen?", self.loaded("nl"))
        self.as_manager.livechat_greeting = "Ahoy!"
        self.assertIn("Ahoy!", self.loaded("nl"))
        self.assertIn("Ahoy!", self.loaded("en"))

    def test_nothing_is_asked_that_a_live_chat_has_not(self):
        form = Form(self.channel)
        for name in ("webhook_url", "address"):
            self.assertTrue(form._get_modifier(name, "invisible"), name)
        self.assertFalse(form._get_modifier("livechat_channel_id", "invisible"))

    def test_the_logo_is_the_desks_picture(self):
        self.as_manager.livechat_logo = PIXEL
        self.assertEqual(self.channel.livechat_desk_id.image_1920, PIXEL)

    def test_a_visitor_sees_the_logo(self):
        self.as_manager.livechat_logo = PIXEL
        self.authenticate(None, None)
        data = self.make_jsonrpc_request("/im_livechat/get_session", {"channel_id": self.livechat.id})
        desk = self.channel.livechat_desk_id
        [shown] = [partner for partner in data["store_data"]["res.partner"] if partner["id"] == desk.id]
        answer = self.url_open(
            f"/web/image/res.partner/{desk.id}/avatar_128?access_token={shown['avatar_128_access_token']}"
        )
        self.assertEqual(base64.b64encode(answer.content), desk.avatar_128)

    def test_a_new_live_chat_by_its_name(self):
        form = Form(self.env["omnichannel.channel"].with_user(self.manager))
        form.name = "Second shop"
        form.channel_type = "livechat"
        form.team_id = self.team
        made, _name = self.env["im_livechat.channel"].with_user(self.manager).name_create("Second shop")
        form.livechat_channel_id = self.env["im_livechat.channel"].browse(made)
        channel = form.save()
        self.assertEqual((channel.state, channel.livechat_channel_id.id), ("connected", made))

    def test_the_pages_on_which_it_opens(self):
        action = self.as_manager.action_livechat_rules()
        self.assertIn("Let the chat open by itself", action["help"])
        Rule = self.env["im_livechat.channel.rule"].with_user(self.manager).with_context(action["context"])
        rule = Rule.create({"regex_url": "/cart", "auto_popup_timer": 3})
        self.assertEqual(self.as_manager.livechat_rule_count, 1)
        self.assertEqual(Rule.search(action["domain"]), rule)
        match = self.env["im_livechat.channel.rule"].match_rule
        found = match(self.livechat.id, "https://shop.example/cart")
        self.assertEqual((found.action, found.auto_popup_timer), ("auto_popup", 3))
        self.assertFalse(match(self.livechat.id, "https://shop.example/blog"))

    def test_others_may_not(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env, "other_manager", MANAGER, company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        rule = self.env["im_livechat.channel.rule"].create({"channel_id": self.livechat.id})
        for user in (self.agent, stranger):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.livechat.with_user(user).button_text = "Mine"
                with self.assertRaises(AccessError):
                    self.channel.with_user(user).livechat_button_text = "Mine"
                with self.assertRaises(AccessError):
                    rule.with_user(user).regex_url = "/mine"
        self.assertFalse(
            self.env["im_livechat.channel"].with_user(stranger).search([("id", "=", self.livechat.id)])
        )
        # Who has Odoo's own rights to live chats has them as before.
        self.assertEqual(rule.with_user(self.operator).channel_id.name, "Shop")
