"""The fixture `committed_db`: really committed rows, for tests with threads or processes,
wiped afterwards.
"""

import psycopg
import pytest
from django.db import connections
from psycopg import sql

_TABLES = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <>"
    " 'django_migrations' ORDER BY 1"
)


def superuser() -> psycopg.Connection:
    """Connect to the test database as the one role that nothing is refused."""
    where = connections["default"].settings_dict
    return psycopg.connect(
        host=where["HOST"],
        port=where["PORT"] or None,
        dbname=where["NAME"],
        user="postgres",
        autocommit=True,
    )


def _each_filled(server: psycopg.Connection) -> list[str]:
    tables = [row[0] for row in server.execute(_TABLES)]
    found = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(
            sql.Literal(name), sql.Identifier(name)
        )
        for name in tables
    )
    return [row[0] for row in server.execute(found)]


@pytest.fixture(scope="session")
def _pristine(django_db_setup, django_db_blocker):
    """Keep a copy of what the migrations put into the database."""
    with django_db_blocker.unblock(), superuser() as server:
        server.execute("CREATE SCHEMA IF NOT EXISTS pristine")
        names = _each_filled(server)
        for name in names:
            server.execute(
                sql.SQL("CREATE TABLE IF NOT EXISTS pristine.{0} AS TABLE public.{0}").format(
                    sql.Identifier(name)
                )
            )
        return names


@pytest.fixture
def committed_db(_pristine, django_db_blocker):
    """Give the test the database without a transaction around it; afterwards it is as the
    migrations left it.
    """
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            connections.close_all()
            _wipe(_pristine)


def _wipe(kept: list[str]) -> None:
    with superuser() as server:
        server.execute(
            "SET session_replication_role = replica"
        )  # no triggers: the audit trail refuses to shrink
        for name in _each_filled(server):
            server.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        for name in kept:
            server.execute(
                sql.SQL("INSERT INTO public.{0} SELECT * FROM pristine.{0}").format(
                    sql.Identifier(name)
                )
            )
