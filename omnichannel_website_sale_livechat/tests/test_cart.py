from odoo.tests import new_test_user, tagged

from odoo.addons.omnichannel_inbox.tests.common import AGENT
from odoo.addons.omnichannel_website_livechat.tests.common import WebsiteChatCase

SELLER = "sales_team.group_sale_salesman_all_leads"


@tagged("post_install", "-at_install")
class TestCart(WebsiteChatCase):
    """An agent who may read orders sees what is in the cart of the visitor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, "cart_seller", f"{AGENT},{SELLER}", name="Sanne Seller")
        cls.team.member_ids |= cls.seller
        cls.bell, cls.lamp = cls.env["product.product"].create(
            [
                {"name": name, "list_price": price, "is_published": True, "type": "service"}
                for name, price in (("Bell", 10), ("Lamp", 25))
            ]
        )
        (cls.bell | cls.lamp).taxes_id = False

    def put(self, product, quantity=1):
        """The visitor puts something into the cart; returns that."""
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "quantity": quantity,
            },
        )
        return self.env["sale.order"].search([("order_line.product_id", "=", product.id)], limit=1)

    def begin(self, user=None):
        session = self.come(user)
        self.look_at("/shop")
        self.say(session, "Hello")
        self.work()
        return session

    def cart(self, user=None):
        return self.visit(user or self.seller)["cart"]

    def test_what_is_put_into_the_cart_is_shown_at_once(self):
        self.begin()
        self.assertFalse(self.cart())
        order = self.put(self.bell, 2)
        self.put(self.lamp)
        cart = self.cart()
        self.assertEqual((cart["id"], cart["name"]), (order.id, order.name))
        self.assertEqual(
            [(line["name"], line["quantity"]) for line in cart["lines"]], [("Bell", 2), ("Lamp", 1)]
        )
        self.assertIn("45.00", cart["amount"])
        line = order.order_line[0]
        self.make_jsonrpc_request("/shop/cart/update", {"line_id": line.id, "quantity": 5})
        self.assertEqual(self.cart()["lines"][0]["quantity"], 5)
        self.assertTrue(self.env["bus.bus"].search_count([("message", "like", "omnichannel/visit")]))

    def test_a_cart_that_was_there_before_the_chat(self):
        self.authenticate(None, None)
        order = self.put(self.bell)
        session = self.come_as_before()
        self.look_at("/shop")
        self.say(session, "Hello")
        self.work()
        self.assertEqual(self.cart()["id"], order.id)

    def come_as_before(self):
        """The visitor opens the chat in the browser that has the cart."""
        data = self.make_jsonrpc_request(
            "/im_livechat/get_session", {"channel_id": self.livechat.id, "persisted": True}
        )
        self.opener.cookies["dgid"] = data["store_data"]["Store"]["guest_token"]
        return self.env["discuss.channel"].browse(data["channel_id"])

    def test_what_is_ordered_is_in_no_cart(self):
        self.begin()
        order = self.put(self.bell)
        self.assertTrue(self.cart())
        order.action_confirm()
        self.assertFalse(self.cart())

    def test_a_cart_that_was_deleted(self):
        self.begin()
        self.put(self.bell).unlink()
        self.look_at("/contactus")
        self.assertEqual(self.paths()[0], "/contactus")
        self.assertFalse(self.cart())

    def test_a_cart_is_an_order_for_whoever_looks(self):
        """As the panel's orders: who may not read it does not see it, the page they do."""
        self.begin()
        order = self.put(self.bell)
        self.assertTrue(self.cart())
        self.assertFalse(self.cart(self.agent))
        self.assertTrue(self.visit(self.agent)["pages"])
        own = new_test_user(self.env, "cart_own", f"{AGENT},sales_team.group_sale_salesman")
        self.team.member_ids |= own
        order.user_id = self.seller
        self.assertFalse(self.cart(own))
        order.user_id = own
        self.assertEqual(self.cart(own)["id"], order.id)

    def test_nobody_claims_the_cart_of_another(self):
        self.begin()
        order = self.put(self.bell)
        self.opener.cookies.clear()
        self.authenticate(None, None)
        other = self.come()
        self.say(other, "I am somebody else")
        page = {"path": "/shop", "title": "Shop", "cart_id": order.id, "sale_order_id": order.id}
        self.make_jsonrpc_request(
            "/mail/action",
            {"fetch_params": [["omnichannel_page", page]], "context": {"sale_order_id": order.id}},
        )
        seen = self.env["omnichannel.visit"].search([("session_id", "=", other.id)])
        self.assertEqual(seen.path, "/shop")
        self.assertFalse(seen.cart_id)
        self.assertEqual(len(self.env["omnichannel.visit"].search([("cart_id", "=", order.id)])), 1)

    def test_who_has_no_chat_fills_the_cart_as_ever(self):
        self.authenticate(None, None)
        self.opener.cookies["dgid"] = "x|wrong"
        before = self.env["omnichannel.visit"].search_count([])
        self.assertTrue(self.put(self.bell))
        self.assertEqual(self.env["omnichannel.visit"].search_count([]), before)

    def test_a_colleague_who_changes_the_order_is_no_visitor(self):
        self.begin()
        order = self.put(self.bell)
        order.with_user(self.seller).order_line[0].product_uom_qty = 7
        self.assertEqual(self.cart()["lines"][0]["quantity"], 7)
