from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools import selection_label
from .omnichannel_conversation import OPEN_STATES
from .omnichannel_rule_action import UNITS

MORNING = time(9)  # when what depends on a day alone is done
WAITING_TRIGGERS = [
    ("no_answer", "We did not answer for some time"),
    ("no_reply", "The customer did not answer for some time"),
    ("invoice_overdue", "An invoice is overdue"),
    ("scheduled", "At a set time"),
]
# What has to happen for the time to begin, where that is not the trigger itself.
BEGINS_WITH = {
    "no_answer": {"customer_waits"},
    "no_reply": {"message_sent"},
    "invoice_overdue": {"invoice_posted", "invoice_due_changed"},
    "scheduled": set(),
}


class OmnichannelRule(models.Model):
    """Rules that act some time after something happened, or at a set time.

    Whatever the time begins with puts a timer on the record (:class:`omnichannel.rule.timer`). One that rings
    becomes a signal for this rule alone, and from there all goes on as with any other.
    What a timer waits for is looked at again when it rings, so that what is not true any more does nothing.
    """

    _inherit = "omnichannel.rule"

    trigger = fields.Selection(
        selection_add=WAITING_TRIGGERS, ondelete={name: "cascade" for name, _label in WAITING_TRIGGERS}
    )
    delay = fields.Integer("After", tracking=True, help="0: at once.")
    delay_unit = fields.Selection(
        [("minutes", "Minutes"), ("hours", "Hours"), ("days", "Days")],
        string="Unit",
        required=True,
        default="hours",
        tracking=True,
    )
    schedule_date = fields.Datetime("Next Time", tracking=True, copy=False)
    schedule_number = fields.Integer("Every", default=1, required=True, tracking=True)
    schedule_unit = fields.Selection(
        [("hours", "Hours"), ("days", "Days"), ("weeks", "Weeks"), ("months", "Months")],
        string="Repeated",
        required=True,
        default="days",
        tracking=True,
    )
    timer_ids = fields.One2many("omnichannel.rule.timer", "rule_id")

    @api.model
    def _trigger_models(self):
        return super()._trigger_models() | {"invoice_overdue": "account.move"}

    @api.constrains("delay", "delay_unit", "schedule_date", "schedule_number")
    def _check_time(self):
        self._check_can_run()

    def _require_runnable(self):
        super()._require_runnable()
        if self.delay < 0 or (self.trigger in ("no_answer", "no_reply") and not self.delay):
            raise UserError(self.env._("Say after how long the rule is to act."))
        if self.trigger == "scheduled" and not self.schedule_date:
            raise UserError(self.env._("Say when the rule is to act for the first time."))
        if self.trigger == "scheduled" and self.schedule_number < 1:
            raise UserError(self.env._("Say after how many hours, days, weeks or months it acts again."))

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._set_schedule()
        return rules

    def write(self, vals):
        before = {rule: rule._delay() for rule in self}
        others = self.filtered(lambda rule: "trigger" in vals and vals["trigger"] != rule.trigger)
        result = super().write(vals)
        # Timers are nobody's to see or to change but the rules'.
        others.sudo().timer_ids.unlink()
        for rule in (self - others).sudo():
            if later := rule._delay() - before[rule]:
                rule.timer_ids._postpone(later)
        if not {"trigger", "schedule_date", "active"}.isdisjoint(vals):
            self._set_schedule()
        return result

    def _delay(self):
        """How long the rule waits."""
        if self.trigger == "scheduled":
            return timedelta()
        return UNITS[self.delay_unit or "days"] * self.delay

    # -- what the time begins with ---------------------------------------------

    def _signal_kinds(self):
        return BEGINS_WITH.get(self.trigger) or super()._signal_kinds()

    def _listens_to(self, signal):
        only = (signal.data or {}).get("rule")
        return only == self.id if only else super()._listens_to(signal)

    def _waits(self):
        """Whether the rule acts later than what it hears of."""
        return bool(self.delay) or self.trigger in BEGINS_WITH

    def _act(self, signals):
        if not self._waits():
            return super()._act(signals)
        rung = signals.filtered(lambda signal: "rule" in (signal.data or {}))
        self._wait_for(signals - rung)
        return super()._act(rung) if rung else rung

    def _wait_for(self, signals):
        """Set timers for what the rule just heard of; the newest counts for each record."""
        fitting = {signal.res_id: signal for signal in signals.sorted("id") if self._has_fitting_text(signal)}
        records = self.env[self.model_name].browse(fitting).exists()
        moments = {res_id: signal.create_date for res_id, signal in fitting.items()}
        self._set_timers(records, moments, {res_id: signal.data for res_id, signal in fitting.items()})

    def _set_timers(self, records, moments, data=None):
        """Let a timer run for each of ``records``, in place of the one that it has of this rule.

        :param dict moments: when what it begins with happened, by the record's id
        :param dict data: what the conditions look at besides, by the record's id
        """
        rows = []
        for record in records:
            moment = moments.get(record.id) or fields.Datetime.now()
            if due := self._due(record, moment):
                rows.append((record.id, moment, due, (data or {}).get(record.id)))
        self.env["omnichannel.rule.timer"]._set(self, rows)

    def _due(self, record, moment):
        """When it is time to act on ``record``; None when there is nothing to wait for any more.

        :param datetime moment: when what the rule waits for began
        """
        due = getattr(self, f"_due_{self.trigger}", None)
        return due(record, moment) if due else moment + self._delay()

    def _due_no_answer(self, conversation, _moment):
        """A snoozed one is looked at when it comes back: somebody decided that."""
        if not conversation.waiting_since or conversation.state not in OPEN_STATES:
            return None
        due = self._after(conversation, conversation.waiting_since)
        return max(due, conversation.snooze_until or due)

    def _due_no_reply(self, conversation, moment):
        is_waited_for = conversation.last_direction == "out" and not conversation.waiting_since
        is_waited_for = is_waited_for and conversation.state in OPEN_STATES
        return self._after(conversation, moment) if is_waited_for else None

    def _after(self, conversation, moment):
        """When the rule's time has gone by in a conversation.

        :param datetime moment: when it began
        """
        return moment + self._delay()

    def _due_invoice_overdue(self, invoice, _moment):
        is_unpaid = invoice.state == "posted" and invoice.payment_state in ("not_paid", "partial")
        if not is_unpaid or not invoice.invoice_date_due:
            return None
        # Due until the end of that day.
        day = datetime.combine(invoice.invoice_date_due, MORNING) + timedelta(days=1)
        return self._to_utc(day) + self._delay()

    def _to_utc(self, local):
        """A time of day at the rule's company."""
        return self._zone().localize(local).astimezone(utc).replace(tzinfo=None)

    def _zone(self):
        return timezone(self.company_id.partner_id.tz or self.env.user.tz or "UTC")

    # -- the timers ring -------------------------------------------------------

    def _ring(self, timers):
        """Make signals for this rule of what is due and still true; the rest waits on or is over.

        :param timers: timers of this rule whose time has come
        """
        self.ensure_one()
        if self.trigger == "scheduled":
            self._ring_schedule()
            return
        now, signals, over = fields.Datetime.now(), [], timers.browse()
        existing = self.env[self.model_name].browse(timers.mapped("res_id")).exists()
        records = {record.id: record for record in existing}
        for timer in timers:
            record = records.get(timer.res_id)
            due = record is not None and self._due(record, timer.since)
            if due and due > now:
                timer.due = due
                continue
            over |= timer
            if due:
                signals.append(self._own_signal(timer.res_id, timer.data))
        over.unlink()
        self.env["omnichannel.signal"]._add(signals)

    def _own_signal(self, res_id, data=None):
        """The values of a signal that this rule alone hears."""
        return {
            "kind": self.trigger,
            "res_model": self.model_name,
            "res_id": res_id,
            "company_id": self.company_id.id,
            "data": {**(data or {}), "rule": self.id},
        }

    # -- at a set time -----------------------------------------------------------

    def _set_schedule(self):
        """Set the timer of a rule that acts at set times; it is about no record in particular."""
        for rule in self.filtered(lambda rule: rule.trigger == "scheduled" and rule.schedule_date):
            moment = rule.schedule_date
            if moment <= fields.Datetime.now():
                moment = rule._next_time()
            self.env["omnichannel.rule.timer"]._set(rule, [(0, moment, moment, None)])

    def _ring_schedule(self):
        """Act on all conversations that are not closed, and set the next time.

        Times that nobody was there for, as the server stood still, are one.
        """
        wanted = Domain("state", "in", OPEN_STATES) & Domain("company_id", "=", self.company_id.id)
        found = self.env["omnichannel.conversation"].search(wanted & self._domain(), order="id")
        self.env["omnichannel.signal"]._add([self._own_signal(res_id) for res_id in found.ids])
        self.schedule_date = self._next_time()

    def _next_time(self):
        """The next time that is to come, at the same hour of the day whatever the season."""
        first = utc.localize(self.schedule_date).astimezone(self._zone()).replace(tzinfo=None)
        now, times = fields.Datetime.now(), 1
        while True:
            step = relativedelta(**{self.schedule_unit: self.schedule_number * times})
            moment = self._to_utc(first + step)
            if moment > now:
                return moment
            times += 1

    # -- conditions in words -------------------------------------------------------

    def _conditions(self, record, data):
        found = super()._conditions(record, data)
        if not self._waits() or self.trigger == "scheduled":
            return found
        due = self._due(record, self._began(record))
        words = self._time_words(f"{self.delay} {selection_label(self, 'delay_unit')}")
        return [(words, bool(due) and due <= fields.Datetime.now()), *found]

    def _time_words(self, duration):
        return self.env._("It is time: %s have gone by", duration)

    def _began(self, record):
        """When what the rule waits for began for a record that it has not heard of, as far as is known."""
        names = {
            "no_reply": "last_message_date",
            "order_confirmed": "date_order",
            "invoice_posted": "invoice_date",
        }
        moment = self.trigger in names and record[names[self.trigger]]
        return fields.Datetime.to_datetime(moment or record.create_date or fields.Datetime.now())
