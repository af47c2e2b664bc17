"""Unfinished jobs of former code: after an upgrade they go on, and resume, cancel and abandon
all lead somewhere.
"""

import pytest

from portal.cloud import errors
from portal.jobs.models import Job
from portal.jobs.models.clock import DatabaseNow
from portal.lib.refusal import Refused
from tests.portal.jobs import kinds
from tests.portal.jobs.kinds import Reshaped


@pytest.fixture
def code(monkeypatch):
    """Return how to bring in other code."""

    def changed(**attributes):
        for name, value in attributes.items():
            monkeypatch.setattr(Reshaped, name, value)

    return changed


@pytest.fixture
def at(order, run, cloud, code):
    """Return how to order a job and bring it to a state under the former code."""

    def waiting():
        code(waits=("a",))
        job = run(order("reshaped"), hurry=False)
        code(waits=())
        return job

    def parked():
        cloud.trouble(errors.LimitExceeded("no more"))
        return run(order("reshaped"))

    def cancelling():
        job = waiting()
        job.request_cancel("user:dora")
        return job

    def compensating():
        job = cancelling()
        code(waits=("no-a",))
        run(job, hurry=False)
        code(waits=())
        return job

    places = {
        "waiting": waiting,
        "needs_operator": parked,
        "cancelling": cancelling,
        "compensating": compensating,
    }

    def brought(state):
        job = places[state]()
        job.refresh_from_db()
        if state == "cancelling":
            Job.objects.filter(pk=job.pk).update(state="cancelling")
            job.refresh_from_db()
        assert job.state == state
        return job

    return brought


@pytest.fixture
def lost(order, run, cloud):
    """Return how to bring a job to where it is not known whether its call happened, and the
    next look is a while off.
    """

    def brought():
        cloud.trouble(errors.NoAnswer("lost", retry_after=60), after=True)
        return run(order("reshaped"), hurry=False)

    return brought


STATES = ["waiting", "needs_operator", "cancelling", "compensating"]
CHANGES = {
    "a step removed that is to run": {"names": ("a",)},
    "a step removed that is at work": {"names": ("b",), "removes": ("b",)},
    "every step removed": {"names": (), "removes": ()},
    "a step added": {"names": ("a", "b", "c"), "removes": ("c", "b", "a")},
    "a step renamed": {"names": ("a2", "b"), "removes": ("b", "a2")},
    "a step renamed, and said so": {
        "names": ("a2", "b"),
        "removes": ("b", "a2"),
        "renamed_steps": {"a": "a2"},
    },
    "another version": {"code_version": 2},
    "another version with other steps": {"code_version": 2, "names": ("b", "c"), "removes": ("c",)},
}
matrix = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@pytest.mark.parametrize("state", STATES)
@matrix
def test_resume_leads_to_an_end(at, run, code, state, change):
    job = at(state)
    code(**change)
    if run(job).state == "needs_operator":
        job.resume("user:dora")
    assert run(job).over, (job.state, job.reason)
    assert (job.state == "succeeded") == (state in ("waiting", "needs_operator"))


@pytest.mark.parametrize("state", ["waiting", "needs_operator", "cancelling"])
@matrix
def test_a_cancel_leads_to_an_end(at, run, code, state, change):
    job = at(state)
    code(**change)
    if job.cancel_requested_at is None:
        job.request_cancel("user:dora")
    assert run(job).state in ("cancelled", "compensated"), (job.state, job.reason)


@pytest.mark.parametrize("state", ["waiting", "needs_operator"])
@matrix
def test_a_cancel_after_it_was_parked_for_its_code_leads_to_an_end(at, run, code, state, change):
    job = at(state)
    code(**change)
    if state == "needs_operator":
        job.resume("user:dora")
        Job.objects.filter(pk=job.pk).update(accept_changes=False)
    if run(job).state == "needs_operator":
        job.request_cancel("user:dora")
        assert run(job).state in ("cancelled", "compensated"), (job.state, job.reason)


@pytest.mark.parametrize("state", STATES)
@matrix
def test_a_parked_job_can_be_abandoned(at, code, state, change):
    job = at(state)
    code(**change)
    Job.objects.filter(pk=job.pk).update(state="needs_operator", next_wake_at=None)
    job.abandon("user:ada", "made by hand")
    assert job.state == "failed"
    assert kinds.FINISHED[-1][0] == "failed"


