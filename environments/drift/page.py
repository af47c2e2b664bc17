"""What the drift page shows, from the database alone."""

from datetime import timedelta
from typing import Any

from environments.drift.chart import Comparison, draw_chart, thin_out
from environments.models import DRIFT, DriftItem, DriftKind, Environment
from portal.accounts.models import User
from portal.lib.clock import now

MOST_CLOSED = 30
HISTORY = timedelta(days=7)
GROUPS = [
    (
        DRIFT,
        "Changed in OCI",
        "They were changed or removed in OCI after the portal created them.",
    ),
    (
        (DriftKind.PENDING,),
        "Not applied yet",
        "The settings were changed and not applied yet; OCI is unchanged.",
    ),
    (
        (DriftKind.UNMANAGED,),
        "Unknown to the portal",
        "No setting wants these resources of the compartment; the portal never touches them.",
    ),
]


def build_context(environment: Environment, user: User) -> dict[str, Any]:
    """Return the context of the page; four queries however many differences there are."""
    rows = environment.drift_items.select_related("environment")
    open_rows = list(rows.open())
    reports = environment.drift_reports.filter(at__gte=now() - HISTORY).order_by("at")
    history = [
        Comparison(at, count, bool(problem))
        for at, count, problem in reports.values_list("at", "count", "problem")
    ]
    groups = [
        (title, words, [_row_with_acts(row, user) for row in open_rows if row.sort in kinds])
        for kinds, title, words in GROUPS
    ]
    return {
        "environment": environment,
        "report": environment.drift_reports.first(),
        "groups": [group for group in groups if group[2]],
        "open": sum(row.sort in DRIFT for row in open_rows),
        "closed": rows.exclude(closed_at=None).order_by("-closed_at", "-pk")[:MOST_CLOSED],
        "chart": draw_chart(thin_out(history)),
        "can_plan": environment.can_plan(user),
    }


def _row_with_acts(row: DriftItem, user: User) -> dict[str, Any]:
    return {
        "row": row,
        "can_take_over": row.can_accept(user) and not row.taken_over_by,
        "can_put_back": row.can_revert(user),
    }
