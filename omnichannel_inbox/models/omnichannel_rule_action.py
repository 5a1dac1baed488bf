from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import html2plaintext, is_html_empty

from ..tools import selection_label
from .omnichannel_conversation import PRIORITIES, QUIET

UNITS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}


class OmnichannelRuleAction(models.Model):
    """One thing that a rule does with a conversation.

    A kind that an add-on brings is a value of ``kind`` and the methods ``_do_<kind>``, ``_words_<kind>``
    and, where something is needed for it, ``_missing_<kind>``.
    """

    _name = "omnichannel.rule.action"
    _description = "Action of a Rule"
    _order = "sequence, id"
    _rec_name = "kind"

    rule_id = fields.Many2one("omnichannel.rule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="rule_id.company_id")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("assign", "Assign to a person"),
            ("team", "Give to a team"),
            ("tag", "Add tags"),
            ("untag", "Remove tags"),
            ("priority", "Set the priority"),
            ("state", "Set the state"),
            ("snooze", "Snooze"),
            ("note", "Write a note for colleagues"),
            ("activity", "Plan an activity"),
            ("server", "Run a server action"),
        ],
        string="Do",
        required=True,
        default="tag",
    )
    user_id = fields.Many2one(
        "res.users", "Person", domain="[('share', '=', False), ('company_ids', 'in', company_id)]"
    )
    team_id = fields.Many2one("omnichannel.team", domain="[('company_id', '=', company_id)]")
    tag_ids = fields.Many2many("omnichannel.tag", string="Tags")
    priority = fields.Selection(PRIORITIES, default="2", string="New Priority")
    state = fields.Selection(
        [("open", "Open"), ("pending", "Waiting for Customer"), ("closed", "Closed")],
        default="open",
        string="New State",
    )
    delay = fields.Integer("After", default=1)
    delay_unit = fields.Selection(
        [("minutes", "Minutes"), ("hours", "Hours"), ("days", "Days")], default="days", string="Unit"
    )
    note = fields.Html(translate=True, sanitize=True)
    mentioned_user_ids = fields.Many2many(
        "res.users", string="Mention", domain="[('share', '=', False), ('company_ids', 'in', company_id)]"
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        domain="['|', ('res_model', '=', False), ('res_model', '=', 'omnichannel.conversation')]",
    )
    summary = fields.Char(translate=True)
    server_action_id = fields.Many2one(
        "ir.actions.server",
        domain="[('model_id.model', '=', 'omnichannel.conversation')]",
        ondelete="restrict",
        groups="base.group_system",
    )

    @api.depends(
        "kind", "user_id", "team_id", "tag_ids", "priority", "state", "delay", "delay_unit", "summary"
    )
    @api.depends_context("lang")
    def _compute_display_name(self):
        for action in self:
            action.display_name = action._words()

    @api.constrains(
        "kind", "user_id", "team_id", "tag_ids", "delay", "note", "activity_type_id", "server_action_id"
    )
    def _check_can_run(self):
        self.rule_id._check_can_run()

    def _require_runnable(self):
        """Raise a UserError that says what this action needs and does not have."""
        self.ensure_one()
        missing = getattr(self, f"_missing_{self.kind}", lambda: False)()
        if missing:
            raise UserError(missing)

    def _do(self, conversation):
        """Do it. Runs as the system, in the worker.

        :raise UserError: what it needs is not there any more
        """
        self._require_runnable()
        getattr(self, f"_do_{self.kind}")(conversation.with_context(**QUIET))

    def _words(self):
        """What it does, in words."""
        self.ensure_one()
        return getattr(self, f"_words_{self.kind}")() if self.kind else ""

    def _is_told(self):
        """Whether the thread is to say that it was done; a note says it itself."""
        return self.kind != "note"

    def _duration(self):
        return UNITS[self.delay_unit or "days"] * self.delay

    def _duration_words(self):
        return f"{self.delay} {selection_label(self, 'delay_unit')}"

    # -- assign --------------------------------------------------------------

    def _missing_assign(self):
        if not self.user_id.active:
            return self.env._("The rule has nobody to assign to: choose a person who is still with you.")
        return False

    def _do_assign(self, conversation):
        conversation.user_id = self.user_id

    def _words_assign(self):
        return self.env._("assigned to %s", self.user_id.name or "?")

    # -- team ----------------------------------------------------------------

    def _missing_team(self):
        if not self.team_id.active:
            return self.env._("The rule has no team to give conversations to: choose one.")
        return False

    def _do_team(self, conversation):
        values = {"team_id": self.team_id.id}
        if conversation.user_id not in self.team_id.member_ids:
            # Somebody of another team would keep it from this one's queue.
            values["user_id"] = False
        conversation.write(values)

    def _words_team(self):
        return self.env._("given to %s", self.team_id.name or "?")

    # -- tags ----------------------------------------------------------------

    def _missing_tag(self):
        if not self.tag_ids:
            return self.env._(
                "The rule has no tag to add or to remove: choose one. A tag may have been deleted."
            )
        return False

    _missing_untag = _missing_tag

    def _do_tag(self, conversation):
        conversation.tag_ids = [Command.link(tag.id) for tag in self.tag_ids]

    def _do_untag(self, conversation):
        conversation.tag_ids = [Command.unlink(tag.id) for tag in self.tag_ids]

    def _words_tag(self):
        return self.env._("tagged %s", ", ".join(self.tag_ids.mapped("name")))

    def _words_untag(self):
        return self.env._("%s removed", ", ".join(self.tag_ids.mapped("name")))

    # -- priority and state ----------------------------------------------------

    def _do_priority(self, conversation):
        conversation.priority = self.priority

    def _words_priority(self):
        return self.env._("priority: %s", selection_label(self, "priority"))

    def _do_state(self, conversation):
        {
            "open": conversation.action_reopen,
            "pending": conversation.action_pending,
            "closed": conversation.action_close,
        }[self.state]()

    def _words_state(self):
        return self.env._("state: %s", selection_label(self, "state"))

    # -- snooze ----------------------------------------------------------------

    def _missing_snooze(self):
        if self.delay < 1:
            return self.env._("Say for how long the rule is to snooze.")
        return False

    def _do_snooze(self, conversation):
        conversation.action_snooze(fields.Datetime.to_string(fields.Datetime.now() + self._duration()))

    def _words_snooze(self):
        return self.env._("snoozed for %s", self._duration_words())

    # -- note ------------------------------------------------------------------

    def _missing_note(self):
        if is_html_empty(self.note):
            return self.env._("The rule's note is empty.")
        return False

    def _do_note(self, conversation):
        users = self.mentioned_user_ids.filtered("active")
        conversation.message_post(
            body=self.note,
            subtype_xmlid="mail.mt_note",
            message_type="comment",
            partner_ids=users.partner_id.ids,
        )

    def _words_note(self):
        return self.env._("a note: %s", " ".join(html2plaintext(self.note or "").split())[:60])

    # -- activity ----------------------------------------------------------------

    def _missing_activity(self):
        if not self.activity_type_id:
            return self.env._("Choose what kind of activity the rule is to plan.")
        return False

    def _do_activity(self, conversation):
        """For the person named, else for whoever has the conversation, else for one of its team."""
        person = self.user_id or conversation.user_id or conversation.team_id.member_ids[:1]
        conversation.activity_schedule(
            activity_type_id=self.activity_type_id.id,
            summary=self.summary,
            user_id=person.id or self.env.uid,
            date_deadline=fields.Date.context_today(self) + self._duration(),
        )

    def _words_activity(self):
        return self.env._("planned: %s", self.summary or self.activity_type_id.name or "?")

    # -- server action -------------------------------------------------------------

    # Which one runs is chosen by system administrators; that and when it runs are the rule's.

    def _missing_server(self):
        if not self.sudo().server_action_id:
            return self.env._("Choose the server action that the rule is to run.")
        return False

    def _do_server(self, conversation):
        self.sudo().server_action_id.with_context(
            active_model=conversation._name, active_id=conversation.id, active_ids=conversation.ids
        ).run()

    def _words_server(self):
        return self.env._("ran %s", self.sudo().server_action_id.name or "?")
