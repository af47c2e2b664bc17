"""What the changes of a plan cost a month, as far as the price table knows. Pure."""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from environments.kinds import KINDS
from environments.reconcile.change import STILL, Change

FREE = "free"  # of kinds for which the list has no line: they cost nothing by themselves
CENT = Decimal("0.01")
TABLE = Path(__file__).with_name("prices.toml")


@cache
def prices() -> Mapping[str, Any]:
    """Return the table."""
    return tomllib.loads(TABLE.read_text())


def monthly(changes: Iterable[Change], table: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the cost of a plan as JSON: what is known a month, as text with its sign, and what is
    not, with the reason.

    Shape: {currency, sum, known: [{key, name, amount}], unknown: [{keys, why}], source, date}.
    `sum` covers `known` alone.
    """
    table = table or prices()
    total, known, unknown = Decimal(0), list[dict[str, str]](), dict[str, list[str]]()
    for change in changes:
        before, after = _fields_before(change), _fields_after(change)
        price = _price(change.want.kind)
        amount = _amount(table, price, after) - _amount(table, price, before)
        if amount:
            total += amount
            known.append(
                {"key": change.want.key, "name": change.want.name, "amount": signed(amount)}
            )
        why = _unknown(table, price)
        if why and (before is None) != (after is None):
            unknown.setdefault(why, []).append(change.want.key)
    return {
        "currency": table["source"]["currency"],
        "sum": signed(total),
        "known": known,
        "unknown": [{"keys": keys, "why": why} for why, keys in unknown.items()],
        "source": table["source"]["list"],
        "date": table["source"]["date"],
    }


def signed(amount: Decimal) -> str:
    """Return an amount with two decimals and its sign."""
    return f"{amount.quantize(CENT):+}" if amount.quantize(CENT) else "0.00"


def _fields_before(change: Change) -> Mapping[str, Any] | None:
    """Return the fields of what is there and paid for now."""
    if change.action == "create" or (not change.ocid and change.action == "blocked"):
        return None
    return {
        **change.want.fields,
        **{difference.field: difference.have for difference in change.differences},
    }


def _fields_after(change: Change) -> Mapping[str, Any] | None:
    """Return the fields of what is there and paid for when the plan was carried out."""
    if change.action in ("delete", "schedule"):
        return None
    return _fields_before(change) if change.action in STILL else change.want.fields


def _price(kind: str) -> str:
    """Return which row of the table applies to a kind."""
    return KINDS[kind].price if kind in KINDS else ""


def _amount(table: Mapping[str, Any], row: str, fields: Mapping[str, Any] | None) -> Decimal:
    price = table["hourly"].get(row)
    if price is None or fields is None:
        return Decimal(0)
    hour = Decimal(price.get("base", "0"))
    for path, each in price.get("counts", {}).items():
        hour += Decimal(each) * _number(fields, path)
    times = _number(fields, price["times"]) if "times" in price else 1
    return hour * times * int(table["source"]["hours"])


def _unknown(table: Mapping[str, Any], row: str) -> str:
    if row == FREE:
        return ""
    if row in table["hourly"]:
        return str(table["hourly"][row].get("unknown", ""))
    return str(table["use"].get(row, "the price table has no line for it"))


def _number(fields: Any, path: str) -> Decimal:
    for name in path.split("."):
        fields = fields.get(name) if isinstance(fields, Mapping) else None
    return (
        Decimal(str(fields))
        if isinstance(fields, (int, float)) and not isinstance(fields, bool)
        else Decimal(0)
    )
