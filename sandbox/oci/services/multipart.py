"""Uploads in parts: begun, filled in any order, committed as one object or given up."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import wire
from sandbox.oci.exchange import Answer
from sandbox.oci.service import Body
from sandbox.oci.services import objects
from sandbox.oci.store import Record

UPLOAD, PART = "object_storage.MultipartUpload", "object_storage.MultipartUploadPart"
MOST_PARTS = 10_000
_HEADERS = {
    "contentType": "content-type",
    "contentLanguage": "content-language",
    "contentEncoding": "content-encoding",
    "contentDisposition": "content-disposition",
    "cacheControl": "cache-control",
}


def create(call: Call) -> Record:
    """Begin an upload; nothing is seen of it until it is committed."""
    bucket, name = objects.bucket_of(call), call.body["object"]
    _check_condition(call, bucket, name)
    given: dict[str, str] = {
        header: call.body[field] for field, header in _HEADERS.items() if call.body.get(field)
    }
    metadata: Body = call.body.get("metadata") or {}
    extra = {str(key).lower(): str(value) for key, value in metadata.items()}
    headers: dict[str, str] = {"content-type": "application/octet-stream", **given, **extra}
    body = {
        "namespace": bucket.body["namespace"],
        "bucket": bucket.body["name"],
        "object": name,
        "uploadId": str(uuid.uuid4()),
        "timeCreated": wire(call.now),
        "storageTier": call.body.get("storageTier", bucket.body["storageTier"]),
    }
    key = f"{bucket.id}/{body['uploadId']}"
    return call.save(
        Record(kind=UPLOAD, id=key, body=body, hidden={"headers": headers}, created=call.now)
    )


def upload_part(call: Call) -> Answer:
    """Keep one part; the same number again replaces it."""
    upload = _upload(call)
    number = int(call.query["uploadPartNum"])
    if not 1 <= number <= MOST_PARTS:
        raise errors.invalid(f"uploadPartNum must be between 1 and {MOST_PARTS}.")
    objects.check_digests(call)
    md5 = base64.b64encode(hashlib.md5(call.body).digest()).decode()
    key = f"{upload.id}/{number}"
    body = {"partNumber": number, "size": len(call.body), "md5": md5, "upload": upload.id}
    call.engine.store.write_blob(key, call.body)
    part = call.save(Record(kind=PART, id=key, body=body, created=call.now))
    return Answer(status=200, headers={"etag": part.etag, "opc-content-md5": md5})


def commit(call: Call) -> Answer:
    """Make one object of the parts named; each part that was uploaded is named or left out on
    purpose.
    """
    upload, store = _upload(call), call.engine.store
    bucket, name = objects.bucket_of(call), upload.body["object"]
    _check_condition(call, bucket, name)
    parts = _chosen(_parts(call, upload), call.body)
    content = b"".join(store.read_blob(part.id) for part in parts)
    whole = hashlib.md5(b"".join(base64.b64decode(part.body["md5"]) for part in parts)).digest()
    marked = f"{base64.b64encode(whole).decode()}-{len(parts)}"
    record = objects.write(
        call.engine, bucket, name, content, upload.hidden["headers"], multipart_md5=marked
    )
    _forget(call, upload)
    headers = {
        "etag": record.etag,
        "opc-multipart-md5": marked,
        "version-id": record.body["versionId"],
    }
    return Answer(status=200, headers=headers)


def abort(call: Call) -> None:
    """Give an upload up with all its parts."""
    _forget(call, _upload(call))


def list_uploads(call: Call) -> list[Body]:
    """The uploads of a bucket that are under way."""
    bucket = objects.bucket_of(call)
    return [upload.body for upload in objects.objects_in(call.engine.store, UPLOAD, bucket)]


def list_parts(call: Call) -> list[Body]:
    """The parts that are there, by number."""
    return [{**part.body, "etag": part.etag} for part in _parts(call, _upload(call))]


def _upload(call: Call) -> Record:
    found = call.engine.store.get(UPLOAD, f"{objects.bucket_of(call).id}/{call.query['uploadId']}")
    if found is None or found.body["object"] != call.path["objectName"]:
        raise errors.ServiceError(
            404,
            "NoSuchUpload",
            "The multipart upload does not exist: it was committed, aborted or never.",
        )
    return found


def _parts(call: Call, upload: Record) -> list[Record]:
    found = [part for part in call.engine.store.all(PART) if part.body["upload"] == upload.id]
    return sorted(found, key=lambda part: int(part.body["partNumber"]))


def _chosen(parts: list[Record], order: Body) -> list[Record]:
    """Return the parts to commit in the order of their numbers (CommitMultipartUploadDetails)."""
    named: dict[int, Any] = {item["partNum"]: item["etag"] for item in order["partsToCommit"]}
    left_out = set(order.get("partsToExclude") or [])
    there = {int(part.body["partNumber"]): part for part in parts}
    if not named or set(named) & left_out or set(there) != set(named) | left_out:
        raise errors.invalid(
            "Each part of the upload must be in either partsToCommit or partsToExclude, but not in"
            " both."
        )
    for number, etag in named.items():
        if there[number].etag != etag:
            raise errors.ServiceError(
                400,
                "InvalidUploadPart",
                f"The etag of part {number} is not that of the part uploaded.",
            )
    return [there[number] for number in sorted(named)]


def _check_condition(call: Call, bucket: Record, name: str) -> None:
    current = call.engine.store.get(objects.OBJECT, f"{bucket.id}/{name}")
    objects.check_conditions(call, current)
    if current:
        objects.check_unprotected(call.engine.store, bucket, current, call.now)


def _forget(call: Call, upload: Record) -> None:
    for part in _parts(call, upload):
        call.engine.store.remove_blob(part.id)
        call.engine.store.remove(part)
    call.engine.store.remove(upload)
