"""Which regions the tenancy is subscribed to, as the portal last read."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db import models

from portal.lib.clock import now

READY = "READY"


class RegionQuerySet(models.QuerySet["Region"]):
    """The subscriptions, by name."""

    def update_from_wire(self, shown: Iterable[Mapping[str, Any]]) -> dict[str, "Region"]:
        """Store RegionSubscriptions in wire names; none ever ends."""
        rows = [
            Region(
                name=one["regionName"],
                status=one["status"],
                is_home=bool(one["isHomeRegion"]),
                seen_at=now(),
            )
            for one in shown
        ]
        changed = ["status", "is_home", "seen_at"]
        self.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=changed)
        return {row.name: row for row in rows}


class Region(models.Model):
    """One region of the tenancy; subscribing to it cannot be undone."""

    name = models.CharField(max_length=30, unique=True)
    status = models.CharField(max_length=20, help_text="READY, or IN_PROGRESS for some minutes.")
    is_home = models.BooleanField(
        default=False, help_text="Where identity is written; fixed for ever."
    )
    seen_at = models.DateTimeField()

    objects: ClassVar[Any] = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ready(self) -> bool:
        """Say whether anything can be built there."""
        return self.status == READY
