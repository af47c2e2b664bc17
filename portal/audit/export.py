"""Exports of sealed rows: by COPY, in the order of the sequence, the same bytes each time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from portal.audit import merkle
from portal.audit.tree import StoredTree
from portal.lib.csv_cells import safe_column
from portal.lib.refusal import Invalid

CHUNK = 256 * 1024
PARTS = 1000  # stretches of rows that follow each other, in one proof
_FROM = "FROM audit_seal s JOIN audit_event e ON e.id = s.event_id"
_LINE = (
    """'{"sequence":' || s.sequence || ',"leaf":"' || encode(e.leaf, 'hex')"""
    """ || '","event":' || e.body || '}'"""
)
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
        """Say whether it holds every one of so many rows."""
        return self == Selection(upto=size)

    def as_detail(self) -> dict[str, str]:
        """Return the conditions for the audit row of the export."""
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
    # canonical JSON always escapes the quote and the delimiter, so each line leaves as it is stored
    csv_format = "FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02'"
    return _copy(f"COPY ({selection.query(_LINE)}) TO STDOUT ({csv_format})")


def csv(selection: Selection) -> Iterator[bytes]:
    """Yield comma-separated rows with a header, in chunks.

    A cell that a spreadsheet would run as a formula starts with an apostrophe.
    """
    safe = [f"{safe_column('e.' + name)} AS {name}" for name in _COLUMNS]
    at = """to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at"""
    columns = ", ".join(
        ["s.sequence", at, *safe, "encode(e.leaf, 'hex') AS leaf", "e.body AS event"]
    )
    query = selection.query(columns.replace("%", "%%"))
    return _copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)")


def _copy(sql: str) -> Iterator[bytes]:
    """Yield what the server sends, in chunks of about CHUNK bytes."""
    held = bytearray()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # it takes as long as its reader
        with cursor.copy(sql) as copy:
            for row in copy:
                held += row
                if len(held) >= CHUNK:
                    yield bytes(held)
                    held.clear()
    if held:
        yield bytes(held)


def settled_before() -> datetime:
    """Return a moment before which no row can appear any more: when the oldest transaction began
    that has written something and is not over. A row carries the moment of its insert, and shows
    with its commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(min(xact_start), clock_timestamp()) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_xid IS NOT NULL"
        )
        moment: datetime = cursor.fetchone()[0]
    return moment


def excluded_subtrees(selection: Selection, size: int) -> list[tuple[int, int, str]]:
    """Return what a selection leaves out of so many rows, as a proof of the rest.

    Each item has the first and the last row of a complete subtree, and its hash in hex. Raises
    Invalid for rows that are scattered over more than PARTS stretches: such a proof grows with the
    trail, and only says that nothing between two rows fits, which is the portal's word anyway.
    """
    numbered = selection.query(
        "s.sequence, s.sequence - row_number() OVER (ORDER BY s.sequence) AS stretch"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT min(sequence), max(sequence) FROM ({numbered}) AS chosen"  # noqa: S608
            f" GROUP BY stretch ORDER BY 1 LIMIT {PARTS + 1:d}"
        )
        stretches = cursor.fetchall()
    if len(stretches) > PARTS:
        raise Invalid(
            f"The selection is scattered over more than {PARTS} stretches of the trail: no head"
            " proves it.",
            next_step="Select by since, until, cursor, limit or upto alone, or export everything.",
        )
    ends = [0, *(int(last) for _, last in stretches)]
    starts = [*(int(first) - 1 for first, _ in stretches), size]
    tree = StoredTree()
    gaps = zip(ends, starts, strict=True)
    blocks = (block for start, end in gaps for block in merkle.blocks(start, end))
    return [
        ((at << height) + 1, (at + 1) << height, tree.subtree(height, at).hex())
        for height, at in blocks
    ]
