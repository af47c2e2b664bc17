"""Triage knows what an alarm means, and what a reading of it means for its incident."""

import pytest

from runbooks.triage import KEEP, NOTHING, OPEN, RESOLVE, TYPES, AlarmReading, decide, incident_type
from tests.environments.build import wanted

QUERIES = [
    (
        "oci_lbaas",
        'httpResponses5xx[1m]{resourceId = "x", backendSetName = "api"}.grouping().sum() > 5',
        "api-5xx",
    ),
    (
        "oci_lbaas",
        "httpResponses5xx[5m].grouping().sum() / httpRequests[5m].grouping().sum() * 100 > 1",
        "api-5xx",
    ),
    ("oci_lbaas", "unhealthyBackendServers[1m].max() > 0", "api-5xx"),
    (
        "conceptlens_app",
        'request_latency_ms[5m]{env = "prod"}.grouping().percentile(0.95) > 1500',
        "api-p95-latency",
    ),
    ("oci_lbaas", "responseTimeHttpHeader[5m].max() > 1500", "api-p95-latency"),
    ("conceptlens_app", "db_connect_failures[1m].grouping().sum() > 0", "database-connectivity"),
    ("oci_postgresql", "Connections[1m].absent(10m)", "database-connectivity"),
    ("oci_queue", "ConsumerLag[1m].max() > 5", "queue-lag"),
    ("oci_queue", 'MessagesInQueueCount[1m]{isVisible = "true"}.max() > 100', "queue-lag"),
    ("oci_computecontainerinstance", "MemoryUtilization[5m].max() > 90", "api-p95-latency"),
    ("oci_postgresql", "CpuUtilization[5m].mean() > 80", "database-connectivity"),
    ("conceptlens_app", 'dead_letters[5m]{env = "dev"}.max() > 0', "queue-lag"),
    ("oci_objectstorage", "PutRequests[1m].sum() > 5", "unknown-alarm"),
    ("", "", "unknown-alarm"),
    ("oci_lbaas", "][{", "unknown-alarm"),
]


@pytest.mark.parametrize(("namespace", "query", "kind"), QUERIES)
def test_an_alarm_means_a_kind_of_incident(namespace, query, kind):
    assert incident_type(namespace=namespace, query=query).slug == kind


def test_each_alarm_of_an_environment_leads_to_itself_in_the_portal():
    alarms = [want for want in wanted(portal="https://portal.example") if want.kind == "alarm"]
    assert len(alarms) >= 12
    for alarm in alarms:
        kind = incident_type(namespace=alarm.fields["namespace"], query=alarm.fields["query"])
        assert alarm.fields["body"].endswith(
            f"Incident and runbook: https://portal.example/alarms/dev/{alarm.name}/"
        ), alarm.key
        assert kind.slug != "unknown-alarm"


READINGS = [
    (AlarmReading("FIRING"), False, OPEN),
    (AlarmReading("FIRING"), True, NOTHING),
    (AlarmReading("OK"), False, NOTHING),
    (AlarmReading("OK"), True, RESOLVE),
    (AlarmReading("OK", vanished=True), True, KEEP),
    (AlarmReading("OK", vanished=True), False, NOTHING),
    (AlarmReading("SUSPENDED"), True, KEEP),
    (AlarmReading("SUSPENDED"), False, NOTHING),
    (AlarmReading("GONE"), True, KEEP),
    (AlarmReading("FIRING", vanished=True), False, OPEN),
]


@pytest.mark.parametrize(("reading", "has_open", "verdict"), READINGS)
def test_a_reading_means_one_act(reading, has_open, verdict):
    done, words = decide(reading, has_open=has_open)
    assert done == verdict and words.endswith(".")


def test_every_kind_has_a_runbook_with_the_sections_that_matter_at_night():
    from runbooks.text import FOLDER, shipped_text

    assert {path.stem for path in FOLDER.glob("*.md")} == set(TYPES)
    for slug in TYPES:
        text = shipped_text(slug)
        for section in (
            "What it means",
            "First look",
            "Decide",
            "Contain",
            "Check the recovery",
            "Escalate",
            "Afterwards",
        ):
            assert f"## {section}" in text, f"{slug} lacks {section}"
