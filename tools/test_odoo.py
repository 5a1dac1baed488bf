"""`make test-odoo`: Odoo's own suites, with and without the add-ons, and what differs.

MODULES chooses other ones (`MODULES=sale,crm`). Takes hours; the logs stay in build/odoo-suites. What fails
only with the add-ons runs once more: Odoo's browser tests give up after ten seconds, which a busy machine
does not always keep.
"""

import os
import re
import subprocess
import sys
import time

from tests.lib import database
from tests.lib import environment as env

# Module under test → the hoot suites of its JavaScript.
SUITES = {
    "mail": "mail",
    "test_mail": "",
    "test_discuss_full": "",
    "im_livechat": "im_livechat",
    "website_livechat": "website_livechat",
    "sale": "",
    "crm": "",
}
_STARTED = re.compile(r" INFO \S+ (odoo\.addons\.\S+): Starting (\S+) \.\.\.")
_FAILED = re.compile(r" ERROR \S+ (odoo\.addons\.\S+): (?:FAIL|ERROR): (?:Subtest )?(\S+)")
_NOT_SET_UP = re.compile(r" ERROR \S+ odoo\.tests\.suite: ERROR: setUp\w+ \((\S+)\.(\S+)\)")
_PLACE = re.compile(r"odoo\.addons\.(\w+)\S*:(\S+)")
_HOOT = re.compile(r"\[HOOT\] Test \"(.+?)\" (passed|failed)")


def suites(modules):
    """The tags of the suites of some modules."""
    hoot = [f"/web:WebSuite[@{SUITES[module]}]" for module in modules if SUITES.get(module)]
    return [*(f"/{module}" for module in modules), *hoot]


def again(names, modules):
    """The tags of some tests; of one in JavaScript, that of its whole suite."""
    places = [_PLACE.match(name) for name in names]
    tags = {f"/{found[1]}:{found[2]}" for found in places if found and "WebSuite" not in found[2]}
    hoot = [tag for tag in suites(modules) if "WebSuite" in tag]
    return sorted(tags) + (hoot if len(tags) < len(names) else [])


def run_tests(database_name, tags, label):
    """Run tests over a prepared database; returns those started and those that failed."""
    command, environment = env.odoo_command(
        "server", "-d", database_name, f"--test-tags={','.join(tags)}", "--stop-after-init",
        f"--http-port={env.free_port()}", "--max-cron-threads=0", "--log-level=info",
    )  # fmt: skip
    command[1] = str(env.ROOT / "tools/odoo-after-loading")
    folder = env.BUILD / "odoo-suites"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{label}.log"
    print(f"==> {label}: {', '.join(tags)} (log: {path})", flush=True)
    begun = time.monotonic()
    with path.open("w") as log:
        subprocess.run(
            command,
            env={**environment, "ODOO_TEST_MAX_FAILED_TESTS": "100000"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    started, failed = read_log(path.read_text(errors="replace"))
    minutes = (time.monotonic() - begun) / 60
    print(f"    {len(started)} tests, {len(failed)} failed, {minutes:.1f} minutes", flush=True)
    return started, failed


def read_log(text):
    """The sets of tests that a log says were started, and failed."""
    started = {f"{place}:{name}" for place, name in _STARTED.findall(text)}
    failed = {f"{place}:{name}" for place, name in _FAILED.findall(text)}
    failed |= {f"{place}:{name}" for place, name in _NOT_SET_UP.findall(text)}
    hoot = _HOOT.findall(text)
    started |= {f"hoot: {name}" for name, _result in hoot}
    return started, failed | {f"hoot: {name}" for name, result in hoot if result == "failed"}


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
        started_without, failed_without = run_tests(without, suites(modules), "without")
        started_with, failed_with = run_tests(with_addons, suites(modules), "with")
        suspects = failed_with - failed_without
        if suspects:
            suspects &= run_tests(with_addons, again(suspects, modules), "with-again")[1]
    finally:
        for name in names:
            database.drop(name)
    broken = sorted(suspects)
    unrun = sorted(started_without - started_with)
    print(f"{len(started_without)} tests without the add-ons, {len(failed_without)} of them failed")
    print(f"{len(started_with)} tests with the add-ons, {len(failed_with)} of them failed")
    print(f"{len(failed_with - failed_without - suspects)} failed with them and passed when run again")
    for title, found in (("fail only with the add-ons", broken), ("do not run with the add-ons", unrun)):
        print(f"{len(found)} {title}" + "".join(f"\n    {name}" for name in found))
    return 1 if broken or unrun or not started_without else 0


if __name__ == "__main__":
    sys.exit(main())
