"""What happens: a business sends, a customer writes, a message is read."""

import base64
import time
from dataclasses import asdict

from . import payloads, rules
from .errors import GraphError
from .state import Message, new_wamid


class Service:
    """The acts, on the world and the webhook sender."""

    def __init__(self, world, sender):
        self.world, self.sender = world, sender

    # --- the business ---
    def send(self, number, payload):
        """Meta's POST …/messages. Returns the answer's JSON."""
        kind = rules.check_envelope(payload)
        customer = self._recipient(number, payload)
        self._check_content(number, kind, payload[kind])
        error = self._refusal(number, customer, kind)
        message = self._accept(number, customer, kind, payload)
        if error:
            self._fail(message, customer, error)
        else:
            self._statuses(message, customer)
        return self._answer(payload, customer, message)

    def mark_read(self, number, payload):
        """Marking a customer's message as read, perhaps with the typing indicator."""
        message = self.world.messages.get(payload.get("message_id"))
        if not message or message.number_id != number.id or message.direction != "in":
            raise GraphError(131009, "Invalid message_id: no such message of a customer.")
        typing = bool(payload.get("typing_indicator"))
        with self.world.lock:
            self.world.reads.append({"at": time.time(), "message_id": message.id, "typing": typing})
        for other in self.world.chat(number.id, message.customer):
            if other.direction == "in" and other.timestamp <= message.timestamp:
                self.world.raise_status(other, "read")
        return {"success": True}

    def _recipient(self, number, payload):
        if rules.digits(payload.get("to")) == rules.digits(number.display_phone_number):
            raise GraphError(131021, "Recipient phone number cannot be the sender's.")
        customer = self.world.find_customer(payload.get("to"), payload.get("recipient"))
        if customer:
            return customer
        if payload.get("recipient"):
            raise GraphError(131026, "Message undeliverable: no such user id.")
        if not 7 <= len(rules.digits(payload["to"])) <= 15:
            raise GraphError(131009, "Parameter 'to' is not a phone number.")
        return self.world.add_customer({"wa_id": payload["to"]})

    def _check_content(self, number, kind, content):
        if kind == "text":
            rules.check_text(content)
        elif kind == "template":
            self._check_template(number, content)
        elif kind in rules.MEDIA_KINDS:
            rules.check_media(kind, content, self._uploaded(content))
        elif kind == "reaction":
            rules.check_reaction(content, content.get("message_id") in self.world.messages)
        elif kind == "interactive":
            rules.check_interactive(content)

    def _check_template(self, number, content):
        template = rules.find_template(self.world.account_of(number.id).templates, content)
        rules.check_template(template, content)
        header = rules.render_template(template, content)["header"] or {}
        if header.get("type") in rules.MEDIA_KINDS:
            inner = header.get(header["type"]) or {}
            rules.check_media(header["type"], inner, self._uploaded(inner))

    def _uploaded(self, content):
        media = self.world.media.get(str(content.get("id")))
        return media.mime_type if media and not media.expired else None

    def _refusal(self, number, customer, kind):
        """What speaks against this recipient now: raised, or returned for a status that comes later."""
        try:
            if not customer.on_whatsapp:
                raise GraphError(131026, "Message undeliverable.")
            if kind != "template":
                rules.check_window(self.world.last_inbound.get((number.id, customer.key)), time.time())
        except GraphError as error:
            if self.world.behaviour.refuse_by == "answer":
                raise
            return error
        fault = self.world.take_fault("delivery", number.id)
        return GraphError(fault.get("code", 131026), fault.get("details")) if fault else None

    def _accept(self, number, customer, kind, payload):
        message = Message(
            id=new_wamid(),
            direction="out",
            number_id=number.id,
            customer=customer.key,
            type=kind,
            content=payload[kind],
            timestamp=time.time(),
            context_id=(payload.get("context") or {}).get("message_id", ""),
            opaque=payload.get("biz_opaque_callback_data") or "",
        )
        with self.world.lock:
            self.world.sends.append(
                {
                    "serial": next(self.world.serial),
                    "at": message.timestamp,
                    "id": message.id,
                    "number_id": number.id,
                    "customer": customer.key,
                    "type": kind,
                    "opaque": message.opaque,
                    "payload": payload,
                }
            )
        self.world.add_message(message)
        if kind == "reaction":
            self._react(payload["reaction"], "business")
        return message

    def _answer(self, payload, customer, message):
        contact = {"input": payload.get("to") or payload.get("recipient")}
        if customer.wa_id:
            contact["wa_id"] = customer.wa_id
        if customer.user_id:
            contact["user_id"] = customer.user_id
        answer = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message.id}]}
        if message.type == "template":
            answer["messages"][0]["message_status"] = "accepted"
        return answer

    def _fail(self, message, customer, error):
        with self.world.lock:
            message.status, message.error = "failed", error.in_webhook()
        self.world.touch(message)
        self._post_status(message, customer, "failed", self.world.behaviour.status_delay, error.in_webhook())

    def _statuses(self, message, customer):
        delay = 0.0
        for status in self.world.behaviour.statuses:
            delay += self.world.behaviour.status_delay
            self.give_status(message, status, delay)

    def give_status(self, message, status, delay=0.0, error=None, force=False):
        """Lets a message of the business become sent, delivered, read … (`force`: even backwards)."""
        customer = self.world.customers[message.customer]
        if status == "failed":
            self._fail(message, customer, error or GraphError(131026, "Message undeliverable."))
        elif self.world.raise_status(message, status) or force:
            self._post_status(message, customer, status, delay)

    def _post_status(self, message, customer, status, delay=0.0, error=None):
        update = self._update(
            message.number_id, "statuses", payloads.status_update(message, customer, status, error)
        )
        with self.world.lock:
            if self.world.behaviour.withhold_statuses:
                self.world.withheld.append((update, customer.key))
                return
        self.sender.post(update, customer.key, delay)

    def release_statuses(self):
        with self.world.lock:
            withheld, self.world.withheld = self.world.withheld, []
        for update, customer in withheld:
            self.sender.post(update, customer)
        return len(withheld)

    # --- the customer ---
    def write(self, values):
        """A customer writes. `files` makes several messages, as a phone does with an album."""
        number = self.world.numbers[values["number"]]
        customer = self._author(values["customer"])
        kind = values.get("type") or ("text" if "body" in values else "image")
        files = values.get("files") or (
            [values] if kind in rules.MEDIA_KINDS and kind not in values else [None]
        )
        written = []
        for index, file in enumerate(files):
            one = {**values, **(file or {})}
            if index:
                one.pop("caption", None)
                one.pop("id", None)
            written.append(
                self._write_one(number, customer, kind if not file else _file_kind(file, kind), one, file)
            )
        return written

    def _author(self, given):
        if isinstance(given, str):
            return self.world.customers.get(given) or self.world.add_customer({"wa_id": given})
        key = rules.digits(given.get("wa_id")) or given.get("user_id")
        known = self.world.customers.get(key)
        if known and all(getattr(known, name) == value for name, value in given.items() if name != "wa_id"):
            return known
        return self.world.add_customer(given)

    def _write_one(self, number, customer, kind, values, file):
        media = self._store_file(number, kind, file) if file else None
        message = Message(
            id=values.get("id") or new_wamid(),
            direction="in",
            number_id=number.id,
            customer=customer.key,
            type=kind,
            content=payloads.content_of(kind, values, media),
            timestamp=float(values.get("timestamp") or time.time()),
            context_id=values.get("context_id") or "",
        )
        self.world.add_message(message)
        self._apply(message)
        update = payloads.message_update(message, customer, self._with_quoted_author(number, message, values))
        self.sender.post(
            self._update(number.id, "messages", update, payloads.contact_of(customer)), customer.key
        )
        return message

    def _with_quoted_author(self, number, message, values):
        quoted = self.world.messages.get(message.context_id)
        author = number.display_phone_number if not quoted or quoted.direction == "out" else quoted.customer
        return {**values, "context_from": rules.digits(author)}

    def _store_file(self, number, kind, file):
        data = base64.b64decode(file.get("data") or "")
        mime_type = file.get("mime_type") or _DEFAULT_MIME[kind]
        return self.world.add_media(number.id, mime_type, file.get("filename") or f"{kind}", data)

    def _apply(self, message):
        """Reactions, edits and revocations change the message that they are about, on the phone too."""
        if message.type == "reaction":
            self._react(message.content, "customer")
        if message.type not in ("edit", "revoke"):
            return
        target = self.world.messages.get(message.content.get("original_message_id"))
        if target and message.type == "edit":
            target.content = {**target.content, **message.content["message"].get(target.type, {})}
            self.world.touch(target)
        elif target and message.type == "revoke":
            target.type, target.content = "revoked", {}
            self.world.touch(target)

    def _react(self, reaction, who):
        target = self.world.messages.get(reaction["message_id"])
        if target:
            target.reactions = {**target.reactions, who: reaction.get("emoji") or ""}
            self.world.touch(target)

    def read_chat(self, number_id, customer):
        """The customer looks at the chat: everything the business sent becomes read."""
        for message in self.world.chat(number_id, customer):
            if (
                message.direction == "out"
                and message.type != "reaction"
                and message.status in ("sent", "delivered")
            ):
                self.give_status(message, "read")

    def post_value(self, waba_id, field, value):
        """Any other webhook: a template's status, an account's update …"""
        self.sender.post(
            {"waba_id": waba_id, "number_id": "", "field": field, "part": "value", "update": value}, field
        )

    def _update(self, number_id, part, update, contact=None):
        found = {
            "waba_id": self.world.numbers[number_id].waba_id,
            "number_id": number_id,
            "field": "messages",
            "part": part,
            "update": update,
        }
        return {**found, "contact": contact} if contact else found

    def show(self, message):
        """A message as the phone page and the tests read it."""
        shown = asdict(message)
        if message.type == "template":
            templates = self.world.account_of(message.number_id).templates
            try:
                template = rules.find_template(templates, message.content)
                shown["rendered"] = rules.render_template(template, message.content)
            except GraphError:  # the template is gone since
                shown["rendered"] = {
                    "header": None,
                    "body": message.content.get("name"),
                    "footer": "",
                    "buttons": [],
                }
        return shown


_DEFAULT_MIME = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/ogg; codecs=opus",
    "document": "application/pdf",
    "sticker": "image/webp",
}


def _file_kind(file, default):
    if file.get("type") in rules.MEDIA_KINDS:
        return file["type"]
    prefix = (file.get("mime_type") or "").partition("/")[0]
    if default == "image" and prefix:
        return prefix if prefix in ("image", "video", "audio") else "document"
    return default
