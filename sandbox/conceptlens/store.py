"""Where the stub keeps what it was told: one SQLite file that several processes may share, or
memory.
"""

import json
import sqlite3
import threading
from datetime import UTC, datetime
from typing import Any

REVISIONS = (
    "75cc9c04410b",
    "a2b3c4d5e6f7",
    "b3c4d5e6f7a8",
)  # the schema history of the application this stands for

Json = dict[str, Any]


def utc_now() -> str:
    """Return the time as upstream writes it: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


class Store:
    """Records of a kind, each a JSON document below a parent; safe for threads and for blue beside
    green.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            path, timeout=10, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS record (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id"
            " TEXT NOT NULL, parent TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id))"
        )
        self._connection.execute(
            "CREATE INDEX IF NOT EXISTS record_parent ON record (kind, parent)"
        )
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS alembic_version (version_num TEXT PRIMARY KEY)"
        )

    def put(self, kind: str, key: str, parent: str, body: Json) -> Json:
        self._run(
            "INSERT INTO record (kind, id, parent, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, parent = excluded.parent",
            (kind, key, parent, json.dumps(body)),
        )
        return body

    def get(self, kind: str, key: str) -> Json | None:
        rows = self._run("SELECT body FROM record WHERE kind = ? AND id = ?", (kind, key))
        return json.loads(rows[0][0]) if rows else None

    def below(self, kind: str, parent: str = "") -> list[Json]:
        rows = self._run(
            "SELECT body FROM record WHERE kind = ? AND parent = ? ORDER BY number", (kind, parent)
        )
        return [json.loads(row[0]) for row in rows]

    def claim(self, kind: str, *, status: str, then: str) -> Json | None:
        """Move the oldest record of a status to another one and return it; two who ask at once get
        two records.
        """
        rows = self._run(
            "UPDATE record SET body = json_set(body, '$.status', ?) WHERE number = (SELECT number"
            " FROM record WHERE kind = ? AND json_extract(body, '$.status') = ? ORDER BY number"
            " LIMIT 1) RETURNING body",
            (then, kind, status),
        )
        return json.loads(rows[0][0]) if rows else None

    def drop(self, kind: str, key: str) -> None:
        self._run("DELETE FROM record WHERE kind = ? AND id = ?", (kind, key))

    def ping(self) -> None:
        self._run("SELECT 1")

    def revision(self) -> str | None:
        """Return the schema revision, None before the first migration."""
        rows = self._run("SELECT version_num FROM alembic_version")
        return str(rows[0][0]) if rows else None

    def migrate(self, revision: str) -> None:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("DELETE FROM alembic_version")
            self._connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
            self._connection.execute("COMMIT")

    def _run(self, statement: str, values: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()
