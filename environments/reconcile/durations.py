"""How long changes took when they were made before."""

from collections.abc import Iterable, Mapping
from statistics import median

from django.db.models import F

from portal.jobs.models import StepRow
from portal.jobs.states import StepState

REMEMBERED = 400  # of the latest steps


def by_key(keys: Iterable[str], word: str) -> dict[str, int]:
    """Return the usual seconds of making each resource, for those that were made before: in whichever environment.

    `word` is the action as the step's label begins with it: Create, Delete.
    """
    rows = StepRow.objects.filter(
        job__kind__in=("environments.apply", "environments.destroy"),
        state=StepState.DONE,
        name__in=list(keys),
        label__startswith=f"{word} ",
        started_at__isnull=False,
    )
    took: dict[str, list[float]] = {}
    for name, seconds in (
        rows.annotate(took=F("ended_at") - F("started_at")).order_by("-ended_at").values_list("name", "took")[:REMEMBERED]
    ):
        took.setdefault(name, []).append(seconds.total_seconds())
    return {name: max(1, round(median(times))) for name, times in took.items()}


def usual(key: str, seconds: int, action: str, created: Mapping[str, int]) -> int:
    """Return what a change usually takes: as measured where it was made before, else as the table of kinds says."""
    return created.get(key, seconds) if action in ("create", "delete") else seconds
