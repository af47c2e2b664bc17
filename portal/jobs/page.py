"""What the page of a job shows, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.jobs.models import Call, Job, StepRow
from portal.jobs.models.clock import database_now
from portal.jobs.states import OVER, CallOutcome, State, StepState

LOG_LINES = 200


@dataclass(frozen=True, slots=True)
class Band:
    """The environment of a job, as the page's colour band needs it; the job engine does not know environments."""

    slug: str
    home_region: str = ""

    @property
    def name(self) -> str:
        """Return its name."""
        return self.slug


@dataclass(frozen=True, slots=True)
class StepShown:
    """One line of the list of steps."""

    row: StepRow
    state: str
    calls: list[Call]
    seconds: float | None


def of_job(job: Job, user: Any) -> dict[str, Any]:
    """Return the context of the page, and of its part that is asked for again each second."""
    now = database_now()
    steps = [_shown(row, job, now) for row in job.step_rows.prefetch_related("calls")]
    unsettled = [call for step in steps for call in step.calls if call.outcome in {CallOutcome.OPEN, CallOutcome.UNKNOWN}]
    forward = [step for step in steps if not step.row.undo]
    over = sum(step.state in OVER for step in forward)
    return {
        "job": job,
        "environment": Band(job.environment) if job.environment else None,
        "steps": steps,
        "over": over,
        "total": len(forward),
        "percent": 100 if job.state == State.SUCCEEDED else over * 100 // max(len(forward), 1),
        "elapsed": _seconds(job.started_at, job.ended_at or now),
        "calling": [] if job.over else [call for call in unsettled if call.outcome == CallOutcome.OPEN],
        "unsettled": unsettled,
        "lines": list(job.log.order_by("-id")[:LOG_LINES])[::-1],
        "links": [left["url"] for left in job.result.values() if isinstance(left, dict) and left.get("url")],
        "can_cancel": job.can_cancel(user),
        "can_resume": job.can_resume(user),
        "can_abandon": job.can_abandon(user),
    }


def _shown(row: StepRow, job: Job, now: datetime) -> StepShown:
    unused = row.state == StepState.PENDING and job.over
    end = row.ended_at or (None if job.over or row.state == StepState.PARKED else now)
    return StepShown(row, "not run" if unused else row.state, list(row.calls.all()), _seconds(row.started_at, end))


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return max((end - start) / timedelta(seconds=1), 0.0) if start and end else None
