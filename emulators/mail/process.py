"""Starts the mail provider as a process of its own, and speaks to it."""

import re
import sys

import requests

from emulators.process import EmulatorProcess


class MailProcess(EmulatorProcess):
    """`with MailProcess(folder, "support@shop.example") as mails: mails.write("karin@customer.example", …)`

    `url` has the page `/mailbox`; `smtp_port` and `imap_port` are Odoo's.
    """

    STARTED = re.compile(r"on (http://\S+)/mailbox \(smtp: (\d+), imap: (\d+), pop: (\d+)\)")

    def __init__(self, folder, shop, port=0):
        options = ["--folder", str(folder), "--shop", shop, "--port", str(port)]
        super().__init__([sys.executable, "-m", "emulators.mail", *options])
        self.shop = shop
        self.url = self.smtp_port = self.imap_port = None
        self._session = requests.Session()
        self._session.trust_env = False

    def _listens(self, found):
        self.url, self.smtp_port, self.imap_port = found[1], int(found[2]), int(found[3])

    # -- what the page does ---------------------------------------------------------

    def meet(self, *people):
        """Customers to choose from: dicts of address and name."""
        return self._post("people", {"people": people})

    def write(self, address, subject, text, **values):
        """A customer writes; returns the mail's Message-Id. See `Post.write`."""
        return self._post("write", {"address": address, "subject": subject, "text": text, **values})["uid"]

    def letters(self, address):
        """What a customer wrote and got, oldest first."""
        return self._get("letters", address=address)["letters"]

    def waiting(self):
        """How many mails nobody has fetched from the shop's mailbox."""
        return self._get("waiting")["count"]

    def _get(self, name, **query):
        return self._call("GET", name, params=query)

    def _post(self, name, values):
        return self._call("POST", name, json=values)

    def _call(self, method, name, **options):
        response = self._session.request(method, f"{self.url}/_emulator/{name}", timeout=60, **options)
        if response.status_code >= 400:
            raise RuntimeError(f"{method} {name}: {response.status_code} {response.text}")
        return response.json()
