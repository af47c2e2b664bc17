"""The variables that a condition may ask for, as one call fills them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.oci.iam import conditions, dynamic_groups, places
from sandbox.oci.store import Record
from sandbox.oci.tenancy import HOME, REGIONS

if TYPE_CHECKING:
    from sandbox.oci.call import Call
    from sandbox.oci.tenancy import Caller

NAMED = {  # kind: prefix of its variables, wire field of the name
    "object_storage.Bucket": ("target.bucket", "name"),
    "vault.Secret": ("target.secret", "secretName"),
    "key_management.Key": ("target.key", ""),
    "key_management.Vault": ("target.vault", ""),
    "artifacts.ContainerRepository": ("target.repo", "displayName"),
    "queue.Queue": ("target.queue", ""),
    "logging.LogGroup": ("target.loggroup", ""),
    "identity.User": ("target.user", "name"),
    "identity.Group": ("target.group", "name"),
    "identity.DynamicGroup": ("target.dynamic-group", "name"),
    "identity.Policy": ("target.policy", "name"),
    "identity.TagNamespace": ("target.tag-namespace", "name"),
    "dns.Zone": ("target.dns-zone", "name"),
    "certificates_management.Certificate": ("target.leaf-certificate", "name"),
}
CREATED = {  # what a create already knows of what it makes: the name
    "object_storage.create_bucket": ("target.bucket.name", "name"),
    "vault.create_secret": ("target.secret.name", "secretName"),
    "artifacts.create_container_repository": ("target.repo.name", "displayName"),
    "identity.create_user": ("target.user.name", "name"),
    "identity.create_group": ("target.group.name", "name"),
    "identity.create_policy": ("target.policy.name", "name"),
    "identity.create_tag_namespace": ("target.tag-namespace.name", "name"),
    "dns.create_zone": ("target.dns-zone.name", "name"),
    "certificates_management.create_certificate": ("target.leaf-certificate.name", "name"),
}
_HOLDERS = {  # field of a part: the kind whose variables the part has
    "repositoryId": "artifacts.ContainerRepository",
    "logGroupId": "logging.LogGroup",
    "queueId": "queue.Queue",
    "tagNamespaceId": "identity.TagNamespace",
    "vaultId": "key_management.Vault",
}
_BODY = {"groupId": "identity.Group", "userId": "identity.User"}


def of_caller(caller: Caller, groups: list[str]) -> dict[str, tuple[str, ...]]:
    """Return what is the same for each permission of a call."""
    person = caller.kind in {"user", "session"}
    found: dict[str, tuple[str, ...]] = {
        "request.region": (REGIONS[HOME],),
        "request.principal.type": (
            "user" if person else dynamic_groups.word(caller.id) or caller.kind,
        ),
    }
    if person:
        return found | {
            "request.user.id": (caller.id,),
            "request.user.name": (caller.name,),
            "request.groups.id": tuple(groups),
        }
    return found | {
        "request.principal.id": (caller.id,),
        "request.principal.compartment.id": (caller.compartment,),
    }


def of_target(call: Call, target: places.Target) -> dict[str, tuple[str, ...]]:
    """Return the target's variables; a list in a compartment has none."""
    found: dict[str, tuple[str, ...]] = {}
    if "metrics" in call.operation.name or "metric_data" in call.operation.name:
        found |= _namespace(call)
    listing = call.operation.name.startswith("list_") and target.record is None
    if listing:
        return found
    home = call.engine.store.look("identity.Compartment", target.compartment)
    found["target.compartment.id"] = (target.compartment,)
    if home:
        found["target.compartment.name"] = (home.body["name"],)
    if made := CREATED.get(call.operation.key):
        found[made[0]] = (str(call.body.get(made[1], "")),)
    for record in _records(call, target):
        found |= of_record(record)
    if name := call.path.get("objectName"):
        found["target.object.name"] = (name,)
    return found


def of_record(record: Record) -> dict[str, tuple[str, ...]]:
    """Return the variables of one resource."""
    found: dict[str, tuple[str, ...]] = {}
    if record.kind in NAMED:
        prefix, field = NAMED[record.kind]
        if record.kind != "object_storage.Bucket":
            found[f"{prefix}.id"] = (record.id,)
        if field:
            found[f"{prefix}.name"] = (str(record.body.get(field, "")),)
    if record.kind == "monitoring.Alarm":
        found["target.metrics.namespace"] = (str(record.body.get("namespace", "")),)
    for namespace, values in (record.body.get("definedTags") or {}).items():
        for key, value in values.items():
            found[f"target.resource.tag.{namespace}.{key}".lower()] = (str(value),)
            if record.kind == "object_storage.Bucket":
                found[f"target.bucket.tag.{namespace}.{key}".lower()] = (str(value),)
    return found


def lookup(*sets: dict[str, tuple[str, ...]]) -> conditions.Lookup:
    """Return a lookup over several sets of variables, the first that has one wins."""

    def find(name: str) -> tuple[str, ...] | None:
        return next((known[name] for known in sets if name in known), None)

    return find


def _records(call: Call, target: places.Target) -> list[Record]:
    own = places.own_record(call)
    found = [record for record in (target.record, own) if record]
    engine = call.engine
    for record in list(found):
        for field, kind in _HOLDERS.items():
            holder = engine.store.look(kind, str(record.body.get(field, "")))
            if holder:
                found.append(holder)
    if isinstance(call.body, dict):
        for field, kind in _BODY.items():
            named = engine.store.look(kind, str(call.body.get(field, "")))
            if named:
                found.append(named)
    found.reverse()  # the target itself is written last and wins
    return found


def _namespace(call: Call) -> dict[str, tuple[str, ...]]:
    named: Any = set(places.values_of(call.body, ("namespace",)))
    return {"target.metrics.namespace": tuple(sorted(named))} if len(named) == 1 else {}
