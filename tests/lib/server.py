"""A real Odoo server, and a client that speaks to it like the web client does."""

import contextlib
import itertools
import os
import re
import signal
import subprocess
import time

import requests

from tests.lib import environment as env
from tests.lib.waiting import wait_for

_PROBLEM = re.compile(r"^\S+ \S+ \d+ (ERROR|CRITICAL) |^Traceback ")
# Two transactions met. Odoo logs it as an error and then runs one of them again; when that is no use
# either, an error of another kind follows.
_RETRIED = re.compile(r" ERROR \S+ odoo\.sql_db: bad query: [\s\S]*?\nERROR: could not serialize access")
# Two windows of one user are closed at once, and both write that the user is gone: Odoo tries it once.
_BOTH_LEFT = re.compile(r"bus/websocket\.py[\s\S]*in _terminate\n[\s\S]*could not serialize access")
_CLOSED = re.compile(r"(cursor|connection) already closed")
_STARTED, _STOPPED = "HTTP service (werkzeug) running", "Initiating shutdown"
_LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ [A-Z]+ ")


def _entry(lines, number):
    """The log's entry that starts at this line, whole."""
    rest = itertools.takewhile(lambda line: not _LOG_LINE.match(line), lines[number + 1 :])
    return "\n".join([lines[number], *rest])


def _is_retried(lines, number):
    """Whether the error that starts at this line is a meeting of two transactions."""
    entry = _entry(lines, number)
    return bool(_RETRIED.search(entry) or _BOTH_LEFT.search(entry))


def _is_cut_off(lines, number):
    """Whether a request meets its connection closed, as the server was told to stop meanwhile.

    A page that was just left may still be on its way to say how far somebody read.
    """
    if not _CLOSED.search(_entry(lines, number)):
        return False
    before = (line for line in reversed(lines[:number]) if _STARTED in line or _STOPPED in line)
    return _STOPPED in next(before, "")


class RpcError(Exception):
    """An error that Odoo answered with; `name` is its exception's dotted name."""

    def __init__(self, error):
        data = error.get("data") or {}
        self.name = data.get("name", "")
        self.arguments = data.get("arguments", [])
        self.debug = data.get("debug", "")
        super().__init__(f"{self.name}: {data.get('message') or error.get('message')}")


class Rpc:
    """A signed-in session: `rpc("sale.order", "action_confirm", [order_id])`."""

    def __init__(self, url, database, login, password):
        self.url = url
        self.http = requests.Session()
        result = self.request(
            "/web/session/authenticate", {"db": database, "login": login, "password": password}
        )
        self.uid = result["uid"]

    def __call__(self, model, method, *args, **kwargs):
        """Call a method of a model. The records' ids are the first argument, as everywhere in Odoo's RPC."""
        return self.request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": kwargs},
        )

    def request(self, path, params, timeout=60):
        """POST a JSON-RPC request to any route of type jsonrpc."""
        answer = self.http.post(
            self.url + path, json={"jsonrpc": "2.0", "method": "call", "params": params}, timeout=timeout
        )
        answer.raise_for_status()
        body = answer.json()
        if "error" in body:
            raise RpcError(body["error"])
        return body.get("result")


