"""Lets pytest import an add-on's `wire` package, which needs no Odoo, without running the add-on's
`__init__`, which does: each add-on is registered as a bare package, under both of its names."""

import importlib
import sys
import types
from pathlib import Path

ROOT = Path(__file__).parent


def _bare_package(name, folder):
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    return package


def _namespace(name):
    """Odoo's own namespace package where there is one, else an empty one."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return _bare_package(name, ROOT / "build/none")


_namespace("odoo")
_addons = _namespace("odoo.addons")
for _manifest in ROOT.glob("omnichannel_*/__manifest__.py"):
    _folder = _manifest.parent
    _package = _bare_package(f"odoo.addons.{_folder.name}", _folder)
    sys.modules[_folder.name] = _package
    setattr(_addons, _folder.name, _package)
