"""Real threads."""

import time

from portal.jobs.dispatch import submit
from portal.jobs.runner import Runner


def test_x(committed_db, settings):
    settings.JOB_KINDS = {"tests.walk": "tests.jobs.kinds.Walk"}
    settings.JOB_SCHEDULES = {}
    job = submit("tests.walk", environment="dev", actor="user:dora", spec={"steps": list("abcdef")})
    runner = Runner()
    runner.start()
    t = time.monotonic()
    while time.monotonic() - t < 5:
        job.refresh_from_db()
        if job.over:
            break
        time.sleep(0.01)
    print(time.monotonic() - t)
    runner.stop()
    assert job.state == "succeeded"
