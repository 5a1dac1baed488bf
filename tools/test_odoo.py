"""`make test-odoo`: Odoo's own suites, with and without the add-ons, and what differs.

MODULES chooses other ones (`MODULES=sale,crm`). Takes hours; the logs stay in build/odoo-suites.
"""

import os
import re
import subprocess
import sys

from tests.lib import database
from tests.lib import environment as env

# Module under test → the hoot suites of its JavaScript.
SUITES = {
    "mail": "mail",
    "test_mail": "",
    "test_discuss_full": "",
    "im_livechat": "im_livechat",
    "sale": "",
    "crm": "",
}
_STARTED = re.compile(r" INFO \S+ (odoo\.addons\.\S+): Starting (\S+) \.\.\.")
_FAILED = re.compile(r" ERROR \S+ (odoo\.addons\.\S+): (?:FAIL|ERROR): (?:Subtest )?(\S+)")
_HOOT_FAILED = re.compile(r"\[HOOT\] Test \"(.+?)\" failed")


def run_suites(database_name, modules, label):
    """Run the suites over a prepared database; returns the tests started and those that failed."""
    tags = [f"/{module}" for module in modules]
    tags += [f"/web:WebSuite[@{SUITES[module]}]" for module in modules if SUITES.get(module)]
    command, environment = env.odoo_command(
        "server", "-d", database_name, f"--test-tags={','.join(tags)}", "--stop-after-init",
        f"--http-port={env.free_port()}", "--max-cron-threads=0", "--log-level=info",
    )  # fmt: skip
    folder = env.BUILD / "odoo-suites"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{label}.log"
    print(f"==> {label}: {', '.join(tags)} (log: {path})", flush=True)
    with path.open("w") as log:
        subprocess.run(
            command,
            env={**environment, "ODOO_TEST_MAX_FAILED_TESTS": "100000"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    return read_log(path.read_text(errors="replace"))


def read_log(text):
    """The sets of tests that a log says were started, and failed."""
    started = {f"{place}:{name}" for place, name in _STARTED.findall(text)}
    failed = {f"{place}:{name}" for place, name in _FAILED.findall(text)}
    return started, failed | {f"hoot: {name}" for name in _HOOT_FAILED.findall(text)}


def main():
    """Prepare both databases, run, compare."""
    modules = [name for name in os.environ.get("MODULES", "").split(",") if name] or list(SUITES)
    names = [f"oct_{os.getpid()}_{label}" for label in ("9001", "9002")]
    without, with_addons = names
    try:
        database.create(database.base_template(), without)
        print("==> Installing what is tested", flush=True)
        database.install(without, modules)
        # Odoo marks a database that has just been set up; its files are copied with it.
        database.create(without, with_addons)
        database.install(with_addons, env.addons())
        started_without, failed_without = run_suites(without, modules, "without")
        started_with, failed_with = run_suites(with_addons, modules, "with")
    finally:
        for name in names:
            database.drop(name)
    broken = sorted(failed_with - failed_without)
    unrun = sorted(started_without - started_with)
    print(f"{len(started_without)} tests without the add-ons, {len(failed_without)} of them failed")
    print(f"{len(started_with)} tests with the add-ons, {len(failed_with)} of them failed")
    for title, found in (("fail only with the add-ons", broken), ("do not run with the add-ons", unrun)):
        print(f"{len(found)} {title}" + "".join(f"\n    {name}" for name in found))
    return 1 if broken or unrun or not started_without else 0


if __name__ == "__main__":
    sys.exit(main())
