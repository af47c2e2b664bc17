"""DNS records as rows: read, merged, patched and checked the way OCI writes them back."""

from __future__ import annotations

import hashlib
import ipaddress
from collections import defaultdict

from sandbox.oci import errors
from sandbox.oci.service import Body

SHOWN = ("domain", "rtype", "rdata")
NAMES = {
    "CNAME",
    "NS",
    "PTR",
    "ALIAS",
    "DNAME",
}  # their data is a name, which OCI writes with a final period
LONGEST = 604_800


def plain(name: str, value: str) -> str:
    """Return a domain or a type as it is kept."""
    return value.upper() if name == "rtype" else value.lower().rstrip(".")


def matches(row: Body, wanted: Body) -> bool:
    """Say whether a row has these values."""
    return all(row[name] == value for name, value in wanted.items())


def read(item: Body, zone: str, scope: Body) -> Body:
    """Return the row of a request's record; it must lie in the zone and in what the path names."""
    row = _named(item, scope)
    if row["domain"] != zone and not row["domain"].endswith(f".{zone}"):
        raise errors.invalid(f"The domain {row['domain']} is not in the zone {zone}.")
    if not 1 <= item["ttl"] <= LONGEST:
        raise errors.invalid(f"ttl must lie between 1 and {LONGEST}.")
    return {
        **row,
        "rdata": _data(row["rtype"], item["rdata"]),
        "ttl": item["ttl"],
        "isProtected": False,
    }


def merged(rows: list[Body], more: list[Body]) -> list[Body]:
    """Add rows; the same data again takes the new TTL."""
    known = {_key(row): row for row in rows}
    for row in more:
        before = known.get(_key(row))
        known[_key(row)] = {**row, "isProtected": before["isProtected"]} if before else row
    return list(known.values())


def patched(rows: list[Body], item: Body, zone: str, scope: Body) -> list[Body]:
    """Apply one operation of a patch."""
    operation = item.get("operation") or "ADD"
    wanted = _wanted(item, scope)
    found = [row for row in rows if matches(row, wanted)]
    if operation in {"REQUIRE", "PROHIBIT"}:
        if bool(found) != (operation == "REQUIRE"):
            raise errors.conflict(
                f"A record that the patch says to {operation} is"
                f" {'there' if found else 'not there'}."
            )
        return rows
    if operation == "REMOVE":
        if any(row["isProtected"] for row in found):
            raise errors.invalid("The SOA and NS records of the zone itself are protected.")
        return [row for row in rows if row not in found]
    if item.get("rdata") is None and item.get("ttl"):
        return [
            {**row, "ttl": item["ttl"]} if matches(row, _named(item, scope)) else row
            for row in rows
        ]
    if item.get("rdata") is None or item.get("ttl") is None:
        raise errors.missing("A record to add has rdata and ttl.")
    return merged(rows, [read(item, zone, scope)])


def check(rows: list[Body], zone: str) -> None:
    """Refuse what DNS does not allow: a CNAME beside others or at the apex, one set with two
    TTLs.
    """
    types, lives = defaultdict(set), defaultdict(set)
    for row in rows:
        types[row["domain"]].add(row["rtype"])
        lives[row["domain"], row["rtype"]].add(
            (row["ttl"], row["rdata"] if row["rtype"] == "CNAME" else "")
        )
    for domain, found in types.items():
        if "CNAME" in found and (domain == zone or len(found) > 1):
            raise errors.invalid(
                f"{domain} cannot have a CNAME: it is the zone's apex or has other records."
            )
    for (domain, rtype), values in lives.items():
        if len(values) > 1:
            raise errors.invalid(
                f"The {rtype} records of {domain} must have one TTL, a CNAME one value."
            )


def stamped(rows: list[Body], before: list[Body], version: str) -> list[Body]:
    """Give each row its hash, and the version in which its set changed last."""
    old, new = _sets(before), _sets(rows)
    marks = {name: items[0]["rrsetVersion"] for name, items in old.items()}
    for name, items in new.items():
        if name not in old or {_value(row) for row in old[name]} != {_value(row) for row in items}:
            marks[name] = version
    return [
        {**row, "recordHash": _hash(row), "rrsetVersion": marks[row["domain"], row["rtype"]]}
        for row in rows
    ]


def _sets(rows: list[Body]) -> dict[tuple[str, str], list[Body]]:
    found = defaultdict(list)
    for row in rows:
        found[row["domain"], row["rtype"]].append(row)
    return found


def _value(row: Body) -> tuple[str, int]:
    return row["rdata"], row["ttl"]


def _key(row: Body) -> tuple[str, ...]:
    return tuple(row[name] for name in SHOWN)


def _hash(row: Body) -> str:
    return hashlib.md5("|".join(_key(row)).encode(), usedforsecurity=False).hexdigest()


def _named(item: Body, scope: Body) -> Body:
    """Return domain and type of an item, which the path may name already."""
    row = scope | {name: plain(name, item[name]) for name in ("domain", "rtype") if item.get(name)}
    if not matches(row, scope):
        raise errors.invalid("A record's domain and rtype must be those of the path.")
    if row.keys() != {"domain", "rtype"}:
        raise errors.missing("A record has a domain and an rtype.")
    return row


def _wanted(item: Body, scope: Body) -> Body:
    wanted = scope | {
        name: plain(name, item[name]) for name in ("domain", "rtype") if item.get(name)
    }
    if item.get("rdata") is not None and "rtype" in wanted:
        wanted["rdata"] = _data(wanted["rtype"], item["rdata"])
    return wanted | ({"recordHash": item["recordHash"]} if item.get("recordHash") else {})


def _data(rtype: str, text: str) -> str:
    """Return record data as OCI writes it back: names end in a period, texts are quoted."""
    text = text.strip()
    if rtype in {"A", "AAAA"}:
        try:
            return str(ipaddress.IPv4Address(text) if rtype == "A" else ipaddress.IPv6Address(text))
        except ValueError as error:
            raise errors.invalid(f"{text} is not the data of a record of type {rtype}.") from error
    if rtype == "TXT":
        return text if text.startswith('"') else f'"{text}"'
    if not text:
        raise errors.invalid("rdata is empty.")
    return text.rstrip(".") + "." if rtype in NAMES or rtype in {"MX", "SRV"} else text
