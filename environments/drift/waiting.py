"""Open drift as something that waits for somebody: one line an environment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse

from environments.models import Deviation, Environment


@dataclass(frozen=True, slots=True)
class Waiting:
    """The open differences of one environment."""

    environment: str
    count: int
    since: datetime

    @property
    def words(self) -> str:
        """Say it in one line."""
        return f"{self.count} difference{'s' if self.count > 1 else ''} between {self.environment} and its settings"

    @property
    def url(self) -> str:
        """Return the page of its drift."""
        return reverse("drift", args=[self.environment])


def open_drift(user: Any) -> list[Waiting]:
    """Return what waits for somebody who can put it back; one query."""
    counted = Deviation.objects.open().drift().order_by().values("environment__slug", "environment__protected")
    return [
        Waiting(row["environment__slug"], row["count"], row["since"])
        for row in counted.annotate(count=Count("pk"), since=Min("first_seen"))
        if Environment(slug=row["environment__slug"], protected=row["environment__protected"]).can_plan(user)
    ]
