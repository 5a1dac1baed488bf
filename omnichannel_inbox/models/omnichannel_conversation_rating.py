from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.tools import sql

from odoo.addons.rating.models.rating_data import RATING_HAPPY_VALUE

SMILEYS = {
    "top": "\N{SMILING FACE WITH SMILING EYES}",
    "ok": "\N{NEUTRAL FACE}",
    "ko": "\N{SLIGHTLY FROWNING FACE}",
}


class OmnichannelConversation(models.Model):
    """How content the customer is, by Odoo's ratings: one for each conversation, the newest that they gave.

    What Odoo's mixin adds up over many ratings is known from that one, so that neither a new conversation
    nor a look at its thread costs a query more.
    """

    _inherit = "omnichannel.conversation"

    rating_last_value = fields.Float("Rating (of 5)")
    rating_last_text = fields.Selection(string="Satisfaction", store=True)

    _rated_idx = models.Index("(rating_last_value) WHERE rating_last_value > 0")

    def _auto_init(self):
        # None of the conversations that are here already is rated: nothing to work out for a million of them.
        if sql.table_exists(self.env.cr, self._table):
            for name, kind in (("rating_last_value", "float8"), ("rating_last_text", "varchar")):
                if not sql.column_exists(self.env.cr, self._table, name):
                    sql.create_column(self.env.cr, self._table, name, kind)
        return super()._auto_init()

    @api.model_create_multi
    def create(self, vals_list):
        # What is given is not worked out: nobody has rated what is new.
        return super().create(
            [{"rating_last_value": 0, "rating_last_text": False} | vals for vals in vals_list]
        )

    @api.depends("rating_ids.rating", "rating_ids.consumed")
    def _compute_rating_last_value(self):
        for conversation in self:
            conversation.rating_last_value = conversation._rating_given().rating

    def _rating_given(self):
        """The customer's rating, or none: what they were merely asked for is none yet."""
        self.ensure_one()
        return self.rating_ids.filtered("consumed")[:1]

    @api.depends("rating_last_value")
    def _compute_rating_stats(self):
        for conversation in self:
            conversation.rating_avg = conversation.rating_last_value
            conversation.rating_count = int(conversation.rating_last_value > 0)

    def _rating_get_parent_field_name(self):
        return "team_id"

    def _rate(self, item, identity, colleague):
        """Take over what a customer says of how they were served; it changes nothing of the conversation.

        :param item: ``wire.Rating``
        :param identity: the customer's address
        :param colleague: the partner of whom they dealt with; none where the channel does not tell
        :return: whether it is the newest
        """
        self.ensure_one()
        rating = self._rating_given()
        if rating.rated_on and rating.rated_on > item.timestamp:
            return False
        before = (self._rating_words(rating), rating.feedback) if rating else None
        rating = self._write_rating(
            rating,
            {
                "rating": item.value,
                "feedback": item.comment or False,
                "consumed": True,
                "partner_id": identity.partner_id.id,
                "rated_partner_id": (colleague or self._rating_get_operator()).id,
            },
        )
        # Odoo takes the moment of writing it down for that.
        rating.rated_on = item.timestamp
        if before != (self._rating_words(rating), rating.feedback):
            self._note_rating(rating, before and before[0])
        return True

    def _write_rating(self, rating, values):
        if rating:
            rating.write(values)
            return rating
        own = {"res_model_id": self.env["ir.model"]._get_id(self._name), "res_id": self.id}
        return rating.create(values | own)

    def _note_rating(self, rating, before):
        """Say so in the thread.

        :param before: in words, what they had said before
        """
        words = self._rating_words(rating)
        line = (
            self.env._(
                "The customer has changed the rating: %(now)s, before %(before)s.", now=words, before=before
            )
            if before
            else self.env._("The customer has rated this conversation: %s.", words)
        )
        body = Markup("<p>%s</p>") % line
        if rating.feedback:
            lines = Markup("<br/>").join(escape(line) for line in rating.feedback.split("\n"))
            # No blockquote, which the thread folds.
            body += Markup("<p><em>%s</em></p>") % lines
        self._message_log(body=body, author_id=self.company_id.partner_id.id)

    @api.model
    def _rating_words(self, rating):
        """A smiley and the figure: the same in every language."""
        return f"{SMILEYS[rating.rating_text]} {rating.rating:g}/{RATING_HAPPY_VALUE}"

    def get_client_data(self):
        return super().get_client_data() | {"rating": self._rating_data()}

    def _rating_data(self):
        """What the header shows of the rating, or False."""
        if not self.rating_last_value:
            return False
        # Shown to whoever may read the conversation.
        rating = self.sudo()._rating_given()
        return rating and {
            "words": self._rating_words(rating),
            "comment": rating.feedback or "",
            "date": fields.Datetime.to_string(rating.rated_on),
        }
