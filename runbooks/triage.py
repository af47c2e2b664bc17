"""Triage: which incident type an alarm means, what its status means for its incident; pure."""

import re
from dataclasses import dataclass

UNKNOWN = "unknown-alarm"
FAILED_RELEASE = "failed-release"
CONTAINER_DOWN = "container-down"
_METRIC = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\[")


@dataclass(frozen=True)
class IncidentType:
    """A kind of incident: its runbook is `content/<slug>.md`."""

    slug: str
    title: str
    metrics: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()


TYPES = {
    kind.slug: kind
    for kind in (
        IncidentType(
            "api-5xx",
            "The API answers with errors",
            metrics=(
                "httpResponses5xx",
                "httpResponses502",
                "httpResponses504",
                "unhealthyBackendServers",
                "backendTimeouts",
            ),
        ),
        IncidentType(
            "api-p95-latency",
            "The API is slow",
            metrics=("request_latency_ms", "responseTimeHttpHeader", "responseTimeFirstByte"),
            namespaces=(
                "oci_computecontainerinstance",
            ),  # short of CPU or memory: slow first, killed later
        ),
        IncidentType(
            "database-connectivity",
            "The API does not reach its database",
            metrics=("db_connect_failures",),
            namespaces=("oci_postgresql",),
        ),
        IncidentType(
            "queue-lag",
            "Compute runs wait too long",
            metrics=("ConsumerLag", "dead_letters"),
            namespaces=("oci_queue",),
        ),
        IncidentType(FAILED_RELEASE, "A release did not go live"),
        IncidentType(CONTAINER_DOWN, "A container of the live release is down"),
        IncidentType(UNKNOWN, "Alarm without a runbook"),
    )
}


def incident_type(*, namespace: str, query: str) -> IncidentType:
    """Return the kind of incident that an alarm means: by its first metric, else by its
    namespace.
    """
    measured = _METRIC.findall(query)[:1]
    for kind in TYPES.values():
        if set(measured) & set(kind.metrics):
            return kind
    return next((kind for kind in TYPES.values() if namespace in kind.namespaces), TYPES[UNKNOWN])


OPEN, RESOLVE, KEEP, NOTHING = "open", "resolve", "keep", "nothing"


@dataclass(frozen=True)
class AlarmReading:
    """What is known of an alarm after it was read: `vanished` when its last word was that its
    metric is gone.
    """

    status: str
    vanished: bool = False


def decide(reading: AlarmReading, *, has_open: bool) -> tuple[str, str]:
    """Return what to do about the alarm's incident, and in words why."""
    if reading.status == "FIRING":
        return (NOTHING, "The alarm still fires.") if has_open else (OPEN, "The alarm fires.")
    if not has_open:
        return NOTHING, "Nothing is open for this alarm."
    if reading.status == "OK" and not reading.vanished:
        return RESOLVE, "Monitoring says OK."
    if reading.status == "OK":
        return (
            KEEP,
            (
                "The alarm went quiet because its metric vanished. That is no proof: check by hand,"
                " then resolve by hand."
            ),
        )
    if reading.status == "SUSPENDED":
        return KEEP, "The alarm is suppressed: it is not known whether the trouble is over."
    if reading.status == "DISABLED":
        return KEEP, "The alarm is disabled: it is not known whether the trouble is over."
    return (
        KEEP,
        "Monitoring no longer knows this alarm: check by hand, then resolve by hand.",
    )
