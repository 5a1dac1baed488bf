"""What the emulated WhatsApp knows: accounts, numbers, people, messages, media, and how it misbehaves."""

import base64
import hashlib
import itertools
import secrets
import threading
import time
from dataclasses import asdict, dataclass, field, fields

from . import rules
from .samples import sample_templates

RANKS = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4}


def new_wamid():
    return "wamid.HBg" + base64.b64encode(secrets.token_bytes(21)).decode()


def new_node_id():
    return str(secrets.randbelow(9 * 10**14) + 10**14)


@dataclass
class Account:
    """A WhatsApp Business account with its app: who may call, and where webhooks go."""

    waba_id: str
    name: str = "Demo shop"
    token: str = "emulator-token"
    app_secret: str = "emulator-secret"
    verify_token: str = ""
    callback_urls: list = field(default_factory=list)  # taken in turn, as a load balancer would
    templates: list = field(default_factory=list)


@dataclass
class Number:
    """A phone number of the business."""

    id: str
    waba_id: str
    display_phone_number: str
    verified_name: str
    quality_rating: str = "GREEN"
    code_verification_status: str = "VERIFIED"
    platform_type: str = "CLOUD_API"
    status: str = "CONNECTED"


@dataclass
class Customer:
    """A person with WhatsApp: by number, by business-scoped id, or both."""

    key: str
    name: str
    wa_id: str = ""
    user_id: str = ""
    username: str = ""
    on_whatsapp: bool = True


@dataclass
class Message:
    """One message between a customer and a number, as the phone shows it."""

    id: str
    direction: str  # in: from the customer, out: from the business
    number_id: str
    customer: str
    type: str
    content: dict
    timestamp: float
    context_id: str = ""
    status: str = "accepted"
    opaque: str = ""
    error: dict | None = None
    reactions: dict = field(default_factory=dict)
    changed: int = 0


@dataclass
class Media:
    """An uploaded file."""

    id: str
    number_id: str
    mime_type: str
    filename: str
    data: bytes
    created: float
    expired: bool = False

    @property
    def digest(self):
        return hashlib.sha256(self.data).digest()


@dataclass
class Behaviour:
    """How the emulator (mis)behaves until told otherwise."""

    delay_before: float = 0.0  # seconds before a send is looked at
    delay_after: float = 0.0  # seconds between accepting and answering: statuses overtake the answer
    refuse_by: str = "answer"  # 131047 and 131026 in the "answer", or later by a failed "status"
    statuses: list = field(default_factory=lambda: ["sent", "delivered"])  # given by themselves
    status_delay: float = 0.0  # seconds before each status
    withhold_statuses: bool = False  # kept back until released
    copies: int = 1  # each webhook so many times, at once
    reorder: bool = False  # webhooks of a customer in any order
    batch: int = 1  # up to so many updates in one webhook
    hold_webhooks: bool = False  # nothing is delivered until released
    signature: str = "good"  # good, wrong, none
    retry_first: float = 1.0  # seconds before the first repetition, doubling
    retry_most: float = 60.0
    media_ttl: float = 300.0  # seconds that a media url lives


