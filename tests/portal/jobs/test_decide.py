"""What to do next with a job, as a table: no database, no clock."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.jobs.decide import (
    GRACE,
    ChangeState,
    Compensate,
    GiveBack,
    Idle,
    JobView,
    Park,
    Start,
    StepView,
    decide,
)
from portal.jobs.states import JobState, StepState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DONE, PENDING, WAITING, FAILED = (
    StepState.DONE,
    StepState.PENDING,
    StepState.WAITING,
    StepState.FAILED,
)
PARKED, RUNNING, SKIPPED, STOPPED = (
    StepState.PARKED,
    StepState.RUNNING,
    StepState.SKIPPED,
    StepState.STOPPED,
)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def step(name, state, *needs, **more) -> StepView:
    return StepView(name, state, needs, **more)


def job(*steps, state=JobState.RUNNING, **more) -> JobView:
    return JobView(state=state, steps=steps, now=NOW, **more)


def flying(name, *needs, **more) -> StepView:
    return step(name, RUNNING, *needs, in_flight=True, **more)


TABLE = {
    "starts what has no needs": (job(step("a", PENDING), step("b", PENDING, "a")), Start(("a",))),
    "starts side by side": (
        job(step("a", DONE), step("b", PENDING, "a"), step("c", PENDING, "a")),
        Start(("b", "c")),
    ),
    "takes a skipped need for met": (
        job(step("a", SKIPPED), step("b", PENDING, "a")),
        Start(("b",)),
    ),
    "waits for every need": (
        job(step("a", DONE), flying("b"), step("c", PENDING, "a", "b")),
        Idle(None),
    ),
    "starts a dependent while others run": (
        job(step("a", DONE), flying("b"), step("c", PENDING, "a")),
        Start(("c",)),
    ),
    "takes up what a dead worker left": (job(step("a", WAITING)), Start(("a",))),
    "looks again when it is time": (job(step("a", WAITING, wake_at=NOW)), Start(("a",))),
    "stays for a short wait": (job(step("a", WAITING, wake_at=at(1))), Idle(at(1))),
    "gives the job back for a long wait": (
        job(step("a", WAITING, wake_at=at(30))),
        GiveBack(at(30)),
    ),
    "stays for a long wait while another step runs": (
        job(step("a", WAITING, wake_at=at(30)), flying("b")),
        Idle(at(30)),
    ),
    "wakes for the earliest": (
        job(step("a", WAITING, wake_at=at(60)), step("b", WAITING, wake_at=at(30))),
        GiveBack(at(30)),
    ),
    "ends well": (job(step("a", DONE), step("b", SKIPPED)), ChangeState(JobState.SUCCEEDED)),
    "ends at once with no steps": (job(), ChangeState(JobState.SUCCEEDED)),
    "starts nothing after a failure": (
        job(step("a", FAILED, error="no"), step("b", PENDING)),
        Compensate("a", "no", ""),
    ),
    "lets what is begun end after a failure": (job(step("a", FAILED), flying("b")), Idle(None)),
    "lets a wait end after a failure": (
        job(step("a", FAILED), step("b", WAITING, wake_at=at(30))),
        GiveBack(at(30)),
    ),
    "parks": (job(step("a", PARKED, error="no", next_step="do")), Park("a", "no", "do")),
    "parks after what is begun has ended": (job(step("a", PARKED), flying("b")), Idle(None)),
    "undoes a failure although another step is parked": (
        job(step("a", FAILED), step("b", PARKED)),
        Compensate("a", "", ""),
    ),
    "asks before it undoes around a call of unknown outcome": (
        job(step("a", FAILED), step("b", PARKED, unsettled=True, error="lost")),
        Park("b", "lost", ""),
    ),
    "hears a cancel": (job(step("a", PENDING), cancel=True), ChangeState(JobState.CANCELLING)),
    "hears a cancel while a step runs": (
        job(flying("a"), cancel=True),
        ChangeState(JobState.CANCELLING),
    ),
    "hears a cancel too late": (job(step("a", DONE), cancel=True), ChangeState(JobState.SUCCEEDED)),
    "cancelling: waits for the call in hand": (
        job(flying("a"), state=JobState.CANCELLING),
        Idle(None),
    ),
    "cancelling: begins nothing": (
        job(step("a", DONE), step("b", PENDING, "a"), state=JobState.CANCELLING),
        Compensate(),
    ),
    "cancelling: leaves a wait": (
        job(step("a", WAITING, wake_at=at(9)), state=JobState.CANCELLING),
        Compensate(),
    ),
    "cancelling: finds out about a lost call": (
        job(step("a", WAITING, unsettled=True), state=JobState.CANCELLING),
        Start(("a",)),
    ),
    "cancelling: asks about what it cannot find out": (
        job(step("a", PARKED, unsettled=True, error="lost"), state=JobState.CANCELLING),
        Park("a", "lost", ""),
    ),
    "cancelling: undoes around a parked step": (
        job(step("a", PARKED), state=JobState.CANCELLING),
        Compensate(),
    ),
    "cancelling: ends well when all was done": (
        job(step("a", DONE), state=JobState.CANCELLING),
        ChangeState(JobState.SUCCEEDED),
    ),
    "undoing: goes on": (
        job(step("a", PENDING), state=JobState.COMPENSATING, cancel=True),
        Start(("a",)),
    ),
    "undoing: ends": (
        job(step("a", DONE), state=JobState.COMPENSATING),
        ChangeState(JobState.COMPENSATED),
    ),
    "undoing: asks": (
        job(step("a", PARKED, error="no"), state=JobState.COMPENSATING),
        Park("a", "no", ""),
    ),
    "draining: waits for the call in hand": (
        job(flying("a"), step("b", PENDING), draining=True),
        Idle(None),
    ),
    "draining: gives the job back": (
        job(step("a", DONE), step("b", PENDING, "a"), draining=True),
        GiveBack(NOW),
    ),
    "hung: waits a while past the deadline": (job(flying("a", deadline_at=NOW)), Idle(NOW + GRACE)),
    "late: waits for the call in hand": (job(flying("a"), deadline_at=NOW), Idle(None)),
    "late but over": (job(step("a", DONE), deadline_at=NOW), ChangeState(JobState.SUCCEEDED)),
    "in time": (job(step("a", PENDING), deadline_at=at(1)), Start(("a",))),
}


@pytest.mark.parametrize(("view", "decision"), TABLE.values(), ids=TABLE)
def test_it(view, decision):
    assert decide(view) == decision


def test_it_gives_a_late_job_to_an_operator_and_names_the_step():
    late = decide(job(step("a", DONE), step("b", WAITING, wake_at=at(9)), deadline_at=NOW))
    assert (
        isinstance(late, Park) and late.step == "b" and "deadline" in late.reason and late.next_step
    )


def test_it_names_the_steps_that_can_never_start():
    ring = decide(job(step("a", PENDING, "b"), step("b", PENDING, "a")))
    assert isinstance(ring, Park) and "a, b" in ring.reason


def test_it_gives_a_hung_step_to_an_operator_even_while_it_runs():
    hung = decide(
        job(flying("a", deadline_at=NOW - GRACE), flying("b", deadline_at=at(600)), draining=True)
    )
    assert isinstance(hung, Park) and hung.step == "a" and "hangs" in hung.reason
