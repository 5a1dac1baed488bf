"""Prints in one line why the PostgreSQL that the environment names cannot be used; nothing if it can."""

from contextlib import closing

import psycopg2

try:
    with (
        closing(psycopg2.connect(dbname="postgres", connect_timeout=10)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT rolname, rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        user, may_create = cursor.fetchone()
    if not may_create:
        print(f"the user {user} of PostgreSQL may not create databases")
except psycopg2.OperationalError as error:
    print(str(error).splitlines()[0])
