"""Exports of sealed rows: by COPY, in the order of the sequence, the same bytes each time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from portal.audit import merkle
from portal.audit.tree import StoredTree
from portal.lib.csv_cells import safe_column

CHUNK = 256 * 1024
_FROM = "FROM audit_seal s JOIN audit_event e ON e.id = s.event_id"
_LINE = """'{"sequence":' || s.sequence || ',"leaf":"' || encode(e.leaf, 'hex') || '","event":' || e.body || '}'"""
_COLUMNS = ("actor", "verb", "subject", "environment", "outcome", "job", "request_id")


@dataclass(frozen=True)
class Selection:
    """Which rows an export holds; `upto` is the last sequence number that may be in it."""

    upto: int
    since: datetime | None = None
    until: datetime | None = None
    environment: str | None = None
    actor: str | None = None
    verb: str | None = None
    cursor: int = 0
    limit: int | None = None

    def is_all_of(self, size: int) -> bool:
        """Say whether none of so many rows is left out."""
        return self == Selection(upto=size)

    def asked(self) -> dict[str, str]:
        """Return what was asked, for the audit row of the export."""
        return {name: str(value) for name, value in vars(self).items() if value not in (None, 0)}

    def query(self, columns: str) -> str:
        """Return the SELECT with its values quoted by the driver."""
        tests = {
            "s.sequence > %s": self.cursor,
            "s.sequence <= %s": self.upto,
            "e.at >= %s": self.since,
            "e.at < %s": self.until,
            "e.environment = %s": self.environment,
            "e.actor = %s": self.actor,
            "e.verb = %s": self.verb,
        }
        used = {test: value for test, value in tests.items() if value is not None}
        limit = f" LIMIT {self.limit:d}" if self.limit is not None else ""
        where = " AND ".join(used)
        sql = f"SELECT {columns} {_FROM} WHERE {where} ORDER BY s.sequence{limit}"
        driver: Any = connection.ops
        return str(driver.compose_sql(sql, list(used.values())))


def ndjson(selection: Selection) -> Iterator[bytes]:
    """Yield one JSON object a line, in chunks: sequence, leaf hash and the canonical event."""
    # quote and delimiter are characters that canonical JSON always escapes, so each line leaves as it is stored
    return _copy(f"COPY ({selection.query(_LINE)}) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')")


def csv(selection: Selection) -> Iterator[bytes]:
    """Yield comma-separated rows with a header, in chunks; a cell that a spreadsheet would run starts with an apostrophe."""
    safe = [f"{safe_column('e.' + name)} AS {name}" for name in _COLUMNS]
    at = """to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at"""
    columns = ", ".join(["s.sequence", at, *safe, "encode(e.leaf, 'hex') AS leaf", "e.body AS event"])
    return _copy(f"COPY ({selection.query(columns.replace('%', '%%'))}) TO STDOUT (FORMAT csv, HEADER)")


def _copy(sql: str) -> Iterator[bytes]:
    """Yield what the server sends, a row at a time, in pieces that are worth a write."""
    held = bytearray()
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        for row in copy:
            held += row
            if len(held) >= CHUNK:
                yield bytes(held)
                held.clear()
    if held:
        yield bytes(held)


def left_out(selection: Selection, size: int) -> list[list[Any]]:
    """Return what of so many rows a selection leaves out, as [first, last, hash] of complete subtrees: a proof of the rest."""
    with connection.cursor() as cursor:
        cursor.execute(selection.query("s.sequence"))
        chosen = [int(row[0]) for row in cursor.fetchall()]
    tree = StoredTree()
    gaps = zip([0, *chosen], [*(number - 1 for number in chosen), size], strict=True)
    return [
        [(position << height) + 1, (position + 1) << height, tree.subtree(height, position).hex()]
        for start, end in gaps
        for height, position in merkle.blocks(start, end)
    ]
