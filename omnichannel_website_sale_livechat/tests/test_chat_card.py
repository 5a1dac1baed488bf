from odoo.tests import tagged

from odoo.addons.omnichannel_website_livechat.tests.common import WebsiteChatCase

PIXEL = b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="


@tagged("post_install", "-at_install")
class TestChatCard(WebsiteChatCase):
    """In a live chat a product is a card with a picture and a button."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bell = cls.env["product.template"].create(
            {"name": "<i>Bell</i>", "list_price": 10, "is_published": True, "image_1920": PIXEL}
        )

    def send_card(self):
        return self.answer(self.conversation(), "", omnichannel_card={"kind": "product", "id": self.bell.id})

    def test_the_visitor_gets_a_card(self):
        session = self.come()
        self.say(session, "Do you have a bell?")
        self.work()
        message = self.send_card()
        self.work()
        [row] = message.omnichannel_ledger_ids
        self.assertEqual(row.state, "sent")
        said = self.env["mail.message"].browse(int(row.provider_uid))
        self.assertEqual(said.res_id, session.id)
        base = self.website.get_base_url()
        for body in (said.body, message.body):
            self.assertIn(f'href="{base}{self.bell.website_url}"', body)
            self.assertIn(f'src="{base}/web/image/product.template/{self.bell.id}/image_256"', body)
            self.assertIn("&lt;i&gt;Bell&lt;/i&gt;", body)
            self.assertIn("o_omnichannel_sent_card", body)
        self.assertEqual(len(self.conversation().ledger_ids), 2, "it is no news to the inbox")

    def test_its_picture_is_shown_to_anybody(self):
        self.authenticate(None, None)
        answer = self.url_open(f"/web/image/product.template/{self.bell.id}/image_256")
        self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (200, "image/png"))

    def test_it_is_of_the_website_and_the_price_list_that_the_visitor_uses(self):
        self.env["res.config.settings"].create({"group_product_pricelist": True}).execute()
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Fair",
                "selectable": True,
                "item_ids": [(0, 0, {"compute_price": "fixed", "fixed_price": 7, "applied_on": "3_global"})],
            }
        )
        self.bell.taxes_id = False
        session = self.come()
        self.look_at("/shop")
        self.say(session, "Do you have a bell?")
        self.work()
        product = self.bell.product_variant_id
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {"product_template_id": self.bell.id, "product_id": product.id, "quantity": 1},
        )
        seen = self.env["omnichannel.visit"].search([("session_id", "=", session.id)], limit=1)
        seen.cart_id.pricelist_id = pricelist
        other = self.website.copy({"domain": "https://other.example"})
        self.assertIn("7.00", self.send_card().body)
        seen.website_id = other
        body = self.send_card().body
        self.assertIn('href="https://other.example/shop/', body)
        self.assertNotIn("7.00", body, "the cart is another shop's")
