"""Differences between environments and OCI by REST."""

from typing import Any

from rest_framework import serializers

from environments.models import DriftItem, Environment
from portal.api.listing import RowList, found


class DriftRow(serializers.ModelSerializer[DriftItem]):
    """One difference: open while `closed_at` is null."""

    environment = serializers.SlugRelatedField[Environment](slug_field="slug", read_only=True)

    class Meta:
        model = DriftItem
        fields = [
            "id",
            "environment",
            "sort",
            "key",
            "kind",
            "name",
            "ocid",
            "field",
            "desired",
            "found",
            "reason",
            "settings",
        ]
        fields += [
            "not_a_setting",
            "who",
            "origin",
            "first_seen",
            "last_seen",
            "closed_at",
            "taken_over_by",
        ]


class DriftOf(RowList):
    """The differences of an environment, the newest first, those that are over included."""

    serializer_class = DriftRow
    queryset = DriftItem.objects.select_related("environment")
    narrows = {"sort": "sort", "key": "key"}

    def get_queryset(self) -> Any:
        """Take those of the environment named."""
        return (
            super()
            .get_queryset()
            .filter(environment=Environment.objects.named(self.kwargs["slug"]))
        )


def difference_named(given: object, pk: int) -> DriftItem:
    """Return a difference, or refuse by naming it."""
    row: DriftItem = found(DriftItem.objects.select_related("environment"), "difference", pk)
    return row
