"""Objects of a bucket: put, get, list, versions, copies, and the retention that protects them."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from email.utils import formatdate
from typing import Any

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment, wire
from sandbox.oci.engine import Engine
from sandbox.oci.exchange import Answer
from sandbox.oci.service import Body
from sandbox.oci.store import Record, Store
from sandbox.oci.tenancy import HOME, RECOVERY

OBJECT, VERSION, RULE = (
    "object_storage.Object",
    "object_storage.ObjectVersion",
    "object_storage.RetentionRule",
)
KEPT = (
    "content-type",
    "content-language",
    "content-encoding",
    "content-disposition",
    "cache-control",
)
DAY = 86_400
MAX_LIST = 1000
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


def bucket_of(call: Call, name: str = "") -> Record:
    """Return the bucket that the path names, if this caller may use it."""
    namespace, bucket = call.path["namespaceName"], name or call.path["bucketName"]
    found = call.engine.store.get("object_storage.Bucket", f"{namespace}/{bucket}")
    if (
        found is None
        or (found.visible > call.now and not call.operation.mutates)
        or not _open_to(call, found)
    ):
        text = (
            f"The bucket '{bucket}' does not exist in the namespace '{namespace}' or you are not"
            " authorized to access it."
        )
        raise errors.ServiceError(404, "BucketNotFound", text)
    call.subject = found
    return found


def _open_to(call: Call, bucket: Record) -> bool:
    access = bucket.body.get("publicAccessType", "NoPublicAccess")
    if call.caller.kind != "anonymous":
        return True
    return access == "ObjectRead" or (
        access == "ObjectReadWithoutList" and call.operation.name != "list_objects"
    )


def put_object(call: Call) -> Answer:
    """Store bytes under a name."""
    bucket = bucket_of(call)
    key = f"{bucket.id}/{call.path['objectName']}"
    current = call.engine.store.get(OBJECT, key)
    check_conditions(call, current)
    if current:
        check_unprotected(call.engine.store, bucket, current, call.now)
    check_digests(call)
    record = write(call.engine, bucket, call.path["objectName"], call.body, _headers(call))
    return Answer(status=200, headers=_put_headers(record))


def write(
    engine: Engine,
    bucket: Record,
    name: str,
    content: bytes,
    headers: dict[str, str],
    *,
    multipart_md5: str = "",
) -> Record:
    """Make a new version the current one; without versioning the old one goes. One made of parts
    has no MD5 of its own.
    """
    store, now = engine.store, engine.clock.now()
    current = store.get(OBJECT, f"{bucket.id}/{name}")
    if current and bucket.body["versioning"] != "Enabled":
        _forget(store, current)
    version = str(uuid.uuid4())
    body = {
        "namespace": bucket.body["namespace"],
        "bucket": bucket.body["name"],
        "name": name,
        "size": len(content),
        **_sum(content, multipart_md5),
        "timeCreated": wire(now),
        "timeModified": wire(now),
        "storageTier": headers.get("storage-tier", "Standard"),
        "versionId": version,
        "isDeleteMarker": False,
    }
    store.write_blob(version, content)
    record = store.put(
        Record(
            kind=OBJECT,
            id=f"{bucket.id}/{name}",
            body=body,
            hidden={"headers": headers},
            created=now,
        )
    )
    kept = Record(
        kind=VERSION,
        id=f"{bucket.id}/{version}",
        body={**body, "etag": record.etag},
        hidden=record.hidden,
        created=now,
    )
    store.put(kept)
    return record


def get_object(call: Call) -> Answer:
    """The bytes of an object, or a range of them."""
    record = _wanted(call)
    content = call.engine.store.read_blob(record.body["versionId"])
    headers = shown_headers(record)
    if call.request.method == "HEAD":
        return Answer(content=b"", status=200, headers=headers)
    if "range" in call.headers:
        return _part(content, call.headers["range"], headers)
    return Answer(content=content, headers=headers)


def delete_object(call: Call) -> Answer:
    """Remove an object; in a versioned bucket a marker hides it, and only a named version goes for
    good.
    """
    bucket, store = bucket_of(call), call.engine.store
    record = _wanted(call)
    check_unprotected(store, bucket, record, call.now)
    if call.query.get("versionId"):
        return _delete_version(call, bucket, record)
    if marker := _remove(store, bucket, record, call.now):
        return Answer(status=204, headers={"version-id": marker, "is-delete-marker": "true"})
    return Answer(status=204, headers={"last-modified": formatdate(call.now, usegmt=True)})


def list_objects(call: Call) -> Body:
    """Names from `start` on; other fields only when asked for, as OCI does."""
    bucket = bucket_of(call)
    fields = {"name", *filter(None, call.query.get("fields", "").split(","))}
    records = sorted(
        objects_in(call.engine.store, OBJECT, bucket), key=lambda record: record.body["name"]
    )
    records = [
        record
        for record in records
        if record.visible <= call.now and _in_range(call.query, record.body["name"])
    ]
    return _page(call, records, fields)


def list_object_versions(call: Call) -> list[Body]:
    """All versions, the newest of a name first."""
    found = objects_in(call.engine.store, VERSION, bucket_of(call))
    found = [record for record in found if _in_range(call.query, record.body["name"])]
    ordered = sorted(
        sorted(found, key=lambda record: -record.created), key=lambda record: record.body["name"]
    )
    return [record.body for record in ordered]


def rename_object(call: Call) -> Answer:
    """Give an object another name."""
    bucket, store = bucket_of(call), call.engine.store
    source = store.get(OBJECT, f"{bucket.id}/{call.body['sourceName']}") or _missing(
        call.body["sourceName"]
    )
    check_unprotected(store, bucket, source, call.now)
    record = write(
        call.engine,
        bucket,
        call.body["newName"],
        store.read_blob(source.body["versionId"]),
        source.hidden["headers"],
    )
    _forget(store, source)
    return Answer(status=200, headers=_put_headers(record))


def copy_object(call: Call) -> None:
    """Copy an object by a work request."""
    bucket, body = bucket_of(call), call.body
    if body["destinationRegion"] not in {HOME, RECOVERY}:
        raise errors.invalid(f"The tenancy is not subscribed to {body['destinationRegion']}.")
    source = call.engine.store.get(OBJECT, f"{bucket.id}/{body['sourceObjectName']}") or _missing(
        body["sourceObjectName"]
    )
    if body.get("sourceObjectIfMatchETag") not in {None, source.etag}:
        raise errors.no_etag_match()
    target = call.engine.store.get(
        "object_storage.Bucket", f"{body['destinationNamespace']}/{body['destinationBucket']}"
    )
    if target is None:
        raise errors.ServiceError(
            404, "BucketNotFound", f"There is no bucket {body['destinationBucket']}."
        )
    payload = {"source": source.id, "bucket": target.id, "name": body["destinationObjectName"]}
    resource = {
        "entityType": "object",
        "actionType": "WRITTEN",
        "identifier": body["destinationObjectName"],
    }
    call.work_request("COPY_OBJECT", [resource], 0.5, then="copy_object", payload=payload)


def copied(engine: Engine, request: Record) -> None:
    """Finish a copy."""
    wanted = request.hidden["payload"]
    source, bucket = (
        engine.store.get(OBJECT, wanted["source"]),
        engine.store.get("object_storage.Bucket", wanted["bucket"]),
    )
    if source is None or bucket is None:
        raise errors.not_found("source object or destination bucket")
    content = engine.store.read_blob(source.body["versionId"])
    write(engine, bucket, wanted["name"], content, source.hidden["headers"])


def objects_in(store: Store, kind: str, bucket: Record) -> list[Record]:
    """Return the objects (or versions) of a bucket."""
    place = (bucket.body["namespace"], bucket.body["name"])
    return [
        record
        for record in store.all(kind)
        if (record.body["namespace"], record.body["bucket"]) == place
    ]


def check_unprotected(store: Store, bucket: Record, record: Record, now: float) -> None:
    """A retention rule forbids to change or delete what is younger than it says."""
    for rule in store.living(RULE):
        if (rule.body["namespace"], rule.body["bucket"]) == (
            bucket.body["namespace"],
            bucket.body["name"],
        ):
            duration = rule.body.get("duration")
            if duration is None or moment(record.body["timeModified"]) + seconds_of(duration) > now:
                text = (
                    f"The object '{record.body['name']}' is protected by the retention rule"
                    f" '{rule.body['displayName']}'."
                )
                raise errors.conflict(text, "ObjectProtectedByRetentionRule")


def seconds_of(duration: Body) -> float:
    """Return a retention duration in seconds."""
    return float(duration["timeAmount"] * (365 * DAY if duration["timeUnit"] == "YEARS" else DAY))


def shown_headers(record: Record) -> dict[str, str]:
    """Return the headers that go with an object's bytes."""
    body = record.body
    return {
        **record.hidden.get("headers", {}),
        "etag": body.get("etag", record.etag),
        "content-length": str(body["size"]),
        **_sum_header(body),
        "last-modified": formatdate(moment(body["timeModified"]), usegmt=True),
        "version-id": body["versionId"],
        "accept-ranges": "bytes",
    }


