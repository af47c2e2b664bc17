"""Security rules: what makes one valid, and the rules of network security groups with their ids."""

from __future__ import annotations

import ipaddress
import secrets
from typing import Any

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.service import Body
from sandbox.oci.store import Record

PER_GROUP, PER_CALL = 120, 25
_SIDES = {"INGRESS": ("source", "sourceType"), "EGRESS": ("destination", "destinationType")}
_OPTIONS = {"tcpOptions": "6", "udpOptions": "17", "icmpOptions": ("1", "58")}


def check(call: Call, rule: Body, direction: str, where: str) -> None:
    """Refuse a rule that OCI would refuse."""
    side, kind = _SIDES[direction]
    if not rule.get(side):
        raise errors.invalid(f"{where}.{side} is required for {direction}.")
    rule.setdefault(kind, "CIDR_BLOCK")
    _check_protocol(rule, where)
    _check_peer(call, rule[kind], rule[side], f"{where}.{side}")
    for options in ("tcpOptions", "udpOptions"):
        for ports in (rule.get(options) or {}).values():
            if ports and not 1 <= ports["min"] <= ports["max"] <= 65535:
                raise errors.invalid(
                    f"{where}.{options} has a port range that is not 1..65535 in order."
                )


def _check_protocol(rule: Body, where: str) -> None:
    protocol = rule["protocol"]
    if protocol != "all" and not (protocol.isdigit() and int(protocol) <= 254):
        raise errors.invalid(f"{where}.protocol must be all or an IP protocol number.")
    for options, protocols in _OPTIONS.items():
        if rule.get(options) and protocol not in protocols:
            raise errors.invalid(f"{where}.{options} does not go with protocol {protocol}.")


def _check_peer(call: Call, kind: str, peer: str, where: str) -> None:
    if kind == "CIDR_BLOCK":
        try:
            ipaddress.ip_network(peer)
        except ValueError as error:
            raise errors.invalid(f"{where} is not a CIDR block: {peer}.") from error
    elif kind == "NETWORK_SECURITY_GROUP":
        call.find("NetworkSecurityGroup", peer)
    elif peer not in {service["cidrBlock"] for service in SERVICES}:
        raise errors.invalid(f"{where} is not the CIDR label of a service: {peer}.")


def add(call: Call) -> Body:
    """Add rules to a group; all or none."""
    group, wanted = call.target("NetworkSecurityGroup"), call.body.get("securityRules") or []
    rules = group.hidden.setdefault("rules", [])
    if not 1 <= len(wanted) <= PER_CALL:
        raise errors.invalid(f"Between 1 and {PER_CALL} rules can be added in a call.")
    if len(rules) + len(wanted) > PER_GROUP:
        raise errors.limit_exceeded(f"A network security group holds at most {PER_GROUP} rules.")
    known = {rule["id"] for rule in rules}
    for position, rule in enumerate(wanted):
        check(call, rule, rule["direction"], f"securityRules[{position}]")
        rule |= {"id": _new_id(known), "isValid": True, "timeCreated": call.engine.wire_now()}
        rule.setdefault("isStateless", False)
    group.hidden["rules"] = rules + wanted
    call.save(group)
    return {"securityRules": wanted}


def update(call: Call) -> Body:
    """Replace rules of a group by their ids; all or none."""
    group, wanted = call.target("NetworkSecurityGroup"), call.body.get("securityRules") or []
    rules = {rule["id"]: rule for rule in group.hidden.get("rules", [])}
    for position, rule in enumerate(wanted):
        if rule["id"] not in rules:
            raise errors.invalid(f"The group has no rule {rule['id']}.")
        check(call, rule, rule["direction"], f"securityRules[{position}]")
        kept = {name: rules[rule["id"]][name] for name in ("timeCreated", "isValid")}
        rules[rule["id"]] = {"isStateless": False, **rule, **kept}
    group.hidden["rules"] = list(rules.values())
    call.save(group)
    return {"securityRules": [rules[rule["id"]] for rule in wanted]}


def remove(call: Call) -> None:
    """Remove rules of a group by their ids; all or none."""
    group, wanted = call.target("NetworkSecurityGroup"), set(call.body.get("securityRuleIds") or [])
    rules = group.hidden.get("rules", [])
    if lacking := wanted - {rule["id"] for rule in rules}:
        raise errors.invalid(f"The group has no rule {', '.join(sorted(lacking))}.")
    group.hidden["rules"] = [rule for rule in rules if rule["id"] not in wanted]
    call.save(group)


def list_rules(call: Call) -> list[Body]:
    """The rules of a group, of one direction if asked; a rule that names a deleted group is no
    longer valid.
    """
    rules = call.target("NetworkSecurityGroup").hidden.get("rules", [])
    groups = {record.id for record in call.records("NetworkSecurityGroup")}
    shown = [{**rule, "isValid": _valid(rule, groups)} for rule in rules]
    return [rule for rule in shown if call.query.get("direction") in {None, rule["direction"]}]


def _valid(rule: Body, groups: set[str]) -> bool:
    side, kind = _SIDES[rule["direction"]]
    return rule.get(kind) != "NETWORK_SECURITY_GROUP" or rule.get(side) in groups


def _new_id(known: set[Any]) -> str:
    while (found := secrets.token_hex(3).upper()) in known:
        pass
    known.add(found)
    return found


def check_lists(call: Call, record: Record, body: Body) -> None:
    """Check the rules of a security list."""
    for field, direction in (
        ("ingressSecurityRules", "INGRESS"),
        ("egressSecurityRules", "EGRESS"),
    ):
        for position, rule in enumerate(body.get(field) or []):
            check(call, rule, direction, f"{field}[{position}]")
            rule.setdefault("isStateless", False)


SERVICES: list[Body] = [
    {
        "id": "ocid1.service.oc1.iad.aaaaaaaam4zfmy2rjue6fmglumm3czgisxzrnvrwqeodtztg7hwa272mlfna",
        "name": "All IAD Services In Oracle Services Network",
        "description": "All IAD Services In Oracle Services Network",
        "cidrBlock": "all-iad-services-in-oracle-services-network",
    },
    {
        "id": "ocid1.service.oc1.iad.aaaaaaaaw35c4u7vfmwwpvwxwxhpnszsxv7qdkuvzwqnkqrkqbqvlqhqjvva",
        "name": "OCI IAD Object Storage",
        "description": "OCI IAD Object Storage",
        "cidrBlock": "oci-iad-objectstorage",
    },
]
