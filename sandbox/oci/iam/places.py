"""Finds the objects that a call concerns, and the compartment of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.oci.store import Record

if TYPE_CHECKING:
    from sandbox.oci.call import Call
    from sandbox.oci.engine import Engine

FIELDS: dict[str, tuple[str, ...]] = {  # place: wire fields and path variables that name it
    "vcn": ("vcnId",),
    "subnet": ("subnetId", "subnetIds"),
    "route_table": ("routeTableId",),
    "security_list": ("securityListIds",),
    "dhcp_options": ("dhcpOptionsId",),
    "nsg": ("nsgIds", "networkSecurityGroupIds", "networkSecurityGroupId"),
    "named_nsg": ("source", "destination"),
    "internet_gateway": ("networkEntityId",),
    "nat_gateway": ("networkEntityId",),
    "service_gateway": ("networkEntityId",),
    "private_ip": ("networkEntityId",),
    "key": ("keyId", "kmsKeyId", "customEncryptionKeyId"),
    "vault": ("vaultId",),
    "secret": ("secretId",),
    "tag_namespace": ("tagNamespaceId",),
    "lb": ("loadBalancerId",),
    "repo": ("repositoryId", "imageId", "imageSignatureId"),
    "configuration": ("configId",),
    "backup": ("backupId",),
    "db_system": ("dbSystemId",),
    "topic": ("topicId",),
    "log_group": ("targetLogGroupId",),
    "source": ("resource",),
    "suppressed": ("alarmId", "compartmentId"),
}
WORDS = {  # the places that share a field are told apart by the OCID's type word
    "internet_gateway": "internetgateway",
    "nat_gateway": "natgateway",
    "service_gateway": "servicegateway",
    "private_ip": "privateip",
    "named_nsg": "networksecuritygroup",
    "suppressed": "",
}
_PARENTS = ("logGroupId", "loadBalancerId", "keyId", "secretId", "vaultId", "repositoryId")
_OCID = re.compile(r"ocid1\.[\w.-]+")


@dataclass(frozen=True, slots=True)
class Target:
    """An object and its compartment; `related`: the body names it, not the path."""

    compartment: str
    record: Record | None = None
    related: bool = False


def find(call: Call, place: str) -> list[Target]:
    """Return what a place stands for in a call; empty when it names something that is not there
    and the operation answers for that by itself.
    """
    if place in _OWN:
        return _OWN[place](call)
    if place.startswith("old_"):
        return list(_from_record(call, place.removeprefix("old_")))
    given = call.body if isinstance(call.body, dict) else {}
    named = list(_named(given, place))
    if named:
        return [found for value in named if (found := _at(call.engine, value, related=True))]
    named = list(_named(call.path, place)) or ([call.at] if place in {"vault", "key"} else [])
    here = [target for value in named if value and (target := _at(call.engine, value))]
    return here or list(_from_record(call, place)) or _fallback(call, place)


def own_record(call: Call) -> Record | None:
    """Return the record that the path names, whatever its kind."""
    if "tagName" in call.path or "fingerprint" in call.path:
        values = list(call.path.values())
        kind = "identity.Tag" if "tagName" in call.path else "identity.ApiKey"
        key = "/".join(values[:2])
        return call.engine.store.look(kind, key.lower() if "tagName" in call.path else key)
    if "bucketName" in call.path:
        return bucket(call)
    if name := call.path.get("zoneNameOrId"):
        return _zone(call, name)
    for value in reversed(list(call.path.values())):
        if record := record_of(call.engine, value):
            return record
    return record_of(call.engine, call.at) if call.at else None


def bucket(call: Call, name: str = "") -> Record | None:
    """Return the bucket of the path, or another one of its namespace."""
    key = f"{call.path.get('namespaceName')}/{name or call.path.get('bucketName')}"
    return call.engine.store.look("object_storage.Bucket", key)


def record_of(engine: Engine, value: Any) -> Record | None:
    """Return the record with an OCID."""
    parts = str(value).split(".")
    kind = engine.words.get(parts[1], "") if len(parts) > 3 else ""
    found = engine.store.look(kind, str(value)) if kind else None
    return found or (engine.store.look("engine.WorkRequest", str(value)) if kind else None)


def compartment_of(engine: Engine, record: Record) -> str:
    """Return the compartment that a record lies in; of a compartment, itself."""
    if record.kind == "identity.Compartment":
        return record.id
    own = record.body.get("compartmentId") or record.hidden.get("compartmentId")
    if own:
        return str(own)
    for name in _PARENTS:
        parent = record_of(engine, record.body.get(name)) if record.body.get(name) else None
        if parent:
            return compartment_of(engine, parent)
    return engine.tenancy


def values_of(body: Any, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts under these field names, wherever in the body they are."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name in names:
                yield from (
                    str(one) for one in (value if isinstance(value, list) else [value]) if one
                )
            else:
                yield from values_of(value, names)
    elif isinstance(body, list):
        for item in body:
            yield from values_of(item, names)


def _named(body: Any, place: str) -> Iterator[str]:
    for value in values_of(body, FIELDS[place]):
        if place not in WORDS or (value.startswith("ocid1.") and f".{WORDS[place]}" in value):
            yield value


def _at(engine: Engine, value: str, *, related: bool = False) -> Target | None:
    record = record_of(engine, value)
    return Target(compartment_of(engine, record), record, related) if record else None


def _from_record(call: Call, place: str) -> Iterator[Target]:
    record = own_record(call)
    for value in _named(record.body, place) if record else ():
        if target := _at(call.engine, value):
            yield target


def _fallback(call: Call, place: str) -> list[Target]:
    """What is not named is the default of the VCN, or of the compartment of the call."""
    if place in {"route_table", "security_list", "dhcp_options"}:
        return find(call, "vcn")
    if place == "repo":
        return _repository(call)
    if place == "secret" and (name := call.query.get("secretName")):
        return [
            Target(compartment_of(call.engine, record), record)
            for record in call.engine.store.living("vault.Secret")
            if record.body["secretName"] == name
        ]
    return _parent(call) if isinstance(call.body, dict) and "compartmentId" in call.body else []


def _repository(call: Call) -> list[Target]:
    uri = str((call.body or {}).get("imageUri") or "") if isinstance(call.body, dict) else ""
    for record in call.engine.store.living("artifacts.ContainerRepository") if uri else ():
        if f"/{record.body['displayName']}:" in uri or f"/{record.body['displayName']}@" in uri:
            return [Target(compartment_of(call.engine, record), record)]
    return _tenancy(call)


def _zone(call: Call, name: str) -> Record | None:
    direct = record_of(call.engine, name)
    wanted = name.lower().rstrip(".")
    return direct or next(
        (
            record
            for record in call.engine.store.living("dns.Zone")
            if record.body["name"].lower().rstrip(".") == wanted
        ),
        None,
    )


def _self(call: Call) -> list[Target]:
    record = own_record(call)
    if record is None:
        return _tenancy(call)
    return [Target(compartment_of(call.engine, record), record)]


def _list(call: Call) -> list[Target]:
    return [Target(call.query.get("compartmentId") or call.engine.tenancy)]


def _parent(call: Call) -> list[Target]:
    given = call.body.get("compartmentId") if isinstance(call.body, dict) else ""
    return [Target(str(given))] if given else _self(call)


def _tenancy(call: Call) -> list[Target]:
    return [Target(call.engine.tenancy)]


def _bucket(call: Call) -> list[Target]:
    record = bucket(call)
    return [Target(compartment_of(call.engine, record), record)] if record else []


def _destination(call: Call) -> list[Target]:
    record = bucket(call, str(call.body.get("destinationBucket", "")))
    return [Target(compartment_of(call.engine, record), record)] if record else []


def _source_bucket(call: Call) -> list[Target]:
    names = set(values_of(call.body, ("resource",))) or _log_sources(call)
    return [
        Target(compartment_of(call.engine, record), record)
        for record in call.engine.store.living("object_storage.Bucket")
        if record.body["name"] in names
    ]


def _source(call: Call) -> list[Target]:
    names = set(values_of(call.body, ("resource",))) or _log_sources(call)
    return [target for name in names if (target := _at(call.engine, name))]


def _log_sources(call: Call) -> set[str]:
    record = own_record(call)
    return set(values_of(record.body, ("resource",))) if record else set()


def _metric_compartment(call: Call) -> list[Target]:
    record = own_record(call)
    given = next(values_of(call.body, ("metricCompartmentId",)), "")
    known = str(record.body.get("metricCompartmentId", "")) if record else ""
    return [Target(given or known or call.engine.tenancy)]


def _metric_data(call: Call) -> list[Target]:
    return [Target(one) for one in sorted(set(values_of(call.body, ("compartmentId",))))]


def _searched(call: Call) -> list[Target]:
    """The compartments, groups and logs that a search names; without one, the tenancy."""
    found = []
    for value in sorted(set(_OCID.findall(str(call.body.get("searchQuery", ""))))):
        found.append(_at(call.engine, value) or Target(value))
    return found or _tenancy(call)


_OWN = {
    "self": _self,
    "list": _list,
    "parent": _parent,
    "tenancy": _tenancy,
    "bucket": _bucket,
    "destination_bucket": _destination,
    "source": _source,
    "source_bucket": _source_bucket,
    "metric_compartment": _metric_compartment,
    "metric_data": _metric_data,
    "searched": _searched,
}
