"""The databases of PostgreSQL systems: one database and one role each in a server of the sandbox.

They are made at their first use, so that a system to which nobody connects costs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import subprocess
import threading
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

PREFIX = "oci_"  # of the names of databases and roles; the server asks these for passwords
ROUNDS, SALT_BYTES = 4096, 16
DUMP_SECONDS = 120


def name_of(system: str) -> str:
    """Return the name that a system's database has in the server."""
    return f"{PREFIX}{system[-24:].lower()}"


def role_of(name: str) -> str:
    """Return the name that the administrator of a system has in the server."""
    return f"{name}_admin"


def verifier_of(password: str) -> str:
    """Return what PostgreSQL keeps of a password (SCRAM-SHA-256, RFC 5803)."""
    salt, text = secrets.token_bytes(SALT_BYTES), unicodedata.normalize("NFKC", password).encode()
    salted = hashlib.pbkdf2_hmac("sha256", text, salt, ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(ROUNDS, *parts)


@dataclass
class Databases:
    """Makes, copies and drops them; `mark` tells those of this simulator from those of others."""

    dsn: str
    mark: str
    used: bool = False  # something may be there to be swept away
    _there: set[str] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def address(self) -> tuple[str, int]:
        """Return the server's host (or the folder of its socket) and port."""
        parts = conninfo_to_dict(self.dsn)
        return str(parts.get("host") or "127.0.0.1"), int(parts.get("port") or 5432)

    def make(self, name: str, verifier: str) -> None:
        """Make role and database unless they are there."""
        with self._lock:
            if name in self._there:
                return
            self.used = True
            with self._session() as server:
                role, database = sql.Identifier(role_of(name)), sql.Identifier(name)
                if not _exists(server, "pg_roles WHERE rolname", role_of(name)):
                    words = "CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}"
                    _do(server, words, role, sql.Literal(verifier))
                if not _exists(server, "pg_database WHERE datname", name):
                    _do(server, "CREATE DATABASE {} OWNER {} TEMPLATE template0", database, role)
                    _do(server, "COMMENT ON DATABASE {} IS {}", database, sql.Literal(self.mark))
            self._there.add(name)

    def set_login(self, name: str, verifier: str) -> None:
        """Give the administrator another password, if the role is there yet."""
        with self._lock, self._session() as server:
            if _exists(server, "pg_roles WHERE rolname", role_of(name)):
                role = sql.Identifier(role_of(name))
                _do(server, "ALTER ROLE {} PASSWORD {}", role, sql.Literal(verifier))

    def disconnect(self, name: str) -> None:
        """End the connections to a database as its server does when it stops."""
        if name in self._there:
            with self._session() as server:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                    [name],
                )

    def drop(self, name: str) -> None:
        """Drop database and role with the roles that the administrator made."""
        with self._lock, self._session() as server:
            self._there.discard(name)
            _do(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", sql.Identifier(name))
            for role in [*_made_by(server, role_of(name)), role_of(name)]:
                _do(server, "DROP ROLE IF EXISTS {}", sql.Identifier(role))

    def dump(self, name: str) -> bytes:
        """Return the whole content of a database; empty when it was never used."""
        with self._lock, self._session() as server:
            if not _exists(server, "pg_database WHERE datname", name):
                return b""
        return self._tool("pg_dump", "--format=custom", "--compress=0", database=name)

    def load(self, name: str, verifier: str, dump: bytes, *, foreign: bool) -> None:
        """Replace the content of a database by a dump; a `foreign` one becomes the administrator's
        as a whole, for the roles of another system are not known here.
        """
        with self._lock:
            self.make(name, verifier)
            with self._session() as server:
                _do(server, "DROP DATABASE {} WITH (FORCE)", sql.Identifier(name))
                self._there.discard(name)
            self.make(name, verifier)
        if dump:
            taken = ("--no-owner", "--no-acl", f"--role={role_of(name)}") if foreign else ()
            self._tool("pg_restore", *taken, f"--dbname={self._of(name)}", given=dump)

    def sweep(self, kept: Collection[str]) -> None:
        """Drop what an earlier tenancy of this simulator left."""
        with self._session() as server:
            rows = server.execute(
                "SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') = %s",
                [self.mark],
            ).fetchall()
        for (name,) in rows:
            if name not in kept:
                self.drop(name)
        self.used = bool(kept)

    @contextmanager
    def _session(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.dsn, autocommit=True) as server:
            yield server

    def _of(self, name: str) -> str:
        return psycopg.conninfo.make_conninfo(self.dsn, dbname=name)

    def _tool(self, tool: str, *words: str, database: str = "", given: bytes = b"") -> bytes:
        with self._session() as server:
            found = server.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
        target = [f"--dbname={self._of(database)}"] if database else []
        path = str(Path(found[0] if found else "") / tool)
        ended = subprocess.run(
            [path, *words, *target], input=given, capture_output=True, timeout=DUMP_SECONDS
        )
        if ended.returncode:
            raise RuntimeError(f"{tool}: {ended.stderr.decode(errors='replace')[-400:]}")
        return ended.stdout


def _exists(server: psycopg.Connection[Any], where: str, name: str) -> bool:
    return server.execute(f"SELECT 1 FROM {where} = %s", [name]).fetchone() is not None  # noqa: S608


def _do(server: psycopg.Connection[Any], statement: LiteralString, *parts: sql.Composable) -> None:
    server.execute(sql.SQL(statement).format(*parts))


def _made_by(server: psycopg.Connection[Any], name: str) -> list[str]:
    """Return the roles that a role made: PostgreSQL 16 gives it the admin option on them."""
    rows = server.execute(
        "SELECT made.rolname FROM pg_auth_members JOIN pg_roles made ON made.oid = roleid"
        " JOIN pg_roles maker ON maker.oid = member WHERE admin_option AND maker.rolname = %s",
        [name],
    )
    return [str(row[0]) for row in rows.fetchall()]
