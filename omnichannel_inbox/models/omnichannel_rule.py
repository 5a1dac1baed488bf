import ast
import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL, ormcache

from .omnichannel_conversation import OPEN_STATES, PRIORITIES
from .omnichannel_worker import TRANSIENT_ERRORS

_logger = logging.getLogger(__name__)

PATTERN_LIMIT = 200  # milliseconds that a regular expression may take
MAX_DEPTH = 5  # rules that set each other off in a row before that is a circle
ABOUT_CONVERSATIONS = [
    ("conversation_opened", "A conversation begins"),
    ("message_received", "A customer writes"),
    ("message_sent", "A customer is answered"),
    ("conversation_assigned", "A conversation is assigned"),
    ("state_changed", "A conversation changes its state"),
    ("tag_added", "A conversation gets a tag"),
    ("customer_identified", "A sender turns out to be a customer"),
    ("snooze_ended", "A snoozed conversation comes back"),
]
ABOUT_ORDERS = [
    ("quotation_sent", "A quotation is sent"),
    ("order_signed", "A quotation is signed online"),
    ("order_confirmed", "A sales order is confirmed"),
    ("order_paid", "A sales order is paid online"),
    ("order_cancelled", "A sales order is cancelled"),
]
ABOUT_INVOICES = [
    ("invoice_posted", "An invoice is confirmed"),
    ("invoice_paid", "An invoice is paid"),
    ("invoice_refunded", "A credit note is confirmed"),
]


