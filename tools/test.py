"""`make test`: the wire tests, the add-ons' tests inside Odoo, the outside tests, and one summary.

ONLY chooses a part: an add-on (`omnichannel_inbox`), a pytest path (`tests/test_x.py::test_y`), or an
Odoo test tag (`/omnichannel_inbox:TestJoin.test_quote`). The last line counts the tests of all parts.
"""

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from functools import partial

from tests.lib import database
from tests.lib import environment as env

_REPORT = re.compile(r"odoo\.tests\.result: (\d+) failed, (\d+) error\(s\) of (\d+) tests")
_SKIPPED = re.compile(r" INFO \S+ \S+: skipped ")
_LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): (?P<text>.*)")
# The runner's own words about failed tests, which are counted as such.
_TEST_FAILURE = re.compile(r"(FAIL|ERROR): |At least one test failed|\d+ failed, \d+ error\(s\)")


@dataclass
class Result:
    """What one part of the run came to."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list = field(default_factory=list)


def run_pytest(name, paths):
    """Run pytest over some paths; what it prints is shown as it comes."""
    report = env.BUILD / f"pytest-{name}.xml"
    report.unlink(missing_ok=True)
    code = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", f"--junitxml={report}", *paths], cwd=env.ROOT, check=False
    ).returncode
    result = Result(name)
    if report.exists():
        suite = ElementTree.parse(report).getroot().find("testsuite")
        count = {key: int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")}
        result.failed = count["failures"] + count["errors"]
        result.skipped = count["skipped"]
        result.passed = max(0, count["tests"] - result.failed - result.skipped)
    if code not in (0, 5) and not result.failed:
        result.failed = 1
        result.notes.append(f"pytest ended with {code}")
    return result


def run_addon_tests(name, tags, template=database.tests_template):
    """Run the add-ons' tests in Odoo, on a copy of the prepared database. Tours and hoot are among them."""
    copy = database.create(template())
    command, environment = env.odoo_command(
        "server", "-d", copy, f"--test-tags={tags}", "--stop-after-init", f"--http-port={env.free_port()}",
        "--max-cron-threads=0", "--log-level=info", f"--screenshots={env.BUILD / 'odoo-screenshots'}",
    )  # fmt: skip
    log_path = env.BUILD / f"odoo-{name}.log"
    lines = []
    try:
        with (
            log_path.open("w") as log,
            subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process,
        ):
            for line in process.stdout:
                log.write(line)
                lines.append(line)
                _show_progress(line)
        return _read_odoo_log(name, lines, process.returncode, log_path)
    finally:
        database.drop(copy)


def run_bridge_tests(tags):
    """Run the tests of add-ons that need further applications of Odoo's."""
    return run_addon_tests("bridges", tags, database.bridges_template)


def _show_progress(line):
    """Errors as they are, each test class once, nothing else."""
    found = _LOG_LINE.match(line)
    if not found or found["level"] in ("ERROR", "CRITICAL"):
        print(line, end="", flush=True)
    elif found["text"].startswith("Starting Test"):
        _show_class(found["text"].split()[1].split(".")[0])


def _show_class(name, shown=[]):  # noqa: B006  remembers the classes of the whole run
    if name not in shown:
        shown.append(name)
        print(f"    {name}", flush=True)


def _read_odoo_log(name, lines, code, log_path):
    result = Result(name)
    reports = [found for line in lines if (found := _REPORT.search(line))]
    result.skipped = sum(bool(_SKIPPED.search(line)) for line in lines)
    if reports:
        failures, errors, total = map(int, reports[-1].groups())
        result.failed = failures + errors
        result.passed = max(0, total - result.failed - result.skipped)
        if not total:
            result.failed = 1
            result.notes.append(f"no test of that name ran: see {log_path}")
    else:
        result.failed = 1
        result.notes.append(f"Odoo ended with {code} before it had run the tests: see {log_path}")
    unexpected = [line.strip() for line in lines if _is_unexpected(line)]
    if unexpected:
        result.failed += 1
        result.notes += ["unexpected errors in the log:", *unexpected[:10]]
    elif code and not result.failed:
        result.failed = 1
        result.notes.append(f"Odoo ended with {code}: see {log_path}")
    return result


def _is_unexpected(line):
    found = _LOG_LINE.match(line)
    return bool(found and found["level"] in ("ERROR", "CRITICAL") and not _TEST_FAILURE.match(found["text"]))


def parts(only):
    """The parts of the run that ONLY asks for, as functions to call."""
    addons = list(env.manifests())
    all_tags = ",".join(f"/{name}" for name in addons)
    wire = [str(path.relative_to(env.ROOT)) for path in env.ROOT.glob("omnichannel_*/wire/tests")]
    inner = [path for path in ["tests/wire", "emulators", *wire] if (env.ROOT / path).exists()]
    if only.startswith("/"):
        is_bridge = only[1:].split(":")[0].split(".")[0] in env.bridges()
        return [lambda: run_bridge_tests(only) if is_bridge else run_addon_tests("add-ons", only)]
    if only.strip("/") in addons:
        name = only.strip("/")
        chosen = [path for path in wire if path.startswith(f"{name}/")]
        found = [lambda: run_pytest("wire", chosen)] if chosen else []
        run = run_bridge_tests if name in env.bridges() else partial(run_addon_tests, "add-ons")
        return [*found, lambda: run(f"/{name}")]
    if only:
        if not (env.ROOT / only.split("::")[0]).exists():
            sys.exit(
                f"error: ONLY={only} is neither an add-on, nor a path, nor an Odoo tag like /module:Class"
            )
        return [lambda: run_pytest("chosen", [only])]
    found = [lambda: run_pytest("wire", inner)] if inner else []
    if addons:
        found.append(lambda: run_addon_tests("add-ons", all_tags))
    if env.bridges():
        found.append(lambda: run_bridge_tests(",".join(f"/{name}" for name in env.bridges())))
    found.append(lambda: run_pytest("outside", ["tests", "--ignore=tests/wire", "--durations=25"]))
    return found


def main():
    """Run the parts and end with the line that counts."""
    env.BUILD.mkdir(exist_ok=True)
    database.drop_leftovers()
    results = []
    for part in parts(os.environ.get("ONLY", "")):
        started = time.monotonic()
        try:
            result = part()
        except database.InstallError as error:
            result = Result("database", failed=1, notes=[str(error)])
        results.append((result, time.monotonic() - started))
    print("\n" + "-" * 70)
    for result, seconds in results:
        print(
            f"{result.name:<10} {result.passed:>5} passed {result.failed:>4} failed "
            f"{result.skipped:>4} skipped {seconds:>7.0f} s"
        )
        for note in result.notes:
            print(f"    {note}")
    passed, failed, skipped = (
        sum(getattr(result, key) for result, _seconds in results) for key in ("passed", "failed", "skipped")
    )
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
