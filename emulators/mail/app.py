"""The page where one is the customer, and the little API behind it."""

import json
import re
from pathlib import Path

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .post import Refused

PAGE = Path(__file__).with_name("mailbox.html")
WAIT = 20  # seconds that a page is kept waiting for news


class Application:
    """JSON below `/_emulator/`, files, and the page `/mailbox`."""

    def __init__(self, post):
        self.post = post

    def __call__(self, environ, start_response):
        request = Request(environ)
        request.get_data()  # read all, or a kept-alive connection gets out of step
        try:
            response = self._route(request)
        except Refused as error:
            response = _json({"error": str(error)}, 400)
        except HTTPException as error:
            response = error
        return response(environ, start_response)

    def _route(self, request):
        name = request.path.removeprefix("/_emulator/")
        if request.path in ("/", "/mailbox/"):
            return redirect("/mailbox")
        if request.path == "/mailbox":
            return Response(PAGE.read_bytes(), content_type="text/html; charset=utf-8")
        if name.startswith("file/"):
            return self._file(*name.split("/")[1:])
        handler = getattr(self, f"_{request.method.lower()}_{name}", None)
        if name == request.path or not handler:
            return Response("not found", 404)
        return _json(handler(request.get_json() if request.data else request.args))

    # -- the page -----------------------------------------------------------------

    def _get_mailboxes(self, _query):
        """Everybody, with what the list shows of them."""
        people = [self._person(address) for address in self.post.addresses()]
        return {"shop": self.post.shop, "people": people, "version": self.post.letters.version}

    def _person(self, address):
        found = self.post.letters.of(address)
        return {
            "address": address,
            "name": self.post.name(address),
            "last": found[-1].written if found else 0,
            "preview": str(found[-1].message["Subject"] or "") if found else "",
            "unread": sum(not letter.is_read for letter in found),
        }

    def _get_letters(self, query):
        address = query.get("address", "")
        return {"letters": [_shown(address, letter) for letter in self.post.letters.of(address)]}

    def _get_news(self, query):
        """Answers when there is something newer than `version`."""
        return {"version": self.post.letters.wait(int(query.get("version", 0)), WAIT)}

    def _post_write(self, values):
        letter = self.post.write(**values)
        return {"id": letter.id, "uid": letter.uid}

    def _post_read(self, values):
        self.post.letters.look(values["address"])
        return {}

    def _post_people(self, values):
        self.post.meet(*values["people"])
        return {"address": values["people"][-1]["address"].strip().lower()}

    # -- who started it -----------------------------------------------------------

    def _get_waiting(self, _query):
        return {"count": self.post.waiting()}

    def _file(self, address="", letter_id="", number=""):
        letter = self.post.letters.find(address, letter_id)
        parts = [part for part in letter.message.walk() if not part.is_multipart()] if letter else []
        if not number.isdigit() or int(number) >= len(parts):
            return Response("not found", 404)
        part = parts[int(number)]
        response = Response(part.get_payload(decode=True) or b"", content_type=part.get_content_type())
        # A file of a mail is nothing that may run here.
        response.headers["Content-Security-Policy"] = "sandbox"
        response.headers.set("Content-Disposition", "inline", filename=part.get_filename() or "file")
        return response


def _shown(address, letter):
    """A letter as the page draws it."""
    message = letter.message
    html, plain = message.get_body(("html",)), message.get_body(("plain",))
    parts = [part for part in message.walk() if not part.is_multipart()]
    return {
        "id": letter.id,
        "uid": letter.uid,
        "references": letter.references,
        "direction": letter.direction,
        "written": letter.written,
        "read": letter.is_read,
        "from": str(message["From"] or ""),
        "to": str(message["To"] or ""),
        "cc": str(message["Cc"] or ""),
        "subject": str(message["Subject"] or ""),
        "text": plain.get_content() if plain else "",
        "html": _with_images(address, letter, html.get_content(), parts) if html else "",
        "files": [
            {
                "url": _url(address, letter, number),
                "name": part.get_filename(),
                "type": part.get_content_type(),
            }
            for number, part in enumerate(parts)
            if part.get_filename() and f"cid:{_content_id(part)}" not in (html.get_content() if html else "")
        ],
    }


def _with_images(address, letter, html, parts):
    """The HTML, whose pictures are those that came with it."""
    urls = {_content_id(part): _url(address, letter, number) for number, part in enumerate(parts)}
    return re.sub(r"cid:([^\"'\s)>]+)", lambda found: urls.get(found[1], ""), html)


def _content_id(part):
    return str(part["Content-Id"] or "-").strip("<> ")


def _url(address, letter, number):
    return f"/_emulator/file/{address}/{letter.id}/{number}"


def _json(values, status=200):
    return Response(json.dumps(values), status, content_type="application/json")


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args):
        pass


def serve(application, host, port):
    """A threaded server, bound; call serve_forever() on it."""
    return make_server(host, port, application, threaded=True, request_handler=_Handler)
