"""Requests that may be repeated: the same Idempotency-Key gets the same answer, and the act happens once."""

import hashlib
import json
from collections.abc import Callable

from django.db import transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.models import IdempotencyKey
from portal.api.who import person
from portal.lib.canonical import digest
from portal.lib.refusal import Invalid, Refused

LONGEST = 128
HEADER = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Any text of at most 128 characters: the same request with the same key acts once and gets the same answer.",
)


def once(request: Request, act: Callable[[], Response]) -> Response:
    """Run the act in one transaction; with a key that was answered before, return that answer instead.

    A second request that comes while the first is at work waits for it; a refused request keeps nothing, so it may be
    repeated once the cause is gone.
    """
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST:
        raise Invalid(f"Idempotency-Key has {len(key)} characters: at most {LONGEST} are taken.")
    with transaction.atomic():
        if not key:
            return act()
        row, first = _claim(request, key)
        if not first:
            return Response(json.loads(row.response), status=row.status, headers={"Idempotent-Replayed": "true"})
        response = act()
        row.keep(response.status_code, JSONRenderer().render(response.data).decode())
        return response


def _claim(request: Request, key: str) -> tuple[IdempotencyKey, bool]:
    asked = _digest(request)
    row, first = IdempotencyKey.objects.get_or_create(actor=person(request).actor, key=key, defaults={"request_digest": asked})
    if row.request_digest != asked:
        raise Refused(
            f"The Idempotency-Key {key!r} was used for another request before.",
            next_step="Use a new key for a new request, or repeat the first one as it was.",
        )
    return row, first


def _digest(request: Request) -> str:
    body = hashlib.sha256(json.dumps(request.data, sort_keys=True).encode()).hexdigest()
    return digest([request.method, request.path, body])
