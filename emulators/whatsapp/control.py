"""The control API under /_emulator/: for tests, the demo and the phone page."""

import time
from collections import Counter
from dataclasses import asdict, fields
from pathlib import Path

from werkzeug.wrappers import Response

from .errors import GraphError
from .graph import json_response
from .state import Behaviour

PHONE_PAGE = Path(__file__).parent / "phone.html"
LONG_POLL = 25
BEHAVIOURS = {field.name for field in fields(Behaviour)}
FAULT_KINDS = {"error", "http", "delay", "drop_before", "drop_after", "fail"}
FAULT_PLACES = {"send", "delivery", "upload", "media", "download", "number", "templates"}


class Control:
    """Handlers named after method and path."""

    def __init__(self, world, service, graph):
        self.world, self.service, self.graph = world, service, graph

    def handle(self, request, name):
        handler = getattr(self, f"{request.method.lower()}_{name}", None)
        if handler is None:
            return json_response({"error": f"no such control: {request.method} {name}"}, 404)
        try:
            values = (
                request.get_json(silent=True) or {} if request.method != "GET" else request.args.to_dict()
            )
            return json_response(handler(values))
        except GraphError as error:
            return json_response(error.body(), error.http)
        except (KeyError, ValueError, TypeError) as error:
            return json_response({"error": f"{type(error).__name__}: {error}"}, 400)

    def page(self):
        return Response(PHONE_PAGE.read_bytes(), content_type="text/html; charset=utf-8")

    # --- set up ---
    def post_accounts(self, values):
        """Adds or replaces an account; a callback is verified first, unless `verify` is false."""
        values = dict(values)
        verify = values.pop("verify", True)
        urls = values.pop("callback_urls", None) or [u for u in [values.pop("callback_url", None)] if u]
        values.pop("callback_url", None)
        account = self.world.add_account(values)
        self._register(account, urls, account.verify_token, verify)
        return asdict(account)

    def get_accounts(self, _values):
        return [asdict(account) for account in self.world.accounts.values()]

    def post_callback(self, values):
        account = self.world.accounts[values["waba_id"]]
        urls = values["callback_urls"] if "callback_urls" in values else [values["callback_url"]]
        token = values.get("verify_token", account.verify_token)
        self._register(account, urls, token, values.get("verify", True))
        account.app_secret = values.get("app_secret", account.app_secret)
        return asdict(account)

    def _register(self, account, urls, verify_token, verify):
        if verify and urls:
            self.graph.set_callback(account, urls, verify_token)
        else:
            account.callback_urls, account.verify_token = urls, verify_token

    def post_numbers(self, values):
        return asdict(self.world.add_number(values))

    def get_numbers(self, _values):
        return [asdict(number) for number in self.world.numbers.values()]

    def post_templates(self, values):
        account = self.world.accounts[values["waba_id"]]
        return self.world.add_template(account, values["template"])

    def post_customers(self, values):
        return asdict(self.world.add_customer(values))

    def get_customers(self, _values):
        return [asdict(customer) for customer in self.world.customers.values()]

    # --- the customer acts ---
    def post_inbound(self, values):
        """One message (or album), or many at once in `messages`."""
        many = values.get("messages") or [values]
        return {"messages": [self.service.show(m) for one in many for m in self.service.write(one)]}

    def post_read(self, values):
        self.service.read_chat(values["number"], values["customer"])
        return {"success": True}

    def post_status(self, values):
        """Gives a status to a message by hand; `force`, `code` for a failed one."""
        message = self.world.messages[values["id"]]
        error = GraphError(values["code"], values.get("details")) if values.get("code") else None
        self.service.give_status(
            message, values["status"], values.get("delay", 0.0), error, values.get("force", True)
        )
        return self.service.show(message)

    def post_last_inbound(self, values):
        """Moves a customer's last message, to open or close the window: `ago` seconds or `at`."""
        at = values["at"] if "at" in values else time.time() - values["ago"]
        with self.world.lock:
            self.world.last_inbound[values["number"], values["customer"]] = at
        return {"at": at}

    def post_value(self, values):
        self.service.post_value(values["waba_id"], values["field"], values["value"])
        return {"success": True}

    def post_raw(self, values):
        """Posts this text to the account's callback now, signed; returns the answer."""
        account = self.world.accounts[values["waba_id"]]
        return self.service.sender.post_raw(account, values["body"].encode(), values.get("headers"))

    # --- misbehave ---
    def post_behaviour(self, values):
        unknown = set(values) - BEHAVIOURS
        if unknown:
            raise ValueError(f"no such behaviour: {', '.join(sorted(unknown))}")
        with self.world.lock:
            for name, value in values.items():
                setattr(self.world.behaviour, name, value)
        return asdict(self.world.behaviour)

    def get_behaviour(self, _values):
        return asdict(self.world.behaviour)

    def post_faults(self, values):
        """The next `count` requests go wrong: {kind, on, count, code, http, seconds, number_id}."""
        fault = {"kind": "error", "on": "send", "count": 1, **values}
        if fault["kind"] not in FAULT_KINDS or fault["on"] not in FAULT_PLACES:
            raise ValueError("unknown kind or place of fault")
        with self.world.lock:
            self.world.faults.append(fault)
        return fault

    def delete_faults(self, _values):
        self.world.faults.clear()
        return {"success": True}

    def post_expire_media(self, values):
        """One media id, or all there are."""
        with self.world.lock:
            for media in [self.world.media[values["id"]]] if values.get("id") else self.world.media.values():
                media.expired = True
        return {"success": True}

    def post_release(self, _values):
        """Lets go the statuses and webhooks that were kept back."""
        return {"statuses": self.service.release_statuses(), "webhooks": self.service.sender.release()}

    # --- logs ---
    def get_sends(self, values):
        with self.world.lock:
            sends = [s for s in self.world.sends if s["serial"] > int(values.get("after", 0))]
        counts = Counter(s["opaque"] for s in sends if s["opaque"])
        return {"sends": sends, "total": len(sends), "by_opaque": dict(counts)}

    def get_refusals(self, _values):
        return list(self.world.refusals)

    def get_reads(self, _values):
        return list(self.world.reads)

    def get_deliveries(self, values):
        """Webhook posts and their answers; `brief` leaves the bodies out."""
        with self.world.lock:
            rows = list(self.world.deliveries)
        if values.get("brief"):
            rows = [{k: v for k, v in row.items() if k != "body"} for row in rows]
        return {"deliveries": rows, "pending": self.service.sender.pending()}

    def get_messages(self, _values):
        return [self.service.show(message) for message in list(self.world.messages.values())]

    def post_reset(self, values):
        """Forgets everything, or with `logs` only the logs."""
        if values.get("logs"):
            self.world.clear_logs()
            return {"success": True}
        self.service.sender.clear()
        self.world.clear()
        return {"success": True}

    def get_health(self, _values):
        return {"ok": True, "pending": self.service.sender.pending()}

    # --- the phone page ---
    def get_phone(self, _values):
        return {
            "numbers": self.get_numbers({}),
            "customers": self.get_customers({}),
            "chats": self._chats(),
            "version": self.world.version,
        }

    def _chats(self):
        latest, unread = {}, Counter()
        with self.world.lock:
            for message in self.world.messages.values():
                pair = (message.number_id, message.customer)
                latest[pair] = message
                unread[pair] += message.direction == "out" and message.status in ("sent", "delivered")
        return [
            {
                "number": number,
                "customer": customer,
                "last": message.timestamp,
                "preview": _preview(self.service.show(message)),
                "unread": unread[number, customer],
            }
            for (number, customer), message in latest.items()
        ]

    def get_chat(self, values):
        """The messages of a chat that changed after `since`; waits for one up to 25 s."""
        since, until = int(values.get("since", 0)), time.monotonic() + LONG_POLL
        with self.world.changed:
            if since > self.world.version:  # the emulator was restarted
                since = 0
            while since and self.world.version <= since and time.monotonic() < until:
                self.world.changed.wait(until - time.monotonic())
            version = self.world.version
            found = self.world.chat(values["number"], values["customer"], since)
        return {"version": version, "messages": [self.service.show(message) for message in found]}

    def file(self, media_id):
        """A picture for the phone page, which has no token."""
        media = self.world.media.get(media_id)
        if not media:
            return Response("gone", 404)
        response = Response(media.data, content_type=media.mime_type)
        response.headers["Content-Disposition"] = "inline"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "sandbox"
        return response


def _preview(shown):
    content = shown["content"] if isinstance(shown["content"], dict) else {}
    body = shown.get("rendered", content).get("body")
    if isinstance(body, dict):  # an interactive message
        body = body.get("text")
    return body or content.get("caption") or content.get("text") or shown["type"].capitalize()
