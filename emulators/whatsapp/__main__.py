"""python -m emulators.whatsapp --port 8075"""

import argparse
import signal
import sys

from .app import Application, Keeper, serve


def main():
    parser = argparse.ArgumentParser(description="An emulator of Meta's WhatsApp Cloud API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8075, help="0 takes a free one")
    parser.add_argument("--state-file", help="keep chats and accounts in this file over a restart")
    parser.add_argument("--senders", type=int, default=8, help="threads that deliver webhooks")
    options = parser.parse_args()
    application = Application(options.senders)
    keeper = Keeper(application, options.state_file) if options.state_file else None
    if keeper:
        keeper.load()
        keeper.start()
    server = serve(application, options.host, options.port)
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(0))
    print(f"WhatsApp emulator on http://{options.host}:{server.server_port} (phone: /phone)", flush=True)
    try:
        server.serve_forever()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        if keeper:
            keeper.stop()


if __name__ == "__main__":
    main()
