"""Monitoring as the tests of alarms need it, and a poll of it."""

from portal.cloud.errors import Unavailable
from portal.jobs.dispatch import submit
from portal.jobs.runner import run_until_idle


class Monitoring:
    """Stands in for the reads of Monitoring: says what it is told to, counts how often it was
    asked.
    """

    def __init__(self):
        self.statuses, self.asked, self.broken, self.more = {}, 0, set(), {}

    def pages(self, service, operation, compartment, **filters):
        if compartment in self.broken:
            raise Unavailable("Monitoring does not answer.", status=503, operation=operation)
        if operation == "list_alarms":
            query = {
                "namespace": "oci_lbaas",
                "query": "httpResponses5xx[1m].sum() > 5",
                "severity": "CRITICAL",
            }
            query |= self.more
            return [
                {"id": ocid, "displayName": ocid[-3:], **query}
                for ocid, _ in self.statuses.get(compartment, [])
            ]
        self.asked += 1
        stamp = "2026-11-23T10:00:00Z"
        return [
            {"id": ocid, "status": status, "timestampTriggered": stamp}
            for ocid, status in self.statuses.get(compartment, [])
        ]

    def says(self, status, ocid="ocid1.alarm.oc1..5xx", compartment="ocid1.compartment.oc1..dev"):
        self.statuses[compartment] = [(ocid, status)] if status else []


def poll():
    job = submit("runbooks.poll", actor="system:schedule")
    run_until_idle(hurry=True)
    job.refresh_from_db()
    return job
