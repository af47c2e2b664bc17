"""Identity: the tenancy, its regions, compartments, people, groups, policies."""

from __future__ import annotations

import re
from typing import Any

from sandbox.oci import errors, freshness, principals, signature, verbs, work_requests
from sandbox.oci.call import Call
from sandbox.oci.clock import wire
from sandbox.oci.engine import Engine
from sandbox.oci.service import CREATED, Body, Kind, Life, Service
from sandbox.oci.services import policies, tagging
from sandbox.oci.store import Record
from sandbox.oci.tenancy import HOME, RECOVERY, REGIONS, ocid

DAY = 86_400
_COMPARTMENT_NAME = re.compile(r"^[\w.-]{1,100}$")
_NOT_RESOURCES = {"audit.AuditEvent", work_requests.KEY}


def list_regions(call: Call) -> list[Body]:
    """Every region there is."""
    return [{"key": key, "name": name} for name, key in REGIONS.items()]


def get_tenancy(call: Call) -> Body:
    """The tenancy itself."""
    root = call.find("Compartment", call.path["tenancyId"])
    return {**root.body, "homeRegionKey": REGIONS[HOME], "upiIdcsCompatibilityLayerEndpoint": ""}


def list_availability_domains(call: Call) -> list[Body]:
    """The three availability domains of the home region."""
    common = {"compartmentId": call.query["compartmentId"]}
    names = [f"aXsB:{HOME.upper()}-AD-{number}" for number in (1, 2, 3)]
    return [
        {"id": f"ocid1.availabilitydomain.oc1..{name[-1]}", "name": name, **common}
        for name in names
    ]


def list_fault_domains(call: Call) -> list[Body]:
    """The three fault domains of an availability domain."""
    common = {
        "availabilityDomain": call.query["availabilityDomain"],
        "compartmentId": call.query["compartmentId"],
    }
    return [
        {"id": f"ocid1.faultdomain.oc1..{number}", "name": f"FAULT-DOMAIN-{number}", **common}
        for number in (1, 2, 3)
    ]


def list_compartments(call: Call) -> list[Record]:
    """The children of a compartment; on the tenancy, all below it if asked."""
    below = call.query.get("compartmentIdInSubtree") == "true"
    if below and call.query["compartmentId"] != call.engine.tenancy:
        raise errors.invalid("compartmentIdInSubtree can only be true for the tenancy.")
    return verbs.list_all(call)


def delete_compartment(call: Call) -> None:
    """Begin a deletion, which fails in its work request when the compartment is not empty."""
    record = call.target()
    if record.id == call.engine.tenancy or record.body["lifecycleState"] != "ACTIVE":
        raise errors.incorrect_state(f"Compartment {record.id} is {record.body['lifecycleState']}.")
    record.body["lifecycleState"] = "DELETING"
    call.save(record)
    resource = {
        "entityType": "compartment",
        "actionType": "DELETED",
        "identifier": record.id,
        "entityUri": "",
    }
    call.work_request(
        "DELETE_COMPARTMENT", [resource], 2.0, then="delete_compartment", payload={"id": record.id}
    )


def _compartment_deleted(engine: Engine, request: Record) -> None:
    record = engine.store.get("identity.Compartment", request.hidden["payload"]["id"])
    if record is None:
        return
    inside = _first_inside(engine, record.id)
    if inside:
        record.body["lifecycleState"] = "ACTIVE"
        engine.store.put(record)
        raise errors.conflict(f"The compartment is not empty: it holds {inside}.")
    record.body |= {"lifecycleState": "DELETED", "name": f"{record.body['name']}.{ocid('x')[-10:]}"}
    record.gone, record.expires = True, engine.clock.now() + 90 * DAY
    engine.store.put(record)


def _first_inside(engine: Engine, compartment: str) -> str:
    for key in engine.kinds:
        if key not in _NOT_RESOURCES:
            for record in engine.store.living(key):
                if record.body.get("compartmentId") == compartment:
                    return record.id
    return ""


