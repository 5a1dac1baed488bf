from odoo import models
from odoo.fields import Domain
from odoo.tools import format_amount

from odoo.addons.omnichannel_inbox.wire import Card


class OmnichannelConversation(models.Model):
    """Products of the web shop, which are sent to customers as cards."""

    _inherit = "omnichannel.conversation"

    def _card_kinds(self):
        return super()._card_kinds() | {
            "product": {
                "label": self.env._("Product"),
                "icon": "fa fa-shopping-bag",
                "model": "product.template",
                "domain": list(self._product_domain()),
                # Odoo's own list has what a product costs the shop.
                "context": {"list_view_ref": "omnichannel_website_sale.product_template_view_list_card"},
            }
        }

    def _product_domain(self):
        """The products that the conversation's customer can look at in the shop."""
        # Of the conversation alone, which the agent has before them.
        company_id = self.sudo().company_id.id
        return (
            Domain("is_published", "=", True)
            & Domain("sale_ok", "=", True)
            & Domain("company_id", "in", (False, company_id))
            & (Domain("website_id", "=", False) | Domain("website_id.company_id", "=", company_id))
        )

    def _card_product(self, product_id):
        """A product as the shop shows it to the customer, at the price that they see there."""
        # The agent may see the product; what the shop would show is not theirs to be allowed.
        conversation = self.sudo()
        product = conversation.env["product.template"].browse(product_id)
        website = product.website_id or conversation._shop_website()
        address = website.get_base_url()
        return Card(
            title=product.name,
            subtitle=conversation._product_price(product, website),
            url=address + product.website_url,
            image=f"{address}/web/image/product.template/{product.id}/image_256" if product.image_256 else "",
            button=self.env._("View"),
        )

    def _shop_website(self):
        """The website that the conversation's customer knows."""
        return self.env["website"].search([("company_id", "=", self.company_id.id)], limit=1)

    def _product_price(self, product, website):
        """What the customer would pay for one, in words; nothing where the shop shows no price."""
        company = website.company_id
        partner = (self.partner_id or website.user_id.partner_id).with_company(company)
        pricelist = self._shop_pricelist(partner, website)
        currency = pricelist.currency_id or company.currency_id
        product = product.with_company(company)
        price = pricelist._get_product_price(product, 1.0, currency=currency)
        if not price and website.prevent_zero_price_sale:
            return ""
        taxes = product.taxes_id._filter_taxes_by_company(company)
        position = self.env["account.fiscal.position"].with_company(company)._get_fiscal_position(partner)
        shown = product._apply_taxes_to_price(
            price, currency, taxes, position.map_tax(taxes), product, website=website
        )
        return format_amount(self.env, shown, currency)

    def _shop_pricelist(self, partner, website):
        """The price list of a customer of the shop; none where there are none."""
        Pricelist = self.env["product.pricelist"]
        if not self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist"):
            return Pricelist
        own = partner.property_product_pricelist
        if own and own._is_available_on_website(website):
            return own
        return Pricelist.search(Pricelist._get_website_pricelists_domain(website), limit=1)
