from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.omnichannel_inbox.tools import delete_some

KEPT = timedelta(days=7)  # longer than any browser tries again


class OmnichannelLivechatForm(models.Model):
    """A form that a visitor has sent, so that the same one sent again is known: a second click, another
    try after the connection broke."""

    _name = "omnichannel.livechat.form"
    _description = "Form Sent From a Live Chat"
    _log_access = False

    key = fields.Char(required=True, help="Made up by the visitor's browser for each form.")
    sent = fields.Datetime(required=True, index=True)

    _key_uniq = models.UniqueIndex("(key)")

    @api.model
    def _take(self, key):
        """Whether this is the first time that a form is sent; if not, there is nothing left to do.

        Of two at once the second waits until the first is committed; then its request is run again by Odoo.
        """
        found = self.env.execute_query(
            SQL(
                "INSERT INTO omnichannel_livechat_form (key, sent) VALUES (%s, %s)"
                " ON CONFLICT DO NOTHING RETURNING id",
                key,
                fields.Datetime.now(),
            )
        )
        return bool(found)

    @api.autovacuum
    def _gc_forms(self):
        return delete_some(self, [("sent", "<", fields.Datetime.now() - KEPT)])
