"""What users notice of deployments and rollbacks, how near they come to what the cloud
imposes, with a real worker.
"""

import os
import statistics
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench._ground import broker, database, worker

RATE, DEPLOYS, ROLLBACKS, QUIET_SECONDS = 100, 2, 10, 10
P99_FACTOR, WALL_FACTOR, BACK_SECONDS, FIRST_SECONDS = 2.0, 1.2, 3.0, 1.0
WAIT_SECONDS = 180
FOLDER = database(
    SECRET_KEY="bench" * 10,
    WEBHOOK_PASSWORD="bench",
    IDENTITY_WRITE_SECONDS="600",  # there is no identity provider here to be asked
)
os.environ["REDIS_URL"] = broker(FOLDER)
from tests.simulator import Simulator

simulator = Simulator(FOLDER / "state.sqlite")
simulator.reset(scale=1.0)  # container instances take 3 s, changes of the load balancer 1 s
os.environ.update({f"OCI_{name.upper()}": value for name, value in simulator.settings.items()})

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db.models import Min
from django.test import Client
from django.urls import reverse

from bench._bare import take
from portal.jobs.models import Call, Job
from releases.deployment import sequence
from releases.models import Deployment, Hold
from tests.portal.accounts.people import sign_in
from tests.releases.site import Site, build
from tests.releases.traffic import Traffic


def ended(job: Job) -> Job:
    """Wait for the worker to end the job."""
    until = time.monotonic() + WAIT_SECONDS
    while not job.over and time.monotonic() < until:
        time.sleep(0.1)
        job.refresh_from_db()
    if job.state != "succeeded":
        sys.exit(f"{job.title}: {job.state} at {job.at_step}: {job.reason}")
    return job


def seconds(job: Job) -> float:
    """Return how long a job took from its order to its end."""
    return float((job.ended_at - job.created_at).total_seconds()) if job.ended_at else 0.0


def roll_back(site: Site, client: Client, traffic: Traffic) -> tuple[float, float]:
    """Press the button; return the seconds until the first call left for OCI, and until the
    last answer of what was live.
    """
    sign_in(client, site.cast.deployer)  # a change takes a sign-in that was just confirmed
    leaving = traffic.answers[-1][2]
    clicked, at = time.time(), time.monotonic()
    answer = client.post(reverse("rollback") + "?environment=dev", {"reason": "measured"})
    job = ended(Job.objects.get(pk=answer["Location"].strip("/").rpartition("/")[2]))
    sent: Any = Call.objects.filter(step__job=job).aggregate(first=Min("sent_at"))["first"]
    after = [begun for begun, _, server in traffic.answers if begun > at and server == leaving]
    back = {server for begun, _, server in traffic.answers if begun > at} - {leaving}
    assert back, "nobody else answered after the rollback"
    return float(sent.timestamp() - clicked), max(after, default=at) - at


def free_again(site: Site) -> None:
    """Lift the hold that a rollback leaves, and let what was rolled back count as kept: the
    next one goes the other way.
    """
    for hold in Hold.objects.open():
        hold.lift(site.cast.admin, "measured")
    Deployment.objects.filter(state="rolled_back").update(state="standby", rolled_back_at=None)


@contextmanager
def working() -> Iterator[None]:
    """Have a worker for a time."""
    process = worker()
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def p99(times: list[float]) -> float:
    """Return the 99th percentile in milliseconds."""
    return statistics.quantiles(times, n=100)[98] * 1000


def main() -> int:
    """Print the figures; fail when one is out of bounds."""
    call_command("migrate", verbosity=0)
    settings.JOB_SCHEDULES = {}
    warnings.filterwarnings("ignore", "No directory at")  # static files play no part here
    site, client = build(simulator), Client(headers={"host": "localhost"})
    walls, first, back = [], [], []
    with working():
        ended(site.order("1.0.0"))
        with Traffic(site.environment.api_url, rate=RATE, workers=16) as traffic:
            time.sleep(QUIET_SECONDS)
            quiet = len(traffic.seconds)
            for number in range(1, DEPLOYS + 1):
                walls.append(seconds(ended(site.order(f"1.{number}.0"))))
            for _ in range(ROLLBACKS):
                sooner, later = roll_back(site, client, traffic)
                first.append(sooner)
                back.append(later)
                free_again(site)
    with Traffic(
        site.environment.api_url, rate=RATE, workers=16
    ) as beside:  # the same load, and no worker
        job = site.order("2.0.0")
        imposed = take(sequence.deploy(job.spec["plan"]), job)
    simulator.close()
    good = [users(traffic, quiet, beside), pace(walls, imposed), way_back(first, back)]
    return 0 if all(good) else 1


def users(traffic: Traffic, quiet: int, beside: Traffic) -> bool:
    """Print what users notice, and what they would notice if the same steps were taken
    without the portal.
    """
    before, during, bare = (
        p99(times) for times in (traffic.seconds[:quiet], traffic.seconds[quiet:], beside.seconds)
    )
    lost = [*traffic.lost, *beside.lost]
    print(
        f"deploy and rollback under {RATE} requests/s: {len(lost)} of {traffic.sent} lost (0"
        f" wanted); p99 {before:.0f} ms before, {during:.0f} ms during = {during / before:.1f} x (<"
        f" {P99_FACTOR:g}); without the portal {bare / before:.1f} x"
    )
    for trouble in lost[:5]:
        print(f"  lost: {trouble}")
    return not lost and during < P99_FACTOR * before


def pace(walls: list[float], imposed: float) -> bool:
    """Print how long a deployment takes beside what the cloud and its health checks impose."""
    wall = statistics.median(walls)
    print(
        f"deploy: {wall:.1f} s; the same steps by an impatient client {imposed:.1f} s:"
        f" {wall / imposed:.2f} (<= {WALL_FACTOR})"
    )
    return wall <= WALL_FACTOR * imposed


def way_back(first: list[float], back: list[float]) -> bool:
    """Print how soon a rollback reaches OCI, and the users."""
    late, call = (statistics.quantiles(times, n=20)[18] for times in (back, first))
    print(
        f"rollback: click to the last answer of what was live p50 {statistics.median(back):.2f} s,"
        f" p95 {late:.2f} s (< {BACK_SECONDS:g} s); to the first call to OCI p95 {call:.2f} s (<="
        f" {FIRST_SECONDS:g} s)"
    )
    return late < BACK_SECONDS and call <= FIRST_SECONDS


if __name__ == "__main__":
    sys.exit(main())
