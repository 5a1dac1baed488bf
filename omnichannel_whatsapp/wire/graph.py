"""The Cloud API over HTTP. Every call has a time-out and answers or raises ``SendError``."""

import hashlib
import re
import time

import requests

from odoo.addons.omnichannel_inbox.wire import SendError, SendResult, _

from .errors import send_error
from .parse import sha256_hex

_MEDIA_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
TIMEOUT = 10  # seconds: to connect, between two pieces of the answer
DOWNLOAD_SECONDS = 60  # for a whole file
MAX_FILE = 100 * 1024 * 1024
CHUNK = 256 * 1024
PAGE = 100
MAX_PAGES = 50


class GraphApi:
    """One account's access to the Cloud API.

    :param base_url: the API's address; another one than Meta's for tests
    :param version: as in ``v21.0``; versions expire, so it is a setting
    """

    def __init__(self, base_url, version, token):
        self._root = f"{base_url.rstrip('/')}/{version}"
        self._is_encrypted = base_url.startswith("https://")
        self._headers = {"Authorization": f"Bearer {token}"}

    def send(self, phone_number_id, request):
        """Send a message.

        :raise SendError: ``uncertain`` when the connection broke after the request went out
        """
        answer = self._json("POST", f"{phone_number_id}/messages", is_send=True, json=request)
        try:
            return SendResult(answer["messages"][0]["id"])
        except (KeyError, IndexError, TypeError) as error:
            raise SendError(
                "answer", _("WhatsApp did not say whether it took the message."), "uncertain"
            ) from error

    def mark_read(self, phone_number_id, request):
        """Tell the customer that their message was read."""
        self._json("POST", f"{phone_number_id}/messages", json=request)

    def upload(self, phone_number_id, content, mimetype, filename):
        """Upload a file; what is returned is its id for a message."""
        answer = self._json(
            "POST",
            f"{phone_number_id}/media",
            data={"messaging_product": "whatsapp", "type": mimetype},
            files={"file": (filename, content, mimetype)},
        )
        return self._field(answer, "id")

    def download(self, media_id, sha256=""):
        """The bytes and the type of a customer's file.

        The address comes from the API and not from the customer; it is asked for
        anew each time, for it lives five minutes.
        """
        if not media_id or not _MEDIA_ID.fullmatch(media_id):
            raise SendError("no_file", _("The message names no file."))
        found = self._json("GET", media_id)
        content = self._fetch(self._field(found, "url"))
        size = found.get("file_size")
        if str(size or "").isdigit() and int(size) != len(content):
            raise SendError("size", _("The file did not arrive as a whole."), "temporary")
        expected = sha256 or sha256_hex(str(found.get("sha256") or ""))
        if expected and hashlib.sha256(content).hexdigest() != expected:
            raise SendError("sha256", _("The file arrived damaged."), "temporary")
        return content, str(found.get("mime_type") or "application/octet-stream").split(";")[0].strip()

    def phone_number(self, phone_number_id):
        """What the API says about our number: ``display_phone_number``, ``verified_name`` …"""
        fields = "display_phone_number,verified_name,quality_rating"
        return self._json("GET", phone_number_id, params={"fields": fields})

    def phone_numbers(self, business_account_id):
        """Ids of the numbers of a business account."""
        return [number.get("id") for number in self._pages(f"{business_account_id}/phone_numbers", {})]

    def templates(self, business_account_id):
        """All message templates of a business account, as the API describes them."""
        fields = "id,name,language,status,category,components,parameter_format,quality_score,rejected_reason"
        return list(self._pages(f"{business_account_id}/message_templates", {"fields": fields}))

    # -- below the calls -----------------------------------------------------

    def _pages(self, path, params):
        after = None
        for _page in range(MAX_PAGES):
            query = {**params, "limit": PAGE} | ({"after": after} if after else {})
            answer = self._json("GET", path, params=query)
            yield from answer.get("data") or ()
            paging = answer.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after")
            if not after or not paging.get("next"):
                return

    def _json(self, method, path, is_send=False, **kwargs):
        response = self._request(method, f"{self._root}/{path}", is_send, **kwargs)
        try:
            body = response.json()
        except ValueError:
            body = None
        is_success = response.status_code // 100 == 2
        if is_success and isinstance(body, dict) and "error" not in body:
            return body
        if is_success and is_send:
            raise SendError("answer", _("WhatsApp did not say whether it took the message."), "uncertain")
        raise send_error(response.status_code, body, response.headers.get("Retry-After"))

    def _request(self, method, url, is_send=False, **kwargs):
        try:
            return requests.request(
                method, url, headers=self._headers, timeout=TIMEOUT, allow_redirects=False, **kwargs
            )
        except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise SendError("connect", _("WhatsApp cannot be reached."), "temporary") from error
        except requests.ConnectionError as error:
            # Refused is safe to repeat; broken off after the request went out is not.
            if not is_send or "NewConnectionError" in repr(error) or "NameResolution" in repr(error):
                raise SendError("connect", _("WhatsApp cannot be reached."), "temporary") from error
            raise SendError(
                "broken", _("The connection broke while this was being sent."), "uncertain"
            ) from error
        except requests.RequestException as error:
            kind = "uncertain" if is_send else "temporary"
            raise SendError("timeout", _("WhatsApp did not answer in time."), kind) from error

    def _fetch(self, url):
        # The token goes along: only to where the API said, and over TLS if the API is.
        if not isinstance(url, str) or not url.startswith("https://" if self._is_encrypted else "http"):
            raise SendError("no_url", _("WhatsApp does not say where the file is."), "temporary")
        try:
            with requests.get(
                url, headers=self._headers, timeout=TIMEOUT, stream=True, allow_redirects=False
            ) as response:
                if response.status_code // 100 != 2:
                    # The address lives five minutes; the next attempt asks for a new one.
                    text = _("The file's address does not answer as it should.")
                    raise SendError(str(response.status_code), text, "temporary")
                return self._read(response)
        except requests.RequestException as error:
            raise SendError("timeout", _("The file could not be fetched in time."), "temporary") from error

    def _read(self, response):
        deadline = time.monotonic() + DOWNLOAD_SECONDS
        content = bytearray()
        for chunk in response.iter_content(CHUNK):
            content += chunk
            if len(content) > MAX_FILE:
                raise SendError("too_large", _("The file is larger than WhatsApp allows."), "permanent")
            if time.monotonic() > deadline:
                raise SendError("slow", _("The file arrives too slowly."), "temporary")
        return bytes(content)

    def _field(self, answer, name):
        value = answer.get(name)
        if not value:
            raise SendError("answer", _("WhatsApp's answer is incomplete."), "temporary")
        return value
