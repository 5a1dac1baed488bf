"""All that a database holds, so that two moments of it can be compared."""

from contextlib import closing

from tests.lib import environment as env

# What a running Odoo writes by itself, whoever is installed: notices, logs, counters, dialogs.
_RUNNING = (
    "base_module_uninstall%",
    "bus_%",
    "ir_cron_progress",
    "ir_cron_trigger",
    "ir_logging",
    "ir_profile",
    "mail_presence",
    "orm_signaling_%",
    "res_device_log",
    "res_users_log",
)
_SCHEMA = {
    "table": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
    "view": "SELECT viewname FROM pg_views WHERE schemaname = 'public'",
    "column": """
        SELECT table_name || '.' || column_name || ' ' || data_type
               || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
          FROM information_schema.columns WHERE table_schema = 'public'""",
    "index": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraint": """
        SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "sequence": "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'",
    "trigger": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "function": "SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}
# By which a person, or a test, knows again what a row is.
_LABELS = ("module", "key", "name", "login", "model", "res_model", "res_model_id", "url")


def snapshot(database):
    """The schema and the rows of every table: {kind of object, or table: {what identifies it: label}}."""
    with closing(env.connect(database)) as connection, connection.cursor() as cursor:
        found = {kind: _mapping(cursor, query) for kind, query in _SCHEMA.items()}
        running = "SELECT tablename FROM pg_tables WHERE tablename LIKE ANY(%s)"
        cursor.execute(running, [list(_RUNNING)])
        tables = found["table"].keys() - {name for (name,) in cursor.fetchall()}
        return found | {f"rows of {table}": _rows(cursor, table) for table in tables}


def added(before, after):
    """What is only in the later snapshot: {kind of object, or table: labels}."""
    found = {
        kind: sorted(rows[key] for key in rows.keys() - before.get(kind, {}).keys())
        for kind, rows in after.items()
    }
    return {kind: labels for kind, labels in sorted(found.items()) if labels}


def removed(before, after):
    """What is only in the earlier snapshot."""
    return added(after, before)


def _rows(cursor, table):
    """Rows by their id, or by all their columns where they have none, as those of relations."""
    cursor.execute(
        """SELECT column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name = %s""",
        [table],
    )
    columns = {name for (name,) in cursor.fetchall()}
    labels = "".join(f', "{label}"::text' for label in _LABELS if label in columns)
    # Compiled assets come and go as pages are opened.
    where = "WHERE coalesce(url, '') NOT LIKE '/web/assets/%'" if table == "ir_attachment" else ""
    key = "id::text" if "id" in columns else "t::text"
    return _mapping(cursor, f"""SELECT {key}, concat_ws(' ', {key}{labels}) FROM "{table}" t {where}""")


def _mapping(cursor, query):
    """First column → last column."""
    cursor.execute(query)
    return {row[0]: row[-1] for row in cursor.fetchall()}
