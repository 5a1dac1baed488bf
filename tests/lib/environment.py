"""Where things are: the checkout, Odoo, the cache folder, PostgreSQL, the add-ons."""

import ast
import functools
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
CACHE = Path(
    os.environ.get("OMNICHANNEL_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "omnichannel-odoo19"
)
ODOO = Path(os.environ.get("ODOO_PATH") or CACHE / "odoo/usr/lib/python3/dist-packages")
DATA_DIR = CACHE / "data"
# What a make tells the makes that it starts, and what these then say on the terminal.
MAKES_OWN = ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")
# The applications that demo and tests are about; the add-ons' own dependencies come on top.
APPLICATIONS = ("crm", "sale_management")
# What bridges do not depend on, but make use of where it is: carriers, whose parcels have numbers.
USED_BY_BRIDGES = ("stock_delivery",)

os.environ.setdefault("PGHOST", "127.0.0.1")
os.environ.setdefault("PGPORT", "54329")
os.environ.setdefault("PGUSER", "odoo")


def addons_path():
    """The value of Odoo's option of that name. A git checkout of Odoo keeps its add-ons in two folders."""
    folders = [ODOO / "odoo/addons", ODOO / "addons", ROOT]
    return ",".join(str(folder) for folder in folders if folder.is_dir())


@functools.cache
def manifests():
    """Name → manifest of each add-on of this checkout."""
    found = {}
    for path in sorted(ROOT.glob("omnichannel_*/__manifest__.py")):
        found[path.parent.name] = ast.literal_eval(path.read_text())
    return found


def addons():
    """The add-ons that are the product, and that an administrator installs."""
    product = {name for name, manifest in manifests().items() if manifest.get("category") != "Hidden/Tests"}
    return sorted(product.difference(bridges()))


def bridges():
    """The add-ons of the product that install themselves where a further application of Odoo's is."""
    return [name for name, manifest in manifests().items() if manifest.get("auto_install")]


def applications_of_bridges():
    """The modules of Odoo beside which bridges install themselves, or which they make use of."""
    wanted = {name for addon in bridges() for name in manifests()[addon]["depends"]}
    return sorted(wanted.difference(manifests()).union(USED_BY_BRIDGES))


def test_addons():
    """The add-ons that are there for the tests of the others alone."""
    return sorted(set(manifests()).difference(addons(), bridges()))


def dependencies():
    """The modules of Odoo that must be there before the add-ons; those of bridges are not."""
    wanted = {name for addon in (*addons(), *test_addons()) for name in manifests()[addon]["depends"]}
    return sorted(wanted.difference(manifests()).union(APPLICATIONS))


def odoo_command(*arguments):
    """The command line of Odoo, and the environment to run it in."""
    command = [
        sys.executable,
        str(ROOT / "tools/odoo-bin"),
        *arguments[:1],
        f"--addons-path={addons_path()}",
        f"--data-dir={DATA_DIR}",
        f"--db_host={os.environ['PGHOST']}",
        f"--db_port={os.environ['PGPORT']}",
        f"--db_user={os.environ['PGUSER']}",
        *arguments[1:],
    ]
    return command, {**os.environ, "PYTHONPATH": str(ODOO), "PYTHONUNBUFFERED": "1"}


def free_port():
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(database="postgres"):
    """An autocommitting connection to the cluster."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    return connection


def start_postgres():
    """Start the private cluster unless the environment's server answers."""
    try:
        connect().close()
    except psycopg2.OperationalError:
        subprocess.run(
            ["bash", "-c", "unset PGHOST; . tools/lib.sh && postgres_start"], cwd=ROOT, check=True, timeout=60
        )


@contextmanager
def lock(name):
    """Keep other processes of this machine, whatever their checkout, out of the same work."""
    (CACHE / "locks").mkdir(parents=True, exist_ok=True)
    with (CACHE / "locks" / name).open("w") as handle:
        flock(handle, LOCK_EX)
        yield
