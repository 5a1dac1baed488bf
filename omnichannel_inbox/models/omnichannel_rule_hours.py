from datetime import timedelta

from odoo import api, fields, models

COUNTED = ("no_answer", "no_reply")  # triggers whose time may be that of the business hours
LOOK_AGAIN = timedelta(days=31)  # at what never opens, until somebody sets its hours


class OmnichannelRule(models.Model):
    """Time without an answer that is counted while somebody is there to answer."""

    _inherit = "omnichannel.rule"

    is_hours_counted = fields.Boolean(
        "Count Business Hours Only",
        tracking=True,
        help="Those of the conversation's channel, else of its team; without any, time goes on around the "
        "clock. A day ends at the same time of the next day on which you are open.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Whoever waits for us waits while we are there, unless somebody says otherwise; customers have no
        hours. Rules that are there already count as they did: the column comes empty."""
        vals_list = [
            {"is_hours_counted": True, **vals} if vals.get("trigger") == "no_answer" else vals
            for vals in vals_list
        ]
        return super().create(vals_list)

    @api.onchange("trigger")
    def _onchange_trigger_hours(self):
        self.is_hours_counted = self.trigger == "no_answer"

    def write(self, vals):
        counting = self.filtered(lambda rule: rule._counts_hours())
        result = super().write(vals)
        if not {"is_hours_counted", "delay", "delay_unit"}.isdisjoint(vals):
            counting |= self.filtered(lambda rule: rule._counts_hours())
            self.env["omnichannel.rule.timer"]._ask_anew(counting)
        return result

    def _counts_hours(self):
        return self.is_hours_counted and self.trigger in COUNTED

    def _after(self, conversation, moment):
        hours = self._counts_hours() and conversation._business_hours()
        if not hours:
            return super()._after(conversation, moment)
        company = conversation.company_id
        if self.delay_unit == "days":
            due = hours._omnichannel_days_later(moment, self.delay, company)
        else:
            due = hours._omnichannel_hours_later(moment, self._delay().total_seconds() / 3600, company)
        return due or fields.Datetime.now() + LOOK_AGAIN

    def _time_words(self, duration):
        if self._counts_hours():
            return self.env._("It is time: %s within business hours have gone by", duration)
        return super()._time_words(duration)
