"""What Monitoring says is the proof: it opens one incident, keeps it, resolves it; messages
only hurry the look.
"""

from datetime import timedelta

import pytest
from django.db.models import F

from portal.audit.verbs import Verb
from portal.cloud.client import client as cloud_client
from portal.jobs.dispatch import submit
from portal.jobs.runner import run_until_idle
from portal.lib.clock import now
from releases.models import Deployment
from runbooks.alarms import read
from runbooks.models import Alarm, Incident
from tests.releases.builders import deployed, provisioned
from tests.runbooks.alarms.stand_in import poll
from tests.runbooks.post import alarm_message, post


def words(incident):
    return [entry.words for entry in incident.entries.all()]


def test_a_firing_alarm_opens_one_incident_and_ok_resolves_it_with_proof(dev, monitoring, audited):
    monitoring.says("FIRING")
    assert [poll().state for _ in range(3)] == ["succeeded"] * 3
    incident = Incident.objects.get()
    assert (incident.kind, incident.environment, incident.state) == ("api-5xx", dev, "open")
    monitoring.says("OK")
    poll()
    incident.refresh_from_db()
    assert incident.state == "resolved" and incident.proof.startswith(
        "Monitoring says OK. Read from Monitoring at 20"
    )
    changes = [(row[2]["before"], row[2]["after"]) for row in audited(Verb.ALARM_READ)]
    assert changes == [
        ("UNKNOWN", "FIRING"),
        ("FIRING", "OK"),
    ]  # a look that shows nothing new leaves no row
    assert len(audited(Verb.INCIDENT_OPENED)) == len(audited(Verb.INCIDENT_RESOLVED)) == 1
    monitoring.says("FIRING")
    poll()
    assert Incident.objects.count() == 2


def test_a_message_is_only_a_hint(client, alarm, monitoring):
    monitoring.says("OK")
    post(client, alarm_message(kind="OK_TO_FIRING"))
    run_until_idle(hurry=True)
    assert monitoring.asked == 1 and not Incident.objects.exists()
    alarm.refresh_from_db()
    assert alarm.status == "OK"


def test_a_message_hurries_the_look(client, alarm, monitoring):
    monitoring.says("FIRING")
    post(client)
    run_until_idle(hurry=True)
    assert Incident.objects.get().alarm == alarm


def test_an_alarm_is_read_once_in_ten_seconds_however_many_messages_come(client, alarm, monitoring):
    monitoring.says("FIRING")
    post(client)
    run_until_idle(timeout=1)
    for _ in range(10):
        post(client)
        run_until_idle(timeout=0.1)
    assert monitoring.asked == 1
    Alarm.objects.update(
        read_at=F("read_at") - timedelta(seconds=10), hinted_at=now() - timedelta(seconds=5)
    )
    run_until_idle(hurry=True)
    assert monitoring.asked == 2


def test_a_message_during_the_look_makes_it_look_again(alarm, monitoring, monkeypatch):
    """The look may have seen what was before the message."""
    monitoring.says("OK")
    once = read.read_statuses

    def hinted(*args, **kwargs):
        Alarm.objects.filter(pk=alarm.pk).update(hinted_at=now())
        monkeypatch.setattr(read, "read_statuses", once)
        return once(*args, **kwargs)

    monkeypatch.setattr(read, "read_statuses", hinted)
    job = submit(
        "runbooks.readback",
        environment="dev",
        spec={"alarm": alarm.pk},
        actor="system:notifications",
    )
    run_until_idle(timeout=0.2)
    job.refresh_from_db()
    assert job.state == "waiting"
    Alarm.objects.update(read_at=now() - timedelta(seconds=20))
    run_until_idle(hurry=True)
    assert monitoring.asked == 2


def test_a_vanished_metric_is_no_proof(client, alarm, monitoring):
    monitoring.says("FIRING")
    poll()
    monitoring.says("OK")
    post(client, alarm_message(kind="RESET"))
    poll()
    poll()
    incident = Incident.objects.get()
    assert incident.state == "open"
    assert (
        words(incident)[-1].startswith("The alarm went quiet because its metric vanished.")
        and len(words(incident)) == 2
    )
    post(client, alarm_message(kind="FIRING_TO_OK"))
    poll()
    assert Incident.objects.get().state == "resolved"


@pytest.mark.parametrize(
    ("status", "said"), [("SUSPENDED", "suppressed"), ("", "no longer knows this alarm")]
)
def test_silence_is_no_proof(dev, monitoring, status, said):
    monitoring.says("FIRING")
    poll()
    monitoring.says(status)
    poll()
    assert Incident.objects.get().state == "open" and said in words(Incident.objects.get())[-1]


def test_one_environment_that_cannot_be_asked_does_not_hide_the_others(dev, monitoring):
    provisioned("stage", compartment_ocid="ocid1.compartment.oc1..stage")
    monitoring.says("FIRING", "ocid1.alarm.oc1..two", "ocid1.compartment.oc1..stage")
    monitoring.broken.add("ocid1.compartment.oc1..dev")
    job = poll()
    assert job.state == "succeeded"
    assert Incident.objects.get().environment.slug == "stage"


def test_a_failed_deployment_opens_an_incident_also_when_oci_is_down(dev, cast, monitoring):
    monitoring.broken.add(dev.compartment_ocid)
    failed = deployed(dev, cast.deployer, "1.5.0", state=Deployment.State.FAILED)
    Deployment.objects.filter(pk=failed.pk).update(
        live_at=None, ended_at=now(), note="No health after 60 s."
    )
    poll()
    poll()
    incident = Incident.objects.get()
    assert (incident.kind, incident.deployment, words(incident)) == (
        "failed-release",
        failed,
        ["No health after 60 s."],
    )
    deployed(dev, cast.deployer, "1.5.1")
    poll()
    incident.refresh_from_db()
    assert (incident.state, incident.proof) == ("resolved", "1.5.1 is live.")


def test_a_failure_of_long_ago_is_history(dev, cast, monitoring):
    failed = deployed(dev, cast.deployer, "1.5.0", state=Deployment.State.FAILED)
    Deployment.objects.filter(pk=failed.pk).update(ended_at=now() - timedelta(days=2))
    poll()
    assert not Incident.objects.exists()


def test_the_simulators_own_alarm_is_read(simulator, dev):
    cloud = cloud_client()
    body = {
        "compartmentId": simulator.tenancy["tenancy"],
        "name": "conceptlens-dev",
        "description": "dev",
    }
    dev.compartment_ocid = cloud.change("identity", "create_compartment", body).data["id"]
    dev.save()
    place = {"compartmentId": dev.compartment_ocid}
    topic = cloud.change("ons_control", "create_topic", {**place, "name": "alarms"}).data["topicId"]
    query = "ConsumerLag[1m].max() > 5"
    alarm = {
        "displayName": "dev-lag",
        "metricCompartmentId": dev.compartment_ocid,
        "namespace": "oci_queue",
        "query": query,
    }
    alarm |= {"severity": "WARNING", "destinations": [topic], "isEnabled": True}
    cloud.change("monitoring", "create_alarm", {**place, **alarm})
    job = submit("runbooks.poll", actor="system:schedule")
    run_until_idle(hurry=True)
    job.refresh_from_db()
    assert job.state == "succeeded", job.reason
    found = Alarm.objects.get()
    assert (found.name, found.status, found.incident_type, found.severity) == (
        "dev-lag",
        "OK",
        "queue-lag",
        "WARNING",
    )