def _sum(content: bytes, multipart_md5: str) -> Body:
    if multipart_md5:
        return {"multipartMd5": multipart_md5}
    return {"md5": base64.b64encode(hashlib.md5(content).digest()).decode()}


def _sum_header(body: Body) -> dict[str, str]:
    return (
        {"content-md5": body["md5"]}
        if "md5" in body
        else {"opc-multipart-md5": body["multipartMd5"]}
    )


def _wanted(call: Call) -> Record:
    bucket, name = bucket_of(call), call.path["objectName"]
    if version := call.query.get("versionId"):
        record = call.engine.store.get(VERSION, f"{bucket.id}/{version}")
    else:
        record = call.engine.store.get(OBJECT, f"{bucket.id}/{name}")
    if (
        record is None
        or record.body["name"] != name
        or (record.body["isDeleteMarker"] and not call.operation.mutates)
    ):
        raise _missing(name)
    if call.headers.get("if-match") not in {None, "*", record.body.get("etag", record.etag)}:
        raise errors.no_etag_match()
    return record


def _missing(name: str) -> Any:
    error = errors.ServiceError(404, "ObjectNotFound", f"The object '{name}' was not found.")
    raise error


def check_conditions(call: Call, current: Record | None) -> None:
    """Refuse what the request's if-match or if-none-match rules out."""
    if call.headers.get("if-none-match") == "*" and current:
        raise errors.ServiceError(
            412, "IfNoneMatchFailed", "The If-None-Match condition failed: the object exists."
        )
    wanted = call.headers.get("if-match")
    if wanted and wanted != "*" and (current is None or current.etag != wanted):
        raise errors.no_etag_match()


