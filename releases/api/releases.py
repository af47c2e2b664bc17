"""Releases and deployments by REST: the same functions and predicates as the pages."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from environments.models import Environment
from portal.api.acts import body_of
from portal.api.listing import RowList, found
from releases.acts import REQUEST
from releases.approvals import blockers
from releases.models import Approval, Deployment, Release

_RELEASES = Release.objects.select_related(
    "environment", "requested_by", "decided_by", "bundle"
).defer("bundle__files")


class ReleaseRow(serializers.ModelSerializer[Release]):
    """A release without its plan."""

    environment = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True)
    requested_by = serializers.CharField(source="requested_by.username", read_only=True)
    decided_by = serializers.CharField(source="decided_by.username", default=None, read_only=True)
    job = serializers.UUIDField(source="job_id", read_only=True, allow_null=True)
    bundle = serializers.CharField(source="bundle.digest", default="", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Release
        fields = [
            "id",
            "environment",
            "version",
            "git_sha",
            "api_tag",
            "api_digest",
            "worker_tag",
            "worker_digest",
        ]
        fields += ["bundle", "alembic_head", "notes"]
        fields += [
            "requested_by",
            "requested_at",
            "digest",
            "needed",
            "expected_seconds",
            "expires_at",
            "source",
            "state",
            "decided_by",
            "decided_at",
        ]
        fields += ["reason", "job", "url"]


class ApprovalRow(serializers.ModelSerializer[Approval]):
    """One person's agreement."""

    approver = serializers.CharField(source="approver.username", read_only=True)

    class Meta:
        model = Approval
        fields = ["approver", "digest", "comment", "approved_at"]


class ObstacleRow(serializers.Serializer[Any]):
    """One thing that stands in the way of an open release."""

    kind = serializers.CharField()
    words = serializers.CharField()
    next_step = serializers.CharField()
    url = serializers.CharField(allow_blank=True)


class ReleaseWhole(ReleaseRow):
    """A release with its plan, its approvals and what stands in its way now."""

    approvals = ApprovalRow(many=True, read_only=True)
    obstacles = serializers.SerializerMethodField()

    class Meta(ReleaseRow.Meta):
        fields = [*ReleaseRow.Meta.fields, "plan", "approvals", "obstacles"]

    @extend_schema_field(ObstacleRow(many=True))
    def get_obstacles(self, release: Release) -> Any:
        """Ask the same rules as the acts do."""
        return ObstacleRow(blockers.blockers(release) if release.is_open else [], many=True).data


class DeploymentRow(serializers.ModelSerializer[Deployment]):
    """What was put where, and what became of it."""

    environment = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True)
    version = serializers.CharField(source="release.version", read_only=True)

    class Meta:
        model = Deployment
        fields = [
            "id",
            "environment",
            "release",
            "version",
            "previous",
            "job",
            "state",
            "api",
            "workers",
            "note",
        ]
        fields += ["started_at", "live_at", "ended_at"]


class ReleaseOrder(body_of("Content", REQUEST)):  # type: ignore[misc]
    """What a request for a release names."""

    environment = serializers.CharField(max_length=64)


class Releases(RowList):
    """The releases."""

    serializer_class = ReleaseRow
    queryset = _RELEASES
    narrows = {"environment": "environment__slug", "state": "state", "version": "version"}


class OneRelease(APIView):
    """One release with its plan and approvals."""

    @extend_schema(responses=ReleaseWhole)
    def get(self, request: Request, pk: int) -> Response:
        """Return it."""
        return Response(ReleaseWhole(release_named(None, pk)).data)


class Deployments(RowList):
    """The deployments."""

    serializer_class = DeploymentRow
    queryset = Deployment.objects.select_related("environment", "release")
    narrows = {"environment": "environment__slug", "state": "state"}


def release_named(given: object, pk: int) -> Release:
    """Return a release with what its answer shows, or refuse."""
    release: Release = found(_RELEASES.prefetch_related("approvals__approver"), "release", pk)
    return release


def target_of(given: dict[str, Any]) -> Environment:
    """Return the environment that a request for a release names."""
    environment: Environment = Environment.objects.named(given["environment"])
    return environment


def deployment_of(given: object, pk: int) -> Deployment:
    """Return the last deployment of a release; one that was never made when there is none."""
    release = release_named(given, pk)
    rows = Deployment.objects.filter(release=release).select_related("environment", "release")
    return rows.order_by("-id").first() or Deployment(
        release=release, environment=release.environment
    )
