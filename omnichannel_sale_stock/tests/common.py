"""An order with a delivery, a shop's mailbox and its team."""

from odoo.tests import TransactionCase, new_test_user

SHOP, CUSTOMER = "support@shop.example", "karin@example.com"


class DeliveryCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.stock_move_email_validation = True
        cls.team = cls.env["omnichannel.team"].create({"name": "Service"})
        cls.env["omnichannel.channel"].create(
            {"name": "Shop", "channel_type": "email", "address": SHOP, "team_id": cls.team.id}
        )
        cls.seller = new_test_user(cls.env, "omni_seller", "base.group_user,sales_team.group_sale_salesman")
        cls.partner = cls.env["res.partner"].create({"name": "Karin", "email": CUSTOMER})
        cls.product = cls.env["product.product"].create({"name": "Bike", "is_storable": True})

    def setUp(self):
        super().setUp()
        self.order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "user_id": self.seller.id,
                "order_line": [(0, 0, {"product_id": self.product.id})],
            }
        )
        self.order.action_confirm()
        self.picking = self.order.picking_ids

    def validate(self, picking):
        """Ship it; returns the mail that Odoo sends to the customer."""
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        before = self.env["mail.mail"].search([])
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        return self.env["mail.mail"].search([]) - before
