"""What a service must be allowed to do by itself before it takes a call that it acts on later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.oci import errors
from sandbox.oci.iam import cases, judge, places
from sandbox.oci.tenancy import HOME, Caller

if TYPE_CHECKING:
    from sandbox.oci.call import Call

_ALWAYS = ("BUCKET_INSPECT", "BUCKET_READ", "OBJECT_INSPECT")
_BY_ACTION = {
    "DELETE": "OBJECT_DELETE",
    "ABORT": "OBJECT_DELETE",
    "ARCHIVE": "OBJECT_UPDATE_TIER",
    "INFREQUENT_ACCESS": "OBJECT_UPDATE_TIER",
}


def check(call: Call) -> None:
    """Refuse a lifecycle policy that Object Storage of the region may not carry out."""
    bucket = places.bucket(call)
    if call.operation.key != "object_storage.put_object_lifecycle_policy" or bucket is None:
        return
    service = Caller("", f"objectstorage-{HOME}", call.engine.tenancy, "service")
    wanted = {
        *_ALWAYS,
        *(_BY_ACTION.get(item.get("action", ""), "OBJECT_DELETE") for item in _items(call)),
    }
    if cases.counts("version_rule", call):
        wanted.add("OBJECT_VERSION_DELETE")
    home = places.compartment_of(call.engine, bucket)
    if not all(judge.may(call.engine, service, one, home, bucket) for one in sorted(wanted)):
        raise errors.ServiceError(
            400,
            "InsufficientServicePermissions",
            f"Permissions granted to the object storage service principal '{service.name}' to"
            f" bucket '{bucket.body['name']}' are insufficient.",
        )


def _items(call: Call) -> list[dict[str, str]]:
    return list(call.body.get("items") or [])
