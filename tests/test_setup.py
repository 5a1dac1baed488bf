"""What can go wrong before anything runs: one line says what, and what to do.

And nothing half done is taken for whole.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess

import psycopg2
import pytest

from tests.lib import environment as env

NOBODY = "http://127.0.0.1:9"  # the discard port: nobody listens there
NO_NETWORK = {
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOBODY),
    "no_proxy": "",
    "PIP_CONFIG_FILE": "/dev/null",
    "PIP_RETRIES": "0",
}


def run(*command, cwd=env.ROOT, **variables):
    """Run a command as from a newcomer's shell, with these variables besides."""
    return subprocess.run(
        command, cwd=cwd, env=environment(variables), capture_output=True, text=True, timeout=300, check=False
    )


def environment(variables):
    """This process's environment without what `tools/run` added to it, or who started that."""
    # `make test` may have been started by another make, which then says where it works.
    added = ("ODOO_PATH", "PGHOST", "PGPORT", "PGUSER", "PYTHONPATH", *env.MAKES_OWN)
    own = {key: value for key, value in os.environ.items() if key not in added}
    return own | {key: str(value) for key, value in variables.items()}


def the_error(done):
    """The one line that says what is wrong."""
    assert done.returncode
    assert "Traceback" not in done.stderr, done.stderr
    [line] = re.findall(r"^\x1b\[31merror:\x1b\[0m (.*)$", done.stderr, re.M)
    return line


@pytest.fixture
def cache(tmp_path):
    """An empty cache folder."""
    return tmp_path / "cache"


def link_environments(cache):
    """Give a cache folder the Python and the linters that are there already."""
    cache.mkdir()
    for path in [*env.CACHE.glob("venv-*"), *env.CACHE.glob("node-*")]:
        (cache / path.name).symlink_to(path)


@pytest.fixture
def own_postgres(cache):
    """The variables of a cache folder that has everything but PostgreSQL, whose port is free."""
    link_environments(cache)
    variables = {
        "OMNICHANNEL_CACHE": cache,
        "ODOO_PATH": env.ODOO,
        "PGPORT": env.free_port(),
        "PGUSER": "odoo",
    }
    yield variables
    run("bash", "-ec", ". tools/lib.sh; postgres_stop", **variables)


def answers(variables):
    """Whether the PostgreSQL of that cache folder is running."""
    with contextlib.suppress(psycopg2.OperationalError):
        psycopg2.connect(
            host="127.0.0.1", port=variables["PGPORT"], user=variables["PGUSER"], dbname="postgres"
        ).close()
        return True


@pytest.fixture
def listener():
    """A port on which somebody listens who never answers; on the two below it nobody does."""
    while True:
        with socket.socket() as taken, socket.socket() as below, socket.socket() as lowest:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            try:
                below.bind(("127.0.0.1", port - 1))
                lowest.bind(("127.0.0.1", port - 2))
            except OSError:
                continue
            below.close()
            lowest.close()
            taken.listen()
            yield taken
            return


def odoo_folder(tmp_path, version):
    """A folder that says it is an Odoo of that version."""
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo/release.py").write_text(f"version_info = ({version}, 0, 0, FINAL, 0, '')\n")
    return tmp_path


