"""Meta's Graph API over HTTP: messages, media, numbers, templates."""

import json
import socket
import time
from dataclasses import asdict

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from . import rules
from .errors import GraphError, missing_node

PAGE = 25


def json_response(data, status=200):
    return Response(
        json.dumps(data, ensure_ascii=False), status=status, content_type="application/json; charset=UTF-8"
    )


class DropConnection(Exception):
    """The connection breaks before an answer."""


class Graph:
    """Handlers by the kind of node that an id names."""

    def __init__(self, world, service):
        self.world, self.service = world, service

    def handle(self, request, node, edge=None):
        """One Graph request; refusals in Meta's own words."""
        try:
            return self._understood(request, node, edge)
        except GraphError as error:
            with self.world.lock:
                self.world.refusals.append(
                    {
                        "at": time.time(),
                        "path": request.path,
                        "code": error.code,
                        "details": error.details,
                    }
                )
            return json_response(error.body(), error.http)
        except DropConnection:
            return drop(request)

    def _understood(self, request, node, edge):
        try:
            return self._dispatch(request, node, edge)
        except (KeyError, TypeError, ValueError, AttributeError) as error:  # a list where an object belongs …
            raise GraphError(100, f"The request is not understood: {error!r}") from error

    def _dispatch(self, request, node, edge):
        token = self._token(request)
        handler = getattr(self, f"{request.method.lower()}_{edge or 'node'}", None)
        if handler is None:
            raise missing_node(node)
        return handler(request, node, token)

    # --- who may ---
    def _token(self, request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else request.args.get("access_token", "")
        if not token:
            raise GraphError(190, http=401)
        if not any(account.token == token for account in self.world.accounts.values()):
            raise GraphError(190, http=401)
        return token

    def _number(self, node, token):
        number = self.world.numbers.get(node)
        if not number or self.world.accounts[number.waba_id].token != token:
            raise missing_node(node)
        return number

    def _account(self, node, token):
        account = self.world.accounts.get(node)
        if not account or account.token != token:
            raise missing_node(node)
        return account

    def _media(self, node, token):
        media = self.world.media.get(node)
        if not media or media.expired or self.world.account_of(media.number_id).token != token:
            raise missing_node(node)
        return media

    # --- messages ---
    def post_messages(self, request, node, token):
        number = self._number(node, token)
        payload = _json(request)
        time.sleep(self.world.behaviour.delay_before)
        fault = self._misbehave("send", number.id)
        if payload.get("status"):
            return json_response(self.service.mark_read(number, payload))
        answer = self.service.send(number, payload)
        time.sleep(self.world.behaviour.delay_after)
        if fault and fault["kind"] == "drop_after":
            raise DropConnection
        return json_response(answer)

    def _misbehave(self, where, number_id=None):
        fault = self.world.take_fault(where, number_id)
        if not fault:
            return None
        if fault["kind"] == "delay":
            time.sleep(fault.get("seconds", 1))
        elif fault["kind"] == "error":
            raise GraphError(fault["code"], fault.get("details"), http=fault.get("http"))
        elif fault["kind"] == "http":
            raise _Plain(fault.get("http", 500))
        elif fault["kind"] == "drop_before":
            raise DropConnection
        return fault

    # --- media ---
    def post_media(self, request, node, token):
        number = self._number(node, token)
        self._misbehave("upload", number.id)
        file = request.files.get("file")
        if request.form.get("messaging_product") != "whatsapp":
            raise GraphError(100, "The parameter messaging_product is required.")
        if not file:
            raise GraphError(100, "The parameter file is required.")
        data = file.read()
        mime_type = file.content_type or request.form.get("type") or ""
        rules.check_upload(mime_type, len(data))
        return json_response({"id": self.world.add_media(number.id, mime_type, file.filename or "", data).id})

    def get_media_url(self, request, media):
        self._misbehave("media", media.number_id)
        key = self.world.new_media_url(media)
        return json_response(
            {
                "messaging_product": "whatsapp",
                "url": f"{request.host_url}whatsapp_business/attachments/?mid={key}",
                "mime_type": media.mime_type,
                "sha256": media.digest.hex(),
                "file_size": len(media.data),
                "id": media.id,
            }
        )

    def download(self, request):
        """The url that a media id led to: needs the token too, and lives five minutes."""
        try:
            token = self._token(request)
            self._misbehave("download")
        except GraphError as error:
            return json_response(error.body(), error.http)
        except DropConnection:
            return drop(request)
        media = self.world.media_by_url(request.args.get("mid", ""))
        if not media or self.world.account_of(media.number_id).token != token:
            return Response("URL signature expired", 404)
        return Response(media.data, content_type=media.mime_type)

    def delete_node(self, _request, node, token):
        media = self._media(node, token)
        with self.world.lock:
            self.world.media.pop(media.id)
        return json_response({"success": True})

    # --- nodes ---
    def get_node(self, request, node, token):
        if node in self.world.media:
            return self.get_media_url(request, self._media(node, token))
        if node in self.world.accounts:
            account = self._account(node, token)
            values = {"id": account.waba_id, "name": account.name, "timezone_id": "1", "currency": "EUR"}
            return json_response(_fields(request, values, ("id", "name")))
        self._misbehave("number", node)
        values = _number_values(self._number(node, token))
        return json_response(_fields(request, values, _NUMBER_FIELDS))

    def get_phone_numbers(self, request, node, token):
        account = self._account(node, token)
        rows = [
            _fields(request, _number_values(n), _NUMBER_FIELDS)
            for n in self.world.numbers.values()
            if n.waba_id == account.waba_id
        ]
        return json_response(_page(request, rows))

    def get_message_templates(self, request, node, token):
        account = self._account(node, token)
        self._misbehave("templates")
        wanted = {k: request.args[k] for k in ("name", "language", "status", "category") if k in request.args}
        rows = [t for t in account.templates if all(t[k].lower() == v.lower() for k, v in wanted.items())]
        return json_response(_page(request, [_fields(request, t, t) for t in rows]))

    # --- the app's webhooks ---
    def get_subscribed_apps(self, _request, node, token):
        account = self._account(node, token)
        row = {"whatsapp_business_api_data": {"id": "1", "name": "Emulated app", "link": ""}}
        return json_response({"data": [row] if account.callback_urls else []})

    def post_subscribed_apps(self, request, node, token):
        """Subscribes; with `override_callback_uri` and `verify_token` it changes the callback, as at Meta."""
        account = self._account(node, token)
        values = {**request.form.to_dict(), **_json(request, required=False)}
        if values.get("override_callback_uri"):
            self.set_callback(account, [values["override_callback_uri"]], values.get("verify_token", ""))
        return json_response({"success": True})

    def delete_subscribed_apps(self, _request, node, token):
        self._account(node, token).callback_urls = []
        return json_response({"success": True})

    def set_callback(self, account, urls, verify_token):
        """Takes a new callback only if it answers the challenge."""
        before = account.callback_urls, account.verify_token
        account.callback_urls, account.verify_token = urls, verify_token
        problem = self.service.sender.verify(account)
        if problem:
            account.callback_urls, account.verify_token = before
            raise GraphError(100, problem)


class _Plain(HTTPException):
    """An answer that does not even look like Meta's."""

    def __init__(self, status):
        super().__init__(
            response=Response("<html>Sorry, something went wrong.</html>", status, content_type="text/html")
        )


_NUMBER_FIELDS = (
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "id",
)


def _number_values(number):
    return {
        **{k: v for k, v in asdict(number).items() if k != "waba_id"},
        "throughput": {"level": "STANDARD"},
        "name_status": "APPROVED",
        "messaging_limit_tier": "TIER_1K",
    }


def _fields(request, values, default):
    asked = request.args.get("fields")
    names = {*asked.split(","), "id"} if asked else default
    return {name: values[name] for name in values if name in names}


def _page(request, rows):
    """Cursor paging: `after` is the position behind which the page starts."""
    try:
        limit, start = int(request.args.get("limit", PAGE)), int(request.args.get("after") or 0)
    except ValueError:
        raise GraphError(100, "Invalid cursor or limit.") from None
    page = rows[start : start + limit]
    if not page:
        return {"data": []}
    paging = {"cursors": {"before": str(start), "after": str(start + len(page))}}
    if start + len(page) < len(rows):
        query = "&".join(f"{k}={v}" for k, v in request.args.items() if k not in ("after", "access_token"))
        paging["next"] = f"{request.base_url}?{query}{'&' if query else ''}after={paging['cursors']['after']}"
    return {"data": page, "paging": paging}


def _json(request, required=True):
    try:
        found = json.loads(request.get_data())
    except ValueError:
        found = request.form.to_dict() if request.form else None
    if not isinstance(found, dict):
        if required:
            raise GraphError(100, "The request's body is not a JSON object.")
        return {}
    return found


def drop(request):
    """Breaks the connection: the caller never learns what became of the request."""
    connection = request.environ.get("werkzeug.socket")
    if connection:
        connection.shutdown(socket.SHUT_RDWR)
    return Response("", 500)
