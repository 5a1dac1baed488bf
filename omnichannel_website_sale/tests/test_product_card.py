from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import html2plaintext

from odoo.addons.omnichannel_inbox.tests.common import AGENT


@tagged("post_install", "-at_install")
class TestProductCard(TransactionCase):
    """An agent sends a product of the shop; where a channel shows no cards it is name, price and link."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = new_test_user(cls.env, "card_agent", AGENT)
        cls.company = cls.env.company
        cls.website = cls.env["website"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.team = cls.env["omnichannel.team"].create(
            {"name": "Cards", "member_ids": [(6, 0, cls.agent.ids)]}
        )
        cls.channel = cls.env["omnichannel.channel"].create(
            {
                "name": "Card mail",
                "channel_type": "email",
                "address": "card@shop.example",
                "alias_name": "card-shop",
                "state": "connected",
                "team_id": cls.team.id,
            }
        )
        identity = cls.env["omnichannel.identity"].create(
            {
                "channel_type": "email",
                "key": "karin@example.com",
                "address": "karin@example.com",
                "company_id": cls.company.id,
            }
        )
        cls.conversation = cls.env["omnichannel.conversation"].create(
            {
                "subject": "Which bell?",
                "channel_id": cls.channel.id,
                "identity_id": identity.id,
                "identity_ids": [(6, 0, identity.ids)],
                "team_id": cls.team.id,
                "company_id": cls.company.id,
            }
        )
        cls.bell = cls.env["product.template"].create(
            {"name": "Bell <b>& whistle</b>", "list_price": 12.5, "is_published": True, "taxes_id": False}
        )

    def send(self, card, user=None, **values):
        return self.conversation.with_user(user or self.agent).message_post(
            body="",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            omnichannel_card=card,
            **values,
        )

    def card(self):
        """What is made of the bell for the customer."""
        conversation = self.conversation.with_user(self.agent)
        return conversation._card(
            self.channel, self.conversation.identity_id, {"kind": "product", "id": self.bell.id}
        )

    def test_it_is_sent_as_text_with_a_link(self):
        message = self.send({"kind": "product", "id": self.bell.id})
        url = self.website.get_base_url() + self.bell.website_url
        [row] = message.sudo().omnichannel_ledger_ids
        self.assertEqual((row.state, row.kind), ("queued", "text"))
        name, price, link = row.body.split("\n")
        self.assertEqual((name, link), ("Bell <b>& whistle</b>", url))
        self.assertIn("12.50", price)
        self.assertIn("Bell &lt;b&gt;&amp; whistle&lt;/b&gt;", message.body)
        self.assertIn(f'href="{url}"', message.body)
        self.assertIn("Bell <b>& whistle</b>", html2plaintext(message.body))

    def test_asked_for_twice_it_is_sent_once(self):
        values = {"omnichannel_token": "c" * 32}
        first = self.send({"kind": "product", "id": self.bell.id}, **values)
        self.assertEqual(self.send({"kind": "product", "id": self.bell.id}, **values), first)
        self.assertEqual(len(self.conversation.ledger_ids), 1)

    def test_the_price_is_the_shops(self):
        tax = self.env["account.tax"].create({"name": "VAT", "amount": 21, "company_id": self.company.id})
        self.bell.taxes_id = tax
        self.website.show_line_subtotals_tax_selection = "tax_included"
        self.assertIn("15.13", self.card().subtitle)  # 15.125
        self.website.show_line_subtotals_tax_selection = "tax_excluded"
        self.assertIn("12.50", self.card().subtitle)

    def test_the_price_is_the_customers(self):
        self.env["res.config.settings"].create({"group_product_pricelist": True}).execute()
        euro = self.env.ref("base.EUR")
        euro.active = True
        rate = self.env["res.currency.rate"]
        rate.search([("currency_id", "=", euro.id)]).unlink()
        rate.create({"currency_id": euro.id, "company_id": self.company.id, "rate": 2, "name": "2020-01-01"})
        pricelist = self.env["product.pricelist"].create(
            {"name": "Dealers", "currency_id": euro.id, "website_id": self.website.id}
        )
        self.conversation.partner_id = self.env["res.partner"].create(
            {"name": "Karin", "specific_property_product_pricelist": pricelist.id}
        )
        self.assertIn("€", self.card().subtitle)
        self.assertIn("25.00", self.card().subtitle)
        pricelist.website_id = self.website.copy()
        self.assertNotIn("€", self.card().subtitle, "not in this shop")

    def test_where_the_shop_shows_no_price(self):
        self.bell.list_price = 0
        self.assertIn("0.00", self.card().subtitle)
        self.website.prevent_zero_price_sale = True
        self.assertEqual(self.card().text, f"{self.bell.name}\n{self.card().url}")

    def test_it_is_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.bell.with_context(lang="nl_NL").name = "Fietsbel"
        self.conversation.partner_id = self.env["res.partner"].create({"name": "Karin", "lang": "nl_NL"})
        self.assertEqual((self.card().title, self.card().button), ("Fietsbel", "Bekijken"))

    def test_only_what_the_shop_shows_is_sent(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for values in (
            {"is_published": False},
            {"sale_ok": False},
            {"active": False},
            {"company_id": elsewhere.id},
        ):
            hidden = self.bell.copy({"is_published": True, **values})
            with self.subTest(values), self.assertRaisesRegex(UserError, "card"):
                self.send({"kind": "product", "id": hidden.id})
        self.assertFalse(self.conversation.ledger_ids)

    def test_what_cannot_be_meant_is_refused(self):
        for card in (
            "x",
            ["product"],
            {"kind": "product"},
            {"kind": "product", "id": "1"},
            {"kind": "product", "id": True},
            {"kind": "product", "id": 10**9},
            {"kind": "kinds", "id": self.bell.id},
            {"kind": ["product"], "id": self.bell.id},
        ):
            with self.subTest(card), self.assertRaisesRegex(UserError, "card"):
                self.send(card)

    def test_the_composer_offers_it(self):
        [offered] = self.conversation.with_user(self.agent).get_composer_data()["cards"]
        found = self.env[offered["model"]].with_user(self.agent).search(offered["domain"])
        self.assertEqual((offered["kind"], offered["label"]), ("product", "Product"))
        self.assertIn(self.bell, found)
        self.assertFalse(found.filtered(lambda product: not product.is_published))
