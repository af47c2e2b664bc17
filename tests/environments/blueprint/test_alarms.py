"""The alarms: each query, as it is written, fires on what it is for and keeps quiet below."""

import pytest

from environments.settings.rules import EnvironmentSettings
from environments.settings.schema import SETTINGS
from sandbox.oci.living.answers import Window, condition, fires
from sandbox.oci.living.metrics import MetricStore, StreamKey
from sandbox.oci.living.mql import parse
from tests.environments.build import wanted

NOW = 1_800_000_000.0
LB = {"resourceId": "ocid1.load_balancer", "backendSetName": "api", "lbHostId": "1"}
DB = {"resourceId": "ocid1.db_system", "dbInstanceId": "i"}
QUEUE = {"resourceId": "ocid1.queue"}
ENV = {"env": "dev"}
BOX = {"resourceId": "ocid1.instance"}
METRICS = {  # alarm: metric, dimensions, a value that is quiet, a value that is not
    "alarm.5xx": ("httpResponses5xx", LB, 5, 6),
    "alarm.backends": ("unhealthyBackendServers", LB, 0, 1),
    "alarm.latency": ("responseTimeHttpHeader", LB, 1500, 1501),
    "alarm.p95": ("request_latency_ms", ENV, 1500, 1501),
    "alarm.db-failures": ("db_connect_failures", ENV, 0, 1),
    "alarm.db-connections": ("Connections", DB, 400, 401),
    "alarm.db-cpu": ("CpuUtilization", DB, 80, 81),
    "alarm.queue-lag": ("ConsumerLag", QUEUE, 5, 6),
    "alarm.dead-letters": ("dead_letters", ENV, 0, 1),
    "alarm.container-cpu": ("CpuUtilization", BOX, 90, 91),
    "alarm.container-memory": ("MemoryUtilization", BOX, 90, 91),
}


def alarms(**changes):
    found = [want for want in wanted(**changes) if want.kind == "alarm"]
    return {want.key: want.resolved(lambda key, fact: f"ocid1.{key}").fields for want in found}


def asked(alarm, *points):
    """Return whether an alarm's condition holds for (metric, dimensions, value, seconds ago);
    None without data.
    """
    store = MetricStore()
    for metric, dimensions, value, ago in points:
        store.add(
            StreamKey.of("ocid1.compartment", alarm["namespace"], metric, dimensions),
            NOW - ago,
            float(value),
        )
    window = Window(store, frozenset({alarm["metricCompartmentId"]}), alarm["namespace"], NOW)
    firing = fires(parse(alarm["query"]), window)
    return None if firing is None else bool(firing)


@pytest.mark.parametrize("key", METRICS)
def test_it_fires_above_its_threshold_and_not_at_it(key):
    metric, dimensions, quiet, loud = METRICS[key]
    alarm = alarms()[key]
    assert asked(alarm, (metric, dimensions, quiet, 10)) is False
    assert asked(alarm, (metric, dimensions, loud, 10)) is True
    assert asked(alarm) is None, "no data is no proof of anything"


@pytest.mark.parametrize(
    "key", [key for key, row in METRICS.items() if "resourceId" in row[1] and row[1] is not BOX]
)
def test_it_asks_for_the_resource_of_its_environment_alone(key):
    metric, dimensions, _, loud = METRICS[key]
    assert (
        asked(alarms()[key], (metric, {**dimensions, "resourceId": "ocid1.another"}, loud, 10))
        is None
    )


def test_the_counts_of_the_load_balancers_two_hosts_are_added_and_those_of_its_listener_left_out():
    listener = {"resourceId": "ocid1.load_balancer", "listenerName": "http", "lbHostId": "1"}
    points = [("httpResponses5xx", {**LB, "lbHostId": host}, 3, 10) for host in "12"]
    assert asked(alarms()["alarm.5xx"], *points) is True
    assert asked(alarms()["alarm.5xx"], points[0], ("httpResponses5xx", listener, 3, 10)) is False


def test_a_database_that_is_silent_for_ten_minutes_fires():
    silent = alarms()["alarm.db-silent"]
    assert asked(silent, ("Connections", DB, 0, 30)) is False
    assert asked(silent, ("Connections", DB, 0, 590)) is False
    assert asked(silent, ("Connections", DB, 0, 610)) is True


def test_every_alarm_has_a_condition_a_topic_and_words():
    found = alarms(portal="https://portal.example")
    assert set(found) == {*METRICS, "alarm.db-silent"}
    for alarm in found.values():
        assert condition(parse(alarm["query"])) and alarm["destinations"] == ["ocid1.topic"]
        assert (
            alarm["body"].startswith("conceptlens dev: ")
            and "https://portal.example/alarms/dev/" in alarm["body"]
        )


def test_every_threshold_is_a_setting_and_every_such_setting_a_threshold():
    limits = {name for name in SETTINGS if name.startswith("alarm_")}
    for name in limits:
        value = EnvironmentSettings({})[name] + 1
        before, after = alarms(), alarms(settings={name: value})
        assert len([key for key in before if before[key]["query"] != after[key]["query"]]) == 1, (
            name
        )
