import base64
import hashlib
import logging
from collections import defaultdict
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..wire import ColleagueAnswer, InboundMessage, MalformedBody, MessageEcho, MessageStatus
from .omnichannel_worker import TRANSIENT_ERRORS, lane_of

_logger = logging.getLogger(__name__)

INBOUND_LANES = 2
BATCH = 100
# Seconds until the next attempt; after the last one the event is dead.
PAUSES = (1, 5, 15, 60, 300, 1800, 7200)
MIN_RETENTION_DAYS = 8
SHOWN_BYTES = 64 * 1024  # of a body, on its form


class NotYet(Exception):
    """The event is about something that is not here yet; it is tried again later."""


class OmnichannelEvent(models.Model):
    """The journal: one row for each item that a provider's webhook body held.

    The row at position 0 carries the body as it came, byte for byte. Rows are
    written before anything is made of them and deleted by retention alone.
    """

    _name = "omnichannel.event"
    _description = "Inbound Journal Entry"
    _order = "id DESC"
    _rec_name = "digest"
    _log_access = False

    channel_id = fields.Many2one("omnichannel.channel", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="channel_id.company_id")
    digest = fields.Char(required=True, readonly=True)
    position = fields.Integer(readonly=True)
    lane = fields.Integer(readonly=True)
    kind = fields.Selection(
        [("message", "Message"), ("status", "Delivery Status"), ("other", "Other")],
        required=True,
        readonly=True,
    )
    body = fields.Binary(attachment=False, readonly=True, groups="base.group_system")
    received = fields.Datetime(required=True, readonly=True, index=True)
    state = fields.Selection(
        [("pending", "Waiting"), ("done", "Done"), ("ignored", "Ignored"), ("dead", "Dead")],
        required=True,
        default="pending",
        readonly=True,
    )
    reason = fields.Char(readonly=True)
    attempts = fields.Integer(readonly=True)
    next_attempt = fields.Datetime(readonly=True)
    error = fields.Char(readonly=True)

    body_text = fields.Text("As It Came", compute="_compute_body_text", groups="base.group_system")

    _body_uniq = models.UniqueIndex("(channel_id, digest, position)")
    _pending_idx = models.Index("(lane, next_attempt, id) WHERE state = 'pending'")
    _dead_idx = models.Index("(id) WHERE state = 'dead'")

    # -- what an administrator sees -------------------------------------------

    @api.depends("kind", "channel_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            event.display_name = f"{kinds.get(event.kind)} · {event.channel_id.name}"

    @api.depends("digest")
    def _compute_body_text(self):
        """The body that an item came in, to be read; it is kept at the body's first item."""
        for event in self:
            first = self.search(
                [
                    ("channel_id", "=", event.channel_id.id),
                    ("digest", "=", event.digest),
                    ("position", "=", 0),
                ],
                limit=1,
            )
            raw = base64.b64decode(first.with_context(bin_size=False).body or b"")
            event.body_text = raw[:SHOWN_BYTES].decode(errors="replace")

    # -- journalling -------------------------------------------------------

    @api.model
    def _journal(self, channel, raw):
        """Write a verified body down, once, and wake its workers.

        :param bytes raw: the body as it came
        """
        digest = hashlib.sha256(raw).hexdigest()
        rows = [(lane_of(key, INBOUND_LANES), kind) for key, kind in self._outline(channel, raw)]
        now = fields.Datetime.now()
        body = base64.b64encode(raw)
        values = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, 'pending', 0, %s)",
                channel.id, digest, position, lane, kind, None if position else body, now, now,
            )
            for position, (lane, kind) in enumerate(rows)
        )  # fmt: skip
        self.env.cr.execute(
            SQL(
                """INSERT INTO omnichannel_event
                          (channel_id, digest, position, lane, kind, body, received, state,
                           attempts, next_attempt)
                   VALUES %s ON CONFLICT (channel_id, digest, position) DO NOTHING""",
                values,
            ),
            # The same body twice at once is usual and no error: the webhook tries again.
            log_exceptions=False,
        )
        lanes = {lane for lane, _kind in rows}
        self.env["omnichannel.worker"]._wake_after_commit(*map(self._cron_of, sorted(lanes)))

    @api.model
    def _is_journalled(self, raw):
        """Whether this body is written down, in whatever channel."""
        return bool(self.search_count([("digest", "=", hashlib.sha256(raw).hexdigest())], limit=1))

    @api.model
    def _outline(self, channel, raw):
        """(lane key, kind) of each item of a body; one row at least, whatever it is."""
        try:
            items = channel._adapter()._parse(channel, raw)
        except Exception:  # noqa: BLE001 - whatever it is, it is kept
            # The worker finds the same and says so on the row.
            _logger.info("A body for channel %s could not be read; it is kept in the journal", channel.id)
            items = []
        return [(item.key, self._kind_of(item)) for item in items] or [("", "other")]

    @api.model
    def _kind_of(self, item):
        if isinstance(item, (InboundMessage, MessageEcho, ColleagueAnswer)):
            return "message"
        return "status" if isinstance(item, MessageStatus) else "other"

    @api.model
    def _cron_of(self, lane):
        return f"omnichannel_inbox.cron_inbound_{lane}"

    # -- working -----------------------------------------------------------

    @api.model
    def _run_lane(self, lane):
        """Cron: turn what waits in a lane into messages, in order."""
        self.env["omnichannel.worker"]._drain(
            lambda: self._work_batch(lane), f"omnichannel_inbox.cron_inbound_{lane}"
        )

    @api.model
    def _work_batch(self, lane):
        events = self._claim(lane)
        for group in events._by_language():
            group._work()
        return len(events)

    @api.model
    def _claim(self, lane):
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM omnichannel_event
                    WHERE lane = %s AND state = 'pending'
                      AND next_attempt <= clock_timestamp() AT TIME ZONE 'UTC'
                 ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                lane,
                BATCH,
            )
        )
        return self.browse(row[0] for row in rows)

    def _by_language(self):
        """These rows by their channels' languages, in which what is made of them is written down."""
        groups = self.grouped(lambda event: event.channel_id._speaking().env.lang)
        return [group.with_context(lang=lang) for lang, group in groups.items()]

    def _work(self):
        """Work these rows as one batch; if that fails, halves of it in their order, down
        to the bad one, so that it holds up no other.
        """
        if not self:
            return
        try:
            with self.env.cr.savepoint():
                self._apply(self._items())
        except TRANSIENT_ERRORS:
            raise
        except Exception as error:  # noqa: BLE001 - it is recorded on the row, and tried again
            self.env.invalidate_all(flush=False)
            if len(self) == 1:
                self._record_failure(error)
            else:
                middle = len(self) // 2
                self[:middle]._work()
                self[middle:]._work()

    def _items(self):
        """[(event, channel or empty, item)]; rows whose body cannot be read are dead."""
        parsed = self._parse_bodies()
        routes = {}
        result = []
        for event in self:
            items = parsed[event.channel_id.id, event.digest]
            if isinstance(items, MalformedBody):
                reason = event.channel_id._adapter()._in_words(str(items)) if str(items) else ""
                event._settle("dead", reason=reason or _("The body cannot be read."))
            elif event.position < len(items):
                item = items[event.position]
                # A batch has many items of few accounts: each is looked up once.
                route = (event.channel_id, item.account)
                if route not in routes:
                    routes[route] = event.channel_id._adapter()._route(*route)
                result.append((event, routes[route], item))
            else:
                event._settle("ignored", reason=_("The body holds nothing to work on."))
        return result

    def _parse_bodies(self):
        """The items of these rows' bodies by (channel id, digest), or the MalformedBody
        that says why there are none."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (b.id) b.channel_id, b.digest, b.body
                     FROM omnichannel_event e
                     JOIN omnichannel_event b
                       ON b.channel_id = e.channel_id AND b.digest = e.digest AND b.position = 0
                    WHERE e.id IN %s""",
                tuple(self.ids),
            )
        )
        Channel = self.env["omnichannel.channel"]
        return {
            (channel_id, digest): self._parse(
                Channel.browse(channel_id), base64.b64decode(bytes(body or b""))
            )
            for channel_id, digest, body in rows
        }

    @api.model
    def _parse(self, channel, raw):
        try:
            return channel._adapter()._parse(channel, raw)
        except MalformedBody as error:
            return error

    @api.model
    def _apply(self, entries):
        """Hand the items over to the conversation layer and write down what became of them."""
        routed = []
        for event, channel, item in entries:
            if channel:
                routed.append((event, channel, item))
            else:
                event._settle("ignored", reason=_("No channel here has the account %s.", item.account))
        by_reason = defaultdict(self.browse)
        for event, reason in self.env["omnichannel.inbound"]._receive(routed):
            if isinstance(reason, NotYet):
                event._record_failure(reason)
            else:
                by_reason[reason] |= event
        for reason, events in by_reason.items():
            events._settle("ignored" if reason else "done", reason=reason)
        self.env.flush_all()

    def _settle(self, state, reason=False):
        self.write({"state": state, "reason": reason, "error": False})

    def _record_failure(self, error):
        """Plan the next attempt of a row that failed, or give it up after the last."""
        self.ensure_one()
        if isinstance(error, NotYet) and self.attempts >= 4:
            self._settle("ignored", reason=str(error))
            return
        if not isinstance(error, NotYet):
            _logger.warning("Journal entry %s failed, attempt %s", self.id, self.attempts + 1, exc_info=error)
        text = f"{type(error).__name__}: {error}"[:500]
        if self.attempts >= len(PAUSES):
            self.write(
                {
                    "state": "dead",
                    "error": text,
                    "reason": _("Given up after %s attempts.", self.attempts + 1),
                }
            )
            return
        pause = timedelta(seconds=PAUSES[self.attempts])
        self.write(
            {"attempts": self.attempts + 1, "next_attempt": fields.Datetime.now() + pause, "error": text}
        )
        self._wake_later()

    def _wake_later(self):
        """Wake the worker when it is time to try this row again; once for all rows of a moment."""
        planned = self.env.cr.precommit.data.setdefault("omnichannel.wake_later", set())
        if (self.lane, self.next_attempt) in planned:
            return
        planned.add((self.lane, self.next_attempt))
        cron = self.env.ref(self._cron_of(self.lane), raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger(self.next_attempt)

    def action_replay(self):
        """Work dead or ignored rows again from the body as it came."""
        finished = self.filtered(lambda event: event.state in ("dead", "ignored"))
        if not finished:
            raise UserError(_("Only dead and ignored entries can be replayed."))
        # Administrators may read the journal and replay it, but rewrite nothing in it.
        finished.sudo().write(
            {"state": "pending", "attempts": 0, "next_attempt": fields.Datetime.now(), "reason": False}
        )
        self.env["omnichannel.worker"]._wake_after_commit(*{self._cron_of(event.lane) for event in finished})

    def action_set_aside(self):
        """Let dead rows be: somebody saw that there is nothing to be had from them."""
        self.check_access("read")
        if any(event.state != "dead" for event in self):
            raise UserError(_("Only dead entries can be set aside."))
        # See action_replay: who may read the journal may decide about it. Retention deletes them in time.
        self.sudo()._settle("ignored", reason=_("Set aside by %s.", self.env.user.name))

    # -- nightly -----------------------------------------------------------

    @api.model
    def _cron_nightly(self):
        """Cron: count the days the journal still holds, report what does not add up, clean up."""
        today = fields.Date.today()
        self.env["omnichannel.daily_total"]._recount(today - timedelta(days=MIN_RETENTION_DAYS - 1))
        unbalanced = (
            self.env["omnichannel.daily_total"]
            .search([("date", ">=", today - timedelta(days=MIN_RETENTION_DAYS - 1)), ("date", "<", today)])
            .filtered(lambda total: not total.is_balanced)
        )
        for total in unbalanced:
            _logger.warning("The journal of %s, channel %s does not add up", total.date, total.channel_id.id)
        self._delete_old()

    @api.model
    def _delete_old(self):
        """Retention: bodies whose every item is settled, older than the days set, in batches."""
        days = int(
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("omnichannel_inbox.event_retention_days", MIN_RETENTION_DAYS)
        )
        limit = fields.Datetime.now() - timedelta(days=max(days, MIN_RETENTION_DAYS))
        while True:
            deleted = self.env.execute_query(
                SQL(
                    """DELETE FROM omnichannel_event WHERE id IN (
                       SELECT e.id FROM omnichannel_event e
                        WHERE e.received < %s AND e.state IN ('done', 'ignored')
                          AND NOT EXISTS (SELECT 1 FROM omnichannel_event s
                                           WHERE s.channel_id = e.channel_id AND s.digest = e.digest
                                             AND s.state NOT IN ('done', 'ignored'))
                        LIMIT 5000) RETURNING id""",
                    limit,
                )
            )
            if not deleted:
                return
            self.env["ir.cron"]._commit_progress(len(deleted))
