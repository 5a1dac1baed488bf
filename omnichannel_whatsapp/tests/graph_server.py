"""A small Graph API of real sockets, which answers what a test tells it to."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class GraphServer:
    """``server.answers["POST /messages"] = (200, {...})``; requests are in ``server.requests``.

    Answers are found by method and end of the path; one may be a function of the request.
    """

    def __init__(self):
        self.answers, self.requests = {}, []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.handle(self, b"")

            def do_POST(self):
                server.handle(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *args):
                """The test says what it expected; a log line for each request says nothing more."""

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}"
        self.thread = threading.Thread(target=self.httpd.serve_forever, daemon=True)
        self.thread.start()

    def handle(self, http, body):
        path, _mark, query = http.path.partition("?")
        request = {
            "method": http.command,
            "path": path,
            "query": query,
            "body": body,
            "token": http.headers.get("Authorization"),
        }
        self.requests.append(request)
        status, answer = self.answer_to(request)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        http.send_response(status)
        http.send_header("Content-Length", str(len(content)))
        http.end_headers()
        http.wfile.write(content)

    def answer_to(self, request):
        for key, answer in self.answers.items():
            method, end = key.split(" ")
            if request["method"] == method and request["path"].endswith(end):
                return answer(request) if callable(answer) else answer
        return 404, {"error": {"code": 100, "message": "Unsupported request"}}

    def sent(self):
        """The messages that were posted, in order."""
        return [
            json.loads(request["body"])
            for request in self.requests
            if request["method"] == "POST" and request["path"].endswith("/messages")
        ]

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()
        self.thread.join()
