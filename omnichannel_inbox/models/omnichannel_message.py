import base64
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..wire import SendError, SendResult
from .omnichannel_worker import TRANSIENT_ERRORS

_logger = logging.getLogger(__name__)

OUTBOUND_LANES = 2
SEND_BATCH = 8  # calls to a provider under way at once, per lane
PAUSES = (2, 10, 30, 120, 600, 1800)  # seconds until the next attempt
SETTLE_AFTER = timedelta(minutes=2)  # how long an interrupted send may wait for its status
MEDIA_BATCH = 4
TROUBLE = ("failed", "uncertain")  # what a person has to see to

# Later states win; a status that comes late or twice changes nothing.
RANK = {"queued": 0, "sending": 1, "uncertain": 2, "failed": 3, "sent": 4, "delivered": 5, "read": 6}


class OmnichannelMessage(models.Model):
    """The ledger: one row for each message that crosses a channel, in or out."""

    _name = "omnichannel.message"
    _description = "Sent or Received Message"
    _order = "id DESC"
    _rec_name = "kind"

    conversation_id = fields.Many2one(
        "omnichannel.conversation", required=True, index=True, ondelete="cascade", readonly=True
    )
    mail_message_id = fields.Many2one(
        "mail.message", index="btree_not_null", ondelete="set null", readonly=True
    )
    channel_id = fields.Many2one("omnichannel.channel", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="channel_id.company_id")
    identity_id = fields.Many2one("omnichannel.identity", index=True, ondelete="set null", readonly=True)
    event_id = fields.Many2one(
        "omnichannel.event", index="btree_not_null", ondelete="set null", readonly=True
    )
    direction = fields.Selection([("in", "Received"), ("out", "Sent")], required=True, readonly=True)
    kind = fields.Char(default="text", readonly=True)
    provider_uid = fields.Char("Provider's Id", readonly=True)
    provider_date = fields.Datetime("Provider's Time", readonly=True)
    reference = fields.Char(
        readonly=True, help="Our own id; it travels with the message and comes back in statuses."
    )
    state = fields.Selection(
        [
            ("received", "Received"),
            ("queued", "Waiting to Be Sent"),
            ("sending", "Being Sent"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("read", "Read"),
            ("failed", "Failed"),
            ("uncertain", "Uncertain"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
    )
    join_reason = fields.Selection(
        [
            ("reply", "Answers a message of this conversation"),
            ("reference", "Carries the reference of this conversation"),
            ("order", "Names an order of this conversation"),
            ("recent", "The customer's current conversation"),
            ("reopened", "The customer's conversation that was closed recently"),
            ("new", "A new conversation"),
            ("moved", "Moved here by hand"),
        ],
        readonly=True,
    )
    # Nobody reads it as a field, which would tell its name and subject: see mail.message.
    claimed_conversation_id = fields.Many2one(
        "omnichannel.conversation",
        "Claims to Answer",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
    )
    claimed_aside_id = fields.Many2one(
        "omnichannel.message",
        "Claims to Answer in Side Thread",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
    )
    lane = fields.Integer(readonly=True)
    send_at = fields.Datetime(readonly=True)
    sending_since = fields.Datetime(readonly=True)
    attempts = fields.Integer(readonly=True)
    next_attempt = fields.Datetime(readonly=True)
    error_code = fields.Char(readonly=True)
    error_text = fields.Char("What the Provider Said", readonly=True)
    aside_id = fields.Many2one(
        "omnichannel.message",
        "Side Thread",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        help="The message by which a third party was asked, if this one belongs to what followed from that: "
        "it neither goes to the customer nor comes from them.",
    )
    body = fields.Text("Text as Sent", readonly=True)
    payload = fields.Json(readonly=True)
    reply_to_uid = fields.Char(readonly=True)
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="set null")
    media_state = fields.Selection(
        [("none", "No File"), ("pending", "Being Fetched"), ("done", "Fetched"), ("failed", "Not Available")],
        required=True,
        default="none",
        readonly=True,
    )
    media_ref = fields.Char(readonly=True)
    media_name = fields.Char(readonly=True)
    media_type = fields.Char(readonly=True)
    media_digest = fields.Char(readonly=True)

    _provider_uid_uniq = models.UniqueIndex("(channel_id, provider_uid) WHERE provider_uid IS NOT NULL")
    _reference_uniq = models.UniqueIndex("(reference) WHERE reference IS NOT NULL")
    _queued_idx = models.Index("(lane, next_attempt, id) WHERE state = 'queued'")
    _sending_idx = models.Index("(sending_since) WHERE state = 'sending'")
    _outstanding_idx = models.Index("(identity_id, id) WHERE state IN ('queued', 'sending')")
    _trouble_idx = models.Index("(id) WHERE state IN ('failed', 'uncertain')")
    _media_idx = models.Index("(next_attempt) WHERE media_state = 'pending'")

    # -- queueing ----------------------------------------------------------

    @api.model
    def _queue(self, rows):
        """Queue outbound rows and wake their workers once the transaction is committed."""
        now = fields.Datetime.now()
        for row in rows:
            row.update(
                direction="out",
                state="queued",
                reference=row.get("reference") or uuid.uuid4().hex,
                lane=row["channel_id"] % OUTBOUND_LANES,
                next_attempt=row.get("send_at") or now,
            )
        messages = self.create(rows)
        messages._wake_lanes()
        return messages

    def _wake_lanes(self):
        self.env["omnichannel.worker"]._wake_after_commit(
            *{f"omnichannel_inbox.cron_outbound_{lane}" for lane in self.mapped("lane")}
        )

    # -- sending -----------------------------------------------------------

    @api.model
    def _run_lane(self, lane):
        """Cron: send what waits in a lane, in order per recipient."""
        self.env["omnichannel.worker"]._drain(
            lambda: self._send_batch(lane), f"omnichannel_inbox.cron_outbound_{lane}"
        )

    @api.model
    def _send_batch(self, lane):
        """Claim, commit, call the provider, commit the results.

        :return: how many rows were taken
        """
        messages = self._claim(lane)
        if not messages:
            return 0
        calls = messages._prepare_calls()
        # From here on a crash leaves "sending": it is settled by the provider's status
        # or shown as uncertain, and never silently sent again.
        self.env["omnichannel.worker"]._new_transaction()
        results = self._call_all(calls)
        self._record_results(results)
        return len(messages)

    @api.model
    def _claim(self, lane):
        """Mark the next rows as being sent: the oldest outstanding one of each recipient on a channel.

        What waits on another channel holds up nothing: it may wait for days until somebody mends that.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT m.id FROM omnichannel_message m
                     JOIN omnichannel_channel c ON c.id = m.channel_id
                    WHERE m.state = 'queued' AND m.lane = %s
                      AND m.next_attempt <= clock_timestamp() AT TIME ZONE 'UTC'
                      AND (m.valid_until IS NULL OR m.valid_until > clock_timestamp() AT TIME ZONE 'UTC')
                      AND c.active AND c.neutralized IS NOT TRUE AND c.state NOT IN ('draft', 'broken')
                      AND (c.breaker_until IS NULL OR c.breaker_until <= clock_timestamp() AT TIME ZONE 'UTC')
                      AND NOT EXISTS (SELECT 1 FROM omnichannel_message o
                                       WHERE o.identity_id = m.identity_id AND o.id < m.id
                                         AND o.channel_id = m.channel_id AND o.direction = 'out'
                                         AND o.state IN ('queued', 'sending')
                                         AND (o.state = 'sending' OR o.send_at IS NULL))
                 ORDER BY m.next_attempt, m.id LIMIT %s FOR NO KEY UPDATE OF m SKIP LOCKED""",
                lane,
                SEND_BATCH,
            )
        )
        messages = self.browse(row[0] for row in rows)
        now = fields.Datetime.now()
        for message in messages:
            message.write({"state": "sending", "sending_since": now, "attempts": message.attempts + 1})
        return messages

    def _prepare_calls(self):
        """[(id, function that sends it)]; a row that cannot even be prepared fails.

        What is sent already, in this transaction, is written down in it.
        """
        calls = []
        for message in self:
            try:
                with self.env.cr.savepoint():
                    adapter = message.channel_id._speaking()._adapter()
                    call = adapter._prepare_send(message)
                    if isinstance(call, SendResult):
                        message._record(call)
                    else:
                        calls.append((message.id, call))
            except TRANSIENT_ERRORS:
                raise
            except Exception as error:
                _logger.warning("Message %s could not be prepared", message.id, exc_info=error)
                message._fail("prepare", str(error))
        return calls

    @api.model
    def _call_all(self, calls):
        """Call the provider for all rows at once, outside any transaction.

        :return: [(id, SendResult or SendError)]
        """
        if not calls:
            return []
        with ThreadPoolExecutor(max_workers=SEND_BATCH) as pool:
            return list(
                zip(
                    [message_id for message_id, _call in calls], pool.map(self._call, [c for _id, c in calls])
                )
            )

    @api.model
    def _call(self, call):
        try:
            return call()
        except SendError as error:
            return error
        except Exception as error:
            # Nobody knows whether it went out.
            _logger.exception("A channel's adapter failed while sending")
            return SendError("adapter", str(error), "uncertain")

    @api.model
    def _record_results(self, results):
        """Write the answers down; a status that overtook its answer only makes it try again."""
        for message_id, result in results:
            self._retry_transient(lambda m=message_id, r=result: self.browse(m)._record(r))

    @api.model
    def _retry_transient(self, write):
        """What a provider answered must not be lost to a conflict: write until it is in."""
        while True:
            try:
                write()
                self.env["omnichannel.worker"]._new_transaction()
                return
            except TRANSIENT_ERRORS:
                self.env.cr.rollback()

    def _record(self, result):
        if not self.exists():
            return
        if not isinstance(result, SendError):
            self.channel_id._set_connected()
            values = {"provider_uid": result.uid, "error_code": False, "error_text": False}
            self._advance("sent", **values)
        elif result.kind == "temporary":
            self._plan_retry(result)
        elif result.kind == "channel":
            self.channel_id._set_broken(result.text)
            self.write({"state": "queued", "error_code": result.code, "error_text": result.text})
            self._announce()
        elif result.kind == "uncertain":
            # Stays "sending": the provider's status may still settle it.
            self.write({"error_code": result.code, "error_text": result.text})
            self.channel_id._count_failure(result.text)
            self._announce()
        else:
            self._fail(result.code, result.text)

    def _plan_retry(self, error):
        self.channel_id._count_failure(error.text)
        if self.attempts > len(PAUSES):
            self._fail(error.code, error.text)
            return
        pause = error.retry_after or PAUSES[self.attempts - 1]
        next_attempt = fields.Datetime.now() + timedelta(seconds=pause)
        self.write(
            {
                "state": "queued",
                "next_attempt": next_attempt,
                "error_code": error.code,
                "error_text": error.text,
            }
        )
        cron = self.env.ref(f"omnichannel_inbox.cron_outbound_{self.lane}")
        cron._trigger(next_attempt)

    def _fail(self, code, text):
        self.write({"state": "failed", "error_code": code, "error_text": text})
        self._note_undelivered()
        self._announce()

    def _note_undelivered(self):
        """Whoever waits for these has not got them, or may not have."""
        self.conversation_id._note_undelivered()

    def _advance(self, state, **values):
        """Move forward to ``state``; never back. ``failed`` never overrides what arrived."""
        before = self.state
        if RANK[state] > RANK.get(before, 99):
            values["state"] = state
        self.write(values)
        if before in TROUBLE:
            self.conversation_id._note_delivered()
        self._announce()

    def _announce(self):
        """Tell the clients that the ticks of these messages changed."""
        self.conversation_id._announce(changed=self.mail_message_id.ids)

    def _let_into_aside(self, aside):
        """Somebody said that who wrote these has a place in a side thread."""
        self.aside_id = aside
        self.mail_message_id.subtype_id = self.env.ref("mail.mt_note")

    def _aside_keys(self):
        """Whom we wrote to in this side thread, or let into it by hand: keys of their addresses."""
        self.ensure_one()
        rows = self.search([("aside_id", "=", self.id)])
        sent = rows.filtered(lambda row: row.direction == "out")
        copies = [row.channel_id._adapter()._copies(row) for row in sent]
        return {
            *rows.identity_id.mapped("key"),
            *(key for lists in copies for keys in lists.values() for key in keys),
        }

    # -- statuses ----------------------------------------------------------

    @api.model
    def _known_uids(self, pairs):
        """Those of the (channel id, provider's id) pairs that the ledger holds already."""
        rows = self.env.execute_query(
            SQL(
                """SELECT channel_id, provider_uid FROM omnichannel_message
                    WHERE (channel_id, provider_uid) IN %s""",
                tuple(pairs),
            )
        )
        return set(rows)

    @api.model
    def _find_sent(self, entries):
        """The outbound rows that statuses are about: by the provider's id or, before our own
        send was answered, by the reference that travelled with it.

        :param entries: [(channel, status)]
        :return: the row or an empty recordset for each, in their order
        """
        channel_ids = list({channel.id for channel, _status in entries})
        uids = [status.uid for _channel, status in entries]
        references = [status.reference for _channel, status in entries if status.reference]
        known = self.search(
            Domain("channel_id", "in", channel_ids) & Domain("provider_uid", "in", uids)
            | Domain("reference", "in", references)
        )
        by_uid = {(row.channel_id, row.provider_uid): row for row in known if row.provider_uid}
        by_reference = {(row.channel_id, row.reference): row for row in known if row.reference}
        result = []
        for channel, status in entries:
            row = by_uid.get((channel, status.uid)) or by_reference.get((channel, status.reference))
            if row:
                # The next status of this message may come without the reference.
                by_uid[channel, status.uid] = row
            result.append(row if row and row.direction == "out" else self.browse())
        return result

    def _apply_status(self, status):
        """Apply a provider's status, in whatever order statuses come."""
        self.ensure_one()
        values = {} if self.provider_uid else {"provider_uid": status.uid}
        if status.status == "failed":
            if RANK.get(self.state, 99) >= RANK["delivered"]:
                return
            self.write(values)
            self._fail(status.error_code, status.error_text)
        else:
            self._advance(status.status, **values)

    def _note_answered(self, provider_uid):
        """Somebody answers it: whatever was not known of its sending, it arrived."""
        if self.direction == "out" and self.state in ("sending", "uncertain"):
            self._advance("delivered", provider_uid=provider_uid, error_code=False, error_text=False)

    @api.model
    def _settle_interrupted(self):
        """Sends that were cut off and that no status settled become uncertain: a person decides."""
        stale = self.search(
            [("state", "=", "sending"), ("sending_since", "<", fields.Datetime.now() - SETTLE_AFTER)],
            limit=500,
        )
        for message in stale:
            message.state = "uncertain"
            message._note_undelivered()
            message._announce()
        stale._wake_lanes()

    # -- what an agent can do ----------------------------------------------

    def action_retry(self):
        """Send failed messages again."""
        self._requeue(("failed",), _("Only a failed message can be retried."))

    def action_send_again(self):
        """Send uncertain messages again, knowing that the customer may get them twice."""
        self._requeue(("uncertain",), _("Only an uncertain message can be sent again."))

    def _requeue(self, states, refusal):
        self.check_access("read")
        self.conversation_id.check_access("write")
        if any(message.state not in states for message in self):
            raise UserError(refusal)
        for message in self:
            if why_not := message.channel_id._why_not_sending():
                raise UserError(why_not)
        # Agents may write conversations, which was checked, but not the ledger itself.
        rows = self.sudo()
        rows.write(
            {
                "state": "queued",
                "attempts": 0,
                "next_attempt": fields.Datetime.now(),
                "error_code": False,
                "error_text": False,
                "provider_uid": False,
            }
        )
        for row in rows:
            # A new attempt is a new message to the provider: late statuses of the old one are not its own.
            row.reference = uuid.uuid4().hex
        rows.conversation_id._note_delivered()
        rows._wake_lanes()
        rows._announce()

    def action_mark_arrived(self):
        """Say that an uncertain message did arrive."""
        self.check_access("read")
        self.conversation_id.check_access("write")
        if any(message.state != "uncertain" for message in self):
            raise UserError(_("Only an uncertain message can be marked as arrived."))
        # See _requeue.
        self.sudo().write({"state": "sent", "error_code": False, "error_text": False})
        self.sudo().conversation_id._note_delivered()
        self.sudo()._announce()

    # -- files -------------------------------------------------------------

    @api.model
    def _run_media(self):
        """Cron: download the files of inbound messages, apart from the messages."""
        self.env["omnichannel.worker"]._drain(self._fetch_batch, "omnichannel_inbox.cron_media")

    @api.model
    def _fetch_batch(self):
        now = fields.Datetime.now()
        messages = self.search(
            [("media_state", "=", "pending"), "|", ("next_attempt", "=", False), ("next_attempt", "<=", now)],
            limit=MEDIA_BATCH,
            order="id",
        )
        calls = [(message.id, message.channel_id._adapter()._prepare_fetch(message)) for message in messages]
        self.env["omnichannel.worker"]._new_transaction()
        for message_id, result in self._call_all(calls):
            self._retry_transient(lambda m=message_id, r=result: self.browse(m)._record_file(r))
        return len(messages)

    def _record_file(self, result):
        if not self.exists() or self.media_state != "pending":
            return
        if isinstance(result, SendError):
            self._record_missing_file(result)
            return
        content, mimetype, name = result
        attachment = self.env["ir.attachment"].create(
            {
                "name": name or self.media_name or self.kind,
                "datas": base64.b64encode(content),
                "mimetype": mimetype,
                "res_model": "omnichannel.conversation",
                "res_id": self.conversation_id.id,
            }
        )
        self.write({"attachment_id": attachment.id, "media_state": "done", "error_text": False})
        self.mail_message_id.attachment_ids = [(4, attachment.id)]
        self._announce()

    def _record_missing_file(self, error):
        attempts = self.attempts + 1
        values = {"attempts": attempts, "error_code": error.code, "error_text": error.text}
        if error.kind == "permanent" or attempts > len(PAUSES):
            values["media_state"] = "failed"
        else:
            values["next_attempt"] = fields.Datetime.now() + timedelta(seconds=PAUSES[attempts - 1])
        self.write(values)
        self._announce()

    def action_fetch_again(self):
        """Try once more to download a file that could not be had."""
        self.conversation_id.check_access("write")
        # Only the download is started; the agent may read the conversation it belongs to.
        self.sudo().filtered(lambda m: m.media_state == "failed").write(
            {"media_state": "pending", "attempts": 0, "next_attempt": False}
        )
        self.env["omnichannel.worker"]._wake_after_commit("omnichannel_inbox.cron_media")
