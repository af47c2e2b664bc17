"""Where the stub keeps what it was told: the database that its address names."""

from __future__ import annotations

import importlib
import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString, Protocol

from sandbox.conceptlens import database

Json = dict[str, Any]
Values = tuple[str, ...]
Rows = list[tuple[Any, ...]]

# What the migrations up to the head make. A database in memory has it from the start.
SCHEMA = """
CREATE TABLE record (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL,
    parent TEXT NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX record_key ON record (kind, id);
CREATE INDEX record_parent ON record (kind, parent);
"""
PUT: LiteralString = (
    "INSERT INTO record (kind, id, parent, body) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, parent = excluded.parent"
)
GET: LiteralString = "SELECT body FROM record WHERE kind = ? AND id = ?"
BELOW: LiteralString = "SELECT body FROM record WHERE kind = ? AND parent = ? ORDER BY number"
DROP: LiteralString = "DELETE FROM record WHERE kind = ? AND id = ?"
CLAIM: LiteralString = (
    "UPDATE record SET body = json_set(body, '$.status', ?) WHERE number = (SELECT number"
    " FROM record WHERE kind = ? AND json_extract(body, '$.status') = ? ORDER BY number"
    " LIMIT 1) RETURNING body"
)


def utc_now() -> str:
    """Return the time as upstream writes it: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


class Database(Protocol):
    """What the store asks of a database."""

    claim: LiteralString

    def run(self, statement: LiteralString, values: Values) -> Rows:
        """Run one statement."""


class Sqlite:
    """One file, or memory."""

    claim = CLAIM

    def __init__(self, address: database.Address) -> None:
        self._lock = threading.Lock()
        self._connection = database.connect_sqlite(address)
        if address.file:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
        else:
            self._connection.executescript(SCHEMA)

    def run(self, statement: LiteralString, values: Values) -> Rows:
        """Run one statement."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


class Store:
    """Records of a kind, each a JSON document below a parent; safe for threads and for blue beside
    green.
    """

    def __init__(self, url: str = "sqlite://", network: Path | None = None) -> None:
        address = database.parse(url)
        self._database: Database = (
            _postgres(address, network) if address.file is None else Sqlite(address)
        )

    def put(self, kind: str, key: str, parent: str, body: Json) -> Json:
        self._database.run(PUT, (kind, key, parent, json.dumps(body)))
        return body

    def get(self, kind: str, key: str) -> Json | None:
        rows = self._database.run(GET, (kind, key))
        return json.loads(rows[0][0]) if rows else None

    def below(self, kind: str, parent: str = "") -> list[Json]:
        return [json.loads(row[0]) for row in self._database.run(BELOW, (kind, parent))]

    def claim(self, kind: str, *, status: str, then: str) -> Json | None:
        """Move the oldest record of a status to another one and return it; two who ask at once get
        two records.
        """
        rows = self._database.run(self._database.claim, (then, kind, status))
        return json.loads(rows[0][0]) if rows else None

    def drop(self, kind: str, key: str) -> None:
        self._database.run(DROP, (kind, key))

    def ping(self) -> None:
        self._database.run("SELECT 1", ())


def _postgres(address: database.Address, network: Path | None) -> Database:
    """Load the driver only now: it takes longer than all the rest of the stub."""
    found: Database = importlib.import_module("sandbox.conceptlens.postgres").Postgres(
        address, network
    )
    return found