def _compartment_checked(call: Call, record: Record) -> None:
    if not _COMPARTMENT_NAME.match(record.body["name"]):
        raise errors.invalid(
            "The name of a compartment has 1 to 100 letters, digits, periods, hyphens, underscores."
        )
    record.body["isAccessible"] = True
    depth, parent = 1, record.body["compartmentId"]
    while parent != call.engine.tenancy:
        depth, parent = depth + 1, call.find("Compartment", parent).body["compartmentId"]
    if depth > 6:
        raise errors.limit_exceeded("Compartments nest six levels deep.")


def _compartment_renamed(call: Call, record: Record, changes: Body) -> None:
    if record.id == call.engine.tenancy and "name" in changes:
        raise errors.invalid("The tenancy cannot be renamed here.")


def _policy_checked(call: Call, record: Record) -> None:
    _check_statements(call, record.body["statements"], record.body["compartmentId"])


def _check_statements(call: Call, statements: list[str], home: str) -> None:
    policies.check(call.engine, statements, home)
    freshness.check_statements(call, statements)


def _policy_changed(call: Call, record: Record, changes: Body) -> None:
    if "statements" in changes:
        _check_statements(call, changes["statements"], record.body["compartmentId"])
        known = {
            "statements": record.body["statements"],
            "since": record.hidden.get("changed", record.created),
            "until": call.now,
        }
        record.hidden |= {"earlier": [known], "changed": call.now}


def _ending(call: Call, record: Record) -> None:
    """Note from when on a policy or membership stops to count."""
    record.hidden["ended"] = call.now


def _dynamic_group_checked(call: Call, record: Record) -> None:
    _in_tenancy(call, record)
    policies.check_rule(record.body["matchingRule"])


def _dynamic_group_changed(call: Call, record: Record, changes: Body) -> None:
    if "matchingRule" in changes:
        policies.check_rule(changes["matchingRule"])


def _in_tenancy(call: Call, record: Record) -> None:
    if record.body["compartmentId"] != call.engine.tenancy:
        raise errors.invalid("compartmentId must be the tenancy.")
    for other in {"Group", "DynamicGroup"} if record.kind.endswith("Group") else ():
        if call.records(other, name=record.body["name"]):
            raise errors.already_exists(
                record.kind.rpartition(".")[2], f"A group named {record.body['name']} exists."
            )


def _subscribed(call: Call, record: Record) -> None:
    names = {key: name for name, key in REGIONS.items()}
    if record.body["regionKey"] not in names:
        raise errors.not_found(f"region {record.body['regionKey']}")
    record.body |= {"regionName": names[record.body["regionKey"]], "isHomeRegion": False}


def add_user_to_group(call: Call) -> Record:
    """Make somebody a member."""
    group, user = call.find("Group", call.body["groupId"]), call.find("User", call.body["userId"])
    if call.records("UserGroupMembership", groupId=group.id, userId=user.id):
        raise errors.already_exists("UserGroupMembership", "The user is in the group.")
    call.subject = call.create(
        "UserGroupMembership", {**call.body, "compartmentId": call.engine.tenancy}
    )
    return call.subject


def remove_user_from_group(call: Call) -> None:
    """End a membership."""
    membership = call.target("UserGroupMembership")
    _ending(call, membership)
    call.retire(membership)


def upload_api_key(call: Call) -> Record:
    """Give a user a key to sign with; three at most."""
    user = call.find("User", call.path["userId"])
    mark = signature.fingerprint(call.body["key"])
    known = call.records("ApiKey", userId=user.id)
    if len(known) >= 3:
        raise errors.limit_exceeded("A user has at most three API keys.")
    if mark in {record.body["fingerprint"] for record in known}:
        raise errors.already_exists("ApiKey", "The key was uploaded before.")
    key_id = f"{call.engine.tenancy}/{user.id}/{mark}"
    body = {
        "userId": user.id,
        "fingerprint": mark,
        "keyValue": call.body["key"],
        "keyId": key_id,
        "lifecycleState": "ACTIVE",
    }
    call.subject = call.create("ApiKey", body)
    return call.subject


