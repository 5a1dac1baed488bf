import hmac
import json
from datetime import datetime

from odoo import api, models

from odoo.addons.omnichannel_inbox.wire import (
    InboundMessage,
    MalformedBody,
    Media,
    MessageStatus,
    Sender,
    SendError,
    SendResult,
    Unknown,
    variants,
)


class OmnichannelAdapterTest(models.AbstractModel):
    """The smallest channel: JSON items in, scripted outcomes out."""

    _name = "omnichannel.adapter.test"
    _inherit = "omnichannel.adapter"
    _description = "Test channel adapter"

    @api.model
    def _webhook_get(self, channel, params):
        return params.get("challenge")

    @api.model
    def _verify(self, channel, raw, headers):
        signature = headers.get("X-Test-Signature")
        if signature is None:
            return None
        if not channel.test_secret:
            return False
        return hmac.compare_digest(hmac.digest(channel.test_secret.encode(), raw, "sha256").hex(), signature)

    @api.model
    def _parse(self, channel, raw):
        try:
            items = json.loads(raw)["items"]
        except (ValueError, KeyError, TypeError) as error:
            raise MalformedBody("not a test body") from error
        return [self._item(item) for item in items]

    @api.model
    def _item(self, item):
        account = item.get("account", "main")
        moment = datetime.fromisoformat(item.get("at", "2026-01-01T00:00:00"))
        if "text" in item or "media" in item:
            return InboundMessage(
                account=account,
                uid=item["uid"],
                sender=Sender(key=item["from"], address=item["from"], name=item.get("name", "")),
                timestamp=moment,
                kind=item.get("kind", "text"),
                text=item.get("text", ""),
                media=tuple(Media("image", ref, "image/png", f"{ref}.png") for ref in item.get("media", ())),
                reply_to=item.get("reply_to"),
                silent=item.get("silent", False),
                from_program=item.get("from_program", False),
            )
        if "status" in item:
            return MessageStatus(
                account=account,
                uid=item["uid"],
                status=item["status"],
                timestamp=moment,
                reference=item.get("reference"),
            )
        return Unknown(account=account, what=json.dumps(item))

    @api.model
    def _route(self, channel, account):
        return channel.search(
            [
                ("channel_type", "=", "test"),
                ("test_account", "=", account),
                ("test_secret", "=", channel.test_secret),
            ],
            limit=1,
        )

    @api.model
    def _partner_domain(self, identity):
        return [("phone_sanitized", "in", sorted(variants(identity.key)))]

    @api.model
    def _recipients(self, channel, email, phone):
        return [{"key": phone, "address": phone}] if phone else []

    @api.model
    def _capabilities(self, channel):
        return dict(super()._capabilities(channel), window_hours=24)

    @api.model
    def _prepare_send(self, message):
        outcomes = list(message.channel_id.test_outcomes or ())
        outcome = outcomes.pop(0) if outcomes else "ok"
        message.channel_id.test_outcomes = outcomes
        uid = f"test-{message.reference}"

        def send():
            if outcome != "ok":
                raise SendError(outcome[0], f"refused with {outcome[0]}", outcome[1])
            return SendResult(uid)

        return send

    @api.model
    def _prepare_fetch(self, message):
        reference = message.media_ref

        def fetch():
            if reference == "gone":
                raise SendError("gone", "The file is gone.", "permanent")
            return b"content of " + reference.encode(), "text/plain", f"{reference}.txt"

        return fetch

    @api.model
    def _test_connection(self, channel):
        return "It works."
