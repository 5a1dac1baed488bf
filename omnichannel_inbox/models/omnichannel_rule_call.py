import hashlib
import hmac
import json
import logging
import uuid
from datetime import timedelta

import requests

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import delete_some, is_neutralized

_logger = logging.getLogger(__name__)

TIMEOUT = 10  # seconds that another system may take to answer
LEASE = timedelta(minutes=2)  # until a call that was cut off is made again
PAUSES = [
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
]
KEPT = timedelta(days=30)
SIGNATURE = "X-Omnichannel-Signature"
DELIVERY = "X-Omnichannel-Delivery"


class OmnichannelRuleCall(models.Model):
    """A call to another system that a rule asked for, made until it is taken or given up.

    It may arrive twice, when an answer got lost: ``X-Omnichannel-Delivery`` is the same then.
    """

    _name = "omnichannel.rule.call"
    _description = "Call to Another System"
    _order = "id DESC"
    _rec_name = "url"

    action_id = fields.Many2one(
        "omnichannel.rule.action", ondelete="set null", readonly=True, index="btree_not_null"
    )
    rule_id = fields.Many2one("omnichannel.rule", ondelete="set null", readonly=True, index="btree_not_null")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    conversation_id = fields.Many2one(
        "omnichannel.conversation", index="btree_not_null", ondelete="cascade", readonly=True
    )
    url = fields.Char("Address", required=True, readonly=True)
    delivery = fields.Char(
        "Delivery Id", required=True, readonly=True, default=lambda self: str(uuid.uuid4())
    )
    payload = fields.Json(readonly=True)
    state = fields.Selection(
        [("queued", "Waiting"), ("done", "Taken"), ("failed", "Given Up")],
        required=True,
        default="queued",
        readonly=True,
    )
    attempts = fields.Integer(readonly=True)
    next_attempt = fields.Datetime(readonly=True, default=fields.Datetime.now)
    error = fields.Char("What Was Said", readonly=True)

    _queue_idx = models.Index("(next_attempt) WHERE state = 'queued'")

    @api.model_create_multi
    def create(self, vals_list):
        calls = super().create(vals_list)
        self.env["omnichannel.worker"]._wake_after_commit("omnichannel_inbox.cron_calls")
        return calls

    def action_retry(self):
        """Try those again that were given up."""
        self.filtered(lambda call: call.state == "failed").write(
            {"state": "queued", "attempts": 0, "next_attempt": fields.Datetime.now()}
        )
        self.env["omnichannel.worker"]._wake_after_commit("omnichannel_inbox.cron_calls")

    @api.model
    def _run(self):
        """Make the calls whose time has come (cron)."""
        self.env["omnichannel.worker"]._drain(self._run_next, "omnichannel_inbox.cron_calls")

    @api.model
    def _run_next(self):
        """Make the next call that no other worker makes; return how many there were.

        It is leased first, so that no transaction is open while another system thinks.
        """
        call = self._claim()
        if not call:
            return 0
        call.write({"attempts": call.attempts + 1, "next_attempt": fields.Datetime.now() + LEASE})
        self.env["omnichannel.worker"]._new_transaction()
        call._note(call._post())
        return 1

    @api.model
    def _claim(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM omnichannel_rule_call WHERE state = 'queued' AND next_attempt <= %s
                   ORDER BY next_attempt, id LIMIT 1 FOR UPDATE SKIP LOCKED""",
                fields.Datetime.now(),
            )
        )
        return self.sudo().browse([call_id for (call_id,) in rows])

    def _post(self):
        """Call the other system; return what is wrong, or None.

        It is an administrator who named the address. It is not followed to another one.
        """
        if is_neutralized(self.env):
            return self.env._("This is a copy of a production database: nothing is sent from it.")
        body = json.dumps(self.payload).encode()
        headers = {"Content-Type": "application/json", DELIVERY: self.delivery}
        if secret := self.action_id.webhook_secret:
            headers[SIGNATURE] = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
        try:
            with requests.post(
                self.url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
            ) as answer:
                return None if answer.ok and not answer.is_redirect else f"HTTP {answer.status_code}"
        except requests.Timeout:
            return self.env._("It did not answer within %s seconds.", TIMEOUT)
        except (requests.RequestException, UnicodeError, ValueError) as error:
            _logger.info("The call %s of a rule failed: %s", self.id, type(error).__name__)
            return self.env._("It cannot be reached.")

    def _note(self, error):
        """Write down how a call went, and when it is made again."""
        if not error:
            self.write({"state": "done", "error": False})
        elif self.attempts > len(PAUSES):
            self.write({"state": "failed", "error": error})
        else:
            pause = PAUSES[self.attempts - 1]
            self.write({"error": error, "next_attempt": fields.Datetime.now() + pause})

    @api.autovacuum
    def _forget(self):
        """Calls that were taken or given up long ago."""
        old = fields.Datetime.now() - KEPT
        return delete_some(self, [("create_date", "<", old), ("state", "!=", "queued")])
