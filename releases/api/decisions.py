"""Reviews of deployments without approval, and freeze windows, by REST."""

from rest_framework import serializers

from environments.models import Environment
from portal.api.listing import RowList, found
from releases.models import FreezeWindow, Review

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
        fields = [
            "id",
            "environment",
            "release",
            "requester",
            "actor",
            "reason",
            "incident",
            "waived",
            "opened_at",
        ]
        fields += ["reviewer", "finding", "closed_at", "url"]


class FreezeRow(serializers.ModelSerializer[FreezeWindow]):
    """A time without deployments, by the wall clock of its zone."""

    environments = serializers.SlugRelatedField[Environment](
        slug_field="slug", read_only=True, many=True
    )

    class Meta:
        model = FreezeWindow
        fields = ["id", "name", "environments", "repeats", "starts", "ends", "zone", "enabled"]


class Reviews(RowList):
    """The reviews of what was deployed without asking."""

    serializer_class = ReviewRow
    queryset = _REVIEWS
    narrows = {"environment": "environment__slug"}


class Freezes(RowList):
    """The freeze windows."""

    serializer_class = FreezeRow
    queryset = FreezeWindow.objects.prefetch_related("environments")
    narrows = {"environment": "environments__slug"}


def review_named(given: object, pk: int) -> Review:
    """Return a review, or refuse by naming it."""
    review: Review = found(_REVIEWS, "review", pk)
    return review
