"""Requests that may be repeated: the same Idempotency-Key gets the same answer, and the act
happens once.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.models import IdempotencyKey
from portal.api.who import person
from portal.lib.canonical import digest
from portal.lib.refusal import Invalid, Refused
from portal.lib.retention import delete_older

LONGEST = 128
HEADER = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=(
        "Any text of at most 128 characters: the same request with the same key acts once and gets"
        " the same answer."
    ),
)


def once(request: Request, act: Callable[[], Response], *, in_transaction: bool = True) -> Response:
    """Carry out the act; with a key that was answered before, return that answer instead.

    A second request that comes while the first is at work waits for it; a refused request keeps
    nothing, so it may be repeated once the cause is gone. With a key, act and answer are one
    transaction; an act that calls OCI runs outside of any (`in_transaction=False`), and a crash
    between act and answer then forgets the key.
    """
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST:
        raise Invalid(f"Idempotency-Key has {len(key)} characters: at most {LONGEST} are allowed.")
    if not key:
        return act()
    with transaction.atomic() if in_transaction else _one_at_a_time(request, key):
        return _kept_or_new(request, key, act)


def _kept_or_new(request: Request, key: str, act: Callable[[], Response]) -> Response:
    asked = _digest(request)
    row = _claim(request, key, asked) if connection.in_atomic_block else _find(request, key, asked)
    if row.status:
        answer = json.loads(row.response)
        return Response(answer, status=row.status, headers={"Idempotent-Replayed": "true"})
    response = act()
    row.keep(response.status_code, JSONRenderer().render(response.data).decode())
    return response


@contextmanager
def _one_at_a_time(request: Request, key: str) -> Iterator[None]:
    """Hold a lock of the session, not of a transaction, on this key of this actor."""
    lock = [f"{person(request).actor} {key}"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '30s'")  # an act that calls OCI takes a while
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", lock)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", lock)


def _find(request: Request, key: str, asked: str) -> IdempotencyKey:
    actor = person(request).actor
    row = IdempotencyKey.objects.filter(actor=actor, key=key).first()
    return _checked(row or IdempotencyKey(actor=actor, key=key, request_digest=asked), asked)


def _claim(request: Request, key: str, asked: str) -> IdempotencyKey:
    actor = person(request).actor
    row, _ = IdempotencyKey.objects.get_or_create(
        actor=actor, key=key, defaults={"request_digest": asked}
    )
    return _checked(row, asked)


def _checked(row: IdempotencyKey, asked: str) -> IdempotencyKey:
    if row.request_digest != asked:
        raise Refused(
            f"The Idempotency-Key {row.key!r} was used for another request before.",
            next_step="Use a new key for a new request, or repeat the first one as it was.",
        )
    return row


def _digest(request: Request) -> str:
    body = hashlib.sha256(json.dumps(request.data, sort_keys=True).encode()).hexdigest()
    return digest([request.method, request.path, body])


def delete_old() -> int:
    """Delete the answers that are kept long enough; a key used again then acts again."""
    return delete_older(IdempotencyKey.objects.all(), "idempotency_keys", "created_at")