class OmnichannelRule(models.Model):
    """What to do by itself when something happens: trigger, conditions, actions.

    What an order or an invoice sets off happens in the order's ticket, which is opened for that if it is
    not there yet.

    Rules run in the worker, after the transaction of what triggered them: they can
    neither stop nor slow it. One that fails is put into the error state, which
    administrators see, and the others go on.
    """

    _name = "omnichannel.rule"
    _description = "Omnichannel Rule"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    trigger = fields.Selection(
        [*ABOUT_CONVERSATIONS, *ABOUT_ORDERS, *ABOUT_INVOICES],
        string="When",
        required=True,
        default="order_confirmed",
        tracking=True,
    )
    model_name = fields.Char(compute="_compute_model_name")
    filter_domain = fields.Char(
        string="Only if",
        default="[]",
        tracking=True,
        help="Looked at right after it happened. Leave empty for all.",
    )
    text_words = fields.Char(
        "Text Contains",
        tracking=True,
        help="Words or phrases with commas between them; one is enough. Capitals make no difference.",
    )
    text_pattern = fields.Char(
        "Text Matches",
        tracking=True,
        help="A regular expression. Capitals make no difference.",
    )
    is_first_message = fields.Boolean(
        "Only the First Message", tracking=True, help="What a conversation begins with."
    )
    is_once = fields.Boolean(
        "Once for Each Conversation",
        tracking=True,
        help="What happens again in the same conversation changes nothing.",
    )
    is_last = fields.Boolean(
        "Rules Below Are Left Out", tracking=True, help="When this rule fits, those below it do not run."
    )
    action_ids = fields.One2many("omnichannel.rule.action", "rule_id", copy=True)
    run_ids = fields.One2many("omnichannel.rule.run", "rule_id", "Log")
    include_imported = fields.Boolean(
        string="Imported orders too",
        tracking=True,
        help="Orders that are created as confirmed ones, as an import does. Left out by default: "
        "importing last year's orders should not open last year's tickets.",
    )

    ticket_state = fields.Selection(
        [
            ("pending", "Waiting for the customer: shows up when they write"),
            ("open", "To do: somebody has to work on it now"),
        ],
        string="Ticket starts as",
        required=True,
        default="pending",
        tracking=True,
    )
    subject = fields.Char(
        translate=True,
        default=lambda self: self.env._("Order {order}"),
        help="{order} becomes the order's number and {customer} the customer's name.",
    )
    team_id = fields.Many2one("omnichannel.team", check_company=True, tracking=True)
    user_id = fields.Many2one(
        "res.users",
        string="Assign to",
        check_company=True,
        domain=[("share", "=", False)],
        tracking=True,
    )
    tag_ids = fields.Many2many("omnichannel.tag", string="Tags")
    priority = fields.Selection(
        PRIORITIES,
        required=True,
        default="1",
    )
    note = fields.Html(string="Internal note", help="Written into the ticket for your colleagues.")

    state = fields.Selection(
        [("running", "Running"), ("error", "Error")],
        required=True,
        default="running",
        readonly=True,
        copy=False,
        tracking=True,
    )
    error = fields.Text(readonly=True, copy=False)
    ticket_count = fields.Integer(string="Tickets", compute="_compute_ticket_count")
    run_count = fields.Integer(string="Runs", compute="_compute_run_count")

    @api.depends("trigger")
    def _compute_model_name(self):
        for rule in self:
            rule.model_name = rule._trigger_models().get(rule.trigger, "omnichannel.conversation")

    @api.model
    def _trigger_models(self):
        """What triggers are about, as far as it is not a conversation: {trigger: model}"""
        return {
            **{trigger: "sale.order" for trigger, _label in ABOUT_ORDERS},
            **{trigger: "account.move" for trigger, _label in ABOUT_INVOICES},
        }

    @api.model
    def _reasons(self):
        """What a run of a rule can be because of."""
        imported = ("order_imported", self.env._("A confirmed sales order is imported"))
        return [*self._fields["trigger"]._description_selection(self.env), imported]

    # Counted, not kept: a counter on the rule would make the workers wait for each other.
    def _compute_ticket_count(self):
        counts = self._count_by_rule("omnichannel.conversation")
        for rule in self:
            rule.ticket_count = counts.get(rule, 0)

    def _compute_run_count(self):
        counts = self._count_by_rule("omnichannel.rule.run")
        for rule in self:
            rule.run_count = counts.get(rule, 0)

    def _count_by_rule(self, model):
        return dict(self.env[model]._read_group([("rule_id", "in", self.ids)], ["rule_id"], ["__count"]))

    @api.constrains("active", "trigger", "filter_domain", "team_id", "text_pattern", "action_ids")
    def _check_can_run(self):
        for rule in self.filtered("active"):
            try:
                rule._require_runnable()
            except UserError as error:
                raise ValidationError(str(error)) from error

    def _require_runnable(self):
        """Raise a UserError that says what keeps this rule from running."""
        self._domain()
        self._matches_pattern("")
        if self._opens_tickets():
            self._require_team()
        elif not self.action_ids:
            raise UserError(self.env._("The rule does nothing yet: add what is to happen."))
        for action in self.action_ids:
            action._require_runnable()

    def _opens_tickets(self):
        """Whether what it is about has no conversation of its own."""
        return self.model_name != "omnichannel.conversation"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        if not self._listening_fields().isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    def _listening_fields(self):
        """Fields that decide which signals are written."""
        return {"active", "state", "company_id", "trigger", "include_imported"}

    # -- listening ---------------------------------------------------------

    @api.model
    @ormcache()
    def _listened_kinds(self):
        """Kinds of signal somebody waits for: {kind: ids of the companies}.

        Asked at each confirmation of an order, hence cached.
        """
        kinds = {}
        for rule in self.sudo().search([("state", "=", "running")]):
            for kind in rule._signal_kinds():
                kinds.setdefault(kind, set()).add(rule.company_id.id)
        return kinds

    def _signal_kinds(self):
        """The kinds of signal that this rule waits for."""
        self.ensure_one()
        kinds = {self.trigger}
        if self.trigger == "order_confirmed" and self.include_imported:
            kinds.add("order_imported")
        return kinds

    def _listens_to(self, signal):
        self.ensure_one()
        return signal.company_id == self.company_id and signal.kind in self._signal_kinds()

    # -- running -----------------------------------------------------------

    def _run(self, signals):
        """Do what the rule says for ``signals``; a rule that cannot is switched to its error state.

        :return: the signals that it did something for
        """
        self.ensure_one()
        rule = self._speaking()
        return (signals and rule._guarded(rule._act, signals)) or signals.browse()

    def _guarded(self, call, records):
        """Call for some records, all or nothing; a rule that fails at it is switched to its error state."""
        try:
            with self.env.cr.savepoint():
                return call(records)
        except TRANSIENT_ERRORS:
            raise
        except UserError as error:
            self._set_broken(error)
        except Exception as error:
            _logger.warning("Rule %s failed and is switched off", self.id, exc_info=True)
            self._set_broken(error)
        return None

    def _speaking(self):
        """This rule, whose environment speaks its company's language: the job that runs it has none."""
        lang = self.env["res.lang"]._get_code(self.company_id.partner_id.lang)
        return self.with_context(lang=lang or None)

    def _act(self, signals):
        """Do what the rule says for those of ``signals`` that fit; return these."""
        matching = self._matching(signals)
        conversations = self._conversations_of(matching)
        if self.is_once:
            known = self._ran_in(self.env["omnichannel.conversation"].union(*conversations.values()))
            conversations = {
                signal: conversation
                for signal, conversation in conversations.items()
                if conversation not in known
            }
        for signal, conversation in conversations.items():
            self._act_on(conversation, signal)
        self._log(conversations)
        return signals.browse().union(*conversations)

    def _ran_in(self, conversations):
        """Those in which this rule did something before."""
        runs = self.env["omnichannel.rule.run"].search(
            [("rule_id", "=", self.id), ("conversation_id", "in", conversations.ids)]
        )
        return runs.conversation_id

    def _act_on(self, conversation, signal):
        """Run the actions. What they set off counts as one step further from where it began."""
        depth = signal._depth() + 1
        if depth > MAX_DEPTH:
            raise UserError(
                self.env._(
                    "Rules set each other off in a circle, and this one is a part of it. It was cut here."
                )
            )
        about = conversation._with_about(self.env[signal.res_model].browse(signal.res_id))
        with self.env["omnichannel.signal"]._at_depth(depth):
            for action in self.action_ids:
                action._do(about)

    def _log(self, conversations):
        """Write down, for the rule and in the threads, what was done.

        :param dict conversations: {signal: conversation}
        """
        self.env["omnichannel.rule.run"].create(
            [
                {"rule_id": self.id, "conversation_id": conversation.id, "reason": signal.kind}
                for signal, conversation in conversations.items()
            ]
        )
        done = ", ".join(action._words() for action in self.action_ids if action._is_told())
        if done:
            line = self.env._("Rule “%(rule)s”: %(done)s", rule=self.name, done=done)
            ids = {conversation.id for conversation in conversations.values()}
            self.env["omnichannel.conversation"].browse(ids)._message_log_batch(dict.fromkeys(ids, line))

    # -- conditions --------------------------------------------------------

    def _matching(self, signals):
        """Those of ``signals`` that fit: {signal: record}; of several about one record the newest."""
        fitting = signals.sorted("id").filtered(self._has_fitting_text)
        newest = {signal.res_id: signal for signal in fitting}
        wanted = Domain("id", "in", list(newest)) & self._standing() & self._domain()
        records = self.env[self.model_name].search(wanted, order="id")
        return {newest[record.id]: record for record in records}

    def _conditions(self, record, data):
        """What the rule looks at, and whether it fits: [(words, bool)]. Changes nothing.

        :param record: what it would be about
        :param dict data: see :meth:`_text_conditions`
        """
        self.ensure_one()
        domain = self._domain()
        found = []
        if not domain.is_true():
            found.append(
                (self.env._("Only if: %s", self.filter_domain), bool(record.filtered_domain(domain)))
            )
        if not record.filtered_domain(self._standing()):
            found.append((self.env._("The order is confirmed"), False))
        found += self._text_conditions(data)
        if self.is_once and not self._opens_tickets():
            found.append((self.env._("The rule has not run here before"), not self._ran_in(record)))
        return found

    def _standing(self):
        """What is still to be so when the rule runs, a moment after it happened."""
        return Domain("state", "=", "sale") if self.trigger == "order_confirmed" else Domain.TRUE

    def _has_fitting_text(self, signal):
        return all(fits for _words, fits in self._text_conditions(signal.data or {}))

    def _text_conditions(self, data):
        """[(condition in words, whether what was written fits)]

        :param dict data: ``text`` and ``is_first`` of the message
        """
        if self.trigger != "message_received":
            return []
        found, text = [], data.get("text") or ""
        if self.text_words:
            words = [word.strip().casefold() for word in self.text_words.split(",") if word.strip()]
            folded = text.casefold()
            found.append(
                (self.env._("The text contains: %s", self.text_words), any(word in folded for word in words))
            )
        if self.text_pattern:
            found.append((self.env._("The text matches: %s", self.text_pattern), self._matches_pattern(text)))
        if self.is_first_message:
            found.append((self.env._("It is the first message"), bool(data.get("is_first"))))
        return found

    def _matches_pattern(self, text):
        """Whether the regular expression fits. PostgreSQL looks, as it can be told to give up.

        :raise UserError: it is none, or takes too long
        """
        if not self.text_pattern:
            return True
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(SQL("SET LOCAL statement_timeout = %s", PATTERN_LIMIT))
                # The one thing in daily use that PostgreSQL calls otherwise: where a word begins or ends.
                pattern = self.text_pattern.replace(r"\b", r"\y")
                self.env.cr.execute(SQL("SELECT %s ~* %s", text, pattern), log_exceptions=False)
                [(matches,)] = self.env.cr.fetchall()
                self.env.cr.execute("SET LOCAL statement_timeout = DEFAULT")
                return matches
        except psycopg2.errors.QueryCanceled as error:
            raise UserError(
                self.env._("The regular expression %s takes too long. Make it simpler.", self.text_pattern)
            ) from error
        except psycopg2.errors.InvalidRegularExpression as error:
            raise UserError(self.env._("%s is no regular expression.", self.text_pattern)) from error

    # -- the conversation that it happens in ---------------------------------

    def _conversations_of(self, matching):
        """{signal: conversation}

        :param dict matching: {signal: the record that it is about}
        """
        if not self._opens_tickets():
            return matching
        self._require_team()
        orders = {record: self._order_of(record) for record in matching.values()}
        tickets = self._tickets_of(self.env["sale.order"].union(*orders.values()))
        return {
            signal: tickets.get(orders[record]) or self._conversation_about(record)
            for signal, record in matching.items()
        }

    @api.model
    def _order_of(self, record):
        """The order whose ticket a record belongs to; an invoice over the counter has none."""
        return self.env["omnichannel.conversation"]._orders_of_record(record)[:1]

    def _tickets_of(self, orders):
        """{order: its ticket}; those that have none yet get one."""
        Conversation = self.env["omnichannel.conversation"]
        orders = orders.sorted("id")
        Conversation._open_for_orders(
            orders, {order: self._ticket_values(order) for order in orders}, self._ticket_note()
        )
        tickets = Conversation.search([("order_ticket_id", "in", orders.ids)])
        return {ticket.order_ticket_id: ticket for ticket in tickets}

    def _conversation_about(self, record):
        """The customer's conversation that is going on, else a new one."""
        Conversation = self.env["omnichannel.conversation"]
        partners = record.partner_id._omnichannel_same_customer()
        going_on = Conversation.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", record.company_id.id),
                ("state", "in", OPEN_STATES),
            ],
            limit=1,
        )
        return going_on or Conversation._open_for_record(
            record, self._ticket_values(record), self._ticket_note()
        )

    def _ticket_values(self, record):
        subject = (self.subject or "{order}").replace("{order}", record.name or "")
        return {
            "subject": subject.replace("{customer}", record.partner_id.display_name or ""),
            "state": self.ticket_state,
            "team_id": self.team_id.id,
            # A colleague who left must not keep the ticket from the team's queue.
            "user_id": self.user_id.id if self.user_id.active else False,
            "tag_ids": [Command.set(self.tag_ids.ids)],
            "priority": self.priority,
            "rule_id": self.id,
        }

    def _ticket_note(self):
        """What the ticket's thread says about where it comes from."""
        return self.env._("Opened by the rule “%s”.", self.name), self.note

    def _domain(self):
        """The condition as a domain, or a UserError that says what is wrong with it."""
        self.ensure_one()
        try:
            domain = Domain(ast.literal_eval(self.filter_domain or "[]"))
            domain.validate(self.env[self.model_name])
        except (SyntaxError, TypeError, ValueError) as error:
            raise UserError(
                self.env._("The condition of the rule cannot be used (%s). Set it again.", error)
            ) from error
        return domain

    def _require_team(self):
        if not self.team_id.active:
            raise UserError(
                self.env._(
                    "The rule needs a team to give its tickets to: it has none, or the team is archived."
                )
            )

    # -- the error state ---------------------------------------------------

    def _set_broken(self, error):
        """Stop running, say why, and tell the administrators."""
        self.ensure_one()
        self.write({"state": "error", "error": str(error) or repr(error)})
        # Quick: an activity in each administrator's list, without an e-mail for each.
        rule = self.with_context(mail_activity_quick_update=True)
        for administrator in self._administrators():
            rule = rule.with_context(lang=administrator.lang)
            rule.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=rule.env._("This rule stopped: it could not do what it says"),
                user_id=administrator.id,
            )

    def _administrators(self):
        group = self.env.ref("omnichannel_inbox.group_omnichannel_manager")
        return group.all_user_ids.filtered(lambda user: user.active and self.company_id in user.company_ids)

    def action_switch_on(self):
        """Run from now on. Asks first what to do with what fits already, if there is anything."""
        self.ensure_one()
        self._check_can_run()
        if self._count_existing():
            return self._action_ask_about_existing()
        self._switch_on()
        return False

    def action_switch_off(self):
        """Do nothing any more; what is set is kept."""
        self.active = False

    def _switch_on(self):
        """Run from now on, or again once what stopped the rule is put right."""
        self.write({"state": "running", "error": False, "active": True})
        self.activity_feedback(["mail.mail_activity_data_warning"], only_automated=True)

    def action_test(self):
        """Ask on which conversation or order to try the rule, without doing anything."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "omnichannel.rule.test",
            "view_mode": "form",
            "target": "new",
            "context": {"default_rule_id": self.id},
            "name": self.env._("What would happen?"),
        }

    def action_open_runs(self):
        """When and where this rule did something."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "omnichannel.rule.run",
            "view_mode": "list",
            "domain": [("rule_id", "=", self.id)],
            "name": self.env._("Runs of the rule"),
        }

    def action_open_tickets(self):
        """The tickets that this rule opened."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "omnichannel.conversation",
            "view_mode": "list,form",
            "domain": [("rule_id", "=", self.id)],
            "name": self.env._("Tickets of the rule"),
        }
