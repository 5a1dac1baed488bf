import hmac
import mimetypes
import re
from urllib.parse import quote

import phonenumbers

from odoo import _, api, models
from odoo.exceptions import UserError
from odoo.tools.mimetypes import guess_mimetype

from odoo.addons.omnichannel_inbox.wire import (
    AccountError,
    Media,
    OutboundMessage,
    SendError,
    TemplateUpdate,
    canonical_key,
    variants,
)

from .. import wire

MB = 1024 * 1024
# Meta, "Supported media types": what each kind may be and how large. Everything else goes as a document.
MEDIA_TYPES = {
    "image": (("image/jpeg", "image/png"), 5 * MB),
    "video": (("video/mp4", "video/3gpp"), 16 * MB),
    "audio": (("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"), 16 * MB),
    "document": (
        (
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "text/plain",
        ),
        100 * MB,
    ),
}
# What a customer's file may call itself here. A browser would run scripts in any other markup.
HARMLESS_TYPES = {mimetype for types, _limit in MEDIA_TYPES.values() for mimetype in types} | {"image/webp"}
# What Meta says when it refuses the whole account, besides the codes of its API.
ACCOUNT_REFUSALS = ("DISABLED_UPDATE", "ACCOUNT_RESTRICTION")


class OmnichannelAdapterWhatsapp(models.AbstractModel):
    """WhatsApp Business Cloud API."""

    _name = "omnichannel.adapter.whatsapp"
    _inherit = "omnichannel.adapter"
    _description = "WhatsApp channel adapter"

    # -- webhook -----------------------------------------------------------

    @api.model
    def _webhook_get(self, channel, params):
        """Meta's verification request (Webhooks, "Verification requests")."""
        token = channel.whatsapp_verify_token
        given = str(params.get("hub.verify_token", ""))
        if params.get("hub.mode") != "subscribe" or not token or "hub.challenge" not in params:
            return None
        return params["hub.challenge"] if hmac.compare_digest(given.encode(), token.encode()) else None

    @api.model
    def _verify(self, channel, raw, headers):
        signature = headers.get("X-Hub-Signature-256")
        if signature is None:
            return None
        return wire.verify(channel.whatsapp_app_secret, raw, signature)

    @api.model
    def _parse(self, channel, raw):
        return wire.parse(raw)

    @api.model
    def _route(self, channel, account):
        """One app delivers all its numbers to one address: route by the number's id.

        Templates and account news carry the business account's id instead.
        """
        if account in (channel.whatsapp_phone_number_id, channel.whatsapp_business_account_id, ""):
            return channel
        others = self._same_app(channel)
        return (
            others.filtered(lambda c: c.whatsapp_phone_number_id == account)
            or others.filtered(lambda c: c.whatsapp_business_account_id == account)
        )[:1]

    @api.model
    def _same_app(self, channel):
        """Channels whose bodies this channel's secret may vouch for."""
        return channel.search([("channel_type", "=", "whatsapp")]).filtered(
            lambda other: (
                other.whatsapp_app_secret
                and hmac.compare_digest(
                    other.whatsapp_app_secret.encode(), channel.whatsapp_app_secret.encode()
                )
            )
        )

    # -- identity ----------------------------------------------------------

    @api.model
    def _partner_domain(self, identity):
        if not identity.key.startswith("+"):
            return super()._partner_domain(identity)
        return [("phone_sanitized", "in", sorted(variants(identity.key)))]

    @api.model
    def _partner_values(self, identity):
        values = super()._partner_values(identity)
        if identity.key.startswith("+"):
            values.update(phone=identity.address, country_id=self._country(identity.address).id)
        return values

    @api.model
    def _country(self, number):
        """The country of a number in E.164."""
        try:
            code = phonenumbers.region_code_for_number(phonenumbers.parse(number))
        except phonenumbers.NumberParseException:
            code = None
        return (
            self.env["res.country"].search([("code", "=", code)], limit=1)
            if code
            else self.env["res.country"]
        )

    @api.model
    def _recipients(self, channel, email, phone):
        return [{"key": canonical_key(phone), "address": phone}] if phone else []

    # -- words -------------------------------------------------------------

    @api.model
    def _in_words(self, text):
        words = self.env._(text)
        return super()._in_words(text) if words == text else words

    # -- sending -----------------------------------------------------------

    @api.model
    def _capabilities(self, channel):
        return dict(
            super()._capabilities(channel),
            max_text=wire.MAX_TEXT,
            window_hours=24,
            templates=True,
            first_words=True,
            max_sizes={kind: size for kind, (_types, size) in MEDIA_TYPES.items()},
        )

    @api.model
    def _check_message(self, channel, text, attachments):
        if len(text) > wire.MAX_TEXT:
            raise UserError(
                _(
                    "The text has %(length)s characters; WhatsApp takes %(limit)s.",
                    length=len(text),
                    limit=wire.MAX_TEXT,
                )
            )
        for attachment in attachments:
            self._check_file(attachment)

    @api.model
    def _check_file(self, attachment):
        kind = self._media_kind(attachment)
        if not kind:
            raise UserError(
                _(
                    "WhatsApp does not take files like %(name)s. It takes pictures, video, sound, PDF, "
                    "office documents and plain text.",
                    name=attachment.name,
                )
            )
        limit = MEDIA_TYPES[kind][1]
        if attachment.file_size > limit:
            raise UserError(
                _(
                    "%(name)s is too large: WhatsApp takes at most %(limit)s MB of this kind.",
                    name=attachment.name,
                    limit=limit // MB,
                )
            )

    @api.model
    def _media_kind(self, attachment):
        """As what a file is sent; None if WhatsApp does not take its type."""
        mimetype = self._upload_type(attachment)
        for kind, (types, _limit) in MEDIA_TYPES.items():
            if mimetype in types:
                return kind
        return None

    @api.model
    def _upload_type(self, attachment):
        """The type to tell Meta, which knows tables of text as plain text only."""
        mimetype = (attachment.mimetype or "").partition(";")[0].strip()
        return "text/plain" if mimetype in ("text/csv", "text/markdown") else mimetype

    @api.model
    def _template_message(self, channel, template_id, values):
        template = self.env["omnichannel.whatsapp.template"].browse(template_id).exists()
        if not template or template.sudo().channel_id != channel:
            raise UserError(_("This template is not one of %s.", channel.name))
        # Agents may send templates; they are read here whatever else of the channel the agent may see.
        return template.sudo()._render(values)

    @api.model
    def _prepare_send(self, message):
        api_access, phone_id = message.channel_id._whatsapp_api(), message.channel_id.whatsapp_phone_number_id
        attachment = message.attachment_id
        if not attachment:
            request = wire.build(self._outbound(message))
            return lambda: api_access.send(phone_id, request)
        content, mimetype, name = attachment.raw, self._upload_type(attachment), attachment.name
        kind, values = self._media_kind(attachment), self._outbound_values(message)
        if not kind:
            raise UserError(_("WhatsApp does not take files like %(name)s.", name=name))

        def send_file():
            reference = api_access.upload(phone_id, content, mimetype, name)
            media = Media(kind, reference, mimetype, name)
            return api_access.send(phone_id, wire.build(OutboundMessage(**values, kind=kind, media=media)))

        return send_file

    @api.model
    def _outbound(self, message):
        text, payload = message._to_send()
        return OutboundMessage(
            **self._outbound_values(message),
            kind="template" if payload else "text",
            text=text,
            template_name=payload.get("name", ""),
            template_language=payload.get("language", ""),
            template_components=tuple(payload.get("components", ())),
        )

    @api.model
    def _outbound_values(self, message):
        identity = message.identity_id
        is_number = identity.address.startswith("+")
        return {
            "recipient_address": identity.address if is_number else None,
            "recipient_uid": None if is_number else identity.external_uid or identity.address,
            "reply_to": message.reply_to_uid or None,
            "reference": message.reference,
        }

    @api.model
    def _is_unreachable(self, code, text):
        return code == wire.NOT_ON_WHATSAPP

    @api.model
    def _prepare_fetch(self, message):
        api_access = message.channel_id._whatsapp_api()
        media_id, sha256, name, kind = (
            message.media_ref,
            message.media_digest or "",
            message.media_name,
            message.kind,
        )

        def fetch():
            content, mimetype = api_access.download(media_id, sha256)
            mimetype = _harmless_type(mimetype, content)
            return content, mimetype, _harmless_name(name or kind, mimetype)

        return fetch

    # -- the account -------------------------------------------------------

    @api.model
    def _handle_other(self, channel, item):
        if isinstance(item, TemplateUpdate):
            return self.env["omnichannel.whatsapp.template"]._apply_update(channel, item)
        if isinstance(item, AccountError):
            self._handle_account_error(channel, item)
            return None
        what = self._in_words(item.what)
        if item.detail:
            what = f"{what} ({item.detail})"
        return _("WhatsApp reports something that is not known here: %s", what)

    @api.model
    def _handle_account_error(self, channel, error):
        """What refuses the account stops its sending; anything else is told and no more."""
        text = wire.words(error.code, error.text)
        if error.code in ACCOUNT_REFUSALS or wire.kind_of(error.code) == "channel":
            channel._set_broken(text)
        elif channel.state == "connected":
            channel.write({"state": "degraded", "state_reason": text})

    @api.model
    def _public_link(self, channel, words=""):
        digits = re.sub(r"\D", "", channel.address or "")
        if not digits:
            return None
        said = f"?text={quote(words, safe='')}" if words else ""
        return {"kind": channel.channel_type, "name": "WhatsApp", "url": f"https://wa.me/{digits}{said}"}

    @api.model
    def _test_connection(self, channel):
        """Ask for the number and whether it belongs to the business account."""
        # Who may change the channel may test it, though only system administrators see its secrets.
        channel.check_access("write")
        channel = channel.sudo()
        self._check_complete(channel)
        number = self._ask(channel, "phone_number", channel.whatsapp_phone_number_id, _("Phone Number ID"))
        numbers = self._ask(
            channel, "phone_numbers", channel.whatsapp_business_account_id, _("Business Account ID")
        )
        if channel.whatsapp_phone_number_id not in numbers:
            raise UserError(_("This phone number does not belong to this business account."))
        channel.address = number.get("display_phone_number") or channel.address
        return _(
            "WhatsApp answers as %(name)s, %(number)s.",
            name=number.get("verified_name") or "?",
            number=number.get("display_phone_number") or "?",
        )

    @api.model
    def _check_complete(self, channel):
        """Say what is still to be filled in."""
        for name in ("phone_number_id", "business_account_id", "token", "app_secret"):
            if not channel[f"whatsapp_{name}"]:
                label = channel._fields[f"whatsapp_{name}"].get_description(self.env)["string"]
                raise UserError(self._why_incomplete(channel, name, label))

    @api.model
    def _why_incomplete(self, channel, name, label):
        field = channel._fields[f"whatsapp_{name}"]
        if field.groups and not self.env.user.has_groups(field.groups):
            return _("The %s is missing. Only an administrator of the whole system can enter it.", label)
        return _("Fill in the %s first.", label)

    @api.model
    def _ask(self, channel, question, about, label):
        """One question to the API; what it refuses is said in words."""
        try:
            return getattr(channel._whatsapp_api(), question)(about)
        except SendError as error:
            if error.code == "100":
                raise UserError(
                    _("WhatsApp finds nothing under this %s, or the access token may not see it.", label)
                )
            text = self._in_words(error.text)
            if error.code in ("connect", "timeout"):
                address = channel.whatsapp_api_url
                raise UserError(
                    _(
                        "%(text)s Is %(address)s right, and may this server reach it?",
                        text=text,
                        address=address,
                    )
                )
            raise UserError(_("WhatsApp says (%(code)s): %(text)s", code=error.code, text=text))


def _harmless_type(declared, content):
    """The type to store a customer's file under; what it calls itself is not believed."""
    found = guess_mimetype(content, default="application/octet-stream")
    if any(mark in found for mark in ("html", "svg", "javascript")) or found in (
        "text/xml",
        "application/xml",
    ):
        return "text/plain"
    return declared if declared in HARMLESS_TYPES else "application/octet-stream"


def _harmless_name(name, mimetype):
    """A file name without folders, with the ending of its type if it has none."""
    name = name.replace("\\", "/").rpartition("/")[2].strip(". ") or "file"
    return name if "." in name else f"{name}{mimetypes.guess_extension(mimetype) or ''}"
