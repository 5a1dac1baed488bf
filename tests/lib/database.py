"""Databases that are copied instead of installed.

Two levels of templates live in the cluster, each named after what it was made from: `oct_base_…` has
Odoo's applications with their demo data, `oct_addons_…` is a copy of it with the add-ons installed.
A template is built under another name and renamed when it is whole; nobody may connect to it.
"""

import hashlib
import itertools
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from tests.lib import environment as env

KEPT_TEMPLATES = 6
IN_USE = 3 * 3600  # seconds for which another checkout may be about to copy a template it asked for
# What is read from the files while the server runs, and so is not part of a database.
_NOT_INSTALLED = re.compile(r"/(tests|static/src|static/tests|readme|__pycache__)/|\.(pyc|md|rst|pot)$")
_counter = itertools.count(1)


class InstallError(Exception):
    """Odoo could not install the modules; the text ends with the last of its log."""


def _digest(parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else str(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:12]


def addons_digest(suffixes=None):
    """Changes whenever a file changes that decides what an installed database looks like.

    :param suffixes: look at files that end with one of these alone
    """
    parts = [base_template_name()]
    for name in env.manifests():
        for path in sorted((env.ROOT / name).rglob("*")):
            relative = str(path.relative_to(env.ROOT))
            if suffixes and path.suffix not in suffixes:
                continue
            if path.is_file() and not _NOT_INSTALLED.search(relative):
                parts += [relative, path.read_bytes()]
    return _digest(parts)


def base_template_name():
    """The template with Odoo's applications and demo data, without the add-ons."""
    return "oct_base_" + _digest(
        [env.ODOO, (env.ODOO / "odoo/release.py").stat().st_mtime, *env.dependencies()]
    )


def base_template():
    """Build the template without the add-ons, unless it is there, and return its name."""
    return _ensure(base_template_name(), None, env.dependencies())


def plain_template():
    """The template of a company that starts: Odoo's applications without demo data or add-ons."""
    return _ensure(base_template_name() + "_plain", None, env.dependencies(), demo=False)


def addons_template():
    """Build the template with the add-ons, unless it is there, and return its name."""
    if not env.addons():
        return base_template()
    return _ensure("oct_addons_" + addons_digest(), base_template, env.addons())


def plain_addons_template():
    """The template of a company that starts with the add-ons: no demo data, and no language but English."""
    digest = addons_digest({".py", ".xml", ".csv"})
    return _ensure(f"oct_addons_{digest}_plain", plain_template, env.addons(), demo=False)


def tests_template():
    """The template for the tests inside Odoo: with the add-ons that exist for tests alone."""
    if not env.test_addons():
        return addons_template()
    return _ensure("oct_addons_" + addons_digest() + "_tests", addons_template, env.test_addons())


def bridges_template():
    """The template for the tests of add-ons that install themselves beside further applications of Odoo's.

    On top of the others', so that these do not wait for applications that they are not about. Only the
    applications are named: the bridges have to come by themselves.
    """
    return _ensure(
        "oct_addons_" + addons_digest() + "_bridges", tests_template, env.applications_of_bridges()
    )


def create(template=None, name=None):
    """Copy a template (default: the one with the add-ons) and return the new database's name."""
    name = name or f"oct_{os.getpid()}_{next(_counter)}"
    template = template or addons_template()
    with env.lock("copy"):
        _execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        _copy_filestore(template, name)
    return name


@contextmanager
def copied(template=None):
    """The name of a copy of a template (see `create`), which is there as long as it is needed."""
    name = create(template)
    try:
        yield name
    finally:
        drop(name)


def drop(name):
    """Remove a database with its files, whoever is still connected."""
    _execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(env.DATA_DIR / "filestore" / name, ignore_errors=True)


def drop_leftovers():
    """Remove the databases of test runs that were killed before they could do so."""
    for name in _names("oct\\_%"):
        owner = re.fullmatch(r"oct_(\d+)_\d+", name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            drop(name)


def exists(name):
    """Whether the cluster has a database of that name."""
    return bool(_execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]))


def install(database, modules, demo=True):
    """Install modules into a database (made if need be)."""
    update(database, "-i", modules, *(["--with-demo"] if demo else []))


def update(database, flag, modules, *options):
    """Run Odoo once over a database with `-i` or `-u` and return its warnings; an error is an error here."""
    command, environment = env.odoo_command(
        "server", "-d", database, flag, ",".join(modules), "--stop-after-init", "--no-http",
        "--max-cron-threads=0", "--log-level=warn", *options,
    )  # fmt: skip
    done = subprocess.run(
        command, check=False, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode or re.search(r" (ERROR|CRITICAL) ", done.stderr):
        raise InstallError(f"Odoo {flag} {','.join(modules)} failed:\n{done.stderr[-6000:]}")
    return done.stderr


def _ensure(name, source, modules, demo=True):
    """Build template `name` from the template that `source()` returns, if it is not there yet."""
    env.start_postgres()
    with env.lock(name):
        if not exists(name):
            print(f"==> Preparing database {name}: {', '.join(modules)}", file=sys.stderr, flush=True)
            part = f"{name}_part"
            drop(part)
            if source:
                create(source(), part)
            install(part, modules, demo)
            _execute(f'ALTER DATABASE "{part}" ALLOW_CONNECTIONS false')
            _rename(part, name)
            _prune(keep=name)
        _used(name).touch()
    return name


def _rename(part, name):
    filestore = env.DATA_DIR / "filestore"
    shutil.rmtree(filestore / name, ignore_errors=True)
    if (filestore / part).exists():
        (filestore / part).rename(filestore / name)
    _execute(f'ALTER DATABASE "{part}" RENAME TO "{name}"')


def _used(name):
    """The file whose time says when a template was last wanted."""
    folder = env.CACHE / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _prune(keep):
    """Drop the templates of code that nobody has run for longest."""
    with env.lock("copy"):
        old = [name for name in _names("oct\\_addons\\_%") if not name.endswith("_part") and name != keep]
        old.sort(key=_last_use, reverse=True)
        for name in old[KEPT_TEMPLATES:]:
            if _last_use(name) < time.time() - IN_USE:
                drop(name)
                _used(name).unlink(missing_ok=True)


def _last_use(name):
    return _used(name).stat().st_mtime if _used(name).exists() else 0


def _copy_filestore(source, target):
    """Files there are named by their content and never change: links do."""
    folder = env.DATA_DIR / "filestore"
    shutil.rmtree(folder / target, ignore_errors=True)
    if (folder / source).exists():
        shutil.copytree(folder / source, folder / target, copy_function=os.link)


def _names(pattern):
    return [row[0] for row in _execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern])]


def _execute(query, parameters=None):
    connection = env.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


def main():
    """`python -m tests.lib.database [NAME]`: copy the template with the add-ons, for work by hand."""
    name = sys.argv[1] if len(sys.argv) > 1 else f"dev_{int(time.time())}"
    print(create(name=name))


if __name__ == "__main__":
    main()
