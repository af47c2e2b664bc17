"""The statements of the tenancy, sorted by the permission that each gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.oci.iam import grammar
from sandbox.oci.store import Record

if TYPE_CHECKING:
    from sandbox.oci.engine import Engine

DELAY = 10.0  # simulated seconds until a new, changed or deleted policy or membership counts
ALWAYS = float("inf")
_KINDS = (
    "identity.Policy",
    "identity.Group",
    "identity.DynamicGroup",
    "identity.UserGroupMembership",
    "identity.Compartment",
)


@dataclass(frozen=True, slots=True)
class Grant:
    """One statement at work: where, and from which change until which."""

    statement: grammar.Statement
    text: str
    compartment: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Membership:
    """A user's place in a group, by the group's OCID and lower-case name."""

    group: str
    name: str
    since: float
    until: float


@dataclass(frozen=True)
class Index:
    """Everything that decides, read once per change."""

    revision: tuple[int, ...]
    grants: dict[str, list[Grant]]  # by permission
    members: dict[str, list[Membership]]  # by user
    dynamic: dict[str, str]  # OCID of a dynamic group: lower-case name
    parents: dict[str, str]  # compartment: its parent

    def chain(self, compartment: str) -> list[str]:
        """Return a compartment and all above it."""
        found: list[str] = []
        while compartment and compartment not in found:
            found.append(compartment)
            compartment = self.parents.get(compartment, "")
        return found


def index(engine: Engine) -> Index:
    """Return the index, read again only after something that it holds has changed."""
    revision = tuple(engine.store.revision(kind) for kind in _KINDS)
    known: Index | None = engine.policies
    if known is None or known.revision != revision:
        with engine.store.lock:
            revision = tuple(engine.store.revision(kind) for kind in _KINDS)
            known = engine.policies = _read(engine, revision)
    return known


def place_of(engine: Engine, statement: grammar.Statement, home: str) -> str:
    """Return the compartment that a statement of a policy attached to `home` speaks of; nothing
    when it is not at or below it.
    """
    parents, names = _tree(engine)
    return _place(engine, statement.place, home, parents, names)


def _tree(engine: Engine) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Return the parent of each compartment, and the living ones by parent and name."""
    compartments = engine.store.all("identity.Compartment")
    parents = {one.id: str(one.body.get("compartmentId") or "") for one in compartments}
    names = {
        (parents[one.id], one.body["name"].lower()): one.id for one in compartments if not one.gone
    }
    return parents, names


def _read(engine: Engine, revision: tuple[int, ...]) -> Index:
    parents, names = _tree(engine)
    grants: dict[str, list[Grant]] = {}
    for policy in engine.store.all("identity.Policy"):
        home = policy.body["compartmentId"]
        for text, since, until in _statements(policy):
            statement = grammar.parse(text)
            place = statement and _place(engine, statement.place, home, parents, names)
            if statement and place:
                for permission in statement.gives:
                    grants.setdefault(permission, []).append(
                        Grant(statement, text, place, since, until)
                    )
    dynamic = {
        record.id: record.body["name"].lower()
        for record in engine.store.living("identity.DynamicGroup")
    }
    return Index(revision, grants, _members(engine), dynamic, parents)


def _statements(policy: Record) -> Iterator[tuple[str, float, float]]:
    """Yield each statement with the moments of the changes that it counts from and until."""
    until = policy.hidden.get("ended", ALWAYS)
    for text in policy.body["statements"]:
        yield text, policy.hidden.get("changed", policy.created), until
    for earlier in policy.hidden.get("earlier", []):
        for text in earlier["statements"]:
            yield text, earlier["since"], earlier["until"]


def _members(engine: Engine) -> dict[str, list[Membership]]:
    groups = {
        record.id: record.body["name"].lower() for record in engine.store.living("identity.Group")
    }
    found: dict[str, list[Membership]] = {}
    for record in engine.store.all("identity.UserGroupMembership"):
        group = record.body["groupId"]
        if group in groups:
            since = record.hidden.get("changed", record.created)
            member = Membership(group, groups[group], since, record.hidden.get("ended", ALWAYS))
            found.setdefault(record.body["userId"], []).append(member)
    return found


def _place(
    engine: Engine,
    written: str,
    home: str,
    parents: dict[str, str],
    names: dict[tuple[str, str], str],
) -> str:
    """Return the compartment that a statement speaks of; nothing when it is out of its reach."""
    if written == "tenancy":
        return engine.tenancy if home == engine.tenancy else ""
    if written.startswith("ocid1."):
        found = written
    else:
        found = _by_path(written.lower().split(":"), home, parents, names)
    above, edge = False, found
    while edge:
        above, edge = above or edge == home, parents.get(edge, "")
    return found if above else ""


def _by_path(
    path: list[str], home: str, parents: dict[str, str], names: dict[tuple[str, str], str]
) -> str:
    """Follow names down from where the policy is attached; the first may be its own name."""
    own = names.get((parents.get(home, ""), path[0])) == home
    at, rest = (home, path[1:]) if own else (home, path)
    for name in rest:
        at = names.get((at, name), "")
        if not at:
            return ""
    return at