def list_api_keys(call: Call) -> list[Record]:
    """The keys of a user."""
    return call.records("ApiKey", userId=call.path["userId"])


def _sow(engine: Engine) -> None:
    now = engine.clock.now()
    root: Body = {
        "id": engine.tenancy,
        "name": "conceptlens",
        "description": "The tenancy",
        "isAccessible": True,
    }
    root |= {
        "timeCreated": wire(now),
        "lifecycleState": "ACTIVE",
        "freeformTags": {},
        "definedTags": {},
    }
    engine.store.put(Record(kind="identity.Compartment", id=engine.tenancy, body=root, created=now))
    for name in (HOME, RECOVERY):
        body: Body = {"tenancyId": engine.tenancy, "regionKey": REGIONS[name], "regionName": name}
        body |= {"status": "READY", "isHomeRegion": name == HOME}
        key = f"{engine.tenancy}/{REGIONS[name]}"
        engine.store.put(Record(kind="identity.RegionSubscription", id=key, body=body, created=now))
    principals.seed_people(engine)
    principals.seed_administrators(engine)
    principals.seed_portal(engine)
    tagging.sow(engine)


def _named(name: str, word: str, **more: Any) -> Kind:
    """A kind whose name is unique in the tenancy."""
    return Kind(
        name=name,
        word=word,
        life=CREATED,
        name_field="name",
        regional=False,
        unique=("name",),
        **more,
    )


KINDS = (
    Kind(
        name="Compartment",
        word="compartment",
        life=Life(
            start="CREATING",
            ready="ACTIVE",
            ending="DELETING",
            gone="DELETED",
            create=1.0,
            delete=2.0,
            linger=90 * DAY,
        ),
        name_field="name",
        regional=False,
        unique=("compartmentId", "name"),
        filters={"accessLevel": None},
        before_create=_compartment_checked,
        before_update=_compartment_renamed,
    ),
    _named(
        "User",
        "user",
        before_create=_in_tenancy,
        filters={"identityProviderId": None, "externalIdentifier": None},
    ),
    _named("Group", "group", before_create=_in_tenancy),
    _named(
        "DynamicGroup",
        "dynamicgroup",
        before_create=_dynamic_group_checked,
        before_update=_dynamic_group_changed,
    ),
    _named(
        "Policy",
        "policy",
        before_create=_policy_checked,
        before_update=_policy_changed,
        before_delete=_ending,
    ),
    Kind(
        name="UserGroupMembership",
        word="groupmembership",
        life=CREATED,
        regional=False,
        references={"groupId": "Group", "userId": "User"},
    ),
    Kind(
        name="RegionSubscription",
        word="",
        life=Life(start="IN_PROGRESS", ready="READY", ending="", gone="", create=10.0),
        state_field="status",
        key=("tenancyId", "regionKey"),
        unique=("tenancyId", "regionKey"),
        before_create=_subscribed,
    ),
    Kind(
        name="ApiKey",
        word="",
        life=Life(start="", ready="ACTIVE", ending="", gone=""),
        key=("userId", "fingerprint"),
    ),
    *tagging.KINDS,
)

SERVICE = Service(
    name="identity",
    clients=("IdentityClient",),
    kinds=KINDS,
    operations={
        "list_regions": list_regions,
        "get_tenancy": get_tenancy,
        "list_availability_domains": list_availability_domains,
        "list_fault_domains": list_fault_domains,
        "list_compartments": list_compartments,
        "delete_compartment": delete_compartment,
        "add_user_to_group": add_user_to_group,
        "remove_user_from_group": remove_user_from_group,
        "upload_api_key": upload_api_key,
        "list_api_keys": list_api_keys,
    },
    completions={"delete_compartment": _compartment_deleted},
    seed=_sow,
)