class World:
    """All state. Methods are short and hold the lock; nothing here does I/O."""

    def __init__(self):
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.clear()

    def clear(self):
        with self.lock:
            self.accounts, self.numbers, self.customers = {}, {}, {}
            self.messages, self.media, self.media_urls = {}, {}, {}
            self.last_inbound = {}  # (number, customer): seconds
            self.behaviour = Behaviour()
            self.faults = []
            self.clear_logs()
            self.version = getattr(self, "version", 0) + 1

    def clear_logs(self):
        with self.lock:
            self.sends = []  # accepted
            self.refusals = []
            self.reads = []  # marked as read or typing by the business
            self.deliveries = []
            self.withheld = []
            self.serial = itertools.count(1)

    def touch(self, message=None):
        """Tells whoever waits that something changed."""
        with self.changed:
            self.version += 1
            if message:
                message.changed = self.version
            self.changed.notify_all()

    # --- accounts and numbers ---
    def add_account(self, values):
        with self.lock:
            values = dict(values)
            values.setdefault("waba_id", new_node_id())
            templates = values.pop("templates", None)
            account = Account(**values)
            for template in sample_templates() if templates is None else templates:
                self.add_template(account, template)
            self.accounts[account.waba_id] = account
            return account

    def add_template(self, account, template):
        template = {
            "id": new_node_id(),
            "parameter_format": "POSITIONAL",
            "category": "UTILITY",
            "status": "APPROVED",
            "quality_score": {"score": "GREEN"},
            **template,
        }
        account.templates[:] = [t for t in account.templates if not _same_template(t, template)] + [template]
        return template

    def add_number(self, values):
        with self.lock:
            values = dict(values)
            values.setdefault("id", new_node_id())
            values.setdefault("verified_name", self.accounts[values["waba_id"]].name)
            number = self.numbers[values["id"]] = Number(**values)
        self.touch()
        return number

    def account_of(self, number_id):
        return self.accounts[self.numbers[number_id].waba_id]

    # --- customers ---
    def add_customer(self, values):
        with self.lock:
            values = dict(values)
            values["wa_id"] = rules.digits(values.get("wa_id"))
            values["key"] = key = values["wa_id"] or values.get("user_id") or ""
            if not key:
                raise ValueError("a customer needs a wa_id or a user_id")
            known = self.customers.get(key)
            if known:
                merged = {**asdict(known), **{name: v for name, v in values.items() if v != ""}}
                self.customers[key] = Customer(**merged)
            else:
                values.setdefault("name", f"+{values['wa_id']}" if values["wa_id"] else key)
                self.customers[key] = Customer(**values)
            customer = self.customers[key]
        self.touch()
        return customer

    def find_customer(self, to, recipient=None):
        """Who a send is for: by business-scoped id or by any spelling of the number."""
        with self.lock:
            if recipient:
                return next((c for c in self.customers.values() if c.user_id == recipient), None)
            for spelling in rules.spellings(to):
                if spelling in self.customers:
                    return self.customers[spelling]
            return None

    # --- messages ---
    def add_message(self, message):
        with self.lock:
            self.messages[message.id] = message
            pair = (message.number_id, message.customer)
            if message.direction == "in":
                self.last_inbound[pair] = max(self.last_inbound.get(pair, 0), message.timestamp)
        self.touch(message)
        return message

    def raise_status(self, message, status):
        """Statuses only rise. Returns whether this one did."""
        with self.lock:
            if message.status == "failed" or RANKS.get(status, 9) <= RANKS.get(message.status, 0):
                return False
            message.status = status
        self.touch(message)
        return True

    def chat(self, number_id, customer, since=0):
        with self.lock:
            return [
                m
                for m in self.messages.values()
                if m.number_id == number_id and m.customer == customer and m.changed > since
            ]

    # --- media ---
    def add_media(self, number_id, mime_type, filename, data):
        media = Media(new_node_id(), number_id, mime_type, filename, data, time.time())
        with self.lock:
            self.media[media.id] = media
        return media

    def new_media_url(self, media):
        key = secrets.token_urlsafe(18)
        with self.lock:
            self.media_urls[key] = (media.id, time.time() + self.behaviour.media_ttl)
        return key

    def media_by_url(self, key):
        with self.lock:
            media_id, until = self.media_urls.get(key, (None, 0))
            media = self.media.get(media_id)
            return media if media and not media.expired and time.time() < until else None

    # --- misbehaving ---
    def take_fault(self, where, number_id=None):
        """The next fault told for such a request, if any; each counts down."""
        with self.lock:
            for fault in self.faults:
                if fault["on"] == where and fault.get("number_id") in (None, number_id):
                    fault["count"] -= 1
                    if fault["count"] <= 0:
                        self.faults.remove(fault)
                    return fault
        return None

    # --- keeping ---
    def dump(self):
        """Everything worth keeping over a restart, as JSON."""
        with self.lock:
            return {
                "accounts": [asdict(a) for a in self.accounts.values()],
                "numbers": [asdict(n) for n in self.numbers.values()],
                "customers": [asdict(c) for c in self.customers.values()],
                "messages": [asdict(m) for m in self.messages.values()],
                "media": [
                    {**_plain(m), "data": base64.b64encode(m.data).decode()} for m in self.media.values()
                ],
                "last_inbound": [[*pair, at] for pair, at in self.last_inbound.items()],
            }

    def load(self, kept):
        with self.lock:
            self.accounts = {a["waba_id"]: Account(**a) for a in kept["accounts"]}
            self.numbers = {n["id"]: Number(**n) for n in kept["numbers"]}
            self.customers = {c["key"]: Customer(**c) for c in kept["customers"]}
            self.messages = {m["id"]: Message(**m) for m in kept["messages"]}
            self.media = {m["id"]: Media(**{**m, "data": base64.b64decode(m["data"])}) for m in kept["media"]}
            self.last_inbound = {(number, customer): at for number, customer, at in kept["last_inbound"]}
            self.version = max([self.version, *(m.changed for m in self.messages.values())])


def _same_template(one, other):
    return (one["name"], one["language"]) == (other["name"], other["language"])


def _plain(media):
    return {f.name: getattr(media, f.name) for f in fields(media) if f.name != "data"}
