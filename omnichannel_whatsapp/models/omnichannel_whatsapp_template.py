import re

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.omnichannel_inbox.wire import SendError

VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class OmnichannelWhatsappTemplate(models.Model):
    """A message template as Meta approved it: what may be written outside the 24 hours.

    Its texts are Meta's; they are fetched and never changed here.
    """

    _name = "omnichannel.whatsapp.template"
    _description = "WhatsApp Template"
    _order = "name, language, id"
    _rec_names_search = ["name", "body"]

    name = fields.Char(required=True, readonly=True)
    language = fields.Char(required=True, readonly=True)
    channel_id = fields.Many2one(
        "omnichannel.channel", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="channel_id.company_id", store=True)
    provider_uid = fields.Char("Provider's Id", readonly=True)
    status = fields.Char(readonly=True, help="Meta's own word; APPROVED templates can be sent.")
    status_reason = fields.Char(readonly=True)
    quality = fields.Char(readonly=True)
    category = fields.Char(readonly=True)
    header_type = fields.Char(readonly=True)
    header = fields.Char(readonly=True)
    body = fields.Text(readonly=True)
    footer = fields.Char(readonly=True)
    buttons = fields.Json(readonly=True)
    is_named = fields.Boolean(readonly=True, help="Its variables have names instead of numbers.")
    is_sendable = fields.Boolean(compute="_compute_is_sendable", search="_search_is_sendable")

    _name_uniq = models.UniqueIndex("(channel_id, name, language)")

    @api.depends("name", "language")
    def _compute_display_name(self):
        for template in self:
            template.display_name = f"{template.name} ({template.language})"

    @api.depends("status", "header_type", "buttons")
    def _compute_is_sendable(self):
        for template in self:
            template.is_sendable = template.status == "APPROVED" and not template._why_unsupported()

    @api.model
    def _search_is_sendable(self, operator, value):
        if operator not in ("in", "="):
            return NotImplemented
        sendable = self.search([("status", "=", "APPROVED")]).filtered("is_sendable")
        wanted = True in value if operator == "in" else bool(value)
        return [("id", "in" if wanted else "not in", sendable.ids)]

    def _why_unsupported(self):
        """What of this template cannot be filled in here yet, or False."""
        self.ensure_one()
        if self.header_type not in (False, "TEXT"):
            return _("Its header is a file; such templates cannot be sent from here yet.")
        if any(VARIABLE.search(button.get("url") or "") for button in self.buttons or ()):
            return _("One of its buttons has a variable; such templates cannot be sent from here yet.")
        return False

    # -- fetching ----------------------------------------------------------

    @api.model
    def _sync(self, channel):
        """Take over all templates of a channel's account; those gone there go here.

        :return: how many there are
        :raise UserError: what the API said
        """
        try:
            found = channel.sudo()._whatsapp_api().templates(channel.whatsapp_business_account_id)
        except SendError as error:
            raise UserError(
                _("WhatsApp says (%(code)s): %(text)s", code=error.code, text=error.text)
            ) from error
        # Administrators may fetch; nobody may write what Meta approved.
        known = {(t.name, t.language): t for t in self.sudo().search([("channel_id", "=", channel.id)])}
        for description in found:
            values = self._values(channel, description)
            template = known.pop((values["name"], values["language"]), None)
            if template:
                template.write(values)
            else:
                self.sudo().create(values)
        self.browse().union(*known.values()).sudo().unlink()
        return len(found)

    @api.model
    def _values(self, channel, description):
        parts = {part.get("type"): part for part in description.get("components") or ()}
        header, body = parts.get("HEADER", {}), parts.get("BODY", {})
        return {
            "channel_id": channel.id,
            "provider_uid": description.get("id"),
            "name": description.get("name"),
            "language": description.get("language"),
            "status": description.get("status"),
            "status_reason": description.get("rejected_reason"),
            "quality": (description.get("quality_score") or {}).get("score"),
            "category": description.get("category"),
            "header_type": header.get("format") or False,
            "header": header.get("text") or False,
            "body": body.get("text") or False,
            "footer": parts.get("FOOTER", {}).get("text") or False,
            "buttons": parts.get("BUTTONS", {}).get("buttons") or [],
            "is_named": description.get("parameter_format") == "NAMED",
        }

    @api.model
    def _apply_update(self, channel, update):
        """Meta decided something about a template.

        :return: reason to ignore it, or None
        """
        domain = [
            ("channel_id.whatsapp_business_account_id", "=", update.account),
            ("name", "=", update.name),
        ]
        if update.language:
            domain.append(("language", "=", update.language))
        templates = self.search(domain)
        if not templates:
            return _("The template %s is not known here.", update.name)
        values = {
            "status": update.status,
            "status_reason": update.reason,
            "quality": update.quality,
            "category": update.category,
        }
        templates.write({name: value for name, value in values.items() if value})
        return None

    # -- filling in --------------------------------------------------------

    def get_variables(self):
        """What an agent has to fill in.

        :return: list of dict ``key`` (as :meth:`_render` takes it), ``label``
        """
        self.ensure_one()
        return [
            {"key": f"{part}.{name}", "label": f"{{{{{name}}}}}", "part": part}
            for part in ("header", "body")
            for name in self._variables(part)
        ]

    def get_preview(self, values):
        """The text as the customer would read it; what is not filled in yet stays visible."""
        self.ensure_one()
        return self._text(values)

    def _variables(self, part):
        return list(dict.fromkeys(VARIABLE.findall(self[part] or "")))

    def _fill(self, part, values):
        return VARIABLE.sub(lambda match: str(values.get(f"{part}.{match[1]}") or match[0]), self[part] or "")

    def _text(self, values):
        parts = [self._fill("header", values), self._fill("body", values), self.footer or ""]
        return "\n\n".join(part for part in parts if part)

    def _render(self, values):
        """(text as the customer will read it, payload of the ledger row)

        :raise UserError: it cannot be sent, or a variable is empty
        """
        self.ensure_one()
        if self.status != "APPROVED":
            raise UserError(_("WhatsApp has not approved the template %s.", self.name))
        if why_not := self._why_unsupported():
            raise UserError(why_not)
        missing = [v["label"] for v in self.get_variables() if not str(values.get(v["key"]) or "").strip()]
        if missing:
            raise UserError(_("Fill in %s first.", ", ".join(missing)))
        payload = {"name": self.name, "language": self.language, "components": self._components(values)}
        return self._text(values), payload

    def _components(self, values):
        """Parameters in Meta's form ("Template components"); parts without variables are left out."""
        components = []
        for part in ("header", "body"):
            names = self._variables(part)
            if names:
                parameters = [self._parameter(name, str(values[f"{part}.{name}"]).strip()) for name in names]
                components.append({"type": part, "parameters": parameters})
        return components

    def _parameter(self, name, value):
        parameter = {"type": "text", "text": value}
        return dict(parameter, parameter_name=name) if self.is_named else parameter
