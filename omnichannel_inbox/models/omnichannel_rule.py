import ast
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import ormcache

from .omnichannel_worker import TRANSIENT_ERRORS

_logger = logging.getLogger(__name__)


class OmnichannelRule(models.Model):
    """What to do by itself when something happens: trigger, condition, action.

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
        [("order_confirmed", "A sales order is confirmed")],
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
        help="Looked at right after the order was confirmed. Leave empty for all orders.",
    )
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
        required=True,
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
        [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Urgent")],
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
    run_count = fields.Integer(string="Tickets", compute="_compute_run_count")

    @api.depends("trigger")
    def _compute_model_name(self):
        self.model_name = "sale.order"

    def _compute_run_count(self):
        # Counted, not kept: a counter on the rule would make the workers wait for each other.
        counts = dict(
            self.env["omnichannel.conversation"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.run_count = counts.get(rule, 0)

    @api.constrains("active", "filter_domain", "team_id")
    def _check_can_run(self):
        for rule in self.filtered("active"):
            try:
                rule._domain()
                rule._require_team()
            except UserError as error:
                raise ValidationError(str(error)) from error

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
        """Do what the rule says for ``signals``; a rule that cannot is switched to its error state."""
        self.ensure_one()
        if not signals:
            return
        self = self._speaking()  # noqa: PLW0642
        try:
            with self.env.cr.savepoint():
                self._open_tickets(self.env["sale.order"].browse(signals.mapped("res_id")))
        except TRANSIENT_ERRORS:
            raise
        except UserError as error:
            self._set_broken(error)
        except Exception as error:
            _logger.warning("Rule %s failed and is switched off", self.id, exc_info=True)
            self._set_broken(error)

    def _speaking(self):
        """This rule, whose environment speaks its company's language: the job that runs it has none."""
        lang = self.env["res.lang"]._get_code(self.company_id.partner_id.lang)
        return self.with_context(lang=lang or None)

    def _open_tickets(self, orders):
        self._require_team()
        orders = self.env["sale.order"].search(
            Domain("id", "in", orders.ids) & Domain("state", "=", "sale") & self._domain(), order="id"
        )
        self.env["omnichannel.conversation"]._open_for_orders(
            orders, {order: self._ticket_values(order) for order in orders}, self._ticket_note()
        )

    def _ticket_values(self, order):
        subject = self.subject.replace("{order}", order.name)
        return {
            "subject": subject.replace("{customer}", order.partner_id.display_name or ""),
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
        """Run again, once what stopped the rule is put right."""
        self._check_can_run()
        self.write({"state": "running", "error": False, "active": True})
        self.activity_feedback(["mail.mail_activity_data_warning"], only_automated=True)

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
