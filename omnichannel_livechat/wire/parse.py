"""The journal's form of what happened in a session: JSON that this add-on writes itself.

It is read like any provider's body all the same: what cannot be read is dead, what is not known is told.
"""

import json
import uuid
from datetime import datetime

from odoo.addons.omnichannel_inbox.wire import (
    InboundMessage,
    Introduction,
    MalformedBody,
    Media,
    MessageEcho,
    MessageEdit,
    MessageRevoke,
    Rating,
    Reaction,
    Sender,
    Unknown,
)


def body(account, session, items):
    """A body of the journal.

    :param int account: id of the website's live chat channel
    :param int session: id of the session
    :param items: list of dict, see ``_ITEMS``; each says who the visitor is
    """
    # The same may happen twice: an edit that is taken back and made again. Each is told once.
    nonce = uuid.uuid4().hex
    content = {"account": str(account), "session": session, "nonce": nonce, "items": items}
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def parse(raw):
    """The events of a body, in order.

    :raise MalformedBody: it is none of ours
    """
    try:
        content = json.loads(raw)
        account, items = str(content["account"]), list(content["items"])
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedBody from error
    return [_item(account, item) for item in items]


def _item(account, item):
    try:
        return _ITEMS[item["kind"]](account, item)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Unknown(account, "livechat", json.dumps(item)[:500])


def _visitor(item):
    visitor = item["visitor"]
    key = str(visitor["key"])
    return Sender(
        key=key,
        # Who gave none is told apart by their number.
        address=str(visitor.get("address") or "#" + key.partition(":")[2]),
        uid=key,
        name=str(visitor.get("name") or ""),
    )


def _moment(item):
    return datetime.fromisoformat(item["at"])


def _media(file):
    mimetype = str(file.get("mimetype") or "")
    kind = mimetype.partition("/")[0]
    return Media(
        kind=kind if kind in ("image", "video", "audio") else "document",
        provider_ref=str(int(file["id"])),
        mimetype=mimetype,
        filename=str(file.get("name") or ""),
        voice=bool(file.get("voice")),
    )


def _message(account, item):
    media = tuple(_media(file) for file in item.get("files", ()))
    text = str(item.get("text") or "")
    common = {
        "account": account,
        "uid": str(int(item["id"])),
        "timestamp": _moment(item),
        "kind": "text" if text or not media else media[0].kind,
        "text": text,
        "html": str(item.get("html") or ""),
        "media": media,
        "reply_to": str(int(item["parent"])) if item.get("parent") else None,
    }
    if item["direction"] == "out":
        return MessageEcho(recipient=_visitor(item), by=str(item.get("by") or ""), **common)
    return InboundMessage(sender=_visitor(item), **common)


def _edit(account, item):
    return MessageEdit(
        account,
        _uid(item),
        str(int(item["id"])),
        _visitor(item),
        str(item["text"]),
        _moment(item),
        str(item["by"]),
    )


def _revoke(account, item):
    return MessageRevoke(
        account, _uid(item), str(int(item["id"])), _visitor(item), _moment(item), str(item["by"])
    )


def _reaction(account, item):
    return Reaction(
        account,
        _uid(item),
        _visitor(item),
        str(int(item["id"])),
        tuple(str(emoji) for emoji in item["emojis"]),
        _moment(item),
        str(item["by"]),
    )


def _rating(account, item):
    value = float(item["value"])
    if not 1 <= value <= 5:
        raise ValueError(value)
    return Rating(
        account,
        _visitor(item),
        value,
        _moment(item),
        target_uid=str(int(item["id"])) if item.get("id") else None,
        comment=str(item.get("comment") or ""),
        by=str(item.get("by") or ""),
    )


def _introduction(account, item):
    former = str(item.get("former") or "")
    said = {name: str(item.get(name) or "") for name in ("email", "phone", "ref", "order")}
    return Introduction(
        account,
        _visitor(item),
        _moment(item),
        is_proven=item.get("proven") is True,
        former=Sender(key=former, address=former, uid=former) if former else None,
        **said,
    )


def _uid(item):
    """What happened to a message has no id of its own."""
    return f"{item['kind']}:{int(item['id'])}:{item['at']}"


_ITEMS = {
    "message": _message,
    "edit": _edit,
    "revoke": _revoke,
    "reaction": _reaction,
    "introduction": _introduction,
    "rating": _rating,
}
