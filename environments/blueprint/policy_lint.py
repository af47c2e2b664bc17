"""Read policy statements: how wide one is, what it says in words. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from environments.blueprint.policies import BACKUP_PERMISSIONS

_ALLOW = re.compile(
    r"allow\s+(?P<type>any-user|any-group|group|dynamic-group|service|resource)\s*(?P<who>.*?)\s+to\s+"
    r"(?P<verb>inspect|read|use|manage)\s+(?P<what>[\w-]+)\s+in\s+"
    r"(?P<place>tenancy|compartment\s+(?:id\s+)?\S+)(?:\s+where\s+(?P<condition>.+))?",
    re.IGNORECASE | re.DOTALL,
)
_COMPARISON = re.compile(r"([\w.\-]+)\s*=\s*'([^']*)'")
_GROUPED = re.compile(r"(any|all)\s*\{(.*)\}", re.IGNORECASE | re.DOTALL)

SECRETS = {"secret-bundles", "secret-family"}
OBJECTS = {"objects", "object-family"}
NAMED = {  # what a container or a person uses one of, never all: how the one is named
    "queue-push": "target.queue.id",
    "queue-pull": "target.queue.id",
    "log-content": "target.loggroup.id",
    "keys": "target.key.id",
    "metrics": "target.metrics.namespace",
}
SYSTEMS = {
    "postgres-db-systems",
    "postgres-configuration",
    "queues",
    "log-groups",
    "vaults",
    "alarms",
    "database-family",
}
RIGHTS = {
    "policies",
    "groups",
    "dynamic-groups",
    "users",
    "compartments",
    "domains",
    "authentication-policies",
    "credentials",
}
PERMISSION = "request.permission"
RUNNING = {
    "compute-container-family",
    "compute-container-instances",
    "compute-containers",
    "load-balancers",
    "vnics",
    "subnets",
    "network-security-groups",
    "virtual-network-family",
}

VERBS = {"inspect": "list", "read": "see", "use": "use", "manage": "make, change and delete"}
THINGS = {
    "all-resources": "everything",
    "buckets": "buckets",
    "compute-container-family": "containers",
    "load-balancers": "load balancers",
    "log-content": "what is written in logs",
    "log-groups": "logs and their groups",
    "metrics": "metrics",
    "object-family": "buckets and objects",
    "objects": "objects",
    "ons-family": "topics and subscriptions",
    "postgres-backups": "backups of the database",
    "postgres-configuration": "configurations of the database",
    "postgres-db-systems": "database systems",
    "postgres-work-requests": "work requests of the database",
    "queues": "queues",
    "repos": "container repositories",
    "secret-bundles": "values of secrets",
    "secrets": "secrets without their values",
    "subnets": "subnets",
    "virtual-network-family": "networks",
    "vnics": "network cards",
}
ACTS = {  # where verb and thing together say it badly
    ("use", "log-content"): "write to logs",
    ("use", "queue-pull"): "take messages from queues",
    ("use", "queue-push"): "put messages into queues",
}
PERMISSIONS = {
    "OBJECT_INSPECT": "list",
    "OBJECT_READ": "read",
    "OBJECT_CREATE": "add",
    "OBJECT_OVERWRITE": "overwrite",
    "LOG_CONTENT_PUSH": "write",
    "POSTGRES_BACKUP_CREATE": "take",
    "POSTGRES_BACKUP_INSPECT": "list",
    "POSTGRES_BACKUP_READ": "see",
    "REPOSITORY_INSPECT": "list",
    "REPOSITORY_READ": "pull from",
    "REPOSITORY_UPDATE": "push to",
    "REPOSITORY_CREATE": "create",
}
TARGETS = {
    "target.bucket.name": "bucket",
    "target.key.id": "key",
    "target.loggroup.id": "log group",
    "target.metrics.namespace": "namespace",
    "target.queue.id": "queue",
    "target.repo.name": "repository",
    "target.secret.id": "secret",
    "target.secret.name": "secret",
}


@dataclass(frozen=True, slots=True)
class PolicyCondition:
    """What follows `where`: one comparison, or several of which all or any must hold."""

    # "=", "all", "any"; "other" for what is not understood, which is never taken as narrowing
    word: str
    name: str = ""
    value: str = ""
    parts: tuple["PolicyCondition", ...] = ()

    def narrows(self, names: Iterable[str]) -> bool:
        """Say whether it holds only where one of these names has one certain value."""
        if self.word == "=":
            return self.name in names
        held = [part.narrows(names) for part in self.parts]
        return any(held) if self.word == "all" else bool(held) and all(held)

    def values(self, name: str) -> list[str]:
        """Return the values that it compares a name with."""
        own = [self.value] if self.name == name else []
        return own + [value for part in self.parts for value in part.values(name)]

    def comparisons(self) -> list["PolicyCondition"]:
        """Return every comparison in it, in order."""
        return [one for part in self.parts for one in part.comparisons()] if self.parts else [self]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, taken apart."""

    type: str
    who: str
    verb: str
    what: str
    place: str
    condition: PolicyCondition | None

    @property
    def everywhere(self) -> bool:
        """Say whether it holds in the whole tenancy."""
        return self.place == "tenancy"

    @property
    def changes(self) -> bool:
        """Say whether it lets anything be changed."""
        return self.verb in ("use", "manage")

    def only(self, *names: str) -> bool:
        """Say whether its condition leaves only certain values of one of these names."""
        return self.condition is not None and self.condition.narrows(names)