def check_digests(call: Call) -> None:
    """Refuse a body that is not what its digests say."""
    given = call.headers.get("content-md5")
    if given and given != base64.b64encode(hashlib.md5(call.body).digest()).decode():
        raise errors.ServiceError(
            400, "UnmatchedContentMD5", "The Content-MD5 header does not match the body."
        )
    given = call.headers.get("opc-content-sha256")
    if given and given != base64.b64encode(hashlib.sha256(call.body).digest()).decode():
        raise errors.ServiceError(
            400, "UnmatchedContentSHA256", "The opc-content-sha256 header does not match the body."
        )


def _headers(call: Call) -> dict[str, str]:
    kept = {
        name: value
        for name, value in call.headers.items()
        if name in KEPT or name.startswith("opc-meta-")
    }
    return {"content-type": "application/octet-stream", **kept}


def _put_headers(record: Record) -> dict[str, str]:
    stamp = formatdate(moment(record.body["timeModified"]), usegmt=True)
    common = {"opc-content-md5": record.body.get("md5", ""), "version-id": record.body["versionId"]}
    return {"etag": record.etag, "last-modified": stamp, **common}


def _part(content: bytes, wanted: str, headers: dict[str, str]) -> Answer:
    found = _RANGE.match(wanted)
    first, last = (found[1], found[2]) if found else ("", "")
    start = int(first) if first else max(0, len(content) - int(last or 0))
    end = min(int(last) if last and first else len(content) - 1, len(content) - 1)
    if not found or start > end:
        raise errors.ServiceError(416, "InvalidRange", f"The range {wanted} cannot be satisfied.")
    part = content[start : end + 1]
    shown = {name: value for name, value in headers.items() if name != "content-md5"}
    shown |= {
        "content-length": str(len(part)),
        "content-range": f"bytes {start}-{end}/{len(content)}",
    }
    return Answer(content=part, status=206, headers=shown)


