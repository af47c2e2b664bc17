"""The bucket of anchors: one object for each signed head, named by the number of rows it covers and
by its root, since a trail that goes on after a restore signs the same numbers again.

The bucket lies in another compartment with a locked retention rule, and the portal may create and
read objects there, no more: what it once wrote, a portal that is taken over cannot change.
"""

import json
from io import BytesIO
from typing import Any

from django.conf import settings

from portal.audit.checkpoint import as_dict
from portal.audit.models import Checkpoint
from portal.cloud.client import CloudClient, client
from portal.cloud.errors import CloudError
from portal.lib.refusal import Refused

PREFIX = "heads/"


def is_configured() -> bool:
    """Say whether there is a bucket for anchors."""
    return bool(settings.AUDIT_ANCHOR_BUCKET)


def anchor_client() -> CloudClient:
    """Return a client of the bucket's region."""
    return client(settings.AUDIT_ANCHOR_REGION or None)


def object_name(head: Checkpoint) -> str:
    """Return the name of a head's anchor; names sort by the rows covered."""
    return f"{_prefix(head.size)}-{head.root[:16]}.json"


def names_from(cloud: CloudClient, size: int) -> list[str]:
    """Return the names of the anchors that cover at least `size` rows, in rising order."""
    listed = cloud.pages(
        "object_storage",
        "list_objects",
        _namespace(cloud),
        settings.AUDIT_ANCHOR_BUCKET,
        prefix=PREFIX,
        start=_prefix(size),
    )
    return sorted(str(one["name"]) for one in listed)


def size_of(name: str) -> int:
    """Return how many rows an anchor covers; 0 for an object that is none."""
    digits = name.removeprefix(PREFIX).partition("-")[0]
    return int(digits) if digits.isdecimal() else 0


def put(cloud: CloudClient, head: Checkpoint) -> None:
    """Write the anchor of a head, unless one of its name is there already.

    The call is in no ledger: its own rows would need an anchor again, for ever.
    """
    cloud.change(
        "object_storage",
        "put_object",
        _namespace(cloud),
        settings.AUDIT_ANCHOR_BUCKET,
        object_name(head),
        json.dumps(as_dict(head)).encode(),
        content_type="application/json",
        if_none_match="*",
    )


def read_heads() -> list[dict[str, Any]]:
    """Return every head in the bucket, in rising order; raises Refused when one cannot be read."""
    cloud = anchor_client()
    try:
        return [_read(cloud, name) for name in names_from(cloud, 0) if size_of(name)]
    except (CloudError, ValueError) as error:
        raise Refused(
            f"The anchors in {settings.AUDIT_ANCHOR_BUCKET} cannot be read: {error}",
            next_step="Look at the settings AUDIT_ANCHOR_* and at the portal's policy.",
        ) from error


def _read(cloud: CloudClient, name: str) -> dict[str, Any]:
    content = BytesIO()
    cloud.save(
        "object_storage",
        "get_object",
        _namespace(cloud),
        settings.AUDIT_ANCHOR_BUCKET,
        name,
        into=content,
    )
    return dict(json.loads(content.getvalue()))


def _prefix(size: int) -> str:
    return f"{PREFIX}{size:015d}"


def _namespace(cloud: CloudClient) -> str:
    return settings.AUDIT_ANCHOR_NAMESPACE or cloud.namespace
