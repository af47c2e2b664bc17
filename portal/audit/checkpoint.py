"""Checkpoints: signed heads of the trail, each naming the one before."""

import base64
import binascii
import hashlib
import json
import logging
from datetime import datetime, timedelta
from typing import Any, TextIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from portal.audit.models import Checkpoint, Seal
from portal.audit.tree import StoredTree, damaged
from portal.lib.canonical import canonical
from portal.lib.clock import now
from portal.lib.refusal import Refused

INTERVAL = timedelta(seconds=60)
ROWS_AT_ONCE = 100
SIGNED_PREFIX = b"portal audit head\n"
_LOCK = "SELECT pg_advisory_xact_lock(7305802)"
_KEEP = "SELECT public.audit_keep_checkpoint(%s, %s, %s, %s, %s, %s, %s)"
logger = logging.getLogger(__name__)


def latest() -> Checkpoint | None:
    """Return the newest checkpoint; None before the first."""
    return Checkpoint.objects.order_by("-size").first()


def checkpoint_if_due(moment: datetime | None = None) -> Checkpoint | None:
    """Sign a checkpoint when 100 rows were sealed since the last, or any in the last minute."""
    if not settings.AUDIT_SIGNING_KEY:
        return None  # `check --deploy` tells; the head endpoint refuses
    last, size = latest(), sealed()
    added = size - (last.size if last else 0)
    if added <= 0 or (last and added < ROWS_AT_ONCE and (moment or now()) - last.at < INTERVAL):
        return None
    return checkpoint_now()


def checkpoint_now() -> Checkpoint:
    """Return a checkpoint that covers every sealed row; sign one unless the last does."""
    key = _signing_key()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        last, size = latest(), sealed()
        if last and last.size == size:
            return last
        if last and last.size > size:
            raise damaged(f"after {size} of {last.size}")
        head = _sign(key, size, last)
        cursor.execute(_KEEP, list(head.values()))
    names = ("size", "root", "key_id")
    logger.info("audit checkpoint size=%s root=%s key=%s", *(head[name] for name in names))
    return Checkpoint.objects.get(size=size)


def sealed() -> int:
    """Return how many rows are sealed."""
    return int(Seal.objects.aggregate(last=Max("sequence"))["last"] or 0)


def as_dict(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return a checkpoint as auditors receive it."""
    names = ("size", "root", "time", "prev", "key_id", "public_key", "signature")
    return {name: getattr(checkpoint, name) for name in names}


def write_heads(file: TextIO) -> None:
    """Write every checkpoint, oldest first, one a line."""
    for checkpoint in Checkpoint.objects.order_by("size").iterator():
        file.write(json.dumps(as_dict(checkpoint)) + "\n")


def signed_bytes(size: int, root: str, time: str, prev: str) -> bytes:
    """Return the bytes that the signature covers."""
    return SIGNED_PREFIX + canonical({"size": size, "root": root, "time": time, "prev": prev})


def _sign(key: Ed25519PrivateKey, size: int, last: Checkpoint | None) -> dict[str, Any]:
    prev = ""
    if last:
        before = signed_bytes(last.size, last.root, last.time, last.prev)
        prev = hashlib.sha256(before).hexdigest()
    root, time = StoredTree().root(size).hex(), now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    public = key.public_key().public_bytes_raw()
    return {
        "size": size,
        "root": root,
        "time": time,
        "prev": prev,
        "key_id": hashlib.sha256(public).hexdigest()[:16],
        "public_key": base64.b64encode(public).decode(),
        "signature": base64.b64encode(key.sign(signed_bytes(size, root, time, prev))).decode(),
    }


def _signing_key() -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(
            base64.b64decode(settings.AUDIT_SIGNING_KEY, validate=True)
        )
    except (ValueError, binascii.Error) as error:
        raise Refused(
            "The audit trail cannot be signed: AUDIT_SIGNING_KEY is not an Ed25519 private key "
            "(32 bytes in base64).",
            next_step="Set AUDIT_SIGNING_KEY or AUDIT_SIGNING_KEY_FILE and restart the portal.",
        ) from error
