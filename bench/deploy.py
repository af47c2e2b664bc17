"""What users notice of a deployment and a rollback under traffic, and how soon a rollback reaches OCI, with a real worker."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

RATE, ROLLBACKS, DEPLOYS = 50, 20, 2
ALLOWED_SECONDS = 1.0
WAIT_SECONDS = 120
FOLDER = Path(tempfile.mkdtemp(prefix="portal-bench-"))


def services() -> None:
    """Start a database, a broker and a simulated cloud of our own, and point the settings at them."""
    import atexit
    import socket

    from portal.sandbox import valkey
    from portal.sandbox.postgres import OWNER, RUNTIME, Postgres

    postgres = Postgres(FOLDER / "pg")
    postgres.start()
    atexit.register(postgres.stop)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    broker = subprocess.Popen(valkey.command(FOLDER / "valkey", port), stdout=subprocess.DEVNULL)
    atexit.register(broker.kill)
    while not valkey.answers(port):
        time.sleep(0.05)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.update(
        DATABASE_URL=postgres.url(RUNTIME),
        DATABASE_OWNER_URL=postgres.url(OWNER),
        REDIS_URL=f"redis://127.0.0.1:{port}/0",
        SECRET_KEY="bench" * 10,
        WEBHOOK_PASSWORD="bench",
        LOG_LEVEL="ERROR",
        IDENTITY_WRITE_SECONDS="60",  # there is no identity provider here to be asked
    )


services()
from tests.simulator import Simulator

simulator = Simulator(FOLDER / "state.sqlite")
os.environ.update({f"OCI_{name.upper()}": value for name, value in simulator.settings.items()})

import django

django.setup()

from django.core.management import call_command
from django.db.models import Min
from django.test import Client
from django.urls import reverse

from portal.jobs.models import Call, Job
from releases.models import Deployment
from tests.accounts.people import sign_in
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


def roll_back(site: Site, client: Client) -> float:
    """Press the button of the confirmation page; return the seconds until the first call left for OCI."""
    sign_in(client, site.cast.deployer)  # a change takes a sign-in that was just confirmed
    clicked = time.time()
    answer = client.post(reverse("rollback") + "?environment=dev", {"reason": "measured"})
    job = ended(Job.objects.get(pk=answer["Location"].strip("/").rpartition("/")[2]))
    sent: Any = Call.objects.filter(step__job=job).aggregate(first=Min("sent_at"))["first"]
    return float(sent.timestamp() - clicked)


def stand_by_again() -> None:
    """Let what was rolled back count as kept, so that the next rollback goes the other way without a deployment between."""
    Deployment.objects.filter(state="rolled_back").update(state="standby")


def main() -> int:
    """Print the two figures."""
    call_command("migrate", verbosity=0)
    site = build(simulator)
    warnings.filterwarnings("ignore", "No directory at")  # static files play no part here
    command = [sys.executable, "-m", "celery", "-A", "portal", "--quiet", "worker", "--pool", "threads", "-l", "ERROR"]
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = Client(headers={"host": "localhost"})
    first, took = [], []
    try:
        ended(site.order("1.0.0"))
        with Traffic(site.environment.api_url, rate=RATE) as traffic:
            for number in range(1, DEPLOYS + 1):
                began = time.monotonic()
                ended(site.order(f"1.{number}.0"))
                took.append(time.monotonic() - began)
                first.append(roll_back(site, client))
            for _ in range(ROLLBACKS - DEPLOYS):
                stand_by_again()
                first.append(roll_back(site, client))
    finally:
        worker.terminate()
        worker.wait(20)
        simulator.close()
    p95 = statistics.quantiles(first, n=20)[18]
    slow = statistics.quantiles(traffic.seconds, n=100)[98] * 1000
    print(
        f"deploy and rollback under {RATE} requests/s: {len(traffic.lost)} of {traffic.sent} requests lost (0 wanted), "
        f"p99 {slow:.0f} ms; {DEPLOYS} deployments took {statistics.mean(took):.1f} s, {len(first)} rollbacks"
    )
    print(f"rollback: click to first OCI call p50 {statistics.median(first):.2f} s, p95 {p95:.2f} s (<= {ALLOWED_SECONDS} s)")
    for trouble in traffic.lost[:5]:
        print(f"  lost: {trouble}")
    return 0 if not traffic.lost and p95 <= ALLOWED_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