class OdooServer:
    """One Odoo over one database. Two objects with the same database are two servers.

    With `workers` it is a prefork server, whose websocket answers on `gevent_port`. `conf` holds further
    options of the configuration file.
    """

    def __init__(self, database, port=None, workers=0, cron_threads=2, conf=None):
        self.database = database
        self.port = port or env.free_port()
        self.gevent_port = env.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.workers = workers
        self.cron_threads = cron_threads
        self.conf = conf or {}
        self.process = None
        folder = env.BUILD / "servers"
        folder.mkdir(parents=True, exist_ok=True)
        self.log_path = folder / f"{database}-{self.port}.log"
        self.conf_path = folder / f"{database}-{self.port}.conf"
        self._expected = []

    # -- life -----------------------------------------------------------------

    def start(self, timeout=120):
        """Start the server and wait until it answers."""
        self._let_daily_jobs_rest()
        options = {
            "http_interface": "127.0.0.1",
            "http_port": self.port,
            "gevent_port": self.gevent_port,
            "workers": self.workers,
            "max_cron_threads": self.cron_threads,
            "db_name": self.database,
            "dbfilter": f"^{re.escape(self.database)}$",
            "log_handler": ":INFO,werkzeug:WARNING",
            **self.conf,
        }
        self.conf_path.write_text(
            "[options]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())
        )
        command, environment = env.odoo_command("server", "-c", str(self.conf_path))
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_up(timeout)
        return self

    def _let_daily_jobs_rest(self):
        """Odoo's own jobs are due at once in a new database, or soon: cut off, they log an error.

        An installation wakes the one that cleans up a minute later, and so in all copies.
        """
        self.sql(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'utc' + interval '1 day'"
            " WHERE cron_name NOT LIKE 'Omnichannel:%' AND interval_type <> 'minutes'"
            " AND nextcall < now() AT TIME ZONE 'utc' + interval '1 day'"
        )
        self.sql(
            "DELETE FROM ir_cron_trigger USING ir_cron"
            " WHERE cron_id = ir_cron.id AND cron_name = 'Base: Auto-vacuum internal data'"
        )

    def wait_until_up(self, timeout=120):
        """Return when the server shows its login page, and its evented process answers."""
        addresses = [f"{self.url}/web/login"]
        if self.workers:
            addresses.append(f"http://127.0.0.1:{self.gevent_port}/web/health")
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"Odoo ended with {self.process.returncode}:\n{self.log()[-4000:]}")
            with contextlib.suppress(requests.RequestException):
                if all(requests.get(address, timeout=20).status_code == 200 for address in addresses):
                    return
            time.sleep(0.1)
        raise RuntimeError(f"Odoo did not answer within {timeout} s:\n{self.log()[-4000:]}")

    def kill(self):
        """`kill -9` of the server with all of its workers."""
        self._signal_group(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """End the server in good order; what has not ended after 15 s is killed."""
        if not self.process:
            return
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
        self.kill()

    def restart(self):
        """Stop the server, unless it is dead already, and start it again on the same port."""
        self.stop()
        return self.start()

    def _signal_group(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    # -- log ------------------------------------------------------------------

    def log(self):
        """All that the server has written so far."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def expect_log(self, pattern):
        """Say that error lines matching this pattern are what the test is about."""
        self._expected.append(re.compile(pattern))

    def check_log(self):
        """Fail on an error in the log that no test expected."""
        lines = self.log().splitlines()
        for number, line in enumerate(lines):
            if (
                _PROBLEM.match(line)
                and not _is_retried(lines, number)
                and not _is_cut_off(lines, number)
                and not self._is_expected(lines, number)
            ):
                raise AssertionError(
                    f"unexpected error in {self.log_path}:\n" + "\n".join(lines[number : number + 40])
                )

    def _is_expected(self, lines, number):
        """An expected pattern may stand in the error's line or in its traceback."""
        block = "\n".join(lines[max(0, number - 1) : number + 60])
        return any(pattern.search(block) for pattern in self._expected)

    # -- access ---------------------------------------------------------------

    def rpc(self, login="admin", password=None):
        """A session of a user; the password of the demo users is their login."""
        return Rpc(self.url, self.database, login, password or login)

    def wake_jobs(self):
        """Let Odoo look for jobs whose time has come, as it does by itself once a minute."""
        connection = env.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify('cron_trigger', %s)", [self.database])
        finally:
            connection.close()

    def run_jobs(self):
        """Let Odoo run the product's own jobs now and not when their next minute has come."""
        # In whole seconds, as Odoo writes them: it would leave a later one behind, and who wakes a job
        # believes that somebody looks at it.
        self.sql(
            """INSERT INTO ir_cron_trigger (cron_id, call_at)
               SELECT id, date_trunc('second', now() AT TIME ZONE 'utc') FROM ir_cron
                WHERE active AND cron_name ~ '^(Omnichannel|WhatsApp): '"""
        )
        self.wake_jobs()

    def wait_for_jobs(self, condition, timeout=90, what="the condition"):
        """Return the first true value of `condition()`, which the product's jobs bring about."""

        def look():
            if not (value := condition()):
                self.run_jobs()
            return value

        return wait_for(look, timeout, 1, what)

    def sql(self, query, parameters=None):
        """Run one statement on the database, committed at once, and return its rows."""
        connection = env.connect(self.database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    @contextlib.contextmanager
    def locked(self, table, condition, parameters=None):
        """Somebody who is changing these rows, and takes their time."""
        connection = env.connect(self.database)
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT 1 FROM {table} WHERE {condition} FOR UPDATE", parameters)
                yield
        finally:
            connection.close()
