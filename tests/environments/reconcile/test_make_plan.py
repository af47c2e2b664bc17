"""Making plans: kept, audited, repeatable."""

import uuid

from environments.models import ManagedResource, Plan, SecretReference
from environments.reconcile.planning import make_plan, wanted_of
from portal.audit.models import Event
from portal.lib.clock import now


def test_it_keeps_the_plan_and_says_so_in_the_audit_trail(plan):
    assert plan.counts == {"create": len(wanted_of(plan.environment))}
    assert plan.estimate_seconds > 60
    event = Event.objects.latest("id")
    assert (event.verb, event.subject, event.environment) == (
        "environment.planned",
        f"plan:{plan.pk}",
        "dev",
    )


def test_the_same_situation_has_the_same_digest(plan, dev, empty_oci):
    again = make_plan(dev, actor="user:dora")
    assert (again.digest, again.observed_digest) == (plan.digest, plan.observed_digest)
    assert again.pk != plan.pk


def test_a_job_that_runs_twice_makes_one_plan(dev, empty_oci):
    job = uuid.uuid4()
    assert (
        make_plan(dev, actor="user:dan", job=job).pk == make_plan(dev, actor="user:dan", job=job).pk
    )
    assert Plan.objects.count() == 1


def test_the_plan_of_a_finished_environment_adopts_what_the_database_lost_and_is_empty_after(
    dev, finished_oci
):
    adopted = make_plan(dev, actor="user:dan")
    assert set(adopted.counts) == {"adopt"}
    for change in adopted.changes:
        ManagedResource.objects.create(
            environment=dev,
            key=change["key"],
            kind=change["kind"],
            ocid=change["ocid"],
            seen_at=now(),
        )
    assert make_plan(dev, actor="user:dan").is_empty


def test_a_plan_refreshes_what_the_portal_shows_of_its_resources(dev, finished_oci):
    row = ManagedResource.objects.create(
        environment=dev,
        key="vault",
        kind="vault",
        ocid="ocid1.vault",
        state="CREATING",
        seen_at=now(),
    )
    gone = ManagedResource.objects.create(
        environment=dev, key="bucket.old", kind="bucket", ocid="x", state="ACTIVE", seen_at=now()
    )
    reference = SecretReference.objects.create(
        environment=dev, name="DATABASE_URL", secret_ocid="old"
    )
    make_plan(dev, actor="user:dan")
    for one in (row, gone, reference):
        one.refresh_from_db()
    assert (row.state, row.facts["managementEndpoint"]) == ("ACTIVE", "https://kms")
    assert gone.state == "GONE"
    assert reference.secret_ocid == "ocid1.secret.DATABASE_URL"


def test_no_password_is_kept_in_a_plan(plan):
    assert "test-webhook-password" not in str(plan.changes)
