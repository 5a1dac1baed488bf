"""Chromium by playwright, signed in by Odoo's session cookie."""

from playwright.sync_api import Browser, Page

from tests.lib import environment as env
from tests.lib.server import OdooServer
from tests.lib.waiting import PATIENCE

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZE = {"width": 1440, "height": 900}
TIMEOUT = 30_000 * PATIENCE  # ms for what the page shows


def launch(playwright):
    """Debian's Chromium: playwright brings none of its own."""
    return playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=FLAGS)


def new_context(browser: Browser, **options):
    """Somebody's browser, with nobody signed in."""
    context = browser.new_context(**{"viewport": SIZE, **options})
    context.set_default_timeout(TIMEOUT)
    return context


def signed_in_page(browser: Browser, server: OdooServer, login, password=None, **options) -> Page:
    """A page in a context of its own where `login` is signed in; `page.errors` has JavaScript errors."""
    context = new_context(browser, **options)
    session = server.rpc(login, password).http.cookies["session_id"]
    context.add_cookies([{"name": "session_id", "value": session, "url": server.url}])
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    return page


def screenshot(page: Page, name):
    """Keep a picture as `build/screenshots/<name>.png`."""
    folder = env.BUILD / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    return path
