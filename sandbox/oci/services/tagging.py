"""Tag namespaces, tag keys and tag defaults: the part of identity that is about tags."""

from __future__ import annotations

import re

from sandbox.oci import errors, freshness
from sandbox.oci.call import Call
from sandbox.oci.clock import wire
from sandbox.oci.engine import Engine
from sandbox.oci.service import Body, Kind, Life
from sandbox.oci.store import Record
from sandbox.oci.tenancy import ocid

_NAME = re.compile(r"^[!-\-/-~]{1,100}$")  # printable ASCII without blank and period
_LIFE = Life(start="", ready="ACTIVE", ending="DELETING", gone="DELETED", delete=1.0)
ORACLE = {"CreatedBy": "${iam.principal.name}", "CreatedOn": "${oci.datetime}"}


def _namespace_created(call: Call, record: Record) -> None:
    _check_name(record.body["name"])
    record.body["isRetired"] = False


def _namespace_changed(call: Call, record: Record, changes: Body) -> None:
    """Retiring a namespace retires its tags with it; bringing it back brings none of them back."""
    if changes.get("isRetired"):
        for tag in call.records("Tag", tagNamespaceId=record.id):
            tag.body["isRetired"] = True
            call.save(tag)


def _tag_changed(call: Call, record: Record, changes: Body) -> None:
    if (
        changes.get("isRetired") is False
        and call.find("TagNamespace", record.body["tagNamespaceId"]).body["isRetired"]
    ):
        raise errors.conflict("Reactivate the tag namespace before its tags.", "IncorrectState")


def _namespace_deleted(call: Call, record: Record) -> None:
    if call.records("Tag", tagNamespaceId=record.id):
        raise errors.conflict("The tag namespace still holds tag definitions.")


def _tag_created(call: Call, record: Record) -> None:
    namespace = call.find("TagNamespace", record.body["tagNamespaceId"])
    _check_name(record.body["name"])
    if len(call.records("Tag", tagNamespaceId=namespace.id)) >= 100:
        raise errors.limit_exceeded("A tag namespace holds at most 100 tag definitions.")
    record.body |= {
        "tagNamespaceName": namespace.body["name"],
        "compartmentId": namespace.body["compartmentId"],
    }
    record.body["isRetired"] = False


def _tag_deleted(call: Call, record: Record) -> None:
    if not record.body["isRetired"]:
        raise errors.conflict("Retire the tag before deleting it.", "IncorrectState")


def _default_created(call: Call, record: Record) -> None:
    tags = call.records("Tag", id=record.body["tagDefinitionId"])
    if not tags:
        raise errors.not_found("tag definition")
    freshness.require_known(call, tags[0], errors.not_found("tag definition"))
    tag = tags[0].body
    if tag["isRetired"]:
        raise errors.invalid("A retired tag has no defaults.")
    if len(call.records("TagDefault", compartmentId=record.body["compartmentId"])) >= 20:
        raise errors.limit_exceeded("A compartment has at most 20 tag defaults.")
    record.body |= {"tagNamespaceId": tag["tagNamespaceId"], "tagDefinitionName": tag["name"]}
    record.hidden["namespace"] = tag["tagNamespaceName"]


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise errors.invalid(
            "The name of a tag or tag namespace is printable ASCII without blank and period."
        )


def sow(engine: Engine) -> None:
    """Give a new tenancy the Oracle-Tags namespace with its defaults, as every tenancy has it."""
    now = engine.clock.now()
    namespace: Body = {
        "id": ocid("tagnamespace"),
        "compartmentId": engine.tenancy,
        "name": "Oracle-Tags",
        "isRetired": False,
    }
    namespace |= {
        "description": "Tags that OCI sets",
        "lifecycleState": "ACTIVE",
        "timeCreated": wire(now),
    }
    _put(engine, "TagNamespace", namespace["id"], namespace, {})
    for name, value in ORACLE.items():
        tag: Body = {
            "id": ocid("tagdefinition"),
            "tagNamespaceId": namespace["id"],
            "tagNamespaceName": "Oracle-Tags",
        }
        tag |= {
            "name": name,
            "compartmentId": engine.tenancy,
            "description": name,
            "isRetired": False,
        }
        tag |= {"isCostTracking": False, "lifecycleState": "ACTIVE", "timeCreated": wire(now)}
        _put(engine, "Tag", f"{namespace['id']}/{name}".lower(), tag, {})
        default: Body = {
            "id": ocid("tagdefault"),
            "compartmentId": engine.tenancy,
            "tagNamespaceId": namespace["id"],
        }
        default |= {
            "tagDefinitionId": tag["id"],
            "tagDefinitionName": name,
            "value": value,
            "isRequired": False,
        }
        default |= {"lifecycleState": "ACTIVE", "timeCreated": wire(now)}
        _put(engine, "TagDefault", default["id"], default, {"namespace": "Oracle-Tags"})


def _put(engine: Engine, kind: str, key: str, body: Body, hidden: Body) -> None:
    engine.store.put(
        Record(
            kind=f"identity.{kind}", id=key, body=body, hidden=hidden, created=engine.clock.now()
        )
    )


KINDS = (
    Kind(
        name="TagNamespace",
        word="tagnamespace",
        life=_LIFE,
        name_field="name",
        regional=False,
        unique=("name",),
        ignores_case=True,
        before_create=_namespace_created,
        before_update=_namespace_changed,
        before_delete=_namespace_deleted,
        filters={"includeSubcompartments": None},
    ),
    Kind(
        name="Tag",
        word="tagdefinition",
        life=_LIFE,
        name_field="name",
        regional=False,
        parent="tagNamespaceId",
        key=("tagNamespaceId", "name"),
        unique=("tagNamespaceId", "name"),
        ignores_case=True,
        defaults={"isCostTracking": False},
        work_requests={"delete": "DELETE_TAG_DEFINITION"},
        before_create=_tag_created,
        before_update=_tag_changed,
        before_delete=_tag_deleted,
    ),
    Kind(
        name="TagDefault",
        word="tagdefault",
        life=Life(start="", ready="ACTIVE", ending="", gone=""),
        name_field="tagDefinitionName",
        regional=False,
        unique=("compartmentId", "tagDefinitionId"),
        defaults={"isRequired": False},
        before_create=_default_created,
    ),
)
