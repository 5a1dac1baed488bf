import re
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac

from ..tools import delete_some

VALID_FOR = timedelta(hours=1)
MAX_REFERENCES = 5  # made for one address within …
PERIOD = timedelta(hours=1)
KEPT = timedelta(days=30)
# Without letters that are mistaken for digits. Twelve of them are 60 bits: nobody guesses one in an hour.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = f"[{_ALPHABET}]{{4}}"
_REFERENCE = re.compile(rf"(?<!\w)#({_LETTERS}-{_LETTERS}-{_LETTERS})(?![\w-])")
WITHIN = 1000  # characters of a text: a reference that we put there stands in its first lines


class OmnichannelHandover(models.Model):
    """Somebody may go on in their conversation by another channel, where nobody knows them yet.

    They are given a reference, and their first message there carries it. It proves that whoever writes was
    shown it, and nothing else: not who they are. It serves once, for a short time, on one channel, and
    no more than a hash of it is kept.
    """

    _name = "omnichannel.handover"
    _description = "Change to Another Channel"
    _order = "id DESC"
    _rec_name = "conversation_id"

    conversation_id = fields.Many2one(
        "omnichannel.conversation", required=True, index=True, ondelete="cascade", readonly=True
    )
    identity_id = fields.Many2one(
        "omnichannel.identity",
        "Given To",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
        help="The address whose owner was shown the reference.",
    )
    channel_id = fields.Many2one(
        "omnichannel.channel",
        "Goes On By",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
        help="The channel by which the message with the reference has to come.",
    )
    code_hash = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    valid_until = fields.Datetime(required=True, readonly=True)
    used_by_id = fields.Many2one(
        "omnichannel.identity", index="btree_not_null", ondelete="set null", readonly=True
    )
    state = fields.Selection(
        [("open", "Not Used"), ("used", "Used"), ("void", "Another One Was Used")],
        default="open",
        required=True,
        readonly=True,
    )

    _code_uniq = models.UniqueIndex("(code_hash)")

    @api.model
    def _begin(self, conversation, identity, channel):
        """A new reference, as it is to stand in the first message; False when there have been too many."""
        self._take_turn(identity)
        since = fields.Datetime.now() - PERIOD
        made = self.search_count([("identity_id", "=", identity.id), ("create_date", ">", since)])
        if made >= MAX_REFERENCES:
            return False
        letters = "".join(secrets.choice(_ALPHABET) for _letter in range(12))
        code = "-".join((letters[:4], letters[4:8], letters[8:]))
        self.create(
            {
                "conversation_id": conversation.id,
                "identity_id": identity.id,
                "channel_id": channel.id,
                "code_hash": self._hash(code),
                "valid_until": fields.Datetime.now() + VALID_FOR,
            }
        )
        return f"#{code}"

    @api.model
    def _take_turn(self, identity):
        """One at a time: whoever asks for another one meanwhile starts again, and counts this one."""
        identity.flush_recordset()
        self.env.cr.execute(
            SQL("UPDATE omnichannel_identity SET write_date = write_date WHERE id = %s", identity.id),
            log_exceptions=False,
        )

    @api.model
    def _hash(self, code):
        return hmac(self.sudo().env, "omnichannel_handover", code)

    @api.model
    def _code_in(self, text):
        """The code of the reference that a text carries, or nothing."""
        found = _REFERENCE.search((text or "")[:WITHIN])
        return found and found[1]

    @api.model
    def _open_for(self, codes):
        """What these codes are good for now: {code: handover}."""
        hashes = {self._hash(code): code for code in codes}
        found = self.search(
            [
                ("code_hash", "in", list(hashes)),
                ("state", "=", "open"),
                ("valid_until", ">", fields.Datetime.now()),
            ]
        )
        return {hashes[handover.code_hash]: handover for handover in found}

    def _use(self, identity):
        """It is used up by who wrote from this address, and with it whatever else was given for the same.

        Two jobs that use one at the same moment write the same row: the second one starts again.
        """
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE omnichannel_handover
                      SET state = CASE WHEN id = %(id)s THEN 'used' ELSE 'void' END,
                          used_by_id = CASE WHEN id = %(id)s THEN %(user)s END
                    WHERE state = 'open' AND identity_id = %(identity)s
                      AND conversation_id = %(conversation)s""",
                id=self.id,
                user=identity.id,
                identity=self.identity_id.id,
                conversation=self.conversation_id.id,
            ),
            log_exceptions=False,
        )
        self.invalidate_model(["state", "used_by_id"], flush=False)

    @api.autovacuum
    def _gc(self):
        # Who used one writes in its conversation as long as that is open.
        is_over = ["|", ("state", "!=", "used"), ("conversation_id.state", "=", "closed")]
        return delete_some(self, [("create_date", "<", fields.Datetime.now() - KEPT), *is_over])
