"""Containers of the live release, looked after between deployments."""

import pytest

from portal.audit.verbs import Verb
from portal.cloud.client import client
from portal.jobs.dispatch import submit
from portal.jobs.runner import run_until_idle
from releases.models import Deployment
from releases.requests.plan import ApiInstance, InstanceSet
from runbooks import containers
from runbooks.containers import problems
from runbooks.models import Incident
from tests.releases.site import build, noted

LIVE = InstanceSet(1, 1, "1.4.0", [ApiInstance("a", "10.0.0.1:8000")], ["w"])


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ({"a": "ACTIVE", "w": "ACTIVE"}, []),
        ({"a": "ACTIVE", "w": "UPDATING"}, []),
        ({"a": "ACTIVE", "w": "FAILED"}, ["worker container instance w of 1.4.0 is FAILED."]),
        ({"a": "INACTIVE", "w": "ACTIVE"}, ["API container instance a of 1.4.0 is INACTIVE."]),
        ({"w": "ACTIVE"}, ["API container instance a of 1.4.0 does not exist any more."]),
    ],
)
def test_only_an_instance_that_runs_is_no_problem(states, found):
    assert [one.removeprefix("The ") for one in problems(LIVE, states)] == found


@pytest.fixture
def site(simulator, db):
    made = build(simulator)
    job = made.deploy("1.4.0")
    assert job.state == "succeeded", noted(job)
    made.environment.set_compartment(made.environment.resource("compartment").ocid)
    return made


def poll():
    job = submit("runbooks.poll", environment="", actor="system:schedule", spec={})
    run_until_idle(hurry=True)
    job.refresh_from_db()
    assert job.state == "succeeded", noted(job)


def test_a_worker_that_ends_after_its_deployment_opens_one_incident_until_it_runs(site, audited):
    (worker,) = Deployment.objects.get().workers
    poll()
    assert not Incident.objects.exists()
    cloud = client()
    cloud.change("container_instances", "stop_container_instance", worker)
    poll()
    poll()
    incident = Incident.objects.get()
    assert (incident.kind, incident.severity) == ("container-down", "ERROR")
    assert (
        f"worker container instance {worker} of 1.4.0 is INACTIVE" in incident.entries.get().words
    )
    assert [row[1] for row in audited(Verb.INCIDENT_OPENED)] == ["done"]
    cloud.change("container_instances", "start_container_instance", worker)
    poll()
    incident.refresh_from_db()
    assert (incident.state, incident.proof) == ("resolved", "All containers of 1.4.0 run.")
    cloud.change("container_instances", "delete_container_instance", worker)
    poll()
    again = Incident.objects.open().get()
    assert again.pk != incident.pk and "does not exist any more" in again.entries.get().words


def test_a_job_that_changes_the_environment_is_not_judged(site):
    (worker,) = Deployment.objects.get().workers
    client().change("container_instances", "stop_container_instance", worker)
    site.order("1.5.0")
    found = containers.check(site.environment, client(), actor="system:test")
    assert (found, Incident.objects.count()) == ("not judged: a job changes it, or just has", 0)
