"""Object storage: namespace, buckets, their lifecycle policies and retention rules."""

from __future__ import annotations

import re
from typing import Any

from sandbox.oci import errors, verbs
from sandbox.oci.call import Call
from sandbox.oci.clock import moment, wire
from sandbox.oci.engine import Engine
from sandbox.oci.exchange import Answer
from sandbox.oci.service import STATELESS, Body, Kind, Service, WorkRequestFamily
from sandbox.oci.services import multipart, object_lifecycle, objects, preauthenticated
from sandbox.oci.services.objects import bucket_of
from sandbox.oci.store import Record
from sandbox.oci.tenancy import NAMESPACE

_NAME = re.compile(r"^[\w.-]{1,256}$")
_DEFAULTS = {
    "metadata": {},
    "publicAccessType": "NoPublicAccess",
    "storageTier": "Standard",
    "objectEventsEnabled": False,
    "versioning": "Disabled",
    "autoTiering": "Disabled",
    "bucketScope": "NAMESPACE",
    "isReadOnly": False,
    "replicationEnabled": False,
}
LOCK_DELAY = 14 * 86_400


def get_namespace(call: Call) -> str:
    """The tenancy's namespace; needs no right."""
    return NAMESPACE


def get_namespace_metadata(call: Call) -> Body:
    """Where S3 and Swift put their buckets."""
    _check_namespace(call)
    return {
        "namespace": NAMESPACE,
        "defaultS3CompartmentId": call.engine.tenancy,
        "defaultSwiftCompartmentId": call.engine.tenancy,
    }


def create_bucket(call: Call) -> Record:
    """Make a bucket in the namespace."""
    _check_namespace(call)
    return verbs.create(call)


def get_bucket(call: Call) -> Answer:
    """One bucket, with its approximate size if asked."""
    bucket = bucket_of(call)
    if call.headers.get("if-match") not in {None, "*", bucket.etag}:
        raise errors.no_etag_match()
    shown = call.engine.show(bucket)
    fields = set(call.query.get("fields", "").split(","))
    if fields & {"approximateCount", "approximateSize"}:
        held = objects.objects_in(call.engine.store, objects.OBJECT, bucket)
        shown = {
            **shown,
            "approximateCount": len(held),
            "approximateSize": sum(record.body["size"] for record in held),
        }
    return Answer(value=shown, headers={"etag": bucket.etag})


def head_bucket(call: Call) -> Answer:
    """Say that a bucket exists."""
    return Answer(status=200, headers={"etag": bucket_of(call).etag})


def update_bucket(call: Call) -> Record:
    """Change a bucket."""
    bucket_of(call)
    return verbs.update(call)


def delete_bucket(call: Call) -> None:
    """Delete an empty bucket."""
    bucket_of(call)
    bucket, store = call.target("Bucket"), call.engine.store
    for kind, what in (
        (objects.OBJECT, "objects"),
        (objects.VERSION, "object versions"),
        (preauthenticated.KIND, "PARs"),
    ):
        if objects.objects_in(store, kind, bucket):
            raise errors.conflict(
                f"Bucket named '{bucket.body['name']}' is not empty. Delete all {what} first.",
                "BucketNotEmpty",
            )
    for rule in objects.objects_in(store, objects.RULE, bucket):
        store.remove(rule)
    store.remove(bucket)


def list_buckets(call: Call) -> list[Record]:
    """The buckets of a compartment by name."""
    _check_namespace(call)
    return sorted(verbs.list_all(call), key=lambda record: str(record.body["name"]))


def put_lifecycle_policy(call: Call) -> Any:
    """Replace all lifecycle rules of a bucket."""
    bucket = bucket_of(call)
    items = call.body.get("items") or []
    if len(items) > 1000 or len({item["name"] for item in items}) != len(items):
        raise errors.invalid("A lifecycle policy has at most 1000 rules with different names.")
    current = call.engine.store.get(_POLICY, bucket.id)
    if call.headers.get("if-none-match") == "*" and current:
        raise errors.ServiceError(412, "IfNoneMatchFailed", "The bucket has a lifecycle policy.")
    if current and call.headers.get("if-match") not in {None, "*", current.etag}:
        raise errors.no_etag_match()
    body = {
        "timeCreated": call.engine.wire_now(),
        "items": [{"target": "objects", **item} for item in items],
    }
    hidden = {"ran": object_lifecycle.today(call.engine)}  # first on the next day
    policy = call.save(
        Record(kind=_POLICY, id=bucket.id, body=body, hidden=hidden, created=call.now)
    )
    bucket.body["objectLifecyclePolicyEtag"] = policy.etag
    call.save(bucket)
    return policy


