"""The wire knows no Odoo, and nothing further in knows a provider."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WIRE = sorted(path for folder in ROOT.glob("omnichannel_*/wire") for path in folder.rglob("*.py"))
PROVIDERS = ("whatsapp", "wamid", "graph.facebook", "hub_signature", "hub-signature", "hub.mode")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


def test_there_is_a_wire():
    assert {path.parent.parent.name for path in WIRE} >= {"omnichannel_inbox", "omnichannel_whatsapp"}


@pytest.mark.parametrize("path", WIRE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_odoo_in_the_wire(path):
    for name in imported(path):
        assert name.partition(".")[0] != "odoo" or name == "odoo.addons.omnichannel_inbox.wire", name


def test_no_provider_in_the_core():
    for path in (ROOT / "omnichannel_inbox").rglob("*"):
        if path.suffix in (".py", ".xml", ".js", ".scss", ".csv", ".sql") and "tests" not in path.parts:
            text = path.read_text().lower()
            for word in PROVIDERS:
                assert word not in text, f"{path.relative_to(ROOT)} mentions {word}"
