"""Releases and deployments by REST: the same functions and predicates as the pages."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from environments.models import Environment
from portal.api.idempotency import HEADER, once
from portal.api.jobs import JobRow
from portal.api.listing import Listing, found
from portal.api.who import approver, dangerous, person
from portal.audit.verbs import Verb
from portal.jobs.models import Job
from portal.lib.refusal import Refused
from releases.approvals import blockers, decide
from releases.deployment import dispatch, rollback
from releases.models import Approval, Deployment, Release
from releases.requests.create import request as request_release

_RELEASES = Release.objects.select_related("environment", "requested_by", "decided_by", "bundle").defer("bundle__files")


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
        fields = ["id", "environment", "version", "git_sha", "api_tag", "api_digest", "worker_tag", "worker_digest"]
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
        fields = ["id", "environment", "release", "version", "previous", "job", "state", "api", "workers", "note"]
        fields += ["started_at", "live_at", "ended_at"]


class ReleaseOrder(serializers.Serializer[Any]):
    """What a request for a release names."""

    environment = serializers.CharField(max_length=64)
    version = serializers.CharField(max_length=60)
    git_sha = serializers.CharField(max_length=40)
    api_digest = serializers.CharField(max_length=71)
    worker_digest = serializers.CharField(max_length=71)
    bundle = serializers.CharField(max_length=71, required=False, default="", allow_blank=True)
    alembic_head = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)
    notes = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class ReleaseAgreement(serializers.Serializer[Any]):
    """An approval: of exactly the plan with this digest."""

    digest = serializers.CharField(max_length=71)
    comment = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)


class Reason(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=500, min_length=3)


class RollbackOrder(Reason):
    """Why, and for which incident."""

    incident = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)


class Releases(Listing):
    """The releases."""

    serializer_class = ReleaseRow
    queryset = _RELEASES
    narrows = {"environment": "environment__slug", "state": "state", "version": "version"}

    @extend_schema(request=ReleaseOrder, parameters=[HEADER], responses={201: ReleaseWhole})
    def post(self, request: Request) -> Response:
        """Ask for a release of images that are in the environment's repositories."""
        given = read(ReleaseOrder, request)

        def act() -> Response:
            made = request_release(Environment.objects.named(given.pop("environment")), person(request), **given)
            return Response(ReleaseWhole(made).data, status=201)

        return once(request, act)


class OneRelease(APIView):
    """One release with its plan and approvals."""

    @extend_schema(responses=ReleaseWhole)
    def get(self, request: Request, pk: int) -> Response:
        """Return it."""
        return Response(ReleaseWhole(release_named(pk)).data)


class Approve(APIView):
    """Agreeing to a release."""

    @extend_schema(request=ReleaseAgreement, parameters=[HEADER], responses=ReleaseWhole)
    def post(self, request: Request, pk: int) -> Response:
        """Agree to the plan with the digest given; the last approval needed starts the deployment."""
        given = read(ReleaseAgreement, request)
        return _decided(request, pk, lambda: decide.approve(pk, approver(request), **given))


class Deny(APIView):
    """Turning a release down."""

    @extend_schema(request=Reason, parameters=[HEADER], responses=ReleaseWhole)
    def post(self, request: Request, pk: int) -> Response:
        """Turn it down, for good."""
        given = read(Reason, request)
        return _decided(request, pk, lambda: decide.deny(pk, approver(request), **given))


class Withdraw(APIView):
    """Taking a release back."""

    @extend_schema(request=Reason, parameters=[HEADER], responses=ReleaseWhole)
    def post(self, request: Request, pk: int) -> Response:
        """Take one's own request back."""
        given = read(Reason, request)
        return _decided(request, pk, lambda: decide.withdraw(pk, person(request), **given))


class Deploy(APIView):
    """Deploying an approved release."""

    @extend_schema(request=None, parameters=[HEADER], responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Start the deployment."""
        release_named(pk)
        return once(request, lambda: _ordered(dispatch.deploy(decide.locked(pk), dangerous(request))))


class RollBack(APIView):
    """Rolling back the environment in which a release is live."""

    @extend_schema(request=RollbackOrder, parameters=[HEADER], responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Give the traffic back to what ran before this release."""
        given = read(RollbackOrder, request)
        return once(request, lambda: _ordered(self._start(person(request), release_named(pk), **given)))

    def _start(self, user: Any, release: Release, reason: str, incident: str) -> Job:
        live = Deployment.objects.of(release.environment).live().first()
        if rollback.can_roll_back(user) and (live is None or live.release_id != release.pk):
            raise Refused(
                f"Release {release.pk} ({release}) is not what is live in {release.environment}.",
                next_step=f"Live is release {live.release_id} ({live.release.version})." if live else "Nothing is live there.",
                verb=Verb.RELEASE_ROLLBACK,
                subject=release.subject,
                environment=release.environment.slug,
            )
        return rollback.start(release.environment, user, reason, incident or None)


class Deployments(Listing):
    """The deployments."""

    serializer_class = DeploymentRow
    queryset = Deployment.objects.select_related("environment", "release")
    narrows = {"environment": "environment__slug", "state": "state"}


def read(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return what a request's body gives, checked."""
    order = kind(data=request.data)
    order.is_valid(raise_exception=True)
    return dict(order.validated_data)


def release_named(pk: int) -> Release:
    """Return a release with what its answer shows, or refuse."""
    release: Release = found(_RELEASES.prefetch_related("approvals__approver"), "release", pk)
    return release


def _decided(request: Request, pk: int, act: Callable[[], object]) -> Response:
    def whole() -> Response:
        with transaction.atomic():
            act()
        return Response(ReleaseWhole(release_named(pk)).data)

    release_named(pk)
    return once(request, whole)


def _ordered(job: Job) -> Response:
    return Response(JobRow(job).data, status=202)
