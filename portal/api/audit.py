"""The audit trail by REST: events, the signed head, proofs."""

import json
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api.parameters import Parameters
from portal.api.permissions import ReadsAudit
from portal.api.who import person
from portal.audit import export, merkle, verifier
from portal.audit.checkpoint import as_dict, checkpoint_now, sealed
from portal.audit.export import Selection, excluded_subtrees
from portal.audit.models import Checkpoint, Event
from portal.audit.seal import seal_once
from portal.audit.trail import audit
from portal.audit.tree import StoredTree
from portal.audit.verbs import Verb
from portal.lib.act import Act
from portal.lib.refusal import Invalid, Missing

FORMATS = {
    "ndjson": (export.ndjson, "application/x-ndjson"),
    "csv": (export.csv, "text/csv; charset=utf-8"),
}
SELECTING = ("since", "until", "environment", "actor", "verb", "cursor", "limit", "upto")


def selection_of(parameters: Parameters, size: int) -> Selection:
    """Return what the parameters select among the first `size` rows."""
    since, until = parameters.moment("since"), parameters.moment("until")
    if since and until and since >= until:
        raise Invalid(
            f"until is {until.isoformat()!r}: it must be later than since, {since.isoformat()!r}."
        )
    upto = parameters.number("upto", least=1)
    return Selection(
        upto=min(upto or size, size),
        since=since,
        until=until,
        environment=parameters.text("environment", 64),
        actor=parameters.text("actor", 300),
        verb=parameters.choice("verb", Verb),
        cursor=parameters.number("cursor") or 0,
        limit=parameters.number("limit", least=1),
    )


def _described(*names: str) -> list[OpenApiParameter]:
    words: dict[str, tuple[Any, str]] = {
        "since": (
            OpenApiTypes.DATETIME,
            "Rows at or after this moment (UTC when it names no offset).",
        ),
        "until": (
            OpenApiTypes.DATETIME,
            "Rows before this moment, or before the oldest open transaction: `X-Audit-Until` of an"
            " export says which.",
        ),
        "environment": (OpenApiTypes.STR, "Short name of an environment."),
        "actor": (OpenApiTypes.STR, "Exactly this actor, such as `user:alice`."),
        "verb": (OpenApiTypes.STR, "Exactly this verb, such as `release.approved`."),
        "cursor": (
            OpenApiTypes.INT64,
            (
                "Rows after this sequence number: the last one received, to go on where a transfer"
                " stopped."
            ),
        ),
        "limit": (OpenApiTypes.INT64, "At most so many rows."),
        "upto": (
            OpenApiTypes.INT64,
            "No row after this sequence number: an export without `until` is then repeatable.",
        ),
    }
    return [OpenApiParameter(name, words[name][0], description=words[name][1]) for name in names]


class Head(serializers.Serializer[Any]):
    """A signed head."""

    size = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    time = serializers.CharField()
    prev = serializers.CharField()
    key_id = serializers.CharField()
    public_key = serializers.CharField()
    signature = serializers.CharField()
    excluded = serializers.ListField(
        required=False, help_text="[first, last, hash] of what the selection leaves out."
    )


@extend_schema_serializer(component_name="Proof")
class InclusionProof(serializers.Serializer[Any]):
    """A row with the hashes that lead from it to the root of a signed head (RFC 9162, 2.1.3)."""

    sequence = serializers.IntegerField()
    leaf = serializers.CharField()
    event = serializers.JSONField()
    path = serializers.ListField(child=serializers.CharField())
    head = Head()


class ConsistencyProof(serializers.Serializer[Any]):
    """Two signed heads and the hashes that lead from the older root to the newer."""

    to = Head()
    path = serializers.ListField(child=serializers.CharField())

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which is no name in Python."""
        return {"from": Head(), **super().get_fields()}


class Events(APIView):
    """All sealed events that fit, oldest first, streamed; the last line's sequence is the
    cursor to go on from.
    """

    permission_classes = [ReadsAudit]

    @extend_schema(
        operation_id="audit_events",
        parameters=[
            *_described(*SELECTING),
            OpenApiParameter(
                "format",
                OpenApiTypes.STR,
                enum=list(FORMATS),
                description="ndjson (default) or csv.",
            ),
        ],
        responses={
            (200, "application/x-ndjson"): OpenApiTypes.STR,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Record the export, then stream it."""
        parameters = Parameters(request, [*SELECTING, "format"])
        chosen = parameters.choice("format", FORMATS) or "ndjson"
        selection = selection_of(parameters, size=0)
        settled = export.settled_before()
        seal_once()
        selection = selection_of(parameters, size=sealed())
        if selection.until and selection.until > settled:
            selection = replace(selection, until=settled)
        audit(
            Act(Verb.AUDIT_EXPORTED, "audit"),
            actor=person(request).actor,
            detail={**selection.as_detail(), "format": chosen},
        )
        rows, kind = FORMATS[chosen]
        answer = StreamingHttpResponse(rows(selection), content_type=kind)
        answer["Content-Disposition"] = f'attachment; filename="audit.{chosen}"'
        answer["X-Audit-Upto"] = str(selection.upto)
        if selection.until:
            answer["X-Audit-Until"] = selection.until.astimezone(UTC).isoformat()
        return answer


