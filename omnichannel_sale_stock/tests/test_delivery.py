"""A delivery's own mail, and what its customer answers."""

from email.message import EmailMessage

from odoo.tests import tagged

from .common import CUSTOMER, DeliveryCase


@tagged("post_install", "-at_install")
class TestDelivery(DeliveryCase):
    def answer(self, message_id, text="It is broken", sender=CUSTOMER):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, "catchall@shop.example", "Re: Delivery"
        mail["Message-Id"], mail["In-Reply-To"] = f"<{self.id()}.{len(text)}@example.com>", message_id
        mail.set_content(text)
        self.env["mail.thread"].message_process(False, mail.as_bytes())
        self.env.flush_all()
        for lane in (0, 1):
            while self.env["omnichannel.event"]._work_batch(lane):
                self.env.flush_all()
        return self.env["omnichannel.message"].search([("provider_uid", "=", mail["Message-Id"])])

    def test_an_answer_to_the_deliverys_mail_is_about_its_order(self):
        mail = self.validate(self.picking)
        self.assertIn(CUSTOMER, str(mail.recipient_ids.mapped("email")))
        conversation = self.answer(mail.message_id).conversation_id
        self.assertEqual(conversation.order_ids, self.order)
        self.assertEqual(conversation.partner_id, self.partner)
        self.assertEqual(conversation.user_id, self.seller)

    def test_the_delivery_shows_it_too(self):
        self.answer(self.validate(self.picking).message_id)
        self.assertIn("It is broken", self.picking.message_ids[0].body)
        self.assertEqual(self.picking.message_ids[0].author_id, self.partner)

    def test_it_joins_what_is_open_about_the_order(self):
        sent = self.order.message_post(
            body="Your order", subtype_xmlid="mail.mt_comment", partner_ids=self.partner.ids
        )
        first = self.answer(sent.message_id, "When does it come?")
        second = self.answer(self.validate(self.picking).message_id)
        self.assertEqual(second.conversation_id, first.conversation_id)

    def test_a_stranger_learns_and_ties_nothing(self):
        mail = self.validate(self.picking)
        row = self.answer(mail.message_id, sender="eve@evil.example")
        self.assertFalse(row.conversation_id.order_ids)
        self.assertNotIn("It is broken", str(self.picking.message_ids.mapped("body")))

    def test_what_a_supplier_answers_is_odoos(self):
        supplier = self.env.ref("stock.stock_location_suppliers")
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.picking.picking_type_id.warehouse_id.in_type_id.id,
                "partner_id": self.partner.id,
                "location_id": supplier.id,
                "location_dest_id": self.picking.location_id.id,
            }
        )
        self.assertIsNone(self.env["omnichannel.conversation"]._orders_of_record(receipt))

    def test_a_delivery_without_an_order_is_a_customers(self):
        delivery = self.picking.copy({"partner_id": self.partner.id})
        delivery.move_ids.sale_line_id = False
        delivery.sale_id = False
        orders = self.env["omnichannel.conversation"]._orders_of_record(delivery)
        self.assertEqual(orders, self.env["sale.order"])

    def test_the_customers_panel_says_how_far_it_is(self):
        conversation = self.env["omnichannel.conversation"].create(
            {"partner_id": self.partner.id, "team_id": self.team.id, "order_ids": [(4, self.order.id)]}
        )
        [order] = conversation.get_customer_panel()["orders"]
        self.assertEqual(order["delivery_label"], "Not Delivered")
        self.validate(self.picking)
        [order] = conversation.get_customer_panel()["orders"]
        self.assertEqual(order["delivery_label"], "Fully Delivered")
