"""What people do with a job: cancel, resume, give up."""

import pytest

from portal.audit.models import Event
from portal.cloud import errors
from portal.jobs.models import Job
from portal.lib.refusal import Refused


def test_a_cancel_before_the_start_ends_it_with_nothing_done(order, run, cloud):
    job = order("make")
    job.request_cancel("user:dora")
    assert run(job).state == "cancelled"
    assert cloud.calls == []
    assert job.cancel_requested_by == "user:dora"
    assert Event.objects.filter(verb="job.cancel_requested", actor="user:dora").exists()


def test_a_cancel_between_steps_undoes_what_was_done(order, run, cloud):
    job = order("undoable", spec={})
    cloud.before = lambda name: (
        name == "thing1" and Job.objects.get(pk=job.pk).request_cancel("user:dora")
    )
    assert run(job).state == "compensated"
    assert [name for name, _ in cloud.calls] == ["thing0", "thing1", "undo", "undo"]


def test_a_cancel_finds_out_about_the_lost_call_first(order, run, cloud):
    job = order("make")
    cloud.trouble(errors.NoAnswer("lost"), after=True)
    cloud.before = lambda name: (
        not cloud.calls and Job.objects.get(pk=job.pk).request_cancel("user:dora")
    )
    run(job)
    assert job.state == "succeeded"  # the only step turned out to be done
    assert len(cloud.things["vcn"]) == 1


def test_a_second_cancel_is_refused(order):
    job = order()
    job.request_cancel("user:dora")
    with pytest.raises(Refused, match="already"):
        job.request_cancel("user:dora")


def test_what_is_over_cannot_be_cancelled_resumed_or_given_up(order, run):
    job = run(order())
    for act in (
        lambda: job.request_cancel("user:x"),
        lambda: job.resume("user:x"),
        lambda: job.abandon("user:x", "why"),
    ):
        with pytest.raises(Refused, match="is over"):
            act()


def test_a_parked_job_can_be_cancelled(order, run, cloud):
    cloud.trouble(errors.LimitExceeded("no more load balancers"))
    job = run(order("make"))
    assert job.state == "needs_operator"
    job.request_cancel("user:dora")
    assert run(job).state == "cancelled"


def test_a_job_given_up_ends_failed_and_says_why(order, run, cloud):
    cloud.trouble(errors.NoAnswer("lost"))
    job = run(order("fixed"))
    job.abandon("user:ada", "made by hand")
    assert job.state == "failed"
    assert Event.objects.filter(actor="user:ada", body__contains="made by hand").exists()
    assert order("fixed")


def test_a_job_that_runs_cannot_be_resumed(order):
    with pytest.raises(Refused, match="not parked"):
        order().resume("user:dora")


@pytest.mark.parametrize(
    ("who", "acts"), [("admin", "cra"), ("deployer", "cr"), ("readonly", ""), ("auditor", "")]
)
def test_who_may_do_what(order, cast, who, acts):
    user = getattr(cast, who)
    running, parked = order(), Job(state="needs_operator")
    may = [
        running.can_cancel(user) and "c",
        parked.can_resume(user) and "r",
        parked.can_abandon(user) and "a",
    ]
    assert "".join(letter for letter in may if letter) == acts
