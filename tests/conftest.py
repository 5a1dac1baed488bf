"""Fixtures of the outside tests. `tests/lib` says what they are made of."""

import pytest
from playwright.sync_api import sync_playwright

from emulators.mail import MailHost
from emulators.whatsapp.process import EmulatorProcess
from tests.lib import browser as browsers
from tests.lib import database
from tests.lib import environment as env
from tests.lib.chat_window import ChatWindow
from tests.lib.connected import connected_number
from tests.lib.server import OdooServer


@pytest.fixture(scope="session")
def cluster():
    """A running PostgreSQL, without what killed runs left in it."""
    env.start_postgres()
    database.drop_leftovers()


@pytest.fixture(scope="module")
def db(cluster):
    """A database with the add-ons and their demo data, of this test module alone."""
    with database.copied() as name:
        yield name


@pytest.fixture(scope="module")
def server_factory(db):
    """`server_factory(workers=2, …)` starts one more server over `db`; all logs are checked at the end."""
    servers = []

    def start(**options):
        server = OdooServer(db, **options)
        servers.append(server)
        return server.start()

    def stop():
        for server in servers:
            server.stop()

    start.stop = stop
    yield start
    stop()
    for server in servers:
        server.check_log()


@pytest.fixture(scope="module")
def odoo(server_factory):
    """A server over `db`."""
    return server_factory()


@pytest.fixture(scope="module")
def phones():
    """The emulator: the customers' phones, and the provider between them and us."""
    with EmulatorProcess() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def host(server_factory):
    """The mail servers of the shop and of everybody it writes to."""
    with MailHost() as host:
        yield host
        # Odoo's job would find a mailbox that ends in the middle of a word, and say so in the log.
        server_factory.stop()


@pytest.fixture(scope="module")
def number(odoo, phones):
    """A number of the customer service's, connected to `phones`."""
    return connected_number(odoo, phones)


@pytest.fixture(scope="session")
def browser():
    """Chromium."""
    with sync_playwright() as playwright:
        chromium = browsers.launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def sign_in(browser, odoo):
    """`sign_in("login")` gives a page where that user is signed in; fails on JavaScript errors at the end."""
    pages = []

    def open_page(login, password=None, **options):
        page = browsers.signed_in_page(browser, odoo, login, password, **options)
        pages.append(page)
        return page

    yield open_page
    errors = [error for page in pages for error in page.errors]
    for page in pages:
        page.context.close()
    assert not errors, f"JavaScript errors: {errors}"


@pytest.fixture
def come(browser):
    """`come(address)` is a visitor there in a browser of their own; fails on JavaScript errors at the end."""
    visitors = []

    def open_page(address, **options):
        context = browsers.new_context(browser, **options)
        visitors.append(ChatWindow(context.new_page(), address))
        return visitors[-1]

    yield open_page
    errors = [error for visitor in visitors for error in visitor.errors]
    for visitor in visitors:
        visitor.page.context.close()
    assert not errors, f"JavaScript errors: {errors}"


@pytest.fixture
def screenshot():
    """`screenshot(page, "name")` keeps a picture in build/screenshots."""
    return browsers.screenshot
