"""When a conditional permission of the table counts for a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.oci.iam import places

if TYPE_CHECKING:
    from sandbox.oci.call import Call


def counts(when: str, call: Call) -> bool:
    """Say whether a condition of the table holds; a name that is not in CASES is a field of the
    body or a parameter of the query that must be given (`!` before it: must not).
    """
    if when in CASES:
        return CASES[when](call)
    wanted = not when.startswith("!")
    name = when.lstrip("!")
    given = name in call.query or any(True for _ in places.values_of(call.body, (name,)))
    return given == wanted


def _object_known(call: Call) -> bool:
    body: dict[str, Any] = call.body if isinstance(call.body, dict) else {}
    name = body.get("destinationObjectName") or call.path.get("objectName")
    bucket = body.get("destinationBucket") or call.path["bucketName"]
    key = f"{call.path['namespaceName']}/{bucket}/{name}"
    return call.engine.store.look("object_storage.Object", key) is not None


def _lifecycle(action: str, target: str = "") -> Callable[[Call], bool]:
    def case(call: Call) -> bool:
        return any(
            item.get("action") in action.split() if action else item.get("target") == target
            for item in call.body.get("items") or []
        )

    return case


def _par(word: str) -> Callable[[Call], bool]:
    return lambda call: word in str(call.body.get("accessType"))


def _routed(word: str, *, lost: bool = False) -> Callable[[Call], bool]:
    def case(call: Call) -> bool:
        record = places.own_record(call) if call.operation.name != "create_route_table" else None
        before = _entities(record.body) if record else set()
        after = _entities(call.body) if "routeRules" in (call.body or {}) else before
        if call.operation.name.startswith("delete_"):
            after = set()
        changed = before - after if lost else after - before
        return any(f".{word}." in value for value in changed)

    return case


def _entities(body: Any) -> set[str]:
    return set(places.values_of(body, ("networkEntityId",)))


def _log_of(service: str) -> Callable[[Call], bool]:
    def case(call: Call) -> bool:
        record = places.own_record(call)
        known = record.body if record else {}
        return service in {
            *places.values_of(call.body, ("service",)),
            *places.values_of(known, ("service",)),
        }

    return case


def _names_group(call: Call) -> bool:
    return any(
        ".networksecuritygroup." in one
        for one in places.values_of(call.body, ("source", "destination"))
    )


def _not_imported(call: Call) -> bool:
    kinds = set(places.values_of(call.body, ("configType",)))
    return bool(kinds) and kinds != {"IMPORTED"}


CASES: dict[str, Callable[[Call], bool]] = {
    "known_object": _object_known,
    "new_object": lambda call: not _object_known(call),
    "tier_rule": _lifecycle("ARCHIVE INFREQUENT_ACCESS"),
    "version_rule": _lifecycle("", "previous-object-versions"),
    "par_reads": _par("Read"),
    "par_writes": _par("Write"),
    "named_nsg": _names_group,
    "not_imported": _not_imported,
    "load_balancer_log": _log_of("loadbalancer"),
    "bucket_log": _log_of("objectstorage"),
    **{
        f"{'lost_' if lost else ''}route_{name}": _routed(word, lost=lost)
        for lost in (False, True)
        for name, word in places.WORDS.items()
        if name.endswith(("_gateway", "_ip"))
    },
}
