"""What to do next with a job, as a pure function of its steps: no database, clock or thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.jobs.states import BEGUN, OVER, JobState, StepState

# A step that runs so long past its deadline is taken for hung: a call to OCI ends before that.
GRACE = timedelta(seconds=60)
SHORT_WAIT = timedelta(seconds=2)  # for a shorter wait the job is not given back


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as the decision sees it."""

    name: str
    state: StepState
    needs: tuple[str, ...] = ()
    wake_at: datetime | None = None
    in_flight: bool = False
    deadline_at: datetime | None = None
    unsettled: bool = False  # a call was made whose outcome nobody knows
    error: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as the decision sees it."""

    state: JobState
    steps: Sequence[StepView]
    now: datetime
    cancel: bool = False
    deadline_at: datetime | None = None
    draining: bool = False
    short_wait: timedelta = SHORT_WAIT


@dataclass(frozen=True, slots=True)
class Start:
    """Run these steps now."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Idle:
    """Keep the job until a step reports, or until the moment comes."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Give the job back; a worker claims it again at the moment named."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Park:
    """Give the job to an operator."""

    step: str
    reason: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Compensate:
    """Undo what was done, or end the job when there is nothing to undo."""

    step: str = ""
    reason: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class ChangeState:
    """Change the state."""

    state: JobState


Decision = Start | Idle | GiveBack | Park | Compensate | ChangeState


def decide(job: JobView) -> Decision:
    """Return the next move of a job that we lease."""
    if hung := _hung(job):
        return hung
    in_flight = any(step.in_flight for step in job.steps)
    if job.draining:
        return Idle(None) if in_flight else GiveBack(job.now)
    if job.state == JobState.RUNNING and job.cancel and not _all_over(job):
        return ChangeState(JobState.CANCELLING)
    if _all_over(job) and not in_flight:
        undoing = job.state == JobState.COMPENSATING
        return ChangeState(JobState.COMPENSATED if undoing else JobState.SUCCEEDED)
    if late := _overdue(job):
        return Idle(_hung_at(job)) if in_flight else late
    return _go_on(job, in_flight=in_flight)


def _go_on(job: JobView, *, in_flight: bool) -> Decision:
    """Start what may start; else say how the job ends, or when it goes on."""
    due = [step for step in _open(job) if step.wake_at is None or step.wake_at <= job.now]
    if due:
        return Start(tuple(step.name for step in due))
    wake = min((step.wake_at for step in _open(job) if step.wake_at), default=None)
    if in_flight:
        return Idle(min((moment for moment in (wake, _hung_at(job)) if moment), default=None))
    if wake is None:
        return _closed(job)
    return Idle(wake) if wake - job.now <= job.short_wait else GiveBack(wake)


def _open(job: JobView) -> list[StepView]:
    """Return the steps that may run, now or at their moment.

    Forward: every step that has its needs. Once a step failed or is parked: what is begun goes on
    to its end, nothing else begins. Cancelling: only what has to find out how its last call ended.
    """
    idle = [step for step in job.steps if not step.in_flight]
    if job.state == JobState.CANCELLING:
        return [step for step in idle if step.unsettled and step.state != StepState.PARKED]
    if any(step.state in {StepState.FAILED, StepState.PARKED} for step in job.steps):
        return [step for step in idle if step.state in BEGUN]
    over = {step.name for step in job.steps if step.state in OVER}
    ready = (step for step in idle if over.issuperset(step.needs))
    pending = {step.name for step in ready if step.state == StepState.PENDING}
    return [step for step in idle if step.state in BEGUN or step.name in pending]


def _closed(job: JobView) -> Decision:
    """Say how the job ends when no step may run any more."""
    failed = next((step for step in job.steps if step.state == StepState.FAILED), None)
    parked = next((step for step in job.steps if step.state == StepState.PARKED), None)
    if job.state == JobState.CANCELLING and not (parked and parked.unsettled):
        return Compensate()
    if failed and job.state == JobState.RUNNING and not (parked and parked.unsettled):
        return Compensate(failed.name, failed.error, failed.next_step)
    if stuck := parked or failed:
        return Park(stuck.name, stuck.error, stuck.next_step)
    waiting = ", ".join(step.name for step in job.steps if step.state not in OVER)
    return Park(
        "",
        f"No step can start: {waiting} need each other, or a step that does not exist.",
        "This is a bug in the job kind. Report it.",
    )


def _overdue(job: JobView) -> Decision | None:
    if job.deadline_at is None or job.now < job.deadline_at:
        return None
    slow = next((step for step in job.steps if step.state not in OVER), None)
    return Park(
        slow.name if slow else "",
        "The job did not finish before its deadline.",
        "See what it waits for, in its log and in the OCI console; then resume it (with a new "
        "deadline) or cancel it.",
    )


def _hung(job: JobView) -> Decision | None:
    """Give a job to an operator when a step does not return; what it writes later is fenced."""
    hung = (step for step in job.steps if (at := _step_hung_at(step)) and job.now >= at)
    step = next(hung, None)
    if step is None:
        return None
    return Park(
        step.name,
        "The step hangs: it did not return a minute after its deadline.",
        "Restart the worker, which frees its thread; find out what the step waits for; then resume "
        "the job or cancel it.",
    )


def _hung_at(job: JobView) -> datetime | None:
    return min((at for step in job.steps if (at := _step_hung_at(step))), default=None)


def _step_hung_at(step: StepView) -> datetime | None:
    return step.deadline_at + GRACE if step.in_flight and step.deadline_at else None


def _all_over(job: JobView) -> bool:
    return all(step.state in OVER for step in job.steps)