class CurrentHead(APIView):
    """The signed head over everything committed until now; with the parameters of an export
    it proves that selection.
    """

    permission_classes = [ReadsAudit]

    @extend_schema(operation_id="audit_head", parameters=_described(*SELECTING), responses=Head)
    def get(self, request: Request) -> Response:
        """Seal, sign, answer."""
        parameters = Parameters(request, SELECTING)
        selection_of(parameters, size=0)
        seal_once()
        head = checkpoint_now()
        selection = selection_of(parameters, size=head.size)
        proof = (
            {}
            if selection.is_all_of(head.size)
            else {"excluded": excluded_subtrees(selection, head.size)}
        )
        return Response(
            {**as_dict(head), **proof},
            headers={"Content-Disposition": 'attachment; filename="head.json"'},
        )


class Heads(APIView):
    """Every signed head, oldest first, one JSON object a line: `--head` of the verifier takes
    the file as it is.
    """

    permission_classes = [ReadsAudit]

    @extend_schema(
        operation_id="audit_heads", responses={(200, "application/x-ndjson"): OpenApiTypes.STR}
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Stream them."""
        Parameters(request, [])
        lines = (
            json.dumps(as_dict(head)) + "\n"
            for head in Checkpoint.objects.order_by("size").iterator()
        )
        return StreamingHttpResponse(lines, content_type="application/x-ndjson")


class ProofOfRow(APIView):
    """One row and its proof of inclusion in the newest signed head."""

    permission_classes = [ReadsAudit]

    @extend_schema(
        operation_id="audit_proof",
        parameters=[OpenApiParameter("seq", OpenApiTypes.INT64, required=True)],
        responses=InclusionProof,
    )
    def get(self, request: Request) -> Response:
        """Answer with the row, its path and the head."""
        sequence = Parameters(request, ["seq"]).number("seq", least=1)
        if sequence is None:
            raise Invalid(
                "seq is missing: it names the row to prove.",
                next_step="Add ?seq= and a sequence number.",
            )
        seal_once()
        head = checkpoint_now()
        if sequence > head.size:
            raise Missing(f"There is no row {sequence}: the trail has {head.size}.")
        event = Event.objects.get(seal__sequence=sequence)
        path = merkle.inclusion(sequence - 1, head.size, StoredTree().subtree)
        proof = {
            "sequence": sequence,
            "leaf": bytes(event.leaf).hex(),
            "event": json.loads(event.body),
        }
        return Response({**proof, "path": [item.hex() for item in path], "head": as_dict(head)})


class Consistency(APIView):
    """The proof that the trail of one signed head continues that of an older one, with nothing
    changed in between (RFC 9162, 2.1.4); `to` is the newest head by default.
    """

    permission_classes = [ReadsAudit]

    @extend_schema(
        operation_id="audit_consistency",
        parameters=[
            OpenApiParameter(
                "from", OpenApiTypes.INT64, required=True, description="An older size."
            ),
            OpenApiParameter("to", OpenApiTypes.INT64, description="A newer size."),
        ],
        responses=ConsistencyProof,
    )
    def get(self, request: Request) -> Response:
        """Answer with both heads and the hashes that lead from one root to the other."""
        parameters = Parameters(request, ["from", "to"])
        first, second = parameters.number("from", least=1), parameters.number("to", least=1)
        if first is None:
            raise Invalid(
                "from is missing: it names the size of the older head.",
                next_step="Add ?from= and the size of a head that you kept.",
            )
        seal_once()
        newer = _signed(second) if second else checkpoint_now()
        older = _signed(first)
        if older.size > newer.size:
            raise Invalid(f"from is {first}: it must not be larger than to, {newer.size}.")
        path = merkle.consistency(older.size, newer.size, StoredTree().subtree)
        proof = {"from": as_dict(older), "to": as_dict(newer), "path": [one.hex() for one in path]}
        return Response(
            proof, headers={"Content-Disposition": 'attachment; filename="consistency.json"'}
        )


def _signed(size: int) -> Checkpoint:
    found = Checkpoint.objects.filter(size=size).first()
    if found is None:
        near = Checkpoint.objects.filter(size__lt=size).order_by("-size").first()
        hint = f"; the one before covers {near.size}" if near else ""
        raise Missing(
            f"No head was signed at {size} rows{hint}.",
            next_step="/api/v1/audit/heads lists the sizes of all heads.",
        )
    return found


class Verifier(APIView):
    """The offline verifier: one Python file, standard library only."""

    permission_classes = [ReadsAudit]

    @extend_schema(
        operation_id="audit_verifier", responses={(200, "text/x-python"): OpenApiTypes.STR}
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Send the file that this portal itself uses; an auditor compares it with the
        repository's before trusting it.
        """
        answer = HttpResponse(Path(verifier.__file__).read_bytes(), content_type="text/x-python")
        answer["Content-Disposition"] = 'attachment; filename="verifier.py"'
        return answer