def parse(text: str) -> Statement | None:
    """Parse a statement; nothing when it has another form."""
    found = _ALLOW.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    condition = _condition(found["condition"]) if found["condition"] else None
    place = re.sub(r"(?i)^compartment\s+(id\s+)?", "", found["place"])
    place = "tenancy" if found["place"].lower() == "tenancy" else f"compartment {place}"
    return Statement(
        found["type"].lower(),
        found["who"],
        found["verb"].lower(),
        found["what"].lower(),
        place,
        condition,
    )


def too_wide(text: str, *, prod: bool = False) -> list[str]:
    """Return why a statement gives more than anybody needs, in `prod` more than a person may have
    there; nothing when it does not.
    """
    found = parse(text)
    if found is None:
        return ["it is not of the form Allow <who> to <verb> <what> in <where>"]
    secret = (
        found.what in SECRETS
        and found.verb != "inspect"
        and not found.only("target.secret.id", "target.secret.name")
    )
    objects = (
        found.what in OBJECTS
        and found.changes
        and found.type != "service"
        and not found.only("target.bucket.name")
    )
    rules = {
        "it is for everybody, of other tenancies too; name a group": (
            found.type in ("any-user", "any-group")
        ),
        "all-resources is everything, the values of secrets too; name the types": (
            found.what == "all-resources"
        ),
        "it reaches the whole tenancy; name the compartment": (
            found.everywhere and (found.changes or found.what in SECRETS)
        ),
        "it gives the value of every secret; name the secret": secret,
        "it gives every bucket; name the bucket": objects,
        f"it reaches all {found.what}; name one by {NAMED.get(found.what)}": _unnamed(found),
        "containers use what is there; they make and change none of it": (
            found.type == "dynamic-group" and found.what in SYSTEMS and found.changes
        ),
        "it lets its holders give themselves any right": found.what in RIGHTS and found.changes,
        "in prod containers and traffic change by an approved release alone": (
            prod and found.type == "group" and found.what in RUNNING and found.changes
        ),
        "in prod people may take a backup, and change or delete none": (
            prod and found.type == "group" and _changes_backups(found)
        ),
    }
    return [why for why, broken in rules.items() if broken]


def _changes_backups(found: Statement) -> bool:
    if found.what != "postgres-backups" or not found.changes:
        return False
    asked = found.condition.values(PERMISSION) if found.condition else []
    return not found.only(PERMISSION) or not set(asked) <= set(BACKUP_PERMISSIONS)


def _unnamed(found: Statement) -> bool:
    touched = found.changes or (found.what == "log-content" and found.verb == "read")
    return found.what in NAMED and touched and not found.only(NAMED[found.what])


def refusals(statements: Iterable[str], *, prod: bool = False) -> list[str]:
    """Return the statements that are too wide, each with the reasons."""
    judged = ((text, too_wide(text, prod=prod)) for text in statements)
    return [f"{text!r}: {'; '.join(why)}" for text, why in judged if why]


def describe(text: str) -> str:
    """Return a statement as a sentence without its subject: "may read ..., only secret X"."""
    found = parse(text)
    if found is None:
        return f"has a statement that the portal cannot read: {text}"
    thing = THINGS.get(found.what, found.what.replace("-", " "))
    may = VERBS[found.verb]
    permissions = found.condition.values(PERMISSION) if found.condition else []
    if permissions:
        may = _listed([PERMISSIONS.get(one, one) for one in permissions])
    where = "in the whole tenancy" if found.everywhere else f"in {found.place}"
    act = ACTS.get((found.verb, found.what), f"{may} {thing}")
    return f"may {act} {where}{_limits(found.condition)}"


def _limits(condition: PolicyCondition | None) -> str:
    """Return what a condition leaves; one that is not understood is said as it is written."""
    if condition is None:
        return ""
    joint = " or " if condition.word == "any" else ", "
    left = [one for one in condition.comparisons() if one.name != PERMISSION]
    said = [
        (
            f"{TARGETS[one.name]} {one.value}"
            if one.name in TARGETS
            else f"{one.name} {one.value}".strip()
        )
        for one in left
    ]
    return f", only {joint.join(said)}" if said else ""


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _condition(text: str) -> PolicyCondition:
    text = text.strip()
    grouped, compared = _GROUPED.fullmatch(text), _COMPARISON.fullmatch(text)
    if grouped:
        return PolicyCondition(
            grouped[1].lower(), parts=tuple(_condition(part) for part in _split(grouped[2]))
        )
    if compared:
        return PolicyCondition("=", compared[1].lower(), compared[2])
    return PolicyCondition("other", text)


def _split(text: str) -> list[str]:
    """Split at the commas that are outside of braces and quotes."""
    parts, depth, quoted = [""], 0, False
    for sign in text:
        quoted ^= sign == "'"
        depth += 0 if quoted else (sign == "{") - (sign == "}")
        if sign == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return parts
