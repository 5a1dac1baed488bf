"""A provider with a sign-in page, as Microsoft and Google have: its page, its tokens, its mailbox.

The mailbox is Dovecot's: in front of it, `SignIn` speaks TLS and AUTHENTICATE XOAUTH2, and then passes on
every byte.
"""

import base64
import contextlib
import json
import re
import secrets
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit


class SignIn:
    """`with SignIn(imap_port, password) as provider`: `provider.url` is its page, `provider.port` its IMAP.

    `provider.tokens` are the access tokens it takes; with `provider.refuses` it gives out no more.
    """

    def __init__(self, mailbox_port, password):
        self.mailbox_port, self.password = mailbox_port, password
        self.tokens, self.asked, self.refuses = set(), [], ""
        self._folder = tempfile.TemporaryDirectory(prefix="sign-in-")
        self._web = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
        self._imap = _Imap(("127.0.0.1", 0), _Door)
        self._web.provider = self._imap.provider = self
        self.url = f"http://127.0.0.1:{self._web.server_port}/"
        self.port = self._imap.server_address[1]

    def __enter__(self):
        certificate = Path(self._folder.name) / "certificate.pem"
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ]
        subprocess.run(
            [*command, "-keyout", certificate, "-out", certificate], check=True, capture_output=True
        )
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(certificate)
        for server in (self._web, self._imap):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        for server in (self._web, self._imap):
            server.shutdown()
            server.server_close()
        self._folder.cleanup()

    def give_token(self):
        """A new access token; only the newest is taken."""
        self.tokens = {secrets.token_hex(8)}
        return next(iter(self.tokens))


class _Page(BaseHTTPRequestHandler):
    def do_GET(self):
        """Whoever comes here agrees at once."""
        query = {name: value[0] for name, value in parse_qs(urlsplit(self.path).query).items()}
        answer = urlencode({"code": "agreed", "state": query["state"]})
        self.send_response(302)
        self.send_header("Location", f"{query['redirect_uri']}?{answer}")
        self.end_headers()

    def do_POST(self):
        """Tokens, for a code or a refresh token."""
        provider = self.server.provider
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        provider.asked.append(body["grant_type"][0])
        if provider.refuses:
            return self._answer(400, {"error_description": provider.refuses})
        tokens = {"access_token": provider.give_token(), "refresh_token": "again", "id_token": "-"}
        return self._answer(200, tokens | {"expires_in": 3600})

    def _answer(self, status, values):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(values).encode())

    def log_message(self, *_args):
        pass


class _Imap(socketserver.ThreadingTCPServer):
    daemon_threads = True


class _Door(socketserver.BaseRequestHandler):
    """Lets in who has a token."""

    def handle(self):
        """One connection (socketserver's hook)."""
        with contextlib.suppress(OSError):
            client = self.server.provider.tls.wrap_socket(self.request, server_side=True)
            client.sendall(b"* OK ready\r\n")
            lines = client.makefile("rb")
            while line := lines.readline().decode():
                tag, command = line.split(" ", 1)
                if command.upper().startswith("AUTHENTICATE XOAUTH2"):
                    self._authenticate(client, lines, tag)
                    return
                client.sendall(f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n{tag} OK done\r\n".encode())

    def _authenticate(self, client, lines, tag):
        client.sendall(b"+ \r\n")
        said = base64.b64decode(lines.readline()).decode()
        user, token = re.fullmatch("user=(.*?)\1auth=Bearer (.*?)\1\1", said).groups()
        if token not in self.server.provider.tokens:
            client.sendall(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials\r\n".encode())
            return
        mailbox = self._open(user)
        client.sendall(f"{tag} OK signed in\r\n".encode())
        threading.Thread(target=_pass_on, args=(mailbox, client), daemon=True).start()
        _pass_on(client, mailbox)

    def _open(self, user):
        provider = self.server.provider
        mailbox = socket.create_connection(("127.0.0.1", provider.mailbox_port), 10)
        lines = mailbox.makefile("rb", buffering=0)
        lines.readline()
        mailbox.sendall(f'door LOGIN "{user}" "{provider.password}"\r\n'.encode())
        while not lines.readline().startswith(b"door OK"):
            pass
        mailbox.settimeout(None)
        return mailbox


def _pass_on(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
