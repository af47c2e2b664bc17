"""What a deployment or a rollback leaves in the portal's own rows, written in the transaction that ends its job."""

from collections.abc import Mapping
from typing import Any

from portal.jobs.models import Job
from portal.jobs.states import State
from releases import rollback, sequence
from releases.models import Deployment, Release

Results = Mapping[str, dict[str, Any]]


def of_deployment(job: Job, results: Results) -> None:
    """Write how a release's deployment ended."""
    deployment = Deployment.objects.select_related("release", "environment", "previous").get(pk=job.spec["deployment"])
    release = Release.objects.get(pk=job.spec["release"])
    if job.state == State.SUCCEEDED:
        _take_over(deployment, job, results, successor=Deployment.mark_standby)
        release.mark_deployed()
        return
    words = where_traffic_is(job, results)
    deployment.mark_failed(words)
    release.mark_failed(words)


def of_rollback(job: Job, results: Results) -> None:
    """Write how a rollback ended."""
    if job.spec["mode"] == rollback.INSTANT:
        _end_instant(job, results)
        return
    deployment = Deployment.objects.select_related("release", "environment", "previous").get(pk=job.spec["deployment"])
    if job.state == State.SUCCEEDED:
        _take_over(deployment, job, results, successor=lambda old: old.mark_rolled_back(job.spec["reason"]))
    else:
        deployment.mark_failed(where_traffic_is(job, results))


def where_traffic_is(job: Job, results: Results) -> str:
    """Say, for a deployment that did not end well, what happened and who gets the requests now."""
    old = job.spec["plan"]["previous"]
    before = old["version"] if old else "nothing: there was no release before"
    moved = "drain_old" in results
    if job.state == State.FAILED and moved:
        undone = "Nothing was undone: the load balancer may still send requests to the new instances."
        return f"{job.reason or 'Given up.'} {undone}"
    why = job.reason or f"The job was {job.state}."
    return f"{why} The traffic is on {before}.".strip()


def _take_over(deployment: Deployment, job: Job, results: Results, *, successor: Any) -> None:
    """Make a deployment the live one: the old one steps back first, for only one can be live."""
    if deployment.previous is not None:
        successor(deployment.previous)
    deployment.mark_live(**sequence.instances(job.spec["plan"], results))
    _retire(results)


def _end_instant(job: Job, results: Results) -> None:
    """The traffic decides: once the newer instances are drained, the older ones are live, however the rest went."""
    if job.state not in (State.SUCCEEDED, State.FAILED) or "drain_new" not in results:
        return
    Deployment.objects.get(pk=job.spec["from"]["deployment"]).mark_rolled_back(job.spec["reason"])
    Deployment.objects.get(pk=job.spec["to"]["deployment"]).mark_live()


def _retire(results: Results) -> None:
    for deployment in Deployment.objects.filter(pk__in=results.get("clean_up", {}).get("removed", [])):
        deployment.mark_retired()
