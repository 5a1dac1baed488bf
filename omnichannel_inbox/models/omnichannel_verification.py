import re
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, consteq
from odoo.tools.misc import hmac

from ..tools import delete_some

VALID_FOR = timedelta(minutes=10)
MAX_ATTEMPTS = 5
MAX_CODES = 3  # of one order, and of one address, within …
PERIOD = timedelta(hours=1)
KEPT = timedelta(days=30)
_CODE = re.compile(r"\s*(\d{3})[ -]?(\d{3})\s*", re.ASCII)


class OmnichannelVerification(models.Model):
    """A code that was sent to an order's own address: who writes it to us has shown that the order is theirs.

    The code is kept nowhere: it is made anew from the database's secret when it is sent and when it is
    compared. It can be used once, by the address that asked, for a short time.
    """

    _name = "omnichannel.verification"
    _description = "Verification of an Order"
    _order = "id DESC"
    _rec_name = "order_id"

    order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade", readonly=True)
    conversation_id = fields.Many2one(
        "omnichannel.conversation", required=True, index=True, ondelete="cascade", readonly=True
    )
    identity_id = fields.Many2one(
        "omnichannel.identity",
        "Asked By",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
        help="The address that wrote of the order. Only what comes from it counts.",
    )
    destination = fields.Char("Sent To", readonly=True, help="Without what would tell the address.")
    seed = fields.Char(readonly=True, groups=fields.NO_ACCESS, default=lambda self: secrets.token_urlsafe(16))
    valid_until = fields.Datetime(required=True, readonly=True)
    attempts = fields.Integer("Wrong Codes", readonly=True)
    state = fields.Selection(
        [
            ("sent", "Sent"),
            ("used", "Verified"),
            ("failed", "Too Many Wrong Codes"),
            ("replaced", "Replaced"),
        ],
        default="sent",
        required=True,
        readonly=True,
    )

    _pending_idx = models.Index("(identity_id, id) WHERE state = 'sent'")

    @api.model
    def _begin(self, conversation, order, destination):
        """Make a code for the address that wrote last in a conversation; nothing when there have been too
        many, whichever way they went."""
        identity = conversation.identity_id
        self._take_turn(order, identity)
        if self._is_too_often(order, identity):
            return self.browse()
        self.search([("identity_id", "=", identity.id), ("state", "=", "sent")]).state = "replaced"
        return self.create(
            {
                "order_id": order.id,
                "conversation_id": conversation.id,
                "identity_id": identity.id,
                "destination": destination,
                "valid_until": fields.Datetime.now() + VALID_FOR,
            }
        )

    def _code(self):
        """The code, for what sends it and for nothing else; empty for one that cannot be used any more."""
        self.ensure_one()
        if not self.seed:
            return ""
        digest = hmac(self.sudo().env, "omnichannel_verification", f"{self.id}:{self.seed}")
        return f"{int(digest, 16) % 10**6:06}"

    @api.model
    def _take_turn(self, order, identity):
        """One code at a time: whoever asks for another one meanwhile starts again, and counts this one."""
        order.flush_recordset()
        identity.flush_recordset()
        for record in (order, identity):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = write_date WHERE id = %s",
                    SQL.identifier(record._table),
                    record.id,
                ),
                log_exceptions=False,
            )

    @api.model
    def _is_too_often(self, order, identity):
        recent = self.search(
            [
                ("create_date", ">", fields.Datetime.now() - PERIOD),
                "|",
                ("order_id", "=", order.id),
                ("identity_id", "=", identity.id),
            ]
        )
        return any(
            len(recent.filtered(lambda one, name=name, record=record: one[name] == record)) >= MAX_CODES
            for name, record in (("order_id", order), ("identity_id", identity))
        )

    @api.model
    def _code_in(self, text):
        """The code that a text consists of, or nothing."""
        found = _CODE.fullmatch(text or "")
        return found and found[1] + found[2]

    @api.model
    def _pending_of(self, identity):
        """What an address was asked for last, also if it is too late by now."""
        recent = fields.Datetime.now() - PERIOD
        return self.search(
            [("identity_id", "=", identity.id), ("state", "=", "sent"), ("create_date", ">", recent)], limit=1
        )

    def _try(self, code):
        """Count an attempt.

        :return: ``right``, ``wrong``, ``failed`` (it was the last one) or ``late``
        """
        self.ensure_one()
        if self.valid_until <= fields.Datetime.now():
            return "late"
        if consteq(self._code(), code):
            self.state = "used"
            return "right"
        self.attempts += 1
        if self.attempts < MAX_ATTEMPTS:
            return "wrong"
        self.state = "failed"
        return "failed"

    @api.autovacuum
    def _gc(self):
        return delete_some(self, [("create_date", "<", fields.Datetime.now() - KEPT)])
