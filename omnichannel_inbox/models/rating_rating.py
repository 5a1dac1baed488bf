from odoo import api, fields, models
from odoo.tools import sql


class RatingRating(models.Model):
    """Ratings of conversations are read by whoever reads those, and written by nobody but the customer.

    To Odoo every colleague may read and write all ratings.
    """

    _inherit = "rating.rating"

    omnichannel_conversation_id = fields.Many2one(
        "omnichannel.conversation",
        "Conversation",
        compute="_compute_omnichannel_conversation_id",
        store=True,
        index="btree_not_null",
        ondelete="cascade",
    )

    def _auto_init(self):
        # Whatever was rated before is no conversation: nothing to work out.
        if not sql.column_exists(self.env.cr, self._table, "omnichannel_conversation_id"):
            sql.create_column(self.env.cr, self._table, "omnichannel_conversation_id", "int4")
        return super()._auto_init()

    @api.depends("res_model", "res_id")
    def _compute_omnichannel_conversation_id(self):
        for rating in self:
            is_ours = rating.res_model == "omnichannel.conversation"
            rating.omnichannel_conversation_id = rating.res_id if is_ours else False
