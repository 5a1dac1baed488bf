"""What holds for the checkout as a whole."""

import re
import subprocess

import pytest

from tests.lib import environment as env

DATA_FOLDERS = ("data", "demo", "report", "security", "views", "wizard")
# Read by Odoo without being named in a manifest.
UNNAMED = {"neutralize.sql"}


@pytest.mark.parametrize("name", env.manifests())
def test_every_data_file_is_in_the_manifest(name):
    """A view that no manifest names is simply not there."""
    manifest = env.manifests()[name]
    named = set(manifest.get("data", [])) | set(manifest.get("demo", []))
    folder = env.ROOT / name
    there = {
        str(path.relative_to(folder))
        for part in DATA_FOLDERS
        for path in (folder / part).rglob("*")
        if path.suffix in (".xml", ".csv", ".sql") and path.name not in UNNAMED
    }
    assert there == named


@pytest.mark.parametrize("name", env.addons())
def test_every_addon_is_harmless_in_a_copy(name):
    """Odoo's `neutralize` runs this file of each installed add-on."""
    assert (env.ROOT / name / "data/neutralize.sql").read_text().strip()


@pytest.mark.parametrize("name", env.manifests())
def test_every_test_module_is_imported(name):
    """Odoo runs only what `tests/__init__.py` imports."""
    init = env.ROOT / name / "tests/__init__.py"
    there = {path.stem for path in (env.ROOT / name / "tests").glob("test_*.py")}
    imported = set(re.findall(r"\btest_\w+", init.read_text())) if init.exists() else set()
    assert there == imported


def test_addons_share_version_and_licence():
    assert {manifest["license"] for manifest in env.manifests().values()} == {"LGPL-3"}
    assert len({manifest["version"] for manifest in env.manifests().values()}) == 1
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in (env.ROOT / "LICENSE").read_text()


def test_make_lists_what_it_can_do():
    listed = subprocess.run(["make", "help"], cwd=env.ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "lint", "bench", "clean"):
        assert re.search(rf"make {target} +\S", listed)
