"""What the page of a job shows, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.jobs.definition import JsonObject
from portal.jobs.models import Call, Job, StepRow
from portal.jobs.models.clock import database_now
from portal.jobs.states import OVER, CallOutcome, JobState, StepState

LOG_LINES = 200


@dataclass(frozen=True, slots=True)
class EnvironmentBand:
    """What the page's colour band needs of a job's environment, whose model is not known here."""

    slug: str
    home_region: str = ""

    @property
    def name(self) -> str:
        return self.slug


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line of the list of steps."""

    row: StepRow
    state: str
    calls: list[Call]
    seconds: float | None


def job_context(job: Job, user: object) -> JsonObject:
    """Return the context of the page, and of its part that is fetched again each second."""
    now = database_now()
    steps = [_line(row, job, now) for row in job.step_rows.prefetch_related("calls")]
    open_or_unknown = {CallOutcome.OPEN, CallOutcome.UNKNOWN}
    unsettled = [call for step in steps for call in step.calls if call.outcome in open_or_unknown]
    calling = [call for call in unsettled if call.outcome == CallOutcome.OPEN]
    forward = [step for step in steps if not step.row.undo]
    over = sum(step.state in OVER for step in forward)
    succeeded = job.state == JobState.SUCCEEDED
    results = [result for result in job.result.values() if isinstance(result, dict)]
    return {
        "job": job,
        "environment": EnvironmentBand(job.environment) if job.environment else None,
        "steps": steps,
        "over": over,
        "total": len(forward),
        "percent": 100 if succeeded else over * 100 // max(len(forward), 1),
        "elapsed": _seconds(job.started_at, job.ended_at or now),
        "calling": [] if job.over else calling,
        "unsettled": unsettled,
        "lines": list(job.log.order_by("-id")[:LOG_LINES])[::-1],
        "links": [result["url"] for result in results if result.get("url")],
        "can_cancel": job.can_cancel(user),
        "can_resume": job.can_resume(user),
        "can_abandon": job.can_abandon(user),
    }


def _line(row: StepRow, job: Job, now: datetime) -> StepLine:
    unused = row.state == StepState.PENDING and job.over
    at_rest = job.over or row.state == StepState.PARKED
    end = row.ended_at or (None if at_rest else now)
    state = "not run" if unused else row.state
    return StepLine(row, state, list(row.calls.all()), _seconds(row.started_at, end))


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return max((end - start) / timedelta(seconds=1), 0.0) if start and end else None
