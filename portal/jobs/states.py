"""The states of a job, a step, a call. A trigger in the database has the same table of moves."""

from enum import StrEnum


class JobState(StrEnum):
    """The state of a job."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    CANCELLING = "cancelling"
    COMPENSATING = "compensating"
    NEEDS_OPERATOR = "needs_operator"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    COMPENSATED = "compensated"


TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLING, JobState.NEEDS_OPERATOR}),
    JobState.RUNNING: frozenset(
        {
            JobState.WAITING,
            JobState.CANCELLING,
            JobState.COMPENSATING,
            JobState.NEEDS_OPERATOR,
            JobState.SUCCEEDED,
            JobState.FAILED,
        }
    ),
    JobState.WAITING: frozenset({JobState.RUNNING, JobState.CANCELLING, JobState.NEEDS_OPERATOR}),
    JobState.CANCELLING: frozenset(
        {JobState.COMPENSATING, JobState.NEEDS_OPERATOR, JobState.SUCCEEDED, JobState.CANCELLED}
    ),
    JobState.COMPENSATING: frozenset({JobState.NEEDS_OPERATOR, JobState.COMPENSATED}),
    JobState.NEEDS_OPERATOR: frozenset(
        {JobState.WAITING, JobState.CANCELLING, JobState.COMPENSATING, JobState.FAILED}
    ),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.COMPENSATED: frozenset(),
}
TERMINAL = frozenset(state for state, following in TRANSITIONS.items() if not following)
PARKED = frozenset({JobState.NEEDS_OPERATOR})
UNFINISHED = frozenset(JobState) - TERMINAL
ACTIVE = UNFINISHED - PARKED  # a worker has it, or a timer will wake one


def legal(old: JobState, new: JobState) -> bool:
    """Say whether a job may go from one state to the other, or stay as it is."""
    return new in TRANSITIONS[old] or (old == new and old not in TERMINAL)


class StepState(StrEnum):
    """The state of a step."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"  # begun; its next try or look is due at `wake_at`
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"  # for good: the job goes into compensation or ends failed
    PARKED = "parked"  # waits for an operator to remove the cause
    STOPPED = "stopped"  # interrupted by a cancel


OVER = frozenset({StepState.DONE, StepState.SKIPPED})
BEGUN = frozenset({StepState.RUNNING, StepState.WAITING})


class CallOutcome(StrEnum):
    """What is known of one call to OCI."""

    OPEN = ""  # the intent is written; whether the call happened is not known
    DONE = "done"
    NOT_DONE = "not_done"  # OCI said no, or the request certainly never left
    UNKNOWN = "unknown"  # the answer was lost, or OCI failed in the middle
    ABSENT = "absent"  # looked up in OCI after an unknown outcome: it did not happen
