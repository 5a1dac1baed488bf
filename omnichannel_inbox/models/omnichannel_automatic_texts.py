from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

KINDS = [
    ("greeting", "Greeting"),
    ("out_of_office", "Out of Office"),
    ("waiting", "Waiting Notice"),
    ("closing", "Closing Text"),
]
DEFAULT_WAIT = 10  # minutes until a waiting notice


class OmnichannelAutomaticTexts(models.AbstractModel):
    """Business hours, and what customers are told by itself: of a channel, or of a team."""

    _name = "omnichannel.automatic.texts"
    _description = "Business Hours and Automatic Texts"

    calendar_id = fields.Many2one(
        "resource.calendar",
        "Business Hours",
        ondelete="restrict",
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
        help="When somebody is there to answer, in the time zone of the hours; the days off in them are "
        "closed. Always, if this is empty.",
    )
    is_greeting_on = fields.Boolean("Greeting", help="Sent when a customer begins a conversation.")
    greeting_text = fields.Text("Text of the Greeting", translate=True)
    is_out_of_office_on = fields.Boolean(
        "Out of Office",
        help="Sent instead of the greeting, and once each time you are closed, to whoever writes outside "
        "business hours.",
    )
    out_of_office_text = fields.Text("Text when Out of Office", translate=True)
    is_waiting_on = fields.Boolean(
        "Waiting Notice", help="Sent once to whoever has been waiting that long, within business hours."
    )
    waiting_text = fields.Text("Text of the Waiting Notice", translate=True)
    waiting_minutes = fields.Integer("Waiting Notice After (Minutes)", default=DEFAULT_WAIT, required=True)
    is_closing_on = fields.Boolean(
        "Closing Text",
        help="Sent about a minute after a conversation was closed by you, unless it was opened again.",
    )
    closing_text = fields.Text("Text when Closed", translate=True)

    _waiting_minutes_positive = models.Constraint(
        "CHECK(waiting_minutes > 0)", "A waiting notice needs a minute at least."
    )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if any(self._says_something(vals) for vals in vals_list):
            self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._says_something(vals):
            self.env.registry.clear_cache()
        return result

    @api.model
    def _says_something(self, vals):
        """Whether values may change which texts are sent."""
        return any(f"is_{kind}_on" in vals or f"{kind}_text" in vals for kind, _label in KINDS)

    @api.model
    @ormcache()
    def _kinds_on(self):
        """The kinds of text that are switched on: {id: kinds}. Asked for each message, hence remembered."""
        switches = [f"is_{kind}_on" for kind, _label in KINDS]
        texts = [f"{kind}_text" for kind, _label in KINDS]
        talkative = Domain.OR(Domain(switch, "=", True) for switch in switches)
        # Nothing is told of a channel or a team but this.
        records = self.sudo().with_context(active_test=False).search_fetch(talkative, switches + texts)
        return {
            record.id: {kind for kind, _label in KINDS if record[f"is_{kind}_on"] and record[f"{kind}_text"]}
            for record in records
        }

    # -- suggestions ---------------------------------------------------------

    def action_suggest_greeting(self):
        """Fill in a greeting."""
        self._suggest("greeting")

    def action_suggest_out_of_office(self):
        """Fill in what to say when nobody is there."""
        self._suggest("out_of_office")

    def action_suggest_waiting(self):
        """Fill in a waiting notice."""
        self._suggest("waiting")

    def action_suggest_closing(self):
        """Fill in what to say when a conversation is closed."""
        self._suggest("closing")

    def _suggest(self, kind):
        """Write a text that we suggest, in each language that customers can have, and switch it on."""
        self.ensure_one()
        for lang, _name in self.env["res.lang"].get_installed():
            speaking = self.with_context(lang=lang)
            speaking[f"{kind}_text"] = speaking._suggestion(kind)
        self[f"is_{kind}_on"] = True

    def _suggestion(self, kind):
        """A text for a kind, in the language of the environment."""
        return {
            "greeting": self.env._(
                "Hello {customer}, thank you for your message. We answer as soon as we can. "
                "Your reference is {reference}."
            ),
            "out_of_office": self.env._(
                "Hello {customer}, thank you for your message. We are closed now and open again {opening}. "
                "You will have our answer then."
            ),
            "waiting": self.env._(
                "We are sorry to keep you waiting. You are number {position} in line, and we have not "
                "forgotten you."
            ),
            "closing": self.env._(
                "Thank you, {customer}. We have closed your question {reference}. Is anything left? "
                "Just write to us again."
            ),
        }[kind]