def test_a_job_is_not_taken_on_by_changed_steps_unasked(at, run, code, cloud):
    job = at("waiting")
    code(names=("a", "b", "c"))
    assert run(job).state == "needs_operator"
    assert "steps added: c" in job.reason and "version" not in job.reason
    assert [name for name, _ in cloud.calls] == ["a"]


def test_after_resume_what_is_done_stays_done_and_what_was_added_runs(at, run, code, cloud):
    job = at("waiting")
    code(names=("a", "c", "b"))
    run(job)
    job.resume("user:dora")
    assert run(job).state == "succeeded"
    assert [name for name, _ in cloud.calls] == ["a", "c", "b"]
    assert [row.name for row in job.step_rows.all()] == ["a", "c", "b"]
    assert job.log.filter(line__contains="Added: c. Gone: none.").exists()


def test_an_operator_agrees_to_one_change_only(at, run, code):
    job = at("waiting")
    code(names=("a", "b", "c"), waits=("c",))
    run(job)
    job.resume("user:dora")
    assert run(job, hurry=False).state == "waiting"
    code(names=("a", "b", "c", "d"), waits=())
    assert run(job).state == "needs_operator"
    assert "steps added: d" in job.reason


def test_a_step_that_is_gone_stays_as_it_is_and_its_memo_reaches_the_compensation(
    at, run, code, cloud
):
    job = at("waiting")
    code(names=("b",), waits=("b",))
    run(job)
    job.resume("user:dora")
    run(job, hurry=False)
    row = job.step_rows.get(name="a")
    assert (row.state, row.note) == ("stopped", "This version of the code has no such step.")
    job.request_cancel("user:dora")
    assert run(job).state == "compensated"
    assert [name for name, _ in cloud.calls] == ["a", "b", "no-b", "no-a"]


def test_a_renamed_step_goes_on_by_itself_when_its_kind_says_so(at, run, code, cloud):
    job = at("waiting")
    code(names=("first", "b"), renamed_steps={"a": "first"})
    assert run(job).state == "succeeded"
    assert [name for name, _ in cloud.calls] == ["a", "b"]
    assert [row.name for row in job.step_rows.all()] == ["first", "b"]
    assert kinds.FINISHED == [("succeeded", ["b", "first"])]


def test_an_abandoned_job_is_told_to_the_product_by_the_present_names(at, code):
    job = at("waiting")
    code(names=("first", "b"), renamed_steps={"a": "first"})
    Job.objects.filter(pk=job.pk).update(state="needs_operator")
    job.abandon("user:ada", "enough")
    assert kinds.FINISHED == [("failed", ["first"])]


def test_cancelling_begins_no_step_that_was_added(at, run, code, cloud):
    job = at("waiting")
    code(names=("z", "a", "b"))
    job.request_cancel("user:dora")
    assert run(job).state == "compensated"
    assert [name for name, _ in cloud.calls] == ["a", "no-a"]


def test_a_cancel_is_no_success_because_the_steps_that_were_left_are_gone(order, run, code, cloud):
    code(waits=("b",))
    job = run(order("reshaped"), hurry=False)
    code(names=("a",), waits=())
    job.request_cancel("user:dora")
    assert run(job).state == "compensated"
    assert [name for name, _ in cloud.calls] == ["a", "b", "no-b", "no-a"]


def test_cancelling_finds_out_about_a_lost_call_of_a_step_that_is_still_there(
    lost, run, cloud, code
):
    job = lost()
    assert job.state == "waiting"
    code(names=("z", "a"))
    job.request_cancel("user:dora")
    assert run(job).state == "compensated"
    assert [name for name, _ in cloud.calls] == ["a", "a", "no-a"]
    assert len(cloud.things["a"]) == 1


def test_cancelling_asks_about_a_lost_call_whose_step_is_gone_then_goes_on(lost, run, cloud, code):
    job = lost()
    code(names=("b",))
    job.request_cancel("user:dora")
    assert run(job).state == "needs_operator"
    assert "double.create_thing (create_thing)" in job.reason and "Look in OCI" in job.next_step
    job.resume("user:dora")
    assert run(job).state in ("cancelled", "compensated")
    row = job.step_rows.get(name="a")
    assert row.state == "stopped" and "not known whether double.create_thing happened" in row.note


