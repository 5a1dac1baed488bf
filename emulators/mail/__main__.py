"""python -m emulators.mail --port 8076 --folder build/mail"""

import argparse
import contextlib
import signal
import sys
from pathlib import Path

from .app import Application, serve
from .dovecot import Dovecot
from .post import Post
from .smtp import Smtp


def main():
    parser = argparse.ArgumentParser(description="A mail provider, and a page to write as its customers.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8076, help="of the page; 0 takes a free one")
    parser.add_argument("--smtp-port", type=int, help="default: a free one")
    parser.add_argument("--imap-port", type=int, help="default: a free one")
    parser.add_argument("--folder", required=True, help="where mails are kept")
    parser.add_argument("--shop", default="support@shop.example", help="the mailbox that the shop reads")
    options = parser.parse_args()
    # Before anything is started, so that everything is stopped.
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(0))
    with contextlib.ExitStack() as stack, contextlib.suppress(KeyboardInterrupt):
        try:
            server = start(options, stack)
        except (OSError, RuntimeError) as error:
            print(f"error: {error}", flush=True)
            sys.exit(1)
        # Whoever interrupts us twice does not interrupt the cleaning up.
        for number in (signal.SIGINT, signal.SIGTERM):
            stack.callback(signal.signal, number, signal.SIG_IGN)
        server.serve_forever()


def start(options, stack):
    """All three servers; `stack` stops them."""
    dovecot = Dovecot(Path(options.folder) / "mailboxes", options.imap_port)
    stack.callback(dovecot.stop)
    dovecot.start()
    post = Post(options.folder, options.shop, dovecot)
    smtp = Smtp(options.smtp_port, post.take)
    smtp.start()
    stack.callback(smtp.stop)
    server = serve(Application(post), options.host, options.port)
    print(
        f"Mailboxes on http://{options.host}:{server.server_port}/mailbox"
        f" (smtp: {smtp.port}, imap: {dovecot.imap_port}, pop: {dovecot.pop_port})",
        flush=True,
    )
    return server


if __name__ == "__main__":
    main()
