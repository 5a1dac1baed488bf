"""Packages the add-ons as `odoo.addons.*`, where an Odoo in the same environment finds them.

Odoo itself is not on PyPI: it has to be there before, and is no requirement.
"""

import ast
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent


def manifest(addon):
    return ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())


def files(addon):
    """All that is no Python module: views, static files, translations, and the scripts of upgrades."""
    found = (path.relative_to(ROOT / addon) for path in (ROOT / addon).rglob("*") if path.is_file())
    return [
        str(path)
        for path in found
        if path.suffix not in (".py", ".pyc") or (path.suffix == ".py" and path.parts[0] == "migrations")
    ]


ADDONS = sorted(
    path.parent.name
    for path in ROOT.glob("omnichannel_*/__manifest__.py")
    if manifest(path.parent.name).get("category") != "Hidden/Tests"
)
PACKAGES = [
    name for name in find_packages(str(ROOT), include=["omnichannel_*"]) if name.split(".")[0] in ADDONS
]

setup(
    name="omnichannel-odoo",
    version=manifest("omnichannel_inbox")["version"],
    description="Omnichannel customer service for Odoo 19 Community",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    author=manifest("omnichannel_inbox")["author"],
    license="LGPL-3.0-only",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    install_requires=["lxml", "phonenumbers", "requests"],
    package_dir={f"odoo.addons.{addon}": addon for addon in ADDONS},
    packages=[f"odoo.addons.{name}" for name in PACKAGES],
    package_data={f"odoo.addons.{addon}": files(addon) for addon in ADDONS},
    zip_safe=False,
)
