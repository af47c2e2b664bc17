"""What OCI does not know everywhere yet: a compartment, tag or group made a moment ago.

Each check answers as public reports show it; a fault `unknown` sets the answer and the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.oci import errors
from sandbox.oci.iam import grammar

if TYPE_CHECKING:
    from sandbox.oci.call import Call
    from sandbox.oci.store import Record

#: simulated seconds until what was created is known everywhere
KNOWN_AFTER = {
    "identity.TagNamespace": 10.0,
    "identity.Tag": 10.0,
    "identity.Compartment": 20.0,
    "identity.Group": 10.0,
    "identity.DynamicGroup": 10.0,
}
TAGS = "Invalid tags."
TREE = "compartment Ocid not found in Compartment Tree!"
SUBTREE = "Compartment {} does not exist or is not part of the policy compartment subtree"


def mark(call: Call, record: Record) -> None:
    """Note until when other calls do not know what this call creates."""
    seconds = call.engine.clock.scaled(KNOWN_AFTER.get(record.kind, 0.0))
    fault = call.unknown
    if fault:
        seconds = fault.seconds
        record.hidden["unknownAs"] = [fault.status, fault.code, fault.message]
    if seconds:
        record.hidden["unknownUntil"] = call.now + seconds


def is_unknown(call: Call, record: Record | None) -> bool:
    """Say whether a record was made so lately that this call does not know it."""
    return record is not None and record.hidden.get("unknownUntil", 0.0) > call.now


def require_known(call: Call, record: Record | None, usual: errors.ServiceError) -> None:
    """Refuse a record that is not known yet: with the answer of its fault, else the usual one."""
    if record is None or not is_unknown(call, record):
        return
    answer = record.hidden.get("unknownAs")
    raise errors.ServiceError(*answer) if answer else usual


def require_known_compartment(call: Call, record: Record | None) -> None:
    """Refuse a compartment that is not known yet: 400 in identity, 404 in other services."""
    if call.service.name != "identity":
        usual = errors.not_found("compartment")
    elif call.kind and call.kind.name == "Policy" and record:
        usual = errors.invalid(SUBTREE.format(record.body["name"]))
    else:
        usual = errors.invalid(TREE)
    require_known(call, record, usual)


def check_statements(call: Call, statements: list[str]) -> None:
    """Refuse a policy that names a compartment or group that is not known yet."""
    parsed = [found for text in statements if (found := grammar.parse(text))]
    for place in dict.fromkeys(one.place for one in parsed):
        compartment = call.engine.store.get("identity.Compartment", place)
        if compartment:
            words = SUBTREE.format(compartment.body["name"])
            require_known(call, compartment, errors.invalid(words))
    named = {name for one in parsed for name in (*one.ids, *one.names)}
    for record in (*call.records("Group"), *call.records("DynamicGroup")):
        if {record.id.lower(), str(record.body["name"]).lower()} & named:
            words = f"Invalid parameter 'statements': group {record.body['name']} does not exist."
            require_known(call, record, errors.invalid(words))
