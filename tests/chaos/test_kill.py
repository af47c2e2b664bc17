"""A worker is killed, between any two lines: the job goes on, everything is made once, the
audit trail tells it.
"""

import pytest

from portal.audit.models import Event
from portal.jobs.models import Call, Job
from portal.lib.clock import now
from tests.chaos.conftest import LEASE, alive, at_rest
from tests.patience import patient, until

MADE = ["balancer", "bucket", "http", "https", "network"]
QUICK = 10  # points of the quick run, spread over all


def points(workers, build, tmp_path) -> list[str]:
    """Return the checkpoints that one undisturbed job passes."""
    trace = tmp_path / "trace"
    workers.start(f"trace@{trace}")
    assert at_rest(build("trace")).state == "succeeded"
    workers.clear()
    return trace.read_text().split()


def survive(workers, build, cloud, point: int) -> float:
    """Kill the worker at a point, start another; return the seconds from the death until the
    job was taken up again.
    """
    job = build(f"e{point}")
    doomed = workers.start(f"kill@{point}", lease=LEASE)
    until(
        lambda: not alive(doomed) or over(job)
    )  # side by side, it may pass a point less than the traced one
    died = now()
    workers.start()
    job = at_rest(job)
    assert job.state == "succeeded", f"{point}: {job.reason}"
    assert [name for name in cloud.names() if name.startswith(f"e{point}-")] == [
        f"e{point}-{name}" for name in MADE
    ], point
    tells_the_story(job)
    workers.clear()
    claimed = Event.objects.filter(verb="job.claimed", job=str(job.pk)).latest("id").at
    return max((claimed - died).total_seconds(), 0.0)


def over(job: Job) -> bool:
    """Say whether the job ended before its worker was killed."""
    job.refresh_from_db()
    return job.over


def tells_the_story(job: Job) -> None:
    """Every call has an admission before its outcome, and the end is told once."""
    rows = list(Event.objects.filter(job=str(job.pk)).order_by("id").values_list("verb", "outcome"))
    assert rows[0] == ("job.submitted", "admitted")
    assert rows[-1] == ("job.state_changed", "done")
    calls = [outcome for verb, outcome in rows if verb == "oci.call"]
    assert (
        calls.count("done")
        == len(MADE)
        == Call.objects.filter(step__job=job, outcome="done").count()
    )
    assert calls.count("admitted") >= calls.count("done")


def test_a_job_survives_a_kill_at_points_spread_over_its_way(workers, build, cloud, tmp_path):
    passed = points(workers, build, tmp_path)
    spread = range(1, len(passed) + 1, max(len(passed) // QUICK, 1))
    times = sorted(survive(workers, build, cloud, point) for point in spread)
    assert cloud.unannounced == []
    assert times[-1] <= LEASE + patient(2)


@pytest.mark.chaos
def test_a_job_survives_a_kill_at_every_point(workers, build, cloud, tmp_path):
    passed = points(workers, build, tmp_path)
    times = sorted(survive(workers, build, cloud, point) for point in range(1, len(passed) + 1))
    print(
        f"chaos: {len(passed)} kill points, death to resume p50 {times[len(times) // 2]:.2f} s, max"
        f" {times[-1]:.2f} s"
    )
    assert cloud.unannounced == []
    assert times[-1] <= LEASE + patient(2)
