"""The simulated Notifications confirms, signs in and delivers to the running portal, as OCI
does.
"""

import pytest
from django.test import override_settings

from environments.models import ManagedResource
from portal.cloud.client import client
from portal.jobs.models import Job
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
from runbooks.models import Alarm, Incident, Notification
from tests import patience
from tests.releases.builders import provisioned

NAMESPACE, METRIC = "conceptlens_app", "db_connect_failures"


def until(check):
    """Return the first true value, running what is due in between."""
    return patience.until(
        check,
        20,
        meanwhile=lambda: run_until_idle(timeout=0.05),
        words=lambda: list(Job.objects.values_list("kind", "state", "reason")),
    )


@pytest.fixture
def server(committed_db):
    """The portal behind a real socket, on committed rows."""
    from django.test.testcases import LiveServerThread, _StaticFilesHandler

    thread = LiveServerThread("127.0.0.1", _StaticFilesHandler)
    thread.start()
    thread.is_ready.wait()
    assert not thread.error
    yield f"http://oci:test-webhook-password@127.0.0.1:{thread.port}/hooks/oci-notifications/"
    thread.terminate()


def observed(cloud, compartment, value):
    """Post a data point of the application's own metric."""
    point = {"timestamp": now().isoformat(), "value": value}
    row = {
        "namespace": NAMESPACE,
        "compartmentId": compartment,
        "name": METRIC,
        "dimensions": {"env": "dev"},
        "datapoints": [point],
    }
    cloud.change("monitoring", "post_metric_data", {"metricData": [row]})


def test_from_the_handshake_to_the_end_of_an_incident(simulator, server):
    cloud, dev = client(), provisioned("dev")
    body = {
        "compartmentId": simulator.tenancy["tenancy"],
        "name": "conceptlens-dev",
        "description": "dev",
    }
    compartment = cloud.change("identity", "create_compartment", body).data["id"]
    dev.compartment_ocid = compartment
    dev.save()
    topic = cloud.change(
        "ons_control", "create_topic", {"compartmentId": compartment, "name": "alarms"}
    ).data["topicId"]
    values = {"kind": "topic", "name": "alarms", "ocid": topic, "seen_at": now()}
    ManagedResource.objects.create(environment=dev, key="topic", **values)
    asked = {
        "topicId": topic,
        "compartmentId": compartment,
        "protocol": "CUSTOM_HTTPS",
        "endpoint": server,
    }
    subscription = cloud.change("ons_data", "create_subscription", asked).data["id"]

    def confirmed():
        return (
            cloud.read("ons_data", "get_subscription", subscription).data["lifecycleState"]
            == "ACTIVE"
        )

    until(confirmed)
    alarm = {
        "displayName": "dev-db",
        "metricCompartmentId": compartment,
        "namespace": NAMESPACE,
        "isEnabled": True,
    }
    alarm |= {
        "query": f"{METRIC}[1m].grouping().sum() > 0",
        "severity": "CRITICAL",
        "destinations": [topic],
    }
    cloud.change("monitoring", "create_alarm", {"compartmentId": compartment, **alarm})
    with override_settings(JOB_SCHEDULES={}):
        from portal.jobs.dispatch import submit

        submit("runbooks.poll", actor="system:schedule")
        until(Alarm.objects.exists)

    def fires():
        observed(cloud, compartment, 3)
        Alarm.objects.update(read_at=None)  # so that no message has to wait its ten seconds here
        return Incident.objects.open().first()

    incident = until(fires)
    assert incident.kind == "database-connectivity"

    def calm():
        observed(cloud, compartment, 0)
        Alarm.objects.update(read_at=None)
        return not Incident.objects.open().exists()

    until(calm)
    incident.refresh_from_db()
    assert incident.proof.startswith("Monitoring says OK.")
    assert {"SubscriptionConfirmation", "OK_TO_FIRING", "FIRING_TO_OK"} <= set(
        Notification.objects.values_list("kind", flat=True)
    )
