"""Records of the tenancy: in memory for reading, in SQLite for keeping."""

from __future__ import annotations

import heapq
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (kind TEXT NOT NULL, id TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS log (number INTEGER PRIMARY KEY, name TEXT NOT NULL,
    scope TEXT NOT NULL, at REAL NOT NULL, content TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS log_order ON log (name, scope, at);
CREATE TABLE IF NOT EXISTS blobs (id TEXT PRIMARY KEY, content BLOB NOT NULL);
"""


@dataclass
class Due:
    """A change of a record that time brings."""

    at: float
    changes: dict[str, Any]


@dataclass
class Record:
    """One resource: `body` in wire names is what the API shows, `hidden` is what it never shows."""

    kind: str
    id: str
    body: dict[str, Any]
    hidden: dict[str, Any] = field(default_factory=dict)
    etag: str = ""
    created: float = 0.0
    visible: float = 0.0  # a read before this moment does not see it (eventual consistency)
    expires: float = 0.0  # a deleted record is forgotten at this moment
    gone: bool = False
    timeline: list[Due] = field(default_factory=list)


def plain_copy(value: Any) -> Any:
    """Copy a JSON value; several times quicker than copy.deepcopy."""
    if isinstance(value, dict):
        return {key: plain_copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_copy(item) for item in value]
    return value


class Store:
    """All records. Reads give copies; writes happen inside `transaction`, which keeps all of them
    or none.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._records: dict[str, dict[str, Record]] = {}
        self._undo: dict[tuple[str, str], Record | None] = {}
        self._due: dict[tuple[str, str], float] = {}
        self._queue: list[tuple[float, str, str]] = []
        self._revisions: dict[str, int] = {}
        self._depth = 0
        self._database = sqlite3.connect(
            file or ":memory:", check_same_thread=False, isolation_level=None
        )
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA)
        for kind, key, content in self._database.execute("SELECT kind, id, content FROM records"):
            self._place(_load(kind, key, content))

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """Hold the lock; keep every write at the end, or none if an exception leaves the block."""
        with self.lock:
            self._depth += 1
            if self._depth == 1:
                self._undo = {}
            try:
                yield self
            except BaseException:
                if self._depth == 1:
                    self._roll_back()
                raise
            else:
                if self._depth == 1:
                    self._keep()
            finally:
                self._depth -= 1

    def get(self, kind: str, key: str) -> Record | None:
        """Return a copy of one record."""
        with self.lock:
            record = self._records.get(kind, {}).get(key)
            return _copy(record) if record else None

    def look(self, kind: str, key: str) -> Record | None:
        """Return one record without copying it: to be read at once and never changed."""
        return self._records.get(kind, {}).get(key)

    def revision(self, kind: str) -> int:
        """Return a number that grows with each change of the records of a kind."""
        return self._revisions.get(kind, 0)

    def all(self, kind: str) -> list[Record]:
        """Return copies of all records of a kind in the order of their creation, the deleted ones
        included.
        """
        with self.lock:
            return [_copy(record) for record in self._records.get(kind, {}).values()]

    def living(self, kind: str) -> list[Record]:
        """Return copies of the records of a kind that are not deleted."""
        return [record for record in self.all(kind) if not record.gone]

    def due(self, now: float) -> Record | None:
        """Return a copy of the record that time changes first, if that moment has come."""
        with self.lock:
            while self._queue and self._queue[0][0] <= now:
                at, kind, key = self._queue[0]
                if self._due.get((kind, key)) == at:
                    return _copy(self._records[kind][key])
                heapq.heappop(self._queue)  # the record has changed since
            return None

    def kinds(self) -> list[str]:
        """Return the kinds that have records."""
        return list(self._records)

    def put(self, record: Record) -> Record:
        """Store a record under a new etag."""
        record.etag = secrets.token_hex(16)
        with self.transaction():
            self._remember(record.kind, record.id)
            self._place(_copy(record))
        return record

    def remove(self, record: Record) -> None:
        """Forget a record."""
        with self.transaction():
            self._remember(record.kind, record.id)
            self._drop(record.kind, record.id)

    def write_blob(self, key: str, content: bytes) -> None:
        """Keep bytes under a key."""
        with self.transaction():
            self._begin()
            self._database.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?)", (key, content))

    def read_blob(self, key: str) -> bytes:
        """Return the bytes kept under a key."""
        with self.lock:
            row = self._database.execute(
                "SELECT content FROM blobs WHERE id = ?", (key,)
            ).fetchone()
            return bytes(row[0]) if row else b""

    def remove_blob(self, key: str) -> None:
        """Forget the bytes kept under a key."""
        with self.transaction():
            self._begin()
            self._database.execute("DELETE FROM blobs WHERE id = ?", (key,))

    def append(self, name: str, scope: str, at: float, content: dict[str, Any]) -> None:
        """Append an entry to a log."""
        with self.transaction():
            row = (name, scope, at, json.dumps(content))
            self._begin()
            self._database.execute(
                "INSERT INTO log (name, scope, at, content) VALUES (?, ?, ?, ?)", row
            )

    def entries(self, name: str, scope: str, since: float, until: float) -> list[dict[str, Any]]:
        """Return the entries of a log in [since, until)."""
        with self.lock:
            text = (
                "SELECT content FROM log WHERE name = ? AND scope = ? AND at >= ? AND at < ? ORDER"
                " BY at, number"
            )
            return [
                json.loads(row[0])
                for row in self._database.execute(text, (name, scope, since, until))
            ]

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            for kind, records in self._records.items():
                for key in list(records):
                    self._remember(kind, key)
                    self._drop(kind, key)
            self._begin()
            self._database.execute("DELETE FROM blobs")
            self._database.execute("DELETE FROM log")

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            self._database.close()

    def _place(self, record: Record) -> None:
        self._revisions[record.kind] = self._revisions.get(record.kind, 0) + 1
        self._records.setdefault(record.kind, {})[record.id] = record
        moments = [due.at for due in record.timeline[:1]] + (
            [record.expires] if record.expires else []
        )
        if moments:
            self._due[record.kind, record.id] = min(moments)
            heapq.heappush(self._queue, (min(moments), record.kind, record.id))
        else:
            self._due.pop((record.kind, record.id), None)

    def _drop(self, kind: str, key: str) -> None:
        self._revisions[kind] = self._revisions.get(kind, 0) + 1
        self._records.get(kind, {}).pop(key, None)
        self._due.pop((kind, key), None)

    def _remember(self, kind: str, key: str) -> None:
        self._undo.setdefault((kind, key), self._records.get(kind, {}).get(key))

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")
        for (kind, key), record in self._undo.items():
            if record is None:
                self._drop(kind, key)
            else:
                self._place(record)

    def _keep(self) -> None:
        if self._undo:
            self._begin()
        for kind, key in self._undo:
            record = self._records.get(kind, {}).get(key)
            if record is None:
                self._database.execute("DELETE FROM records WHERE kind = ? AND id = ?", (kind, key))
            else:
                self._database.execute(
                    "INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (kind, key, _dump(record))
                )
        if self._database.in_transaction:
            self._database.execute("COMMIT")

    def _begin(self) -> None:
        """Begin late: a call that only reads leaves the file alone."""
        if not self._database.in_transaction:
            self._database.execute("BEGIN")


def _copy(record: Record) -> Record:
    return Record(
        kind=record.kind,
        id=record.id,
        body=plain_copy(record.body),
        hidden=plain_copy(record.hidden),
        etag=record.etag,
        created=record.created,
        visible=record.visible,
        expires=record.expires,
        gone=record.gone,
        timeline=list(record.timeline),
    )


def _dump(record: Record) -> str:
    kept = {key: value for key, value in vars(record).items() if key not in {"kind", "id"}}
    return json.dumps(kept | {"timeline": [vars(due) for due in record.timeline]})


def _load(kind: str, key: str, content: str) -> Record:
    fields = json.loads(content)
    fields["timeline"] = [Due(**due) for due in fields["timeline"]]
    return Record(kind=kind, id=key, **fields)