def test_going_on_asks_about_a_lost_call_whose_step_is_gone_then_goes_on(lost, run, cloud, code):
    job = lost()
    code(names=("b",))
    assert run(job).state == "needs_operator"
    assert "not known whether double.create_thing (create_thing) happened" in job.reason
    job.resume("user:dora")
    assert run(job).state == "succeeded"


def test_cancelling_asks_when_the_step_makes_another_call_before_it_finds_out(
    lost, run, cloud, code
):
    job = lost()
    code(make=lambda self, name, ctx: ctx.change("double", "create_thing", name, label="another"))
    job.request_cancel("user:dora")
    assert run(job).state == "needs_operator"
    assert "before it was known whether double.create_thing happened" in job.reason
    job.resume("user:dora", looked=True)
    assert run(job).state in ("cancelled", "compensated")


def test_a_job_that_its_kind_no_longer_understands_can_be_cancelled(at, run, code, cloud):
    job = at("waiting")

    def steps(self, job):
        raise KeyError("places")

    code(steps=steps)
    Job.objects.filter(pk=job.pk).update(next_wake_at=DatabaseNow())
    assert run(job).state == "needs_operator" and "KeyError" in job.reason
    job.request_cancel("user:dora")
    assert run(job).state == "compensated"
    assert [name for name, _ in cloud.calls] == ["a", "no-a"]


def test_an_undoing_job_does_not_mind_changes_of_the_way_forward(at, run, code, cloud):
    job = at("compensating")
    code(names=("x", "y"))
    assert run(job).state == "compensated"
    assert [name for name, _ in cloud.calls] == ["a", "no-a"]


def test_an_undoing_job_asks_when_its_way_back_changed(at, run, code, cloud):
    job = at("compensating")
    code(compensation=lambda self, job, results: [kinds.Step("other", lambda ctx: kinds.Done())])
    assert run(job).state == "needs_operator"
    assert "steps added: undo:other; steps gone: undo:a" in job.reason
    with pytest.raises(Refused, match="Resume it"):
        job.request_cancel("user:dora")
    job.resume("user:dora")
    assert run(job).state == "compensated"
    assert list(job.step_rows.filter(undo=True).values_list("name", "state")) == [
        ("undo:other", "done"),
        ("undo:a", "stopped"),
    ]


def test_a_failure_stays_one_although_its_step_is_gone(order, run, cloud, code):
    code(waits=("b",), names=("a", "b"))
    code(
        steps=lambda self, job: [
            kinds.Step(name, lambda ctx, name=name: self.make(name, ctx)) for name in self.names
        ]
    )
    cloud.before = lambda name: None
    cloud.trouble(errors.BadRequest("no such shape"))
    job = run(order("reshaped"), hurry=False)
    assert sorted(job.step_rows.values_list("name", "state")) == [("a", "failed"), ("b", "waiting")]
    code(names=("b",), waits=())
    assert run(job).state == "compensated"
    assert (job.at_step, job.reason) == ("a", "no such shape")


def test_a_routine_job_of_changed_code_fails(order, run, monkeypatch):
    job = order("routine")
    monkeypatch.setattr(kinds.Routine, "code_version", 2)
    assert run(job).state == "failed"
    assert "version 2 instead of version 1" in job.reason


@pytest.mark.parametrize("begun", [True, False])
def test_a_job_of_other_code_is_parked_and_can_be_resumed_on_purpose(
    order, run, monkeypatch, begun
):
    job = order("slow", spec={})
    if begun:
        run(job, hurry=False)
    monkeypatch.setattr(kinds.Slow, "code_version", 2)
    assert run(job).state == "needs_operator"
    assert "version 1" in job.reason and "version 2" in job.reason
    job.resume("user:dora")
    assert run(job).state == "succeeded"
    assert job.code_version == 2


def test_a_job_whose_steps_changed_is_parked(order, run, monkeypatch):
    job = order()
    monkeypatch.setattr(kinds.Walk, "steps", lambda *_: [])
    assert run(job).state == "needs_operator"
