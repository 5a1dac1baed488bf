"""`make demo` as a newcomer starts it: all there, stopped by Ctrl-C, there again within seconds."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
import requests

from tests.lib import database
from tests.lib import environment as env

NAME = f"demo_{os.getpid()}"
DATABASE = f"omnichannel_{NAME}"
AT_LEAST = {"whatsapp": 60, "email": 10, "livechat": 4}
COUNT = """SELECT l.channel_type, count(DISTINCT m.conversation_id)
             FROM omnichannel_message m JOIN omnichannel_channel l ON l.id = m.channel_id
            WHERE m.direction = 'in' GROUP BY 1"""


class Demo:
    """A running demo. `seconds` is what it took to come up."""

    def __init__(self, port):
        self.port = port
        self.log_path = env.BUILD / "demo.log"
        start = time.monotonic()
        with self.log_path.open("w") as log:
            self.process = subprocess.Popen(
                ["make", "demo"],
                cwd=env.ROOT,
                env={key: value for key, value in os.environ.items() if key not in env.MAKES_OWN}
                | {"DEMO": NAME, "PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while "login and password" not in self.log():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() - start < 400, self.log()
            time.sleep(0.2)
        self.seconds = time.monotonic() - start

    def log(self):
        return self.log_path.read_text()

    def stop(self):
        """Ctrl-C reaches everything that the terminal runs; returns how many seconds it took."""
        start = time.monotonic()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)
        return time.monotonic() - start

    def counts(self):
        connection = env.connect(DATABASE)
        try:
            with connection.cursor() as cursor:
                cursor.execute(COUNT)
                return dict(cursor.fetchall())
        finally:
            connection.close()


def free_ports():
    """The first of three ports in a row that nobody listens on, nor is given for connections to others."""
    ports = range(20_000, 32_000, 3)
    return next(
        port for port in random.sample(ports, len(ports)) if not any(map(answers, (port, port + 1, port + 2)))
    )


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def port(cluster):
    yield free_ports()
    database.drop(DATABASE)
    shutil.rmtree(env.CACHE / NAME, ignore_errors=True)


@pytest.fixture(scope="module")
def first(port):
    """What the first run brought in, and what stopping it left."""
    demo = Demo(port)
    try:
        pages = re.findall(r"http://localhost:\d+/\S+", demo.log())
        statuses = {page: requests.get(page, timeout=30).status_code for page in pages}
        counts = demo.counts()
    finally:
        seconds = demo.stop()
    return {"log": demo.log(), "statuses": statuses, "counts": counts, "stopped after": seconds}


def test_there_is_something_to_see(first):
    assert len(first["statuses"]) == 4
    assert set(first["statuses"].values()) == {200}, first
    for channel_type, count in AT_LEAST.items():
        assert first["counts"][channel_type] >= count
    assert "anna" in first["log"]


def test_ctrl_c_stops_everything(first, port):
    assert "Stopped" in first["log"].splitlines()[-1]
    assert first["stopped after"] < 20
    assert not any(map(answers, (port, port + 1, port + 2)))


def test_second_run_keeps_the_data_and_starts_in_seconds(first, port):
    demo = Demo(port)
    try:
        assert demo.counts() == first["counts"]
        assert demo.seconds < 60
    finally:
        demo.stop()
