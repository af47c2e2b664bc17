"""Dead letters: counted in the queue, told to Monitoring as a metric that the alarm asks for."""

import pytest

from environments.jobs.watch import post_dead_letters
from environments.models import ManagedResource
from portal.cloud import sdk_clients
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
from tests.environments.site import Site


@pytest.fixture
def site(dev, simulator):
    sdk_clients.reset()
    site = Site("queue", settings={"queue_deliveries": 1, "queue_visibility_seconds": 1})
    site.apply()
    made = site.results["queue"]
    fields = {"kind": "queue", "ocid": made["ocid"], "facts": made["facts"], "seen_at": now()}
    ManagedResource.objects.create(environment=dev, key="queue", **fields)
    dev.set_compartment(site.results["compartment"]["ocid"])
    return site


def bury_one(site, simulator):
    """Put a message, take it, and let it come back once too often."""
    queue, at = site.results["queue"]["ocid"], site.results["queue"]["facts"]["messagesEndpoint"]
    site.client.change("queue", "put_messages", queue, {"messages": [{"content": "run 1"}]}, at=at)
    site.client.read("queue", "get_messages", queue, at=at, timeout_in_seconds=0)
    simulator.advance(5)


def told(site):
    compartment = site.results["compartment"]["ocid"]
    wanted = {"namespace": "conceptlens_app", "query": 'dead_letters[5m]{env = "dev"}.max()'}
    found = site.client.read("monitoring", "summarize_metrics_data", compartment, wanted).data
    return [point["value"] for stream in found for point in stream["aggregatedDatapoints"]]


def test_they_are_counted_and_told(site, dev, simulator):
    assert post_dead_letters(dev, site.client) == 0
    bury_one(site, simulator)
    assert post_dead_letters(dev, site.client) == 1
    assert max(told(site)) == 1


def test_the_job_goes_through_all_environments_and_says_what_it_could_not_ask(site, dev, simulator):
    simulator.fault(
        "error", "get_stats", count=5, status=404, code="NotAuthorizedOrNotFound", message="no"
    )
    submit("environments.figures", actor="system:schedule")
    run_until_idle(hurry=True)
    job = Job.objects.get(kind="environments.figures")
    assert job.state == "succeeded" and "404" in str(job.step_rows.get().result)


def test_an_environment_without_a_queue_is_passed_over(dev):
    assert post_dead_letters(dev, None) is None
