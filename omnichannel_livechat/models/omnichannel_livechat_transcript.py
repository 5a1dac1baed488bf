from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac

from odoo.addons.omnichannel_inbox.tools import delete_some

MOST_A_DAY = 5


class OmnichannelLivechatTranscript(models.Model):
    """How many transcripts were sent to an address on a day: visitors may name anybody's."""

    _name = "omnichannel.livechat.transcript"
    _description = "Transcripts Sent to an Address"
    _log_access = False

    address = fields.Char(required=True, help="Nothing from which the address could be read.")
    day = fields.Date(required=True, index=True)
    number = fields.Integer(required=True)

    _address_day_uniq = models.UniqueIndex("(address, day)")

    @api.model
    def _take(self, email):
        """Count one more, unless an address has had enough for today.

        Of two at once the second is run again by Odoo once the first is committed.

        :return: whether it may be sent
        """
        # Signed with the secret of the database, which nobody reads.
        address = hmac(self.sudo().env, "omnichannel_livechat_transcript", email.lower())
        self.env.cr.execute(
            SQL(
                """INSERT INTO omnichannel_livechat_transcript AS known (address, day, number)
                        VALUES (%s, %s, 1)
                   ON CONFLICT (address, day) DO UPDATE SET number = known.number + 1
                         WHERE known.number < %s
                     RETURNING id""",
                address,
                fields.Date.today(),
                MOST_A_DAY,
            ),
            log_exceptions=False,
        )
        return bool(self.env.cr.fetchall())

    @api.autovacuum
    def _gc_transcripts(self):
        return delete_some(self, [("day", "<", fields.Date.today() - timedelta(days=1))])
