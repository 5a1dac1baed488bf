"""A connected WhatsApp number, and Meta's side of its webhook."""

import itertools
import json
import time
import uuid

import requests

from odoo.addons.omnichannel_whatsapp.wire.signature import sign

from tests.lib.waiting import wait_for

SECRET = "the app's secret"
BUSINESS = "102290129340398"
NOBODY = "http://127.0.0.1:9"  # the discard port: a provider that cannot be reached
_accounts = itertools.count(106540352242922)


class Number:
    """A number connected over RPC by the administrator, whose webhook is spoken to as Meta does."""

    def __init__(self, odoo, account=None, secret=SECRET, **values):
        self.odoo = odoo
        self.account = account or str(next(_accounts))
        self.secret = secret
        self.rpc = odoo.rpc()
        [self.channel_id] = self.rpc("omnichannel.channel", "create", [self._values() | values])
        # Only a connection test connects a channel; here nobody answers one.
        odoo.sql("UPDATE omnichannel_channel SET state = 'connected' WHERE id = %s", [self.channel_id])
        [[token]] = odoo.sql("SELECT webhook_token FROM omnichannel_channel WHERE id = %s", [self.channel_id])
        self.path = f"/omnichannel/webhook/{token}"
        self.url = odoo.url + self.path

    def _values(self):
        """The channel's fields, as an administrator fills them in."""
        return {
            "name": f"WhatsApp {self.account}",
            "channel_type": "whatsapp",
            "whatsapp_phone_number_id": self.account,
            "whatsapp_business_account_id": BUSINESS,
            "whatsapp_token": "token",
            "whatsapp_app_secret": self.secret,
            "whatsapp_api_url": NOBODY,
        }

    # -- bodies ---------------------------------------------------------------

    def change(self, *messages, statuses=(), account=None):
        """One element of ``changes`` with these messages, each by its own contact."""
        contacts = [{"profile": {"name": f"Customer {m['from']}"}, "wa_id": m["from"]} for m in messages]
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "31201234567", "phone_number_id": account or self.account},
            "contacts": contacts,
            "messages": list(messages),
            "statuses": list(statuses),
        }
        return {"field": "messages", "value": value}

    def body(self, *messages):
        """The bytes of a webhook with these messages."""
        return self.pack(self.change(*messages))

    def pack(self, *changes):
        """The bytes of a webhook with these changes."""
        entry = {"id": BUSINESS, "changes": list(changes)}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    # -- the door -------------------------------------------------------------

    def headers(self, raw):
        """What Meta sends along with a body."""
        return {"Content-Type": "application/json", "X-Hub-Signature-256": sign(self.secret, raw)}

    def post(self, raw, base=None, session=requests):
        """Deliver signed bytes, to another server than the first if `base` names one."""
        return session.post(
            (base or self.odoo.url) + self.path, data=raw, headers=self.headers(raw), timeout=60
        )

    def receive(self, *messages):
        """Deliver a webhook with these messages and wait until it is worked."""
        assert self.post(self.body(*messages)).status_code == 200
        self.wait_until_worked()

    def wait_until_worked(self, timeout=60):
        """Return when nothing of this number is waiting in the journal."""
        pending = "SELECT count(*) FROM omnichannel_event WHERE channel_id = %s AND state = 'pending'"
        wait_for(
            lambda: self.odoo.sql(pending, [self.channel_id]) == [(0,)],
            timeout,
            what="the journal of the number being worked",
        )


def text(sender, body="Where is my order?", uid=None, **parts):
    """A text message as Meta tells it."""
    return message(sender, "text", {"body": body}, uid, **parts)


def image(sender, uid=None, **parts):
    """An image as Meta tells it."""
    uid = uid or new_uid()
    return message(sender, "image", {"id": f"media-{uid}", "mime_type": "image/jpeg"}, uid, **parts)


def message(sender, kind, content, uid=None, **parts):
    """One element of ``messages``."""
    found = {"from": sender, "id": uid or new_uid(), "timestamp": str(int(time.time())), "type": kind}
    return found | {kind: content} | parts


def new_uid():
    """A message id as Meta makes them."""
    return f"wamid.{uuid.uuid4().hex}"
