"""The server fixtures themselves: what every outside test stands on."""

import pytest
import requests

from tests.lib import environment as env
from tests.lib.server import RpcError


def test_answers_rpc(odoo):
    rpc = odoo.rpc()
    assert rpc("res.users", "read", [rpc.uid], ["login"]) == [{"id": rpc.uid, "login": "admin"}]


def test_addons_are_installed(odoo):
    installed = {name for (name,) in odoo.sql("SELECT name FROM ir_module_module WHERE state = 'installed'")}
    assert installed.issuperset(env.addons())
    assert "sale_management" in installed


def test_error_carries_odoos_exception(odoo):
    odoo.expect_log("no.such.model")
    with pytest.raises(RpcError) as caught:
        odoo.rpc()("no.such.model", "read", [1])
    assert caught.value.name


def test_killed_server_comes_back_on_its_port(odoo):
    odoo.kill()
    with pytest.raises(requests.ConnectionError):
        requests.get(odoo.url, timeout=5)
    odoo.restart()
    assert odoo.rpc().uid


def test_prefork_server_over_the_same_database(server_factory, odoo):
    second = server_factory(workers=2, cron_threads=1)
    name = second.rpc()("res.partner", "create", {"name": "By the second server"})
    assert odoo.rpc()("res.partner", "read", [name], ["name"])[0]["name"] == "By the second server"
    # Without our own launcher the evented process of a prefork server dies at once.
    answer = requests.get(f"http://127.0.0.1:{second.gevent_port}/web/health", timeout=30)
    assert answer.status_code == 200


def test_unexpected_error_fails_the_log_check(server_factory):
    server = server_factory()
    with server.log_path.open("a") as log:
        log.write("2026-01-01 00:00:00,000 1 ERROR db odoo.test: made up by this test\n")
    with pytest.raises(AssertionError, match="made up by this test"):
        server.check_log()
    server.expect_log("made up by this test")
    server.check_log()


def test_retried_transaction_is_no_error(server_factory):
    server = server_factory()
    start = "2026-01-01 00:00:00,000 1 ERROR db odoo.sql_db: bad query: b'UPDATE x\n  SET y'\n"
    with server.log_path.open("a") as log:
        log.write(start + "ERROR: could not serialize access due to concurrent update\n\n")
    server.check_log()
    with server.log_path.open("a") as log:
        log.write(start + "ERROR: relation x does not exist\n\n")
    with pytest.raises(AssertionError, match="does not exist"):
        server.check_log()
    server.expect_log("relation x does not exist")


def test_two_windows_that_close_at_once_are_no_error(server_factory):
    server = server_factory()
    start = (
        "2026-01-01 00:00:00,000 1 ERROR db werkzeug: Error on request:\nTraceback (most recent call last):\n"
    )
    at_the_end = '  File "/odoo/addons/bus/websocket.py", line 643, in _terminate\n    with cr:\n'
    with server.log_path.open("a") as log:
        log.write(f"{start}{at_the_end}psycopg2.errors.SerializationFailure: could not serialize access\n")
    server.check_log()
    with server.log_path.open("a") as log:
        log.write(f"{start}psycopg2.errors.SerializationFailure: could not serialize access\n")
    with pytest.raises(AssertionError, match="Error on request"):
        server.check_log()
    server.expect_log("Error on request")


def test_what_a_stop_cuts_off_is_no_error(server_factory):
    server = server_factory()
    lost = (
        "2026-01-01 00:00:00,000 1 ERROR db odoo.http: Exception during request handling.\n"
        "Traceback (most recent call last):\npsycopg2.InterfaceError: cursor already closed\n"
    )
    stop = "2026-01-01 00:00:00,000 1 INFO db odoo.service.server: Initiating shutdown\n"
    with server.log_path.open("a") as log:
        log.write(stop + lost)
    server.check_log()
    with server.log_path.open("a") as log:
        log.write(
            "2026-01-01 00:00:00,000 1 INFO ? odoo.service.server: HTTP service (werkzeug) running\n" + lost
        )
    with pytest.raises(AssertionError, match="already closed"):
        server.check_log()
    server.expect_log("already closed")


def test_browser_is_signed_in(odoo, sign_in, screenshot):
    page = sign_in("admin")
    page.goto(f"{odoo.url}/odoo")
    page.locator(".o_main_navbar .o_user_menu").wait_for()
    assert screenshot(page, "signed-in").stat().st_size > 10_000
