"""Differences between environments and OCI by REST."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from environments.drift.accept import accept
from environments.models import DriftItem, Environment
from portal.accounts.access import allow
from portal.api.idempotency import HEADER, once
from portal.api.jobs import JobRow
from portal.api.listing import Listing, found
from portal.api.who import dangerous, person
from portal.audit.verbs import Verb
from portal.jobs.dispatch import submit


class DriftRow(serializers.ModelSerializer[DriftItem]):
    """One difference: open while `closed_at` is null."""

    environment = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True)

    class Meta:
        model = DriftItem
        fields = ["id", "environment", "sort", "key", "kind", "name", "ocid", "field", "desired", "found", "reason", "settings"]
        fields += ["not_a_setting", "who", "origin", "first_seen", "last_seen", "closed_at", "taken_over_by"]


class DriftOf(Listing):
    """The differences of an environment, the newest first, those that are over included."""

    serializer_class = DriftRow
    queryset = DriftItem.objects.select_related("environment")
    narrows = {"sort": "sort", "key": "key"}

    def get_queryset(self) -> Any:
        """Take those of the environment named."""
        return super().get_queryset().filter(environment=Environment.objects.named(self.kwargs["slug"]))

    @extend_schema(request=None, parameters=[HEADER], responses={202: JobRow})
    def post(self, request: Request, slug: str) -> Response:
        """Start the job that looks for drift now."""
        return once(request, lambda: self._start(request, Environment.objects.named(slug)))

    def _start(self, request: Request, environment: Environment) -> Response:
        user, slug = person(request), environment.slug
        allow(environment.can_plan(user), user, f"compare {slug} with OCI", verb=Verb.PLAN_MADE, environment=slug)
        job = submit("environments.drift", environment=slug, actor=user.actor, dedupe=f"drift:{slug}")
        return Response(JobRow(job).data, status=202)


class TakeOver(APIView):
    """Letting the settings want what was found."""

    @extend_schema(request=None, parameters=[HEADER], responses=DriftRow)
    def post(self, request: Request, pk: int) -> Response:
        """Change the settings; OCI is not touched. `settings` of the answer says which."""
        return once(
            request, lambda: self._take(request, found(DriftItem.objects.select_related("environment"), "difference", pk))
        )

    def _take(self, request: Request, row: DriftItem) -> Response:
        user = dangerous(request)
        accept(row, user)
        row.refresh_from_db()
        return Response(DriftRow(row).data)
