import hmac
import mimetypes

from odoo import _, api, models
from odoo.exceptions import UserError

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
    "document": ((), 100 * MB),
}


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
        return dict(values, phone=identity.address) if identity.key.startswith("+") else values

    @api.model
    def _recipients(self, channel, partner):
        number = partner.phone_sanitized
        return [{"key": canonical_key(number), "address": number}] if number else []

    # -- sending -----------------------------------------------------------

    @api.model
    def _capabilities(self, channel):
        return dict(
            super()._capabilities(channel),
            max_text=wire.MAX_TEXT,
            window_hours=24,
            templates=True,
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
            limit = MEDIA_TYPES[self._media_kind(attachment)][1]
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
        mimetype = (attachment.mimetype or "").split(";")[0]
        for kind, (types, _limit) in MEDIA_TYPES.items():
            if mimetype in types:
                return kind
        return "document"

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
        content, mimetype, name = attachment.raw, attachment.mimetype, attachment.name
        kind, values = self._media_kind(attachment), self._outbound_values(message)

        def send_file():
            reference = api_access.upload(phone_id, content, mimetype, name)
            media = Media(kind, reference, mimetype, name)
            return api_access.send(phone_id, wire.build(OutboundMessage(**values, kind=kind, media=media)))

        return send_file

    @api.model
    def _outbound(self, message):
        payload = message.payload or {}
        return OutboundMessage(
            **self._outbound_values(message),
            kind="template" if payload else "text",
            text=message.body or "",
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
            return content, mimetype, name or f"{kind}{mimetypes.guess_extension(mimetype) or ''}"

        return fetch

    # -- the account -------------------------------------------------------

    @api.model
    def _handle_other(self, channel, item):
        if isinstance(item, TemplateUpdate):
            return self.env["omnichannel.whatsapp.template"]._apply_update(channel, item)
        if isinstance(item, AccountError):
            channel.write({"state": "degraded", "state_reason": wire.words(item.code, item.text)})
            return None
        return _("WhatsApp reports something that is not known here: %s", getattr(item, "what", ""))

    @api.model
    def _test_connection(self, channel):
        """Ask for the number and whether it belongs to the business account."""
        for name in ("phone_number_id", "business_account_id", "token", "app_secret"):
            if not channel[f"whatsapp_{name}"]:
                label = channel._fields[f"whatsapp_{name}"].get_description(self.env)["string"]
                raise UserError(_("Fill in the %s first.", label))
        try:
            number = channel._whatsapp_api().phone_number(channel.whatsapp_phone_number_id)
            numbers = channel._whatsapp_api().phone_numbers(channel.whatsapp_business_account_id)
        except SendError as error:
            raise UserError(
                _("WhatsApp says (%(code)s): %(text)s", code=error.code, text=error.text)
            ) from error
        if channel.whatsapp_phone_number_id not in numbers:
            raise UserError(_("This phone number does not belong to this business account."))
        channel.address = number.get("display_phone_number") or channel.address
        return _(
            "WhatsApp answers as %(name)s, %(number)s.",
            name=number.get("verified_name") or "?",
            number=number.get("display_phone_number") or "?",
        )
