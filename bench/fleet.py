"""Whether many deployments at once wait on each other: one in each of 50 environments, with
four workers.
"""

import os
import statistics
import sys
import time
from datetime import datetime
from typing import Any

from bench._ground import broker, database, worker

ENVIRONMENTS, WORKERS = int(os.environ.get("BENCH_ENVIRONMENTS", "50")), 4
FACTOR, CLAIM_SECONDS, WAIT_SECONDS = 1.2, 2.0, 500
SLOTS = os.environ.get(
    "JOB_SLOTS", str(-(-ENVIRONMENTS // WORKERS))
)  # a short wait holds its slot; the default of 4 makes a queue
FOLDER = database(
    SECRET_KEY="bench" * 10,
    WEBHOOK_PASSWORD="bench",
    JOB_SLOTS=SLOTS,
    JOB_STEP_THREADS="6",
    # slots and threads and 4; four workers together stay below the server's 100
    DATABASE_POOL="23",
    IDENTITY_WRITE_SECONDS="600",
)
os.environ["REDIS_URL"] = broker(FOLDER)
from tests.simulator import Simulator

simulator = Simulator(FOLDER / "state.sqlite")
os.environ.update({f"OCI_{name.upper()}": value for name, value in simulator.settings.items()})

import django

django.setup()

from django.conf import settings
from django.core.management import call_command

from environments.models import Environment, ManagedResource, SecretReference
from portal.jobs.models import Job
from portal.lib.clock import now
from releases.deployment import dispatch
from releases.models import Release
from tests.environments.site import Site as Place
from tests.portal.accounts.people import make_cast
from tests.releases.site import NEEDED, VAULT, Site, free_port, type_database_url


def build(slug: str, cast: Any) -> Site:
    """Build what a release needs of an environment; one API instance and no worker, for each
    is a process on this machine.
    """
    wanted = {
        "listener_port": free_port(),
        "promote_from": "anywhere",
        "api_instances": 1,
        "worker_instances": 0,
    }
    fields = {
        "name": slug,
        "position": 1,
        "owner": "ops",
        "cost_center": "cc-1",
        "settings": wanted,
    }
    environment = Environment.objects.create(slug=slug, **fields)
    place = Place(*NEEDED, *VAULT, slug=slug, position=1, settings=wanted)
    place.apply()
    for key, found in place.results.items():
        kind, _, name = key.partition(".")
        values = {
            "kind": kind,
            "name": found["name"],
            "ocid": found["ocid"],
            "facts": found["facts"],
            "seen_at": now(),
        }
        ManagedResource.objects.create(environment=environment, key=key, state="ACTIVE", **values)
        if kind == "secret":
            SecretReference.objects.create(
                environment=environment, name=name, secret_ocid=found["ocid"], set_by="user:ada"
            )
    type_database_url(simulator, environment, place)
    return Site(simulator, environment, cast)


def prepare(site: Site) -> Release:
    """Push and request, so that nothing is left but to deploy."""
    site.push("1.0.0")
    found: Release = site.request("1.0.0")
    return found


def wait(jobs: list[Job]) -> list[Job]:
    """Wait until every job is over; stop at the first that needs somebody."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        found = list(Job.objects.filter(pk__in=[job.pk for job in jobs]).defer("spec"))
        stuck = [job for job in found if job.state == "needs_operator"]
        if stuck or all(job.over for job in found):
            return found
        time.sleep(0.2)
    sys.exit(
        f"after {WAIT_SECONDS} s {sum(not job.over for job in found)} deployments are not over"
    )


def _at(moment: datetime | None) -> datetime:
    assert moment is not None
    return moment


def main() -> int:
    """Print the figure; fail when a deployment ended badly or waited on another."""
    call_command("migrate", verbosity=0)
    settings.JOB_SCHEDULES = {}
    cast = make_cast()
    sites = [build(f"e{number:02}", cast) for number in range(ENVIRONMENTS + 1)]
    simulator.control(
        "POST", "/clock", {"scale": 1.0}
    )  # container instances take 3 s, changes of the load balancer 1 s
    alone, *others = (prepare(site) for site in sites)
    workers = [worker() for _ in range(WORKERS)]
    try:
        (single,) = wait([dispatch.deploy(Release.objects.get(pk=alone.pk), cast.deployer)])
        ordered = [dispatch.deploy(Release.objects.get(pk=one.pk), cast.deployer) for one in others]
        jobs = wait(ordered)
    finally:
        for process in workers:
            process.terminate()
        simulator.close()
    return report(single, jobs)


def report(single: Job, jobs: list[Job]) -> int:
    """Print how the many did beside the one, and return the exit code."""
    took = [
        (_at(job.ended_at) - _at(job.started_at)).total_seconds() for job in jobs if job.ended_at
    ]
    claimed = [(_at(job.started_at) - job.created_at).total_seconds() for job in jobs]
    wall = (
        max(_at(job.ended_at) for job in jobs) - min(job.created_at for job in jobs)
    ).total_seconds()
    well = sum(job.state == "succeeded" for job in jobs)
    one = (_at(single.ended_at) - _at(single.started_at)).total_seconds()
    late = statistics.quantiles(claimed, n=20)[18]
    print(
        f"fleet: {len(jobs)} deployments in as many environments at once, {WORKERS} workers of"
        f" {SLOTS} slots: {well} ended well; wall {wall:.1f} s / longest {max(took):.1f} s ="
        f" {wall / max(took):.2f} (<= {FACTOR}); order to begin p95 {late:.2f} s (<="
        f" {CLAIM_SECONDS:g} s)"
    )
    print(
        f"fleet: one alone takes {one:.1f} s; the median of the many"
        f" {statistics.median(took):.1f} s"
    )
    for job in [job for job in jobs if job.state != "succeeded"][:5]:
        print(f"  {job.title}: {job.state} at {job.at_step}: {job.reason}")
    return 0 if well == len(jobs) and wall <= FACTOR * max(took) and late <= CLAIM_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
