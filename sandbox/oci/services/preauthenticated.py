"""Pre-authenticated requests: addresses that open a bucket or an object to anyone who has them,
until they expire.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace

from sandbox.oci import errors
from sandbox.oci.call import Call
from sandbox.oci.clock import moment
from sandbox.oci.engine import Engine
from sandbox.oci.exchange import Request
from sandbox.oci.service import Body
from sandbox.oci.services.objects import bucket_of
from sandbox.oci.store import Record
from sandbox.oci.tenancy import Caller

KIND = "object_storage.PreauthenticatedRequest"
_READ, _WRITE = {"GET", "HEAD"}, {"PUT"}


def create(call: Call) -> Body:
    """Make one; its address is told only now, the simulator keeps a digest."""
    bucket, body = bucket_of(call), call.body
    if moment(body["timeExpires"]) <= call.now:
        raise errors.invalid("timeExpires must be in the future.")
    if not body["accessType"].startswith("Any") and not body.get("objectName"):
        raise errors.missing("objectName is required for this accessType.")
    token = secrets.token_urlsafe(48)
    place = {"namespace": bucket.body["namespace"], "bucket": bucket.body["name"]}
    fields = {
        "bucketListingAction": "Deny",
        **body,
        **place,
        "timeCreated": call.engine.wire_now(),
        "id": secrets.token_urlsafe(24),
    }
    key = f"{bucket.id}/{fields['id']}"
    call.save(
        Record(kind=KIND, id=key, body=fields, hidden={"token": _digest(token)}, created=call.now)
    )
    path = f"/p/{token}/n/{place['namespace']}/b/{place['bucket']}/o/{body.get('objectName') or ''}"
    return {**fields, "accessUri": path, "fullPath": call.engine.address + path}


def list_all(call: Call) -> list[Record]:
    """Those of a bucket."""
    bucket = bucket_of(call)
    found = call.records(
        "PreauthenticatedRequest", namespace=bucket.body["namespace"], bucket=bucket.body["name"]
    )
    prefix = call.query.get("objectNamePrefix", "")
    return [record for record in found if (record.body.get("objectName") or "").startswith(prefix)]


def get(call: Call) -> Record:
    """One of them, without its address."""
    return _target(call)


def delete(call: Call) -> None:
    """Take it back."""
    call.engine.store.remove(_target(call))


def enter(engine: Engine, request: Request) -> tuple[Request, Caller]:
    """Let a request with a valid address in, as what it stands for."""
    _, _, rest = request.target.partition("/p/")
    token, _, target = rest.partition("/")
    inner = replace(request, target=f"/{target}")
    record = next(
        (found for found in engine.store.all(KIND) if found.hidden["token"] == _digest(token)), None
    )
    if (
        record is None
        or moment(record.body["timeExpires"]) <= engine.clock.now()
        or not _allows(record.body, inner)
    ):
        raise errors.not_found("pre-authenticated request")
    return inner, Caller(
        id=record.body["id"], name=f"par:{record.body['name']}", tenancy=engine.tenancy, kind="par"
    )


def _allows(body: Body, request: Request) -> bool:
    place = f"/n/{body['namespace']}/b/{body['bucket']}/o"
    access = body["accessType"]
    if request.path.rstrip("/") == place:
        return request.method == "GET" and body["bucketListingAction"] == "ListObjects"
    writes, reads = "Write" in access, "Read" in access
    if not ((request.method in _READ and reads) or (request.method in _WRITE and writes)):
        return False
    wanted = body.get("objectName") or ""
    name = request.path.removeprefix(f"{place}/")
    return name.startswith(wanted) if access.startswith("Any") else name == wanted


def _target(call: Call) -> Record:
    key = f"{bucket_of(call).id}/{call.path['parId']}"
    record = call.engine.store.get(KIND, key)
    if record is None:
        raise errors.not_found("pre-authenticated request")
    return record


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
