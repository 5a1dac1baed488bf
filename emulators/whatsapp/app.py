"""The WSGI application and its server."""

import json
import os
import re
import threading
from pathlib import Path

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from .control import Control
from .graph import Graph
from .service import Service
from .state import World
from .webhooks import Sender

GRAPH_PATH = re.compile(r"/(?:v\d+\.\d+/)?(\d+)(?:/(\w+))?/?")


class Application:
    """Routes a request to Meta's API, to the control API or to the phone page."""

    def __init__(self, senders=8):
        self.world = World()
        self.sender = Sender(self.world, senders)
        self.service = Service(self.world, self.sender)
        self.graph = Graph(self.world, self.service)
        self.control = Control(self.world, self.service, self.graph)

    def __call__(self, environ, start_response):
        request = Request(environ)
        request.get_data(parse_form_data=True)  # read all, or a kept-alive connection gets out of step
        try:
            response = self._route(request)
        except HTTPException as error:
            response = error
        return response(environ, start_response)

    def _route(self, request):
        path = request.path
        if path in ("/", "/phone/"):
            return redirect("/phone")
        if path == "/phone":
            return self.control.page()
        if path.startswith("/_emulator/file/"):
            return self.control.file(path.rpartition("/")[2])
        if path.startswith("/_emulator/"):
            return self.control.handle(request, path.removeprefix("/_emulator/").strip("/").replace("-", "_"))
        if path.startswith("/whatsapp_business/attachments"):
            return self.graph.download(request)
        match = GRAPH_PATH.fullmatch(path)
        if match:
            return self.graph.handle(request, match[1], match[2])
        return Response("not found", 404)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keep connections: a send then costs no handshake

    def setup(self):
        super().setup()
        self.connection.setsockopt(6, 1, 1)  # TCP_NODELAY: small answers leave at once

    def log_request(self, *args):
        pass


class Keeper:
    """Writes the world to a file, so that the demo's chats outlive a restart."""

    def __init__(self, application, path):
        self.application, self.path = application, Path(path)
        self._saved = None
        self._stop = threading.Event()

    def load(self):
        if self.path.exists():
            self.application.world.load(json.loads(self.path.read_text()))

    def start(self):
        threading.Thread(target=self._loop, daemon=True, name="keeper").start()

    def save(self):
        version = self.application.world.version
        if version == self._saved:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(self.path.name + ".partial")
        partial.write_text(json.dumps(self.application.world.dump()))
        os.replace(partial, self.path)
        self._saved = version

    def stop(self):
        self._stop.set()
        self.save()

    def _loop(self):
        while not self._stop.wait(2):
            self.save()


def serve(application, host, port):
    """A threaded server, bound; call serve_forever() on it."""
    return make_server(host, port, application, threaded=True, request_handler=_Handler)