def get_lifecycle_policy(call: Call) -> Record:
    """The lifecycle rules of a bucket."""
    policy = call.engine.store.get(_POLICY, bucket_of(call).id)
    if policy is None:
        raise errors.ServiceError(
            404, "LifecyclePolicyNotFound", "The bucket has no lifecycle policy."
        )
    return policy


def delete_lifecycle_policy(call: Call) -> None:
    """Remove the lifecycle rules of a bucket."""
    call.engine.store.remove(get_lifecycle_policy(call))
    bucket = bucket_of(call)
    bucket.body.pop("objectLifecyclePolicyEtag", None)
    call.save(bucket)


def create_retention_rule(call: Call) -> Record:
    """Protect the objects of a bucket; not together with versioning."""
    bucket = bucket_of(call)
    if bucket.body["versioning"] == "Enabled":
        raise errors.conflict(
            "Retention rules and versioning exclude each other on a bucket.", "VersioningEnabled"
        )
    if len(_rules(call, bucket)) >= 100:
        raise errors.limit_exceeded("A bucket has at most 100 retention rules.")
    body = {
        "displayName": "",
        **call.body,
        "namespace": bucket.body["namespace"],
        "bucket": bucket.body["name"],
    }
    _check_lock(call, body)
    record = call.create("RetentionRule", {**body, "timeModified": call.engine.wire_now()})
    return record


def update_retention_rule(call: Call) -> Record:
    """Change a rule; a locked one can only be made longer."""
    rule = call.target("RetentionRule")
    _check_lock(call, call.body)
    if _locked(call, rule):
        longer = call.body.get("duration") or {"timeAmount": 10**6, "timeUnit": "YEARS"}
        before = rule.body.get("duration") or {"timeAmount": 10**6, "timeUnit": "YEARS"}
        if objects.seconds_of(longer) < objects.seconds_of(before) or "timeRuleLocked" in call.body:
            raise errors.conflict(
                "A locked retention rule can only be made longer.", "RetentionRuleLocked"
            )
    rule.body |= {**call.body, "timeModified": call.engine.wire_now()}
    return call.save(rule)


def delete_retention_rule(call: Call) -> None:
    """Remove a rule that is not locked."""
    rule = call.target("RetentionRule")
    if _locked(call, rule):
        raise errors.conflict("A locked retention rule cannot be deleted.", "RetentionRuleLocked")
    call.engine.store.remove(rule)


def list_retention_rules(call: Call) -> list[Record]:
    """The rules of a bucket."""
    return _rules(call, bucket_of(call))


def _rules(call: Call, bucket: Record) -> list[Record]:
    return objects.objects_in(call.engine.store, objects.RULE, bucket)


def _locked(call: Call, rule: Record) -> bool:
    lock = rule.body.get("timeRuleLocked")
    return lock is not None and moment(lock) <= call.now


def _check_lock(call: Call, body: Body) -> None:
    if body.get("timeRuleLocked") and moment(body["timeRuleLocked"]) < call.now + LOCK_DELAY:
        raise errors.invalid("timeRuleLocked must be at least 14 days ahead.")


def _bucket_created(call: Call, record: Record) -> None:
    if not _NAME.match(record.body["name"]):
        raise errors.ServiceError(
            400,
            "InvalidBucketName",
            "A bucket's name has letters, digits, hyphens, underscores, periods.",
        )
    _check_key(call, record.body)
    record.body |= {"createdBy": call.caller.id, "timeCreated": wire(call.now)}


