"""The inventory as a file for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator

from environments.inventory.rows import InventoryRow, flat
from portal.lib.csv_cells import safe_cell

COLUMNS = (
    "environment",
    "key",
    "kind",
    "name",
    "ocid",
    "state",
    "cost_center",
    "tags",
    "changed_by",
    "changed_at",
    "expires",
)
LAST = ("seen_at", "console")


def lines(found: Iterable[InventoryRow]) -> Iterator[str]:
    """Yield a header, then a line a resource; a cell that a spreadsheet would run starts with
    an apostrophe.
    """
    yield _line((*COLUMNS, *LAST))
    for row in found:
        yield _line(safe_cell(value) for value in _values(row))


def _values(row: InventoryRow) -> list[str]:
    one = row.resource
    tags = "; ".join(f"{name}={value}" for name, value in flat(one.tags))
    changed_at = row.changed_at.isoformat() if row.changed_at else ""
    plain = [
        row.environment.slug,
        one.key,
        one.kind,
        one.name,
        one.ocid,
        one.state,
        one.cost_center,
        tags,
    ]
    return [*plain, row.changed_by, changed_at, one.expires, one.seen_at.isoformat(), row.console]


def _line(values: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(values)
    return out.getvalue()
