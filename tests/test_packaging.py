"""The wheel: built from the checkout, installed into a clean environment, its add-ons installed in Odoo."""

import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile

import pytest

from tests.lib import database
from tests.lib import environment as env


def _run(*command, **options):
    done = subprocess.run(
        [str(part) for part in command], check=False, capture_output=True, text=True, timeout=500, **options
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of a copy of the checkout: setuptools leaves its work beside the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(env.ROOT, source, ignore=shutil.ignore_patterns(".git", "build", "__pycache__", "dist"))
    _run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", folder, source)
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def clean_python(wheel, tmp_path_factory):
    """A new environment with nothing but the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    _run(sys.executable, "-m", "venv", folder)
    python = folder / "bin/python"
    constraints = env.ROOT / "tools/requirements-odoo.txt"
    _run(python, "-m", "pip", "install", "-q", "-c", constraints, wheel)
    return python


def test_wheel_holds_every_file_of_the_addons(wheel):
    packed = set(zipfile.ZipFile(wheel).namelist())
    tracked = _run("git", "ls-files", *env.addons(), *env.bridges(), cwd=env.ROOT).split()
    missing = [path for path in tracked if f"odoo/addons/{path}" not in packed]
    # What a colleague has deleted but not committed yet is no file of the add-on.
    assert not [path for path in missing if (env.ROOT / path).exists()]
    assert "odoo/__init__.py" not in packed
    assert "odoo/addons/__init__.py" not in packed
    assert not [name for name in packed if name.startswith(("tests/", "tools/", "emulators/"))]
    # The demo data is the product's, what serves the tests alone is not.
    assert "odoo/addons/omnichannel_inbox/demo/sale_order_demo.xml" in packed
    for name in env.test_addons():
        assert not [path for path in packed if name in path]


def test_wheel_brings_its_requirements(clean_python):
    _run(clean_python, "-c", "import lxml, phonenumbers, requests")
    listed = _run(clean_python, "-m", "pip", "show", "omnichannel-odoo")
    requires = re.search(r"^Requires: (.*)$", listed, re.M)[1]
    assert sorted(requires.split(", ")) == ["lxml", "phonenumbers", "requests"]


def test_addons_install_from_the_wheel(cluster, clean_python, tmp_path):
    """Odoo and its own requirements are put beside the wheel; the checkout is nowhere on the path."""
    site = clean_python.parent.parent / f"lib/python{sysconfig.get_python_version()}/site-packages"
    (site / "odoo-requirements.pth").write_text(sysconfig.get_path("purelib") + "\n")
    name = database.create(database.base_template())
    try:
        command, environment = env.odoo_command(
            "server", "-d", name, "-i", ",".join(env.addons()), "--with-demo", "--stop-after-init",
            "--no-http", "--max-cron-threads=0", "--log-level=warn",
        )  # fmt: skip
        command = [part for part in command if not part.startswith("--addons-path")]
        log = _run(clean_python, *command[1:], env=environment, cwd=tmp_path)
        assert not re.search(r" (ERROR|CRITICAL) ", log), log[-6000:]
        connection = env.connect(name)
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM ir_module_module WHERE state = 'installed'")
            installed = {row[0] for row in cursor.fetchall()}
        connection.close()
        assert installed.issuperset(env.addons())
    finally:
        database.drop(name)
