from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _post_process(self):
        paid = self.filtered(
            lambda transaction: transaction.state == "done" and not transaction.is_post_processed
        )
        result = super()._post_process()
        self.env["omnichannel.signal"]._emit("order_paid", paid.sale_order_ids)
        return result
