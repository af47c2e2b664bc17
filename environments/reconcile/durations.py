"""How long changes took when they were made before."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import TypeVar

from django.db.models import F

from environments.reconcile.change import Change
from portal.jobs.models import StepRow
from portal.jobs.states import StepState

REMEMBERED = 400  # of the latest steps
Planned = TypeVar("Planned", bound=Change)


def with_measured(changes: Sequence[Planned], action: str) -> list[Planned]:
    """Return the changes; those of the action with the usual seconds where they were made
    before.
    """
    keys = [change.key for change in changes if change.action == action]
    took = _took(keys, action.capitalize())
    return [
        (
            replace(change, seconds=took.get(change.key, change.seconds))
            if change.action == action
            else change
        )
        for change in changes
    ]


def _took(keys: Sequence[str], word: str) -> dict[str, int]:
    """Return the median seconds by key, in any environment; `word` begins the labels of the
    steps.
    """
    rows = StepRow.objects.filter(
        job__kind__in=("environments.apply", "environments.destroy"),
        state=StepState.DONE,
        name__in=keys,
        label__startswith=f"{word} ",
        started_at__isnull=False,
    )
    measured = rows.annotate(took=F("ended_at") - F("started_at")).order_by("-ended_at")
    took: dict[str, list[float]] = {}
    for name, seconds in measured.values_list("name", "took")[:REMEMBERED]:
        took.setdefault(name, []).append(seconds.total_seconds())
    return {name: max(1, round(median(times))) for name, times in took.items()}
