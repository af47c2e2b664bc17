"""Decisions beyond yes or no by REST: promote, override a freeze, break the glass, close its review."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from environments.models import Environment
from portal.api.idempotency import HEADER, once
from portal.api.jobs import JobRow
from portal.api.listing import Listing, found
from portal.api.who import approver, on_call, person
from releases.api.releases import Reason, ReleaseWhole, read, release_named
from releases.approvals import break_glass, decide
from releases.models import FreezeWindow, Review
from releases.requests.promote import promote

_REVIEWS = Review.objects.select_related("environment", "requester", "actor", "reviewer")


class ReviewRow(serializers.ModelSerializer[Review]):
    """What was deployed without asking, and what a second person found."""

    environment = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True)
    requester = serializers.CharField(source="requester.username", read_only=True)
    actor = serializers.CharField(source="actor.username", read_only=True)
    reviewer = serializers.CharField(source="reviewer.username", default=None, read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Review
        fields = ["id", "environment", "release", "requester", "actor", "reason", "incident", "waived", "opened_at"]
        fields += ["reviewer", "finding", "closed_at", "url"]


class FreezeRow(serializers.ModelSerializer[FreezeWindow]):
    """A time without deployments, by the wall clock of its zone."""

    environments = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True, many=True)

    class Meta:
        model = FreezeWindow
        fields = ["id", "name", "environments", "repeats", "starts", "ends", "zone", "enabled"]


class Promotion(serializers.Serializer[Any]):
    """Where to, and what may differ there."""

    to = serializers.CharField(max_length=64)
    bundle = serializers.CharField(max_length=71, required=False, default="", allow_blank=True)
    notes = serializers.CharField(max_length=4000, required=False, default="", allow_blank=True)


class Emergency(serializers.Serializer[Any]):
    """Why it cannot wait, and for which incident."""

    reason = serializers.CharField(min_length=10, max_length=2000)
    incident = serializers.CharField(max_length=300)


class Finding(serializers.Serializer[Any]):
    """What a second person found."""

    finding = serializers.CharField(min_length=10, max_length=4000)


class Promote(APIView):
    """Asking for a release's content in the next environment."""

    @extend_schema(request=Promotion, parameters=[HEADER], responses={201: ReleaseWhole})
    def post(self, request: Request, pk: int) -> Response:
        """Ask for it; its images must stand in that environment's repositories, and it must have run well here."""
        given, release = read(Promotion, request), release_named(pk)

        def act() -> Response:
            target = Environment.objects.named(given.pop("to"))
            return Response(ReleaseWhole(promote(release, target, person(request), **given)).data, status=201)

        return once(request, act)


class Override(APIView):
    """Letting a release go in spite of a freeze."""

    @extend_schema(request=Reason, parameters=[HEADER], responses=ReleaseWhole)
    def post(self, request: Request, pk: int) -> Response:
        """Override the freeze that holds now, for this release alone."""
        given = read(Reason, request)
        release_named(pk)

        def act() -> Response:
            decide.override_freeze(pk, approver(request), **given)
            return Response(ReleaseWhole(release_named(pk)).data)

        return once(request, act)


class BreakGlass(APIView):
    """Deploying without asking anybody."""

    @extend_schema(request=Emergency, parameters=[HEADER], responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Deploy at once; everybody is told, and a review blocks the next normal release. Takes a fresh sign-in, no token."""
        given = read(Emergency, request)
        release_named(pk)
        return once(request, lambda: Response(JobRow(break_glass.break_glass(pk, on_call(request), **given)[1]).data, status=202))


class Reviews(Listing):
    """The reviews of what was deployed without asking."""

    serializer_class = ReviewRow
    queryset = _REVIEWS
    narrows = {"environment": "environment__slug"}


class CloseReview(APIView):
    """Settling the debt of broken glass."""

    @extend_schema(request=Finding, parameters=[HEADER], responses=ReviewRow)
    def post(self, request: Request, pk: int) -> Response:
        """Close the review with a finding: neither who broke the glass may, nor who asked for the release."""
        given = read(Finding, request)
        found(_REVIEWS, "review", pk)

        def act() -> Response:
            break_glass.close_review(pk, approver(request), **given)
            return Response(ReviewRow(found(_REVIEWS, "review", pk)).data)

        return once(request, act)


class Freezes(Listing):
    """The freeze windows."""

    serializer_class = FreezeRow
    queryset = FreezeWindow.objects.prefetch_related("environments")
    narrows = {"environment": "environments__slug"}
