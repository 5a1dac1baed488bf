"""A small client of the control API, for tests and for the demo."""

import base64
import time

import requests


class EmulatorClient:
    """Speaks to a running emulator: `EmulatorClient("http://127.0.0.1:8075")`."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False

    # --- set up ---
    def add_account(self, **values):
        """waba_id, name, token, app_secret, verify_token, callback_url(s), verify, templates."""
        return self._post("accounts", values)

    def add_number(self, waba_id, display_phone_number, **values):
        return self._post(
            "numbers", {"waba_id": waba_id, "display_phone_number": display_phone_number, **values}
        )

    def set_callback(self, waba_id, url, verify_token="", verify=True, **values):
        """`url`: one or a list (taken in turn). Meta's verification GET is made, unless `verify` is false."""
        urls = [url] if isinstance(url, str) else list(url)
        return self._post(
            "callback",
            {
                "waba_id": waba_id,
                "callback_urls": urls,
                "verify_token": verify_token,
                "verify": verify,
                **values,
            },
        )

    def add_template(self, waba_id, **template):
        return self._post("templates", {"waba_id": waba_id, "template": template})

    def add_customer(self, wa_id="", name="", **values):
        return self._post("customers", {"wa_id": wa_id, **({"name": name} if name else {}), **values})

    # --- the customer acts ---
    def write(self, number, customer, body=None, **values):
        """One message; `customer` is a number or {wa_id, name, user_id}. Returns the message."""
        if body is not None:
            values["body"] = body
        return self._post("inbound", {"number": number, "customer": customer, **values})["messages"][0]

    def write_file(self, number, customer, data, mime_type, filename="", **values):
        file = {"data": base64.b64encode(data).decode(), "mime_type": mime_type, "filename": filename}
        return self._post("inbound", {"number": number, "customer": customer, "files": [file], **values})[
            "messages"
        ][0]

    def write_album(self, number, customer, files, **values):
        """`files`: list of (bytes, mime_type, filename). Returns the messages."""
        packed = [
            {"data": base64.b64encode(data).decode(), "mime_type": mime_type, "filename": name}
            for data, mime_type, name in files
        ]
        return self._post("inbound", {"number": number, "customer": customer, "files": packed, **values})[
            "messages"
        ]

    def write_many(self, messages):
        """Each as `write` takes it, as dicts with number and customer."""
        return self._post("inbound", {"messages": messages})["messages"]

    def read(self, number, customer):
        return self._post("read", {"number": number, "customer": customer})

    def give_status(self, message_id, status, **values):
        return self._post("status", {"id": message_id, "status": status, **values})

    def set_last_inbound(self, number, customer, ago):
        """`ago` seconds: 90000 closes the window."""
        return self._post("last_inbound", {"number": number, "customer": customer, "ago": ago})

    def post_value(self, waba_id, field, value):
        """Any other webhook, such as message_template_status_update."""
        return self._post("value", {"waba_id": waba_id, "field": field, "value": value})

    def post_raw(self, waba_id, body, headers=None):
        """Posts this text to the callback now, signed. Returns {status, answer, seconds}."""
        return self._post("raw", {"waba_id": waba_id, "body": body, "headers": headers or {}})

    # --- misbehave ---
    def behave(self, **values):
        """See `Behaviour` in state.py: delay_after, copies, batch, reorder, withhold_statuses …"""
        return self._post("behaviour", values)

    def fail_next(self, count=1, kind="error", on="send", **values):
        """kind: error (code, http), http, delay (seconds), drop_before, drop_after; on: send, delivery …"""
        return self._post("faults", {"count": count, "kind": kind, "on": on, **values})

    def clear_faults(self):
        return self._call("DELETE", "faults")

    def expire_media(self, media_id=None):
        return self._post("expire_media", {"id": media_id})

    def release(self):
        return self._post("release", {})

    # --- logs ---
    def sends(self, after=0):
        """Accepted sends, oldest first."""
        return self._get("sends", after=after)["sends"]

    def sends_by_opaque(self):
        """{biz_opaque_callback_data: how often it was accepted}"""
        return self._get("sends")["by_opaque"]

    def refusals(self):
        return self._get("refusals")

    def reads(self):
        return self._get("reads")

    def deliveries(self, brief=False):
        return self._get("deliveries", **({"brief": 1} if brief else {}))["deliveries"]

    def messages(self):
        return self._get("messages")

    def message(self, message_id):
        return next((m for m in self.messages() if m["id"] == message_id), None)

    def pending(self):
        """Webhooks that are not delivered yet."""
        return self._get("health")["pending"]

    def wait_delivered(self, timeout=30):
        """Until every webhook is answered with 200."""
        until = time.monotonic() + timeout
        while self.pending():
            if time.monotonic() > until:
                raise TimeoutError(f"{self.pending()} webhooks are not delivered")
            time.sleep(0.02)

    def reset(self, logs=False):
        return self._post("reset", {"logs": logs})

    def health(self):
        return self._get("health")

    def _get(self, name, **query):
        return self._call("GET", name, params=query)

    def _post(self, name, values):
        return self._call("POST", name, json=values)

    def _call(self, method, name, **options):
        response = self.session.request(method, f"{self.url}/_emulator/{name}", timeout=60, **options)
        if response.status_code >= 400:
            raise EmulatorRefused(f"{method} {name}: {response.status_code} {response.text}")
        return response.json()


class EmulatorRefused(Exception):
    """The control API answered with an error."""