def test_setup_does_nothing_the_second_time():
    """Also for a user who has no folder of the system's administrator in their PATH."""
    path = ":".join(folder for folder in os.environ["PATH"].split(":") if not folder.endswith("sbin"))
    done = run("make", "setup", PATH=path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# -- what is named in the environment ---------------------------------------------


def test_odoo_and_postgres_that_are_there_are_used(cluster, cache, tmp_path):
    link_environments(cache)
    (tmp_path / "elsewhere").symlink_to(env.ODOO)
    named = {"PGHOST": os.environ["PGHOST"], "PGPORT": os.environ["PGPORT"], "PGUSER": os.environ["PGUSER"]}
    variables = {"OMNICHANNEL_CACHE": cache, "ODOO_PATH": tmp_path / "elsewhere", **named, **NO_NETWORK}
    assert run("make", "setup", **variables).returncode == 0
    script = (
        "import odoo.release; from tests.lib import environment as env;"
        "print(odoo.release.__file__, env.connect().info.port, env.addons_path())"
    )
    told = run("tools/run", "-c", script, **variables).stdout
    assert f"{tmp_path}/elsewhere/odoo/release.py {named['PGPORT']} {tmp_path}/elsewhere/odoo/addons" in told
    assert not (cache / "odoo").exists()
    assert not (cache / "pg").exists()


def test_another_version_of_odoo(tmp_path):
    error = the_error(run("make", "demo", ODOO_PATH=odoo_folder(tmp_path, 18)))
    assert "is not Odoo 19.0" in error
    assert "branch 19.0" in error


def test_a_folder_without_odoo(tmp_path):
    error = the_error(run("make", "demo", ODOO_PATH=tmp_path))
    assert "holds no odoo/release.py" in error
    assert "unset it" in error


def test_port_is_taken(listener, own_postgres):
    port = listener.getsockname()[1]
    done = run("make", "demo", PORT=port, **own_postgres)
    assert "Making a PostgreSQL cluster" in done.stderr
    assert f"port {port} is taken: PORT={port + 10} make demo" in the_error(done)
    assert not answers(own_postgres), "what the demo started is still running"


def test_port_of_the_emulator_is_taken(listener):
    port = listener.getsockname()[1]
    assert f"port {port} is taken: the WhatsApp emulator" in the_error(run("make", "demo", PORT=port - 1))


def test_what_runs_already_is_not_stopped(cluster, listener):
    """Not even when our own parents started it: they tell it to each other in the environment."""
    port = listener.getsockname()[1]
    the_error(run("make", "demo", PORT=port, OMNICHANNEL_STARTED_POSTGRES=1))
    env.connect().close()


def test_port_of_the_mail_emulator_is_taken(listener):
    port = listener.getsockname()[1]
    assert f"port {port} is taken: the mail emulator" in the_error(run("make", "demo", PORT=port - 2))


@pytest.mark.parametrize("port", ["web", "80", "65534", "70000"])
def test_no_such_port(port):
    assert "PORT=8070 make demo" in the_error(run("make", "demo", PORT=port))


@pytest.mark.parametrize("target", ["demo", "test"])
def test_postgres_does_not_answer(target):
    error = the_error(run("make", target, PGHOST="127.0.0.1", PGPORT=9))
    assert "Connection refused" in error
    assert "unset PGHOST" in error


def test_postgres_does_not_know_the_user(cluster):
    named = {"PGHOST": os.environ["PGHOST"], "PGPORT": os.environ["PGPORT"], "PGUSER": "oct_nobody"}
    assert 'role "oct_nobody" does not exist' in the_error(run("make", "demo", **named))


def test_postgres_lets_the_user_create_no_database(cluster):
    named = {"PGHOST": os.environ["PGHOST"], "PGPORT": os.environ["PGPORT"], "PGUSER": "oct_reader"}
    with contextlib.closing(env.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE ROLE oct_reader LOGIN")
        try:
            assert "oct_reader of PostgreSQL may not create databases" in the_error(
                run("make", "demo", **named)
            )
        finally:
            cursor.execute("DROP ROLE oct_reader")


def test_port_of_our_own_postgres_is_taken(cache, listener):
    cache.mkdir()
    port = listener.getsockname()[1]
    error = the_error(
        run("bash", "-ec", ". tools/lib.sh; postgres_start", OMNICHANNEL_CACHE=cache, PGPORT=port)
    )
    assert f"did not start on port {port} (taken? set PGPORT)" in error


# -- network and disk -------------------------------------------------------------


def test_no_network(cache):
    error = the_error(run("make", "setup", OMNICHANNEL_CACHE=cache, **NO_NETWORK))
    assert "is there a network?" in error
    assert not (cache / "odoo").exists()


def test_no_network_for_pip(cache):
    variables = {"OMNICHANNEL_CACHE": cache, "ODOO_PATH": env.ODOO, **NO_NETWORK}
    error = the_error(run("make", "setup", **variables))
    assert "no network?" in error
    assert f"see {cache}/pip.log" in error
    # The environment that is there now is not taken for whole: the next run begins anew.
    assert the_error(run("make", "setup", **variables)) == error


def test_no_room_on_the_disk(cache):
    cache.mkdir()
    script = 'mount -t tmpfs -o size=64m none "$OMNICHANNEL_CACHE" && exec make setup'
    done = run("unshare", "--mount", "bash", "-c", script, OMNICHANNEL_CACHE=cache)
    if "error:" not in done.stderr:
        pytest.skip(f"no disk of its own can be mounted here: {done.stderr}")
    assert re.fullmatch(
        rf"{cache} has 0 GB free and needs \d: make room or set OMNICHANNEL_CACHE", the_error(done)
    )


def test_killed_while_downloading(cache, listener):
    """`kill -9` in the middle; what is there then is thrown away by the next run."""
    proxy = "http://{}:{}".format(*listener.getsockname())
    variables = {"OMNICHANNEL_CACHE": cache, **NO_NETWORK, "http_proxy": proxy, "https_proxy": proxy}
    process = subprocess.Popen(
        ["make", "setup"],
        cwd=env.ROOT,
        env=environment(variables),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        listener.settimeout(60)
        connection, _address = listener.accept()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    connection.close()
    assert (cache / "odoo.part").is_dir()
    (cache / "odoo.part/debs/odoo-19_half.deb").write_bytes(b"half of it")
    assert not (cache / "odoo").exists()
    done = run("make", "setup", OMNICHANNEL_CACHE=cache, **NO_NETWORK)
    assert "Downloading Odoo 19" in done.stderr
    assert "is there a network?" in the_error(done)
    assert not (cache / "odoo.part/debs/odoo-19_half.deb").exists()


# -- make clean -------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path):
    """A copy of the scripts: `make clean` removes the checkout's build/ too, which this run is using."""
    folder = tmp_path / "checkout"
    shutil.copytree(env.ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(env.ROOT / "Makefile", folder)
    (folder / "build").mkdir()
    return folder


def test_clean_stops_postgres_and_removes_all(cache, own_postgres, checkout):
    started = run("bash", "-ec", ". tools/lib.sh; postgres_start", **own_postgres)
    assert started.returncode == 0, started.stderr
    assert answers(own_postgres)
    done = run("make", "clean", cwd=checkout, **own_postgres)
    assert done.returncode == 0, done.stderr
    assert not answers(own_postgres)
    assert not cache.exists()
    assert not (checkout / "build").exists()
    # What the links led to is not this cache's.
    assert list(env.CACHE.glob("venv-*/bin/python"))


def test_clean_needs_nothing_to_be_there(cache, checkout):
    assert run("make", "clean", cwd=checkout, OMNICHANNEL_CACHE=cache).returncode == 0
