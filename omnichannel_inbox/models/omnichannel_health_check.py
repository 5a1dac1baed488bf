from dataclasses import dataclass
from datetime import timedelta

from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse

LIMIT = 1000  # rows that are counted at most; whoever has more need not know how many more


@dataclass(frozen=True)
class Finding:
    """What a look at something found.

    :param number: of what needs somebody, or waits
    :param words: what that means and what to do
    :param domain: of the records, in the model that the check's action opens
    :param is_told: whoever has to know was told in another way: there is no alert besides
    """

    number: int
    words: str
    state: str = "fine"
    domain: Domain = Domain.FALSE
    is_told: bool = False


class OmnichannelHealthCheck(models.Model):
    """One line of the health page: a question that is asked anew whenever somebody looks.

    A check is a record with a ``code`` and a method ``_look_<code>(companies)`` that returns a
    :class:`Finding`. Nothing of what it finds is stored here.
    """

    _name = "omnichannel.health.check"
    _description = "Health Check"
    _order = "sequence, id"

    name = fields.Char(required=True, readonly=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(default=10)
    is_work = fields.Boolean(
        "Supervisors Are Alerted",
        readonly=True,
        help="Work to be done, which is not for administrators alone.",
    )
    is_shared = fields.Boolean("The Same for All Companies", readonly=True)
    action_id = fields.Many2one("ir.actions.act_window", "Opens", readonly=True, ondelete="set null")

    state = fields.Selection(
        [("fine", "Fine"), ("attention", "Attention"), ("wrong", "Wrong")], compute="_compute_finding"
    )
    figure = fields.Char("Number", compute="_compute_finding")
    words = fields.Text("What to Do", compute="_compute_finding")
    can_open = fields.Boolean(compute="_compute_finding")

    _code_uniq = models.UniqueIndex("(code)")

    @api.depends("code", "action_id")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_finding(self):
        for check in self:
            found = check._find(self.env.companies)
            check.state = found.state
            check.words = found.words
            check.figure = f"{LIMIT}+" if found.number > LIMIT else str(found.number)
            check.can_open = not found.domain.is_false() and check._may_open()

    def _find(self, companies):
        """The finding of this check for some companies."""
        self.ensure_one()
        # How many there are and how old is told to those who may not open them as well: a supervisor reads
        # no journal, but has to know that something is stuck in it. The companies are the reader's own.
        return getattr(self.sudo(), f"_look_{self.code}")(companies)

    def _may_open(self):
        # Which model an action shows is no secret.
        model = self.sudo().action_id.res_model
        return bool(model) and self.env[model].has_access("read")

    def action_open(self):
        """The records that this check is about, if the user may read them."""
        self.ensure_one()
        found = self._find(self.env.companies)
        if found.domain.is_false() or not self._may_open():
            return False
        # The records are read under the user's own rights; the action says how they are shown.
        action = self.sudo().action_id._get_action_dict()
        # Without its name, so that the list that is reloaded is this one and not all there are.
        for key in ("id", "xml_id", "path"):
            action.pop(key, None)
        return action | {
            "name": self.name,
            "display_name": self.name,
            "domain": list(found.domain),
            "context": {"active_test": False},
        }

    def action_look_again(self):
        """Nothing: the page is read anew after any button."""
        return False

    # -- for those who look ----------------------------------------------------

    @api.model
    def _count(self, model, domain, companies, since, order=None, company_field="company_id"):
        """How many records there are, up to one more than LIMIT, and since when the oldest of these is.

        :param since: field that says since when a record waits
        :param order: of an index that the first ones are read from
        """
        wanted = Domain(company_field, "in", companies.ids) & Domain(domain)
        query = self.env[model]._search(wanted, limit=LIMIT + 1, order=order)
        moment = self.env[model]._field_to_sql(query.table, since, query)
        [(number, oldest)] = self.env.execute_query(
            SQL("SELECT count(*), min(moment) FROM (%s) AS found", query.select(SQL("%s AS moment", moment)))
        )
        return number, oldest

    @api.model
    def _age(self, moment):
        """How long ago a moment is, in the reader's words."""
        locale = babel_locale_parse(self.env.lang or "en_US")
        # The row may have been written a moment after this transaction began.
        age = max(fields.Datetime.now() - moment, timedelta(seconds=1))
        return format_timedelta(age, locale=locale)

    @api.model
    def _setting(self, name):
        """A number of Settings, which everybody may know."""
        default = SETTINGS[name]
        value = self.env["ir.config_parameter"].sudo().get_param(f"omnichannel_inbox.{name}")
        return int(value) if value and value.isdigit() else default


# Numbers of Settings that say when something waits too long, and what they are without them.
SETTINGS = {"health_wait_minutes": 5, "health_unanswered_hours": 24}
