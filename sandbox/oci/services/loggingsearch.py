"""Log search: `search "..." | where ... | sort by ... | limit n | count`, over the entries of
custom logs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment
from sandbox.oci.service import Body, Service
from sandbox.oci.services.loggingingestion import ENTRIES
from sandbox.oci.store import Record

LONGEST, MOST = 14 * 86_400, 1000
_SEARCH = re.compile(r'^search\s+("[^"]+"(?:\s*,?\s*"[^"]+")*)$')
_TERM = re.compile(
    r"^(?P<field>[\w.]+|\"[^\"]+\")\s*(?P<sign>=|!=|>=|<=|>|<|contains(?:_ci)?)\s*(?P<value>'[^']*'|-?\d+(?:\.\d+)?|true|false)$"
)
_SORT = re.compile(r"^sort\s+by\s+(?P<field>[\w.]+)(?:\s+(?P<order>asc|desc))?$")
_QUOTED = r"(?=(?:[^']*'[^']*')*[^']*$)"  # outside of single quotes

Rows = list[Body]


def search_logs(call: Call) -> Body:
    """Answer a query over at most fourteen days, the newest first unless sorted."""
    start, end = moment(call.body["timeStart"]), moment(call.body["timeEnd"])
    if not 0 < end - start <= LONGEST:
        raise errors.invalid("The time range must be positive and at most 14 days.")
    first, *stages = (
        stage.strip() for stage in re.split(rf"\|{_QUOTED}", call.body["searchQuery"])
    )
    rows = [
        _row(entry)
        for log in _logs(call, first)
        for entry in call.engine.store.entries(ENTRIES, log.id, start, end)
    ]
    rows.sort(key=lambda row: row["datetime"], reverse=True)
    for stage in stages:
        rows = _staged(rows, stage)
    rows = rows[: int(call.query.get("limit") or MOST)]
    return {
        "results": [{"data": row} for row in rows],
        "summary": {"resultCount": len(rows)},
        **_fields(call, rows),
    }


def _logs(call: Call, stage: str) -> list[Record]:
    found = _SEARCH.match(stage)
    if not found:
        raise errors.invalid(f"Invalid query: cannot parse: {stage}")
    wanted = [place.split("/") for place in re.findall(r'"([^"]+)"', found[1])]
    return [
        log for log in call.records("logging.Log") if any(_inside(log, place) for place in wanted)
    ]


def _inside(log: Record, place: list[str]) -> bool:
    """A place is compartment, compartment/group or compartment/group/log."""
    way = (log.body["compartmentId"], log.body["logGroupId"], log.id)
    return all(part in ("*", own) for part, own in zip(place, way, strict=False))


def _row(entry: Body) -> Body:
    return {"datetime": int(moment(entry["time"]) * 1000), "logContent": entry}


def _staged(rows: Rows, stage: str) -> Rows:
    word, _, rest = stage.partition(" ")
    if word == "where":
        return [row for row in rows if _where(row, rest)]
    if found := _SORT.match(stage):
        return sorted(
            rows,
            key=lambda row: _order(_value(row, found["field"])),
            reverse=found["order"] == "desc",
        )
    if word in {"limit", "head", "top"} and rest.strip().isdigit():
        return rows[: int(rest)]
    if stage.replace(" ", "") in {"count", "summarizecount()"}:
        return [{"count": len(rows)}]
    raise errors.not_implemented(f"The log search stage '{stage}' is not simulated.")


def _where(row: Body, text: str) -> bool:
    return any(
        all(_holds(row, term.strip()) for term in re.split(rf"\s+and\s+{_QUOTED}", part))
        for part in re.split(rf"\s+or\s+{_QUOTED}", text)
    )


def _holds(row: Body, term: str) -> bool:
    found = _TERM.match(term)
    if not found:
        raise errors.invalid(f"Invalid query: cannot parse: {term}")
    actual, wanted = _value(row, found["field"].strip('"')), _literal(found["value"])
    if actual is None:
        return False
    if isinstance(wanted, float) and not isinstance(actual, bool | int | float):
        return False  # a number is not found in a text field: quote it
    return _SIGNS[found["sign"]](actual, wanted)


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1]
    return {"true": True, "false": False}[text] if text in ("true", "false") else float(text)


def _value(row: Body, field: str) -> Any:
    """Return a field of an entry, `data.x` and the like; logContent is the whole entry as text."""
    if field in row:
        return json.dumps(row[field]) if isinstance(row[field], dict) else row[field]
    value: Any = row.get("logContent", row)
    for part in field.removeprefix("logContent.").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _order(value: Any) -> tuple[int, float, str]:
    number = isinstance(value, int | float)
    return (
        0 if value is None else 1 if number else 2,
        float(value) if number else 0.0,
        "" if number else str(value),
    )


def _like(actual: Any, wanted: Any) -> bool:
    """Texts are equal, with stars for any text; numbers are numbers."""
    if isinstance(actual, str) and isinstance(wanted, str):
        return bool(re.fullmatch(re.escape(wanted).replace(r"\*", ".*"), actual, re.S))
    return bool(actual == wanted)


def _fields(call: Call, rows: Rows) -> Body:
    if not call.body.get("isReturnFieldInfo"):
        return {}
    names = sorted(
        {f"data.{name}" for row in rows for name in row.get("logContent", {}).get("data", {})}
    )
    return {
        "fields": [
            {"fieldName": name, "fieldType": "STRING"}
            for name in ("datetime", "logContent", *names)
        ]
    }


def _compared(test: Callable[[int], bool]) -> Callable[[Any, Any], bool]:
    return lambda actual, wanted: test(
        (_order(actual) > _order(wanted)) - (_order(actual) < _order(wanted))
    )


_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": _like,
    "!=": lambda actual, wanted: not _like(actual, wanted),
    ">": _compared(lambda way: way > 0),
    "<": _compared(lambda way: way < 0),
    ">=": _compared(lambda way: way >= 0),
    "<=": _compared(lambda way: way <= 0),
    "contains": lambda actual, wanted: str(wanted) in str(actual),
    "contains_ci": lambda actual, wanted: str(wanted).lower() in str(actual).lower(),
}

SERVICE = Service(
    name="loggingsearch", clients=("LogSearchClient",), operations={"search_logs": search_logs}
)
