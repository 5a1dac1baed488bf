"""What Meta posts: webhook bodies made of messages and statuses."""

import base64
import json
import secrets
import time

from .errors import GraphError
from .rules import MEDIA_KINDS

# The parts of a control request that are not content of the message.
CONTROL_KEYS = {
    "number",
    "customer",
    "type",
    "context_id",
    "forwarded",
    "timestamp",
    "id",
    "files",
    "extra",
    "referral",
}


def content_of(kind, values, media=None):
    """The content of an inbound message as the phone sends it: {kind: …} (edits and the like included)."""
    if kind in values:  # given in Meta's own form
        return values[kind]
    maker = _MAKERS.get(kind)
    if kind in MEDIA_KINDS:
        return _media(kind, values, media)
    return maker(values) if maker else {k: v for k, v in values.items() if k not in CONTROL_KEYS}


def _media(kind, values, media):
    content = {
        "mime_type": media.mime_type,
        "sha256": base64.b64encode(media.digest).decode(),
        "id": media.id,
    }
    if values.get("caption"):
        content["caption"] = values["caption"]
    if kind == "document":
        content["filename"] = media.filename
    if kind == "audio":
        content["voice"] = bool(values.get("voice"))
    if kind == "sticker":
        content["animated"] = bool(values.get("animated"))
    return content


def _interactive(values):
    if "list_reply" in values:
        return {"type": "list_reply", "list_reply": values["list_reply"]}
    if "nfm_reply" in values:
        reply = values["nfm_reply"]
        return {
            "type": "nfm_reply",
            "nfm_reply": {
                "name": "flow",
                "body": "Sent",
                "response_json": reply if isinstance(reply, str) else json.dumps(reply),
            },
        }
    reply = values.get("button_reply") or {
        "id": values.get("reply_id", "1"),
        "title": values.get("title", "Yes"),
    }
    return {"type": "button_reply", "button_reply": reply}


def _edit(values):
    return {
        "original_message_id": values["original_id"],
        "message": {"type": "text", "text": {"body": values["body"]}},
    }


def _reaction(values):
    reaction = {"message_id": values["message_id"]}
    if values.get("emoji"):
        reaction["emoji"] = values["emoji"]
    return reaction


_MAKERS = {
    "text": lambda v: {"body": v["body"]},
    "location": lambda v: {k: v[k] for k in ("latitude", "longitude", "name", "address", "url") if k in v},
    "reaction": _reaction,
    "interactive": _interactive,
    "button": lambda v: {"text": v["text"], "payload": v.get("payload", v["text"])},
    "edit": _edit,
    "revoke": lambda v: {"original_message_id": v["original_id"]},
    "order": lambda v: {
        "catalog_id": v.get("catalog_id", "1"),
        "text": v.get("text", ""),
        "product_items": v.get("product_items", []),
    },
}


def message_update(message, customer, values):
    """One element of `messages[]`."""
    found = {"id": message.id, "timestamp": str(int(message.timestamp)), "type": message.type}
    if customer.wa_id:
        found["from"] = customer.wa_id
    if customer.user_id:
        found["from_user_id"] = customer.user_id
    if message.type == "unsupported":
        found["errors"] = [
            GraphError(values.get("code", 131051), "Message type is currently not supported.").in_webhook()
        ]
    elif message.type != "request_welcome":
        found[message.type] = message.content
    context = _context(message, values)
    if context:
        found["context"] = context
    if values.get("referral"):
        found["referral"] = values["referral"]
    found.update(values.get("extra") or {})
    return found


def _context(message, values):
    context = {}
    if message.context_id:
        context = {"id": message.context_id, "from": values.get("context_from", "")}
    if values.get("forwarded"):
        context["forwarded"] = True
    return context


def contact_of(customer):
    """One element of `contacts[]`."""
    contact = {"profile": {"name": customer.name}}
    if customer.username:
        contact["profile"]["username"] = customer.username
    if customer.wa_id:
        contact["wa_id"] = customer.wa_id
    if customer.user_id:
        contact["user_id"] = customer.user_id
    return contact


def status_update(message, customer, status, error=None):
    """One element of `statuses[]`."""
    found = {"id": message.id, "status": status, "timestamp": str(int(time.time()))}
    if customer.wa_id:
        found["recipient_id"] = customer.wa_id
    if customer.user_id:
        found["recipient_user_id"] = customer.user_id
    if message.opaque:
        found["biz_opaque_callback_data"] = message.opaque
    if status == "failed":
        found["errors"] = [error or GraphError(131000).in_webhook()]
    elif status in ("sent", "delivered"):
        category = "utility" if message.type == "template" else "service"
        found["conversation"] = {"id": secrets.token_hex(16), "origin": {"type": category}}
        found["pricing"] = {"billable": category != "service", "pricing_model": "PMP", "category": category}
    return found


def body_of(updates, numbers):
    """One webhook body of many updates ({waba_id, number_id, field, part, update, contact})."""
    entries = {}
    for update in updates:
        changes = entries.setdefault(update["waba_id"], {})
        if update["part"] == "value":
            changes[len(changes)] = {"value": update["update"], "field": update["field"]}
            continue
        place = (update["number_id"], update["part"])
        if place not in changes:
            changes[place] = {
                "value": _value(numbers.get(update["number_id"]), update),
                "field": update["field"],
            }
        value = changes[place]["value"]
        value.setdefault(update["part"], []).append(update["update"])
        contact = update.get("contact")
        if contact and contact not in value.setdefault("contacts", []):
            value["contacts"].append(contact)
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": waba_id, "changes": list(changes.values())} for waba_id, changes in entries.items()],
    }


def _value(number, update):
    shown = "".join(c for c in number.display_phone_number if c.isdigit()) if number else ""
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": shown, "phone_number_id": update["number_id"]},
    }