def _delete_version(call: Call, bucket: Record, record: Record) -> Answer:
    store, name = call.engine.store, record.body["name"]
    store.remove(record)
    store.remove_blob(record.body["versionId"])
    current = store.get(OBJECT, f"{bucket.id}/{name}")
    if current is None or current.body["versionId"] == record.body["versionId"]:
        _promote(store, bucket, name, current)
    return Answer(status=204, headers={"version-id": record.body["versionId"]})


def expire(engine: Engine, bucket: Record, record: Record) -> None:
    """Remove an object as a lifecycle rule does: what a retention rule protects stays."""
    now = engine.clock.now()
    try:
        check_unprotected(engine.store, bucket, record, now)
    except errors.ServiceError:
        return
    _remove(engine.store, bucket, record, now)


def _remove(store: Store, bucket: Record, record: Record, now: float) -> str:
    """Remove the current version; return the marker's version in a bucket that keeps versions."""
    if bucket.body["versioning"] != "Enabled":
        _forget(store, record)
        return ""
    store.remove(store.get(OBJECT, f"{bucket.id}/{record.body['name']}") or record)
    version = str(uuid.uuid4())
    marker = {
        **record.body,
        "versionId": version,
        "isDeleteMarker": True,
        "size": 0,
        "timeModified": wire(now),
    }
    store.put(Record(kind=VERSION, id=f"{bucket.id}/{version}", body=marker, created=now))
    return version


def _promote(store: Store, bucket: Record, name: str, current: Record | None) -> None:
    """The newest version that is left becomes the current one, unless it is a delete marker."""
    if current:
        store.remove(current)
    left = [record for record in objects_in(store, VERSION, bucket) if record.body["name"] == name]
    newest = max(left, key=lambda record: record.created, default=None)
    if newest and not newest.body["isDeleteMarker"]:
        store.put(
            Record(
                kind=OBJECT,
                id=f"{bucket.id}/{name}",
                body=newest.body,
                hidden=newest.hidden,
                created=newest.created,
            )
        )


def _forget(store: Store, record: Record) -> None:
    place = record.id.removesuffix(f"/{record.body['name']}")
    store.remove(record)
    if version := store.get(VERSION, f"{place}/{record.body['versionId']}"):
        store.remove(version)
    store.remove_blob(record.body["versionId"])


def _in_range(query: dict[str, str], name: str) -> bool:
    if not name.startswith(query.get("prefix", "")) or name < query.get("start", ""):
        return False
    return (not query.get("end") or name < query["end"]) and (
        not query.get("startAfter") or name > query["startAfter"]
    )


def _page(call: Call, records: list[Record], fields: set[str]) -> Body:
    limit = int(call.query.get("limit", MAX_LIST))
    if not 1 <= limit <= MAX_LIST:
        raise errors.invalid(f"limit must be between 1 and {MAX_LIST}.")
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    prefixes: list[str] = []
    shown: list[Body] = []
    for record in records:
        name = record.body["name"]
        if len(shown) + len(prefixes) >= limit:
            return {"objects": shown, "prefixes": prefixes, "nextStartWith": name}
        head, mark, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
        if mark:
            prefixes += [prefix + head + mark] if prefix + head + mark not in prefixes else []
        else:
            shown.append(
                {
                    key: value
                    for key, value in {**record.body, "etag": record.etag}.items()
                    if key in fields
                }
            )
    return {"objects": shown, "prefixes": prefixes}
