"""The permission tables: what each operation needs, what each verb of a resource type gives."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

VERBS = ("inspect", "read", "use", "manage")
EVERYTHING = "all-resources"
# A permission that only `manage all-resources` holds: for operations whose own one is not known.
ONLY_EVERYTHING = "ALL_RESOURCES_MANAGE"
_FOLDER = Path(__file__).parent
_NEED = re.compile(r"^([A-Z_]+)@([a-z_]+)$")

_LEAF_CERTIFICATES = (
    "leaf-certificates",
    "leaf-certificate-versions",
    "leaf-certificate-bundles",
    "cabundles",
    "certificate-associations",
    "cabundle-associations",
)
FAMILIES: dict[str, tuple[str, ...]] = {
    "virtual-network-family": (
        "vcns",
        "subnets",
        "route-tables",
        "security-lists",
        "dhcp-options",
        "network-security-groups",
        "private-ips",
        "public-ips",
        "internet-gateways",
        "nat-gateways",
        "service-gateways",
        "vnics",
        "vnic-attachments",
    ),
    "secret-family": ("secrets", "secret-versions", "secret-bundles"),
    "object-family": ("objectstorage-namespaces", "buckets", "objects"),
    "compute-container-family": ("compute-container-instances", "compute-containers"),
    "logging-family": ("log-groups", "log-content", "unified-configuration"),
    "ons-family": ("ons-topics", "ons-subscriptions"),
    "dns": (
        "dns-zones",
        "dns-records",
        "dns-steering-policies",
        "dns-steering-policy-attachments",
        "dns-tsig-keys",
        "dns-views",
        "dns-resolvers",
    ),
    "leaf-certificate-family": _LEAF_CERTIFICATES,
    "certificate-authority-family": (
        "certificate-authorities",
        "certificate-authority-versions",
        "certificate-authority-bundles",
        "certificate-authority-delegates",
        "certificate-authority-associations",
        *_LEAF_CERTIFICATES,
    ),
}
SPELLINGS = {  # what pages of Oracle write besides the name in the tables
    "ons-topic": "ons-topics",
    "postgres-configuration": "postgres-configurations",
    "usage-report": "usage-reports",
    "quotas": "quota",
    "queue": "queues",
}


@dataclass(frozen=True, slots=True)
class Need:
    """A permission, and the word for the object whose compartment it is judged in."""

    permission: str
    place: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """Several needs: one of them is enough. It counts when `when` holds for the call."""

    options: tuple[Need, ...]
    when: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What an operation needs; nothing in `requirements` means that no right is needed."""

    service: str
    operation: str
    requirements: tuple[Requirement, ...]
    source: str
    confidence: str  # documented | inferred


@cache
def operations() -> dict[str, Row]:
    """Return the rows by `service.operation`."""
    return {f"{row['service']}.{row['operation']}": _row(row) for row in _read("operations.tsv")}


@cache
def given(verb: str, resource_type: str) -> frozenset[str]:
    """Return the permissions of a verb on a type or family; KeyError for an unknown type."""
    if resource_type == EVERYTHING:
        every = frozenset().union(*(_of_type(verb, one) for one in _types()))
        return every | {ONLY_EVERYTHING} if verb == "manage" else every
    name = SPELLINGS.get(resource_type, resource_type)
    members = FAMILIES.get(name, (name,))
    return frozenset().union(*(_of_type(verb, member) for member in members))


@cache
def row(service: str, operation: str, permissions: str, when: str = "") -> Row:
    """Return a row from its text, as the file writes it."""
    return _row(
        {
            "service": service,
            "operation": operation,
            "permissions": permissions,
            "when": when,
            "source": "",
            "confidence": "inferred",
        }
    )


def known_type(name: str) -> bool:
    """Say whether a statement may name this resource type or family."""
    return name == EVERYTHING or SPELLINGS.get(name, name) in {*_types(), *FAMILIES}


@cache
def permissions() -> frozenset[str]:
    """Return every permission of the tables."""
    return given("manage", EVERYTHING)


def _of_type(verb: str, name: str) -> frozenset[str]:
    added = _types()[name]
    return frozenset().union(*(added.get(one, ()) for one in VERBS[: VERBS.index(verb) + 1]))


@cache
def _types() -> dict[str, dict[str, frozenset[str]]]:
    found: dict[str, dict[str, frozenset[str]]] = {}
    for row in _read("verbs.tsv"):
        added = frozenset((row["permissions_added"] or "").split())
        found.setdefault(row["resource_type"], {})[row["verb"]] = added
    return found


def _row(row: dict[str, str]) -> Row:
    found = [] if row["permissions"] == "NONE" else _requirements(row["permissions"], "")
    for clause in filter(None, (row["when"] or "").split("; ")):
        condition, _, needs = clause.partition(": ")
        found += _requirements(needs, condition)
    return Row(row["service"], row["operation"], tuple(found), row["source"], row["confidence"])


def _requirements(text: str, when: str) -> list[Requirement]:
    return [
        Requirement(tuple(_need(option) for option in part.split(" | ")), when)
        for part in text.split(" & ")
    ]


def _need(text: str) -> Need:
    found = _NEED.match(text.strip())
    if not found:
        raise ValueError(f"the permission table has no PERMISSION@place in {text!r}")
    return Need(found[1], found[2])


def _read(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
