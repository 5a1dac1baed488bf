"""Delivers webhooks: signed, in order per customer, repeated until answered 200."""

import hashlib
import hmac
import itertools
import json
import random
import secrets
import threading
import time

import requests

from .payloads import body_of
from .queue import KeyedQueue

TIMEOUT = 20
LOGGED_BODY = 20_000


class Sender:
    """The threads that post what is queued."""

    def __init__(self, world, threads=8):
        self.world = world
        self.queue = KeyedQueue()
        self._held = []
        self._turn = itertools.count()
        self._attempts = {}
        for index in range(threads):
            threading.Thread(target=self._work, daemon=True, name=f"webhooks-{index}").start()

    def post(self, update, customer="", delay=0.0):
        """Queues one update; `customer` is whose order it keeps."""
        with self.world.lock:
            if self.world.behaviour.hold_webhooks:
                self._held.append((update, customer))
                return
        self.queue.put(self._key(update, customer), update, self._jitter(delay))

    def release(self):
        """Lets go what `hold_webhooks` kept."""
        with self.world.lock:
            held, self._held = self._held, []
        for update, customer in held:
            self.queue.put(self._key(update, customer), update, self._jitter(0))
        return len(held)

    def clear(self):
        with self.world.lock:
            self._held = []
            self._attempts.clear()
        self.queue.clear()

    def pending(self):
        return len(self.queue.pending()) + len(self._held)

    def verify(self, account):
        """Meta's GET before it accepts a callback. Returns None or what is wrong."""
        for url in account.callback_urls:
            challenge = str(secrets.randbelow(10**10))
            query = {
                "hub.mode": "subscribe",
                "hub.challenge": challenge,
                "hub.verify_token": account.verify_token,
            }
            try:
                with requests.Session() as session:
                    session.trust_env = False
                    answer = session.get(url, params=query, timeout=TIMEOUT)
            except requests.RequestException as error:
                return f"The URL couldn't be validated. {error}"
            if answer.status_code != 200 or answer.text != challenge:
                return (
                    "The URL couldn't be validated. Response does not match challenge: "
                    f"HTTP {answer.status_code}"
                )
        return None

    def post_raw(self, account, raw, headers=None):
        """Posts these bytes at once, signed, and returns the answer: for tests of odd bodies."""
        with requests.Session() as session:
            session.trust_env = False
            return self._post(session, account, raw, headers)

    def _key(self, update, customer):
        behaviour = self.world.behaviour
        if behaviour.batch > 1:
            return update["waba_id"]
        if behaviour.reorder:
            return secrets.token_hex(8)
        return f"{update['waba_id']}/{update['number_id']}/{customer or secrets.token_hex(8)}"

    def _jitter(self, delay):
        return delay + random.uniform(0, 0.3) if self.world.behaviour.reorder else delay

    def _work(self):
        session = requests.Session()
        session.trust_env = False  # 127.0.0.1 by no proxy
        while True:
            key, updates = self.queue.take(self.world.behaviour.batch)
            try:
                delivered = self._deliver(session, updates)
            except Exception as error:  # noqa: BLE001 - a sender thread must outlive anything
                print("webhook:", repr(error), flush=True)
                delivered = False
            self._settle(key, updates, delivered)

    def _settle(self, key, updates, delivered):
        if delivered:
            self._attempts.pop(key, None)
            self._tick(updates)
            self.queue.done(key, updates)
            return
        attempts = self._attempts[key] = self._attempts.get(key, 0) + 1
        behaviour = self.world.behaviour
        pause = min(behaviour.retry_first * 2 ** min(attempts - 1, 20), behaviour.retry_most)
        self.queue.retry(key, updates, pause)

    def _tick(self, updates):
        """What a customer wrote has arrived: the phone shows the second tick."""
        for update in updates:
            message = self.world.messages.get(update["update"].get("id"))
            if message and update["part"] == "messages":
                self.world.raise_status(message, "delivered")

    def _deliver(self, session, updates):
        account = self.world.accounts.get(updates[0]["waba_id"])
        if not account or not account.callback_urls:
            return True  # nobody listens: Meta drops it too
        raw = json.dumps(body_of(updates, self.world.numbers), ensure_ascii=False).encode()
        copies = [
            threading.Thread(target=self.post_raw, args=(account, raw), daemon=True)
            for _copy in range(self.world.behaviour.copies - 1)
        ]
        for copy in copies:
            copy.start()
        answer = self._post(session, account, raw)
        for copy in copies:
            copy.join()
        return answer["status"] == 200

    def _post(self, session, account, raw, headers=None):
        url = account.callback_urls[next(self._turn) % len(account.callback_urls)]
        headers = {"Content-Type": "application/json", **self._signature(account, raw), **(headers or {})}
        start, status, answer = time.time(), 0, ""
        try:
            response = session.post(url, data=raw, headers=headers, timeout=TIMEOUT, allow_redirects=False)
            status, answer = response.status_code, response.text[:500]
        except requests.RequestException as error:
            answer = repr(error)
        entry = {"at": start, "seconds": time.time() - start, "url": url, "status": status, "answer": answer}
        with self.world.lock:
            self.world.deliveries.append({**entry, "body": raw[:LOGGED_BODY].decode(errors="replace")})
            del self.world.deliveries[:-50_000]
        return entry

    def _signature(self, account, raw):
        how = self.world.behaviour.signature
        if how == "none":
            return {}
        secret = account.app_secret + ("-wrong" if how == "wrong" else "")
        return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}
