"""How much the job engine adds to the calls that it makes: 60 steps, 8 deep, one call of 50
ms each.
"""

import statistics
import sys
import time
from typing import Any

from bench._ground import database

STEPS, DEPTH, LATENCY, ROUNDS = 60, 8, 0.05, 5


database()
import django

django.setup()

from django.conf import settings
from django.core.management import call_command

from portal.cloud.client import Answer
from portal.jobs.definition import Done, JobKind, Step, StepContext
from portal.jobs.dispatch import submit
from portal.jobs.runner import Runner
from portal.jobs.states import ACTIVE


class SlowClient:
    """A cloud where every call takes the same time."""

    def takes_token(self, service: str, operation: str) -> bool:
        """Say yes."""
        return True

    def change(self, service: str, operation: str, *args: Any, **kwargs: Any) -> Answer:
        """Take the time."""
        time.sleep(LATENCY)
        return Answer({"id": "ocid1.thing"}, "request", "", "", 200, {})


class Wide(JobKind):
    """A graph as of an environment: each step needs one of the level above."""

    def steps(self, job: Any) -> list[Step]:
        """Return the graph."""
        width = STEPS // DEPTH
        needs = [[] if n < width else [f"s{n - width}"] for n in range(STEPS)]
        needs = [
            need if n // width < DEPTH else [f"s{n - 2 * width}"] for n, need in enumerate(needs)
        ]
        return [Step(f"s{n}", self.create, needs=need) for n, need in enumerate(needs)]

    def create(self, ctx: StepContext) -> Done:
        """Make one call."""
        return Done(
            ctx.change(
                "virtual_network", "create_vcn", create_vcn_details={"displayName": "x"}
            ).data
        )


def once(runner: Runner) -> float:
    """Run the job and return its seconds from order to end."""
    job = submit("bench.wide", environment="dev", actor="command:bench")
    runner.ring()
    while job.state in ACTIVE:
        time.sleep(0.005)
        job.refresh_from_db(fields=["state", "ended_at", "reason"])
    assert job.state == "succeeded", f"{job.state}: {job.reason}"
    return (job.ended_at - job.created_at).total_seconds()


def main() -> int:
    """Print the ratio."""
    call_command("migrate", verbosity=0)
    settings.JOB_KINDS = {"bench.wide": "__main__.Wide"}
    settings.JOB_SCHEDULES = {}
    runner = Runner(make_client=SlowClient)
    runner.start()
    walls = [once(runner) for _ in range(ROUNDS)]
    runner.stop()
    critical = DEPTH * LATENCY
    wall = statistics.median(walls)
    print(
        f"jobs: {STEPS} steps, {DEPTH} deep: wall / critical path = {wall / critical:.2f}"
        f" ({wall:.3f} s / {critical:.3f} s)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
