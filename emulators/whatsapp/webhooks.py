"""Delivers webhooks: signed, in order per customer, repeated until answered 200."""

import hashlib
import hmac
import itertools
import json
import random
import secrets
import threading
import time

import urllib3

from .payloads import body_of
from .queue import KeyedQueue

TIMEOUT = 20
LOGGED_BODY = 20_000


class Sender:
    """The threads that post what is queued."""

    def __init__(self, world, threads=8):
        self.world = world
        self.queue = KeyedQueue()
        # Not `requests`: that would take a proxy from the environment.
        self._http = urllib3.PoolManager(maxsize=threads, timeout=TIMEOUT, retries=False)
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
                answer = self._http.request("GET", url, fields=query, redirect=False)
            except urllib3.exceptions.HTTPError as error:
                return f"The URL couldn't be validated. {error}"
            if answer.status != 200 or answer.data.decode(errors="replace") != challenge:
                return (
                    f"The URL couldn't be validated. Response does not match challenge: HTTP {answer.status}"
                )
        return None

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
        while True:
            key, updates = self.queue.take(self.world.behaviour.batch)
            try:
                delivered = self._deliver(updates)
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
            message = update["part"] == "messages" and self.world.messages.get(update["update"]["id"])
            if message:
                self.world.raise_status(message, "delivered")

    def _deliver(self, updates):
        account = self.world.accounts.get(updates[0]["waba_id"])
        if not account or not account.callback_urls:
            return True  # nobody listens: Meta drops it too
        raw = json.dumps(body_of(updates, self.world.numbers)).encode()
        copies = [
            threading.Thread(target=self.post_raw, args=(account, raw), daemon=True)
            for _copy in range(self.world.behaviour.copies - 1)
        ]
        for copy in copies:
            copy.start()
        answer = self.post_raw(account, raw)
        for copy in copies:
            copy.join()
        return answer["status"] == 200

    def post_raw(self, account, raw, headers=None):
        """Posts these bytes now, signed, and returns what was logged of it."""
        url = account.callback_urls[next(self._turn) % len(account.callback_urls)]
        headers = {"Content-Type": "application/json", **self._signature(account, raw), **(headers or {})}
        start, status, answer = time.time(), 0, ""
        try:
            response = self._http.request("POST", url, body=raw, headers=headers, redirect=False)
            status, answer = response.status, response.data[:500].decode(errors="replace")
        except urllib3.exceptions.HTTPError as error:
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