def _bucket_changed(call: Call, record: Record, changes: Body) -> None:
    for name in ("name", "namespace"):
        if changes.get(name, record.body[name]) != record.body[name]:
            raise errors.not_implemented("Renaming a bucket is not simulated.")
    if changes.get("versioning") == "Enabled" and _rules(call, record):
        raise errors.conflict(
            "Retention rules and versioning exclude each other on a bucket.", "RetentionRulesExist"
        )
    _check_key(call, changes)


def _check_key(call: Call, body: Body) -> None:
    if body.get("kmsKeyId"):
        key = call.find("key_management.Key", body["kmsKeyId"])
        if key.body["lifecycleState"] != "ENABLED":
            raise errors.invalid(f"The key {key.id} is {key.body['lifecycleState']}.")


def _check_namespace(call: Call) -> None:
    if call.path["namespaceName"] != NAMESPACE:
        text = (
            "You do not have authorization to perform this request, or the requested resource could"
            " not be found."
        )
        raise errors.ServiceError(404, "NamespaceNotFound", text)


def _with_etag(engine: Engine, record: Record) -> Body:
    return {"etag": record.etag}


_POLICY = "object_storage.ObjectLifecyclePolicy"
_IN_BUCKET = ("namespace", "bucket", "name")

KINDS = (
    Kind(
        name="Bucket",
        word="bucket",
        life=STATELESS,
        name_field="name",
        key=("namespace", "name"),
        unique=("namespace", "name"),
        filters={"fields": None},
        defaults=_DEFAULTS,
        before_create=_bucket_created,
        before_update=_bucket_changed,
        present=_with_etag,
    ),
    Kind(
        name="RetentionRule",
        word="retentionrule",
        life=STATELESS,
        key=("namespace", "bucket", "id"),
        present=_with_etag,
    ),
    Kind(name="Object", word="", life=STATELESS, key=_IN_BUCKET),
    Kind(
        name="PreauthenticatedRequest",
        word="",
        life=STATELESS,
        name_field="name",
        key=("namespace", "bucket", "id"),
    ),
)

SERVICE = Service(
    name="object_storage",
    clients=("ObjectStorageClient",),
    kinds=KINDS,
    operations={
        "get_namespace": get_namespace,
        "get_namespace_metadata": get_namespace_metadata,
        "create_bucket": create_bucket,
        "get_bucket": get_bucket,
        "head_bucket": head_bucket,
        "update_bucket": update_bucket,
        "delete_bucket": delete_bucket,
        "list_buckets": list_buckets,
        "put_object_lifecycle_policy": put_lifecycle_policy,
        "get_object_lifecycle_policy": get_lifecycle_policy,
        "delete_object_lifecycle_policy": delete_lifecycle_policy,
        "create_retention_rule": create_retention_rule,
        "update_retention_rule": update_retention_rule,
        "delete_retention_rule": delete_retention_rule,
        "list_retention_rules": list_retention_rules,
        "put_object": objects.put_object,
        "get_object": objects.get_object,
        "head_object": objects.get_object,
        "delete_object": objects.delete_object,
        "list_objects": objects.list_objects,
        "list_object_versions": objects.list_object_versions,
        "rename_object": objects.rename_object,
        "copy_object": objects.copy_object,
        "create_multipart_upload": multipart.create,
        "upload_part": multipart.upload_part,
        "commit_multipart_upload": multipart.commit,
        "abort_multipart_upload": multipart.abort,
        "list_multipart_uploads": multipart.list_uploads,
        "list_multipart_upload_parts": multipart.list_parts,
        "create_preauthenticated_request": preauthenticated.create,
        "list_preauthenticated_requests": preauthenticated.list_all,
        "get_preauthenticated_request": preauthenticated.get,
        "delete_preauthenticated_request": preauthenticated.delete,
    },
    unsigned=("get_object", "head_object", "list_objects"),
    unaudited=(
        "put_object",
        "delete_object",
        "rename_object",
        "copy_object",
        "create_multipart_upload",
        "upload_part",
        "commit_multipart_upload",
        "abort_multipart_upload",
    ),
    work_request=WorkRequestFamily(done="COMPLETED"),
    completions={"copy_object": objects.copied},
    start=object_lifecycle.start,
    open_paths={"p": preauthenticated.enter},
)
