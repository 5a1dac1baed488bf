"""Webhook bodies as Meta documents them, put together from small parts."""

import json

ACCOUNT = "106540352242922"
BUSINESS = "102290129340398"
CUSTOMER = "31612345678"
TIME = "1764000000"  # 2025-11-24 16:00:00 UTC


def message(kind="text", uid="wamid.1", **parts):
    """One element of ``messages``."""
    found = {"from": CUSTOMER, "id": uid, "timestamp": TIME, "type": kind}
    if kind == "text":
        found["text"] = {"body": "Where is my order?"}
    return found | parts


def status(name="delivered", uid="wamid.9", **parts):
    """One element of ``statuses``."""
    return {"id": uid, "status": name, "timestamp": TIME, "recipient_id": CUSTOMER} | parts


def value(account=ACCOUNT, name="Ada", wa_id=CUSTOMER, **parts):
    """The ``value`` of a change in the field ``messages``."""
    metadata = {"display_phone_number": "31201234567", "phone_number_id": account}
    contacts = [{"profile": {"name": name}, "wa_id": wa_id}]
    return {"messaging_product": "whatsapp", "metadata": metadata, "contacts": contacts} | parts


def change(content, field="messages"):
    """One element of ``changes``."""
    return {"field": field, "value": content}


def body(*changes, business=BUSINESS):
    """A whole body with one entry."""
    return {"object": "whatsapp_business_account", "entry": [{"id": business, "changes": list(changes)}]}


def raw(found):
    """The bytes of a body."""
    return json.dumps(found).encode()


def messages(*found, **parts):
    """The bytes of a body with these messages."""
    return raw(body(change(value(messages=list(found), **parts))))


def statuses(*found):
    """The bytes of a body with these statuses."""
    return raw(body(change(value(statuses=list(found)))))
