from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    omnichannel_texts_stopped_date = fields.Datetime("Automatic Texts Stopped", readonly=True, copy=False)
    omnichannel_texts_stopped_user_id = fields.Many2one(
        "res.users", "Automatic Texts Stopped By", readonly=True, copy=False
    )

    def _omnichannel_stopped(self):
        """Those of these companies from which no text leaves that nobody wrote."""
        self.flush_model(["omnichannel_texts_stopped_date"])
        if not self:
            return self
        # Asked of the database: a worker that is running must hear of it at once.
        return self.with_context(active_test=False).search(
            [("id", "in", self.ids), ("omnichannel_texts_stopped_date", "!=", False)], order="id"
        )
