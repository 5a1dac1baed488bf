from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .omnichannel_event import MIN_RETENTION_DAYS
from .omnichannel_health_check import SETTINGS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    omnichannel_event_retention_days = fields.Integer(
        "Keep Journal (Days)",
        config_parameter="omnichannel_inbox.event_retention_days",
        default=MIN_RETENTION_DAYS,
    )

    omnichannel_health_wait_minutes = fields.Integer(
        "Messages and Rules Wait (Minutes)",
        config_parameter="omnichannel_inbox.health_wait_minutes",
        default=SETTINGS["health_wait_minutes"],
    )
    omnichannel_health_unanswered_hours = fields.Integer(
        "Customers Wait (Hours)",
        config_parameter="omnichannel_inbox.health_unanswered_hours",
        default=SETTINGS["health_unanswered_hours"],
    )
    omnichannel_health_mail = fields.Boolean(
        "Send alerts by e-mail, too", config_parameter="omnichannel_inbox.health_mail"
    )

    omnichannel_ticket_for_orders = fields.Boolean("When an order is confirmed, open a ticket")

    @api.model
    def get_values(self):
        rule = self._omnichannel_order_rule()
        return super().get_values() | {
            "omnichannel_ticket_for_orders": rule.active and rule.state == "running"
        }

    def set_values(self):
        result = super().set_values()
        if self.omnichannel_ticket_for_orders != self.get_values()["omnichannel_ticket_for_orders"]:
            self._omnichannel_switch_order_rule(self.omnichannel_ticket_for_orders)
        return result

    @api.model
    def _omnichannel_order_rule(self):
        """The company's first rule for confirmed orders: one that does nothing but open tickets, one that
        is on before one that is off.
        """
        rules = (
            self.env["omnichannel.rule"]
            .with_context(active_test=False)
            .search([("trigger", "=", "order_confirmed"), ("company_id", "=", self.env.company.id)])
        )
        return rules.sorted(lambda rule: (bool(rule.action_ids), not rule.active))[:1]

    @api.model
    def _omnichannel_switch_order_rule(self, is_on):
        """Switch the rule on, made if the company has none, or off."""
        rule = self._omnichannel_order_rule()
        if not is_on:
            rule.active = False
            return
        if not rule:
            team = self.env["omnichannel.team"].search([("company_id", "=", self.env.company.id)], limit=1)
            rule = rule.create(
                {
                    "name": self.env._("When an order is confirmed, open a ticket"),
                    "team_id": team.id,
                    "active": False,
                }
            )
        rule._switch_on()

    def action_omnichannel_order_rule(self):
        """Open the rule for confirmed orders: for which orders, and what happens."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "omnichannel.rule",
            "res_id": self._omnichannel_order_rule().id,
            "view_mode": "form",
        }

    @api.constrains("omnichannel_event_retention_days")
    def _check_omnichannel_event_retention_days(self):
        for settings in self:
            if settings.omnichannel_event_retention_days < MIN_RETENTION_DAYS:
                raise ValidationError(
                    _(
                        "Keep the journal for %s days at least: a provider tries for a week to deliver "
                        "what it could not, and what comes twice is known by the journal.",
                        MIN_RETENTION_DAYS,
                    )
                )

    @api.constrains("omnichannel_health_wait_minutes", "omnichannel_health_unanswered_hours")
    def _check_omnichannel_health(self):
        for settings in self:
            if (
                min(settings.omnichannel_health_wait_minutes, settings.omnichannel_health_unanswered_hours)
                < 1
            ):
                raise ValidationError(_("Say after how many minutes or hours something waits too long."))
