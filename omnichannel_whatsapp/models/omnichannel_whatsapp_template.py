from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.omnichannel_inbox.wire import SendError

from ..wire import template as wire_template


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
    company_id = fields.Many2one(related="channel_id.company_id", store=True, index=True)
    provider_uid = fields.Char("Provider's Id", readonly=True)
    status = fields.Char(readonly=True, help="Meta's own word; APPROVED templates can be sent.")
    status_reason = fields.Char(readonly=True)
    quality = fields.Char(readonly=True)
    category = fields.Char(readonly=True)
    components = fields.Json(readonly=True, help="The template's parts, as Meta describes them.")
    body = fields.Text("Text", readonly=True, help="With variables, as it was approved.")
    preview = fields.Text(compute="_compute_preview", help="With the examples that were given for approval.")
    variable_names = fields.Char("Variables", compute="_compute_preview")
    is_sendable = fields.Boolean("Can Be Sent", compute="_compute_is_sendable", search="_search_is_sendable")
    obstacle = fields.Char("Why Not", compute="_compute_is_sendable")

    _name_uniq = models.UniqueIndex("(channel_id, name, language)")

    @api.depends("name", "language")
    def _compute_display_name(self):
        for template in self:
            template.display_name = f"{template.name} ({template.language})"

    @api.depends("components")
    def _compute_preview(self):
        for template in self:
            variables = template.get_variables()
            template.variable_names = ", ".join(variable["title"] for variable in variables)
            template.preview = template.get_preview(
                {v["key"]: v["example"] for v in variables if v["example"]}
            )

    @api.depends("status", "components")
    def _compute_is_sendable(self):
        for template in self:
            template.obstacle = template._why_not_sendable()
            template.is_sendable = not template.obstacle

    @api.model
    def _search_is_sendable(self, operator, value):
        if operator not in ("in", "="):
            return NotImplemented
        sendable = self.search([("status", "=", "APPROVED")]).filtered("is_sendable")
        wanted = True in value if operator == "in" else bool(value)
        return [("id", "in" if wanted else "not in", sendable.ids)]

    def _why_not_sendable(self):
        """In words why this template cannot be sent, or False."""
        self.ensure_one()
        if self.status != "APPROVED":
            return _(
                "WhatsApp has not approved this template (%s).", self.status_reason or self.status or "?"
            )
        if obstacle := wire_template.obstacle(self.components):
            part = self.env["omnichannel.message"]._kind_label(obstacle)
            return _("It has a part that cannot be filled in from here: %s.", part)
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
            text = channel._adapter()._in_words(error.text)
            raise UserError(_("WhatsApp says (%(code)s): %(text)s", code=error.code, text=text)) from error
        # Administrators may fetch; nobody may write what Meta approved.
        known = {(t.name, t.language): t for t in self.sudo().search([("channel_id", "=", channel.id)])}
        new = {}
        for description in found:
            values = self._values(channel, description)
            key = (values["name"], values["language"])
            if key in known:
                known.pop(key).write(values)
            elif all(key):
                new[key] = values
        self.sudo().create(list(new.values()))
        self.browse().union(*known.values()).sudo().unlink()
        return len(found)

    @api.model
    def _values(self, channel, description):
        components = description.get("components") or []
        return {
            "channel_id": channel.id,
            "provider_uid": description.get("id"),
            "name": description.get("name"),
            "language": description.get("language"),
            "status": description.get("status"),
            "status_reason": self._reason(description.get("rejected_reason")),
            "quality": (description.get("quality_score") or {}).get("score"),
            "category": description.get("category"),
            "components": components,
            "body": next((part.get("text") for part in components if part.get("type") == "BODY"), False),
        }

    @api.model
    def _reason(self, reason):
        """Meta writes NONE where there is no reason."""
        return False if reason in (None, "", "NONE") else reason

    @api.model
    def _apply_update(self, channel, update):
        """Meta decided something about a template.

        :return: reason to ignore it, or None
        """
        channels = channel._adapter()._same_app(channel)
        domain = [
            ("channel_id", "in", channels.ids),
            ("channel_id.whatsapp_business_account_id", "=", update.account),
            ("name", "=", update.name),
        ]
        if update.language:
            domain.append(("language", "=", update.language))
        templates = self.search(domain)
        if not templates:
            return _(
                "The template %s is not known here; it comes with the next synchronisation.", update.name
            )
        values = {"status": update.status, "quality": update.quality, "category": update.category}
        values = {name: value for name, value in values.items() if value}
        if update.status:
            values["status_reason"] = self._reason(update.reason)
        templates.write(values)
        return None

    # -- filling in --------------------------------------------------------

    @api.model
    def get_for_conversation(self, conversation_id, channel_id):
        """What the dialog offers: those of this channel that can be sent, in the customer's
        language first.

        :return: list of dict ``id``, ``name``, ``language``, ``category``, ``skeleton`` (the text
            with ``{{key}}`` for each variable), ``variables`` (see :meth:`get_variables`)
        """
        conversation = self.env["omnichannel.conversation"].browse(conversation_id)
        conversation.check_access("read")
        lang = (conversation.sudo().partner_id.lang or self.env.lang or "").lower()
        templates = self.search([("channel_id", "=", channel_id)]).filtered("is_sendable")
        return [
            {
                "id": template.id,
                "name": template.name,
                "language": template.language,
                "category": template.category,
                "skeleton": wire_template.skeleton(template.components),
                "variables": template.get_variables(),
            }
            for template in templates.sorted(lambda t: t._language_distance(lang))
        ]

    def _language_distance(self, lang):
        """0 for the customer's own language, 1 for the same one of another country, else 2."""
        own = (self.language or "").lower()
        if own == lang:
            return 0
        return 1 if own.partition("_")[0] == lang.partition("_")[0] else 2

    def get_variables(self):
        """What an agent has to fill in.

        :return: list of dict ``key`` (as :meth:`_render` takes it), ``title`` (for people), ``label``
            (Meta's name), ``example``, ``part``
        """
        self.ensure_one()
        return [
            {**variable, "title": self._variable_title(variable)}
            for variable in wire_template.variables(self.components)
        ]

    @api.model
    def _variable_title(self, variable):
        """What to call a variable: Meta knows many by a number alone."""
        name = variable["label"].replace("_", " ")
        title = self.env._("Variable %s", name) if name.isdigit() else name
        if variable["part"] == "header":
            return self.env._("Header: %s", title)
        return self.env._("Button: %s", title) if variable["part"] == "button" else title

    def get_preview(self, values):
        """The text as the customer would read it; what is not filled in yet stays visible."""
        self.ensure_one()
        return wire_template.fill(wire_template.skeleton(self.components), values)

    def _render(self, values):
        """(text as the customer will read it, payload of the ledger row)

        :raise UserError: it cannot be sent, or a variable is empty
        """
        self.ensure_one()
        if why_not := self._why_not_sendable():
            raise UserError(why_not)
        given = {key: " ".join(str(value).split()) for key, value in values.items() if value}
        missing = [v["title"] for v in self.get_variables() if not given.get(v["key"])]
        if missing:
            raise UserError(_("Fill in these first: %s.", ", ".join(missing)))
        payload = {
            "name": self.name,
            "language": self.language,
            "components": wire_template.parameters(self.components, given),
        }
        return self.get_preview(given), payload

    # -- codes -------------------------------------------------------------

    def _code_parameters(self, code):
        return wire_template.code_parameters(self.components, code)

    def _render_code(self, code):
        """The same as :meth:`_render` for a template that Meta approved for codes."""
        self.ensure_one()
        payload = {"name": self.name, "language": self.language, "components": self._code_parameters(code)}
        return wire_template.with_code(self.components, code), payload
