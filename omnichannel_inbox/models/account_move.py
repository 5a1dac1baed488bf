from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        signals = self.env["omnichannel.signal"]
        signals._emit("invoice_posted", posted.filtered(lambda move: move.move_type == "out_invoice"))
        signals._emit("invoice_refunded", posted.filtered(lambda move: move.move_type == "out_refund"))
        return posted

    def write(self, vals):
        result = super().write(vals)
        if "invoice_date_due" in vals:
            self.env["omnichannel.signal"]._emit(
                "invoice_due_changed",
                self.filtered(lambda move: move.move_type == "out_invoice" and move.state == "posted"),
            )
        return result

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self.env["omnichannel.signal"]._emit(
            "invoice_paid", self.filtered(lambda move: move.move_type == "out_invoice")
        )
        return result
