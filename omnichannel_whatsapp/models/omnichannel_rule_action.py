from odoo import api, fields, models


class OmnichannelRuleAction(models.Model):
    """What a rule sends on WhatsApp when the customer did not write within the last 24 hours."""

    _inherit = "omnichannel.rule.action"

    whatsapp_template_id = fields.Many2one(
        "omnichannel.whatsapp.template",
        "WhatsApp Template",
        ondelete="set null",
        domain="[('is_sendable', '=', True), ('company_id', '=', company_id)]",
        help="Sent instead of the text when the customer did not write to the number within the last 24 "
        "hours: WhatsApp takes nothing else then. The one of the same name in the customer's language is "
        "taken, if there is.",
    )
    whatsapp_values = fields.Text(
        "Variables",
        translate=True,
        help="What stands for the template's variables, one a line, in their order. {customer}, {reference}, "
        "… are filled in.",
    )
    whatsapp_variables = fields.Char(related="whatsapp_template_id.variable_names", string="To Fill In")

    @api.constrains("whatsapp_template_id", "whatsapp_values")
    def _check_whatsapp(self):
        self.rule_id._check_can_run()

    def _missing_text(self):
        if self.whatsapp_template_id:
            count = len(self.whatsapp_template_id.sudo().get_variables())
            if len(self._whatsapp_lines(self.env.lang)) != count:
                return self.env._(
                    "The WhatsApp template has %s variables: say in as many lines what stands for them.",
                    count,
                )
        return super()._missing_text()

    def _whatsapp_lines(self, lang):
        text = self.with_context(lang=lang).whatsapp_values or ""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def _whatsapp_template_on(self, channel, lang):
        """The template to send on a channel, in the language nearest to the customer's; perhaps none.

        Templates belong to a number; the same business account has the same ones on each of its numbers.
        """
        chosen = self.whatsapp_template_id.sudo()
        if not chosen:
            return chosen
        known = chosen.search([("channel_id", "=", channel.id), ("name", "=", chosen.name)])
        usable = known.filtered(
            lambda template: (
                template.is_sendable and len(template.get_variables()) == len(chosen.get_variables())
            )
        )
        return usable.sorted(
            lambda template: (
                template._language_distance((lang or "").lower()),
                template.language != chosen.language,
            )
        )[:1]

    def _has_template_for(self, channel):
        return bool(self._whatsapp_template_on(channel, self.env.lang)) or super()._has_template_for(channel)

    def _fill_template(self, conversation, option):
        channel, identity = option["channel"], option["identity"]
        lang = conversation.env.lang
        template = self._whatsapp_template_on(channel, lang)
        if not template:
            return super()._fill_template(conversation, option)
        lines = [conversation._fill_in(line, identity) for line in self._whatsapp_lines(lang)]
        keys = [variable["key"] for variable in template.get_variables()]
        return channel._adapter()._template_message(channel, template.id, dict(zip(keys, lines)))
