"""What tests of runbooks share."""

import json

import pytest

from environments.models import ManagedResource
from portal.audit.models import Event
from portal.lib.clock import now
from runbooks.models import Alarm, Incident
from tests.releases.builders import provisioned

TOPIC = "ocid1.onstopic.oc1..dev"


@pytest.fixture
def dev(cast):
    """Return an applied environment with its topic."""
    environment = provisioned("dev", compartment_ocid="ocid1.compartment.oc1..dev")
    values = {"kind": "topic", "name": "alarms", "ocid": TOPIC, "seen_at": now()}
    ManagedResource.objects.create(environment=environment, key="topic", **values)
    return environment


@pytest.fixture
def alarm(dev):
    """Return an alarm that Monitoring has shown once."""
    query = 'httpResponses5xx[1m]{backendSetName = "api"}.grouping().sum() > 5'
    return Alarm.objects.create(
        environment=dev,
        ocid="ocid1.alarm.oc1..5xx",
        name="dev-5xx",
        severity="CRITICAL",
        query=query,
        incident_type="api-5xx",
    )


@pytest.fixture
def incident(alarm):
    """Return an open incident of that alarm."""
    return Incident.objects.open_for_alarm(alarm, actor="system:test", words="The alarm fires.")


@pytest.fixture
def audited():
    """Return what the audit trail has of a verb: a list of (actor, outcome, detail)."""

    def audited(verb):
        rows = Event.objects.filter(verb=verb).order_by("id")
        return [(row.actor, row.outcome, json.loads(row.body).get("detail", {})) for row in rows]

    return audited
