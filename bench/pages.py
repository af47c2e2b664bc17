"""What pages cost: front page and incident with 10,000 audit rows and 200 jobs, and both
inventories with 200 environments.
"""

import statistics
import sys
import time
from datetime import timedelta

from bench._ground import database

AUDIT_ROWS, JOBS, REQUESTS = 10_000, 200, 50
ENVIRONMENTS, RESOURCES = 200, 60
QUERIES_AT_MOST, P95_AT_MOST, P95_OF_MANY = 15, 0.100, 0.150


FOLDER = database(
    DATABASE_POOL="0",
    SECRET_KEY="bench-only-key-of-no-value-" + "x" * 40,
    WEBHOOK_PASSWORD="bench",
    ALLOWED_HOSTS="testserver",
    LOG_LEVEL="CRITICAL",
)
import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from environments.models import DriftItem, DriftReport, Environment, ManagedResource
from portal.audit.trail import audit
from portal.audit.verbs import Outcome, Verb
from portal.jobs.models import Job
from portal.jobs.states import JobState
from portal.lib.clock import now
from releases.models import Deployment
from runbooks.models import Alarm, Incident
from tests.portal.accounts.people import make_cast, sign_in
from tests.releases.builders import deployed, provisioned


def fill() -> tuple[Client, Incident]:
    """Make three environments with releases and an incident, jobs and audit rows; return a
    signed-in client and the incident.
    """
    people = make_cast()
    for slug in ("dev", "stage", "prod"):
        environment = provisioned(slug, compartment_ocid=f"ocid1.compartment.oc1..{slug}")
        deployed(environment, people.deployer, "1.4.0", state=Deployment.State.STANDBY)
        deployed(environment, people.deployer, "1.5.0")
    alarm = Alarm.objects.create(
        environment=environment,
        ocid="ocid1.alarm.oc1..5xx",
        name="prod-5xx",
        incident_type="api-5xx",
    )
    incident = Incident.objects.open_for_alarm(
        alarm, actor="system:bench", words="The alarm fires."
    )
    slugs = ["dev", "stage", "prod", ""]
    Job.objects.bulk_create(
        Job(
            kind="environments.plan",
            environment=slugs[number % 4],
            mutating=False,
            state=JobState.SUCCEEDED,
            actor="user:dan" if number % 3 else "system:schedule",
            title=f"Plan {number}",
            code_version=1,
        )
        for number in range(JOBS)
    )
    with transaction.atomic():
        for number in range(AUDIT_ROWS):
            audit(
                Verb.OCI_CALL,
                actor="user:dan",
                subject=f"call:{number}",
                environment="prod",
                outcome=Outcome.ADMITTED,
            )
    return sign_in(Client(), people.deployer), incident


def many() -> None:
    """Make 200 environments with 60 resources, differences and a week of looks each."""
    Environment.objects.bulk_create(
        Environment(
            slug=f"e{n}",
            name=f"Room {n}",
            position=n % 3 + 1,
            owner="ops",
            cost_center="cc",
            compartment_ocid="x",
        )
        for n in range(ENVIRONMENTS - Environment.objects.count())
    )
    environments, at = list(Environment.objects.filter(slug__startswith="e")), now()
    tags = {
        "portal-key": "x",
        "conceptlens": {"costCenter": "cc", "owner": "ops", "env": "e", "project": "p"},
    }
    ManagedResource.objects.bulk_create(
        ManagedResource(
            environment=one,
            key=f"bucket.n{n}",
            kind="bucket",
            name=f"conceptlens-{one.slug}-uploads-{n}",
            ocid=f"ocid1.bucket.oc1.iad.{one.slug}{n}", state="ACTIVE", tags=tags, seen_at=at,
        )
        for one in environments for n in range(RESOURCES)
    )  # fmt: skip
    DriftItem.objects.bulk_create(
        DriftItem(
            environment=one,
            sort="changed",
            key=f"bucket.n{n}",
            kind="bucket",
            field="x",
            first_seen=at,
            last_seen=at,
        )
        for one in environments for n in range(3)
    )  # fmt: skip
    DriftReport.objects.bulk_create(
        DriftReport(environment=one, at=at - timedelta(minutes=10 * n), count=n % 4)
        for one in environments for n in range(1008 if one.slug == "e100" else 100)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def measure(client: Client, name: str, address: str, *, most: float = P95_AT_MOST) -> bool:
    """Ask for a page many times; print what it cost and say whether that is little enough."""
    for _ in range(3):  # templates are compiled, the person is seen
        assert client.get(address).status_code == 200, address
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    queries = len(asked)  # the next request forgets them
    computing = time.process_time()
    seconds = [_once(client, address) for _ in range(REQUESTS)]
    computing = (time.process_time() - computing) / REQUESTS
    median, p95 = statistics.median(seconds), statistics.quantiles(seconds, n=20)[-1]
    print(f"pages: {name}: {queries} queries (at most {QUERIES_AT_MOST})")
    spent = f"p50 {median * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms (at most {most * 1000:.0f} ms)"
    print(f"pages: {name}: server time {spent}; {computing * 1000:.0f} ms of computing each")
    return queries <= QUERIES_AT_MOST and p95 <= most


def _once(client: Client, address: str) -> float:
    begun = time.perf_counter()
    client.get(address)
    return time.perf_counter() - begun


def main() -> int:
    """Print a line a figure; fail when a page costs too much."""
    call_command("migrate", verbosity=0)
    client, incident = fill()
    pages = {
        "front page": "/",
        "its refreshed part": "/?part=cards",
        "incident page": incident.get_absolute_url(),
    }
    good = [measure(client, name, address) for name, address in pages.items()]
    many()
    crowded = {
        "front page of 200 environments": "/",
        "inventory of one": "/environments/e100/inventory/",
        "inventory of one, searched": "/environments/e100/inventory/?q=uploads&state=ACTIVE",
        "200 environments": "/environments/",
        "search over 12,000 resources": "/environments/?q=bucket%20n7",
        "drift of one": "/environments/e100/drift/",
    }
    good += [measure(client, name, address, most=P95_OF_MANY) for name, address in crowded.items()]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
