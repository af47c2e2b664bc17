"""What the page of drift shows, from the database alone."""

from datetime import timedelta
from typing import Any

from environments.drift.chart import Look, chart, thinned
from environments.models import DRIFT, Deviation, Environment, Sort
from portal.lib.clock import now

SHOWN_CLOSED = 30
HISTORY = timedelta(days=7)
SORTS = [
    (DRIFT, "Changed in OCI", "Somebody changed or removed these in OCI since the portal made them."),
    ((Sort.PENDING,), "Not applied yet", "Here it is the portal's side that moved: the settings were changed and not applied."),
    (
        (Sort.UNMANAGED,),
        "Unknown to the portal",
        "No setting wants what stands here in the compartment; the portal never touches it.",
    ),
]


def of_drift(environment: Environment, user: Any) -> dict[str, Any]:
    """Return the context of the page; four queries however many differences there are."""
    rows = [_with_environment(row, environment) for row in environment.deviations.open()]
    reports = environment.drift_reports.filter(at__gte=now() - HISTORY).order_by("at")
    looks = [Look(at, count, bool(problem)) for at, count, problem in reports.values_list("at", "count", "problem")]
    groups = [(title, words, [_shown(row, user) for row in rows if row.sort in sorts]) for sorts, title, words in SORTS]
    return {
        "environment": environment,
        "report": environment.drift_reports.first(),
        "groups": [group for group in groups if group[2]],
        "open": sum(row.sort in DRIFT for row in rows),
        "closed": [_with_environment(row, environment) for row in _closed(environment)],
        "chart": chart(thinned(looks)),
        "can_plan": environment.can_plan(user),
    }


def _closed(environment: Environment) -> list[Deviation]:
    return list(environment.deviations.exclude(closed_at=None).order_by("-closed_at", "-pk")[:SHOWN_CLOSED])


def _with_environment(row: Deviation, environment: Environment) -> Deviation:
    row.environment = environment  # it is known: no query for each row
    return row


def _shown(row: Deviation, user: Any) -> dict[str, Any]:
    return {
        "row": row,
        "can_take_over": row.can_take_over(user) and not row.taken_over_by,
        "can_put_back": row.can_put_back(user),
    }
