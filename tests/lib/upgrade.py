"""Former versions of the add-ons, and what became of a database that they filled."""

import subprocess
from contextlib import closing, contextmanager

import pytest

from tests.lib import database
from tests.lib import environment as env
from tests.lib.server import OdooServer

ADDONS = ("omnichannel_inbox", "omnichannel_whatsapp")
# Who changed a row last may be the upgrade.
UNTOLD = {"write_date", "write_uid"}
# Odoo's own tables that hold what people said, did and set up with us.
OTHERS = [
    "mail_message", "mail_followers", "mail_activity", "ir_attachment", "res_partner", "sale_order",
    "mail_guest", "discuss_channel", "discuss_channel_member", "im_livechat_channel",
    "im_livechat_channel_member_history", "rating_rating",
]  # fmt: skip


def former_addons(commit, folder, addons=ADDONS):
    """Put the add-ons as they were at a commit into a folder."""
    archive = subprocess.run(
        ["git", "archive", commit, *addons], cwd=env.ROOT, capture_output=True, check=False
    )
    if archive.returncode:
        pytest.skip(f"this clone has no commit {commit}: {archive.stderr.decode()}")
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)


@contextmanager
def former_database(folder, addons=ADDONS):
    """A new database with the add-ons of a folder, of which the servers started meanwhile know as well."""
    name = database.create(database.base_template())
    _forget_newer_addons(name)
    with pytest.MonkeyPatch.context() as patch:
        usual = env.addons_path()
        patch.setattr(env, "addons_path", lambda: usual.replace(str(env.ROOT), str(folder)))
        database.install(name, addons)
        yield name


def _forget_newer_addons(name):
    """Take this checkout's add-ons off the database's list: a bridge that the former ones did not have would
    want to install itself beside them."""
    with closing(env.connect(name)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM ir_model_data WHERE module = 'base' AND name LIKE 'module\\_omnichannel\\_%'"
        )
        cursor.execute("DELETE FROM ir_module_module WHERE name LIKE 'omnichannel\\_%'")


def upgrade(name, addons=ADDONS):
    """Upgrade a database to the add-ons of this checkout, without a warning."""
    log = database.update(name, "-u", addons)
    assert " WARNING " not in log, log


@contextmanager
def upgraded_server(name, addons=ADDONS):
    """A server, not started, over a database that is upgraded to the add-ons of this checkout."""
    upgrade(name, addons)
    server = OdooServer(name)
    yield server
    server.stop()
    server.check_log()


def rows(name):
    """{table: {id: {column: value}}} of what people said, did and set up."""
    with closing(env.connect(name)) as connection, connection.cursor() as cursor:
        cursor.execute(
            """SELECT table_name FROM information_schema.columns
                WHERE table_schema = 'public' AND column_name = 'id'
                  AND (table_name LIKE 'omnichannel\\_%%' OR table_name = ANY(%s))""",
            [OTHERS],
        )
        tables = [table for (table,) in cursor.fetchall()]
        return {table: _rows(cursor, table) for table in tables}


def _rows(cursor, table):
    # Compiled assets come and go as pages are opened.
    where = "WHERE coalesce(url, '') NOT LIKE '/web/assets/%'" if table == "ir_attachment" else ""
    cursor.execute(f'SELECT id, to_jsonb(t) FROM "{table}" t {where}')
    return dict(cursor.fetchall())


def assert_kept(before, after):
    """Fail unless each row of `before` is there and says what it said."""
    assert before.keys() <= after.keys()
    for table, former_rows in before.items():
        for row_id, row in former_rows.items():
            assert row_id in after[table], (table, row)
            changed = {
                column: (value, after[table][row_id].get(column))
                for column, value in row.items()
                if column not in UNTOLD and not _is_kept(value, after[table][row_id].get(column))
            }
            assert not changed, (table, row_id, changed)


def _is_kept(value, now):
    """Whether it is the same; a text may have come to speak further languages."""
    return now == value or (isinstance(value, dict) and isinstance(now, dict) and now | value == now)
