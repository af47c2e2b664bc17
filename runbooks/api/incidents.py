"""Incidents and runbooks by REST."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from environments.models import Environment
from portal.api.listing import RowList, found
from portal.lib.refusal import Missing
from runbooks.models import Entry, Incident
from runbooks.models.runbook import current
from runbooks.triage import TYPES

_INCIDENTS = Incident.objects.select_related("environment", "acknowledged_by")


class IncidentRow(serializers.ModelSerializer[Incident]):
    """An incident without its timeline."""

    environment = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True)
    acknowledged_by = serializers.CharField(
        source="acknowledged_by.username", default=None, read_only=True
    )
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Incident
        fields = [
            "id",
            "environment",
            "kind",
            "title",
            "severity",
            "state",
            "deployment",
            "opened_at",
        ]
        fields += ["acknowledged_at", "acknowledged_by", "resolved_at", "proof", "url"]


class EntryRow(serializers.ModelSerializer[Entry]):
    """A line of the timeline."""

    class Meta:
        model = Entry
        fields = ["at", "actor", "words", "url"]


class IncidentWhole(IncidentRow):
    """An incident with its timeline."""

    entries = EntryRow(many=True, read_only=True)

    class Meta(IncidentRow.Meta):
        fields = [*IncidentRow.Meta.fields, "entries"]


class RunbookRow(serializers.Serializer[Any]):
    """A runbook without its text."""

    kind = serializers.CharField()
    title = serializers.CharField()
    edited = serializers.BooleanField()


class RunbookList(serializers.Serializer[Any]):
    """All runbooks, in the shape of a list that has one page."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = RunbookRow(many=True)


class RunbookWhole(RunbookRow):
    """A runbook; the text is Markdown."""

    text = serializers.CharField()


class Incidents(RowList):
    """The incidents."""

    serializer_class = IncidentRow
    queryset = _INCIDENTS
    narrows = {"environment": "environment__slug", "state": "state", "kind": "kind"}


class OneIncident(APIView):
    """One incident with its timeline."""

    @extend_schema(responses=IncidentWhole)
    def get(self, request: Request, pk: int) -> Response:
        """Return it."""
        return Response(IncidentWhole(incident_named(None, pk)).data)


class Runbooks(APIView):
    """The runbooks."""

    @extend_schema(operation_id="runbooks_list", responses=RunbookList)
    def get(self, request: Request) -> Response:
        """Return them all: there is one for each incident type."""
        return Response({"next": None, "previous": None, "results": [_row(kind) for kind in TYPES]})


class OneRunbook(APIView):
    """One runbook."""

    @extend_schema(responses=RunbookWhole)
    def get(self, request: Request, kind: str) -> Response:
        """Return its text."""
        if kind not in TYPES:
            raise Missing(
                f"There is no runbook {kind!r}.", next_step=f"The runbooks are: {', '.join(TYPES)}."
            )
        return Response({**_row(kind), "text": current(kind).text})


def incident_named(given: object, pk: int) -> Incident:
    """Return an incident with its timeline, or refuse by naming it."""
    incident: Incident = found(_INCIDENTS.prefetch_related("entries"), "incident", pk)
    return incident


def _row(kind: str) -> dict[str, Any]:
    return {"kind": kind, "title": TYPES[kind].title, "edited": current(kind).pk is not None}
