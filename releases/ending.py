"""What a deployment or a rollback leaves in the portal's own rows, written in the transaction that ends its job."""

from collections.abc import Callable, Mapping
from typing import Any

from portal.jobs.models import Job
from portal.jobs.states import State
from releases import rollback, sequence
from releases.models import Deployment, Release

Results = Mapping[str, dict[str, Any]]
StepBack = Callable[[Deployment], None]


def of_deployment(job: Job, results: Results) -> None:
    """Write how a release's deployment ended."""
    deployment = Deployment.objects.select_related("release", "environment", "previous").get(pk=job.spec["deployment"])
    release = Release.objects.get(pk=job.spec["release"])
    if job.state == State.SUCCEEDED:
        _take_over(deployment, job, results, step_back=Deployment.mark_standby)
        release.mark_deployed()
        return
    _end_badly(deployment, job, results, step_back=Deployment.mark_standby)
    release.mark_failed(where_traffic_is(job, results))


def of_rollback(job: Job, results: Results) -> None:
    """Write how a rollback ended."""
    if job.spec["mode"] == rollback.INSTANT:
        _end_instant(job, results)
        return
    deployment = Deployment.objects.select_related("release", "environment", "previous").get(pk=job.spec["deployment"])
    if job.state == State.SUCCEEDED:
        _take_over(deployment, job, results, step_back=_rolled_back(job))
    else:
        _end_badly(deployment, job, results, step_back=_rolled_back(job))


def where_traffic_is(job: Job, results: Results) -> str:
    """Say, for a deployment that did not end well, what happened and who gets the requests now."""
    plan, why = job.spec["plan"], job.reason or f"The job was {job.state}."
    if _moved(job, results):
        return f"{why} Nothing was undone: the traffic is on {plan['version']}, which did not pass its test."
    if job.state == State.FAILED and sequence.added(plan, results):
        return f"{why} It was given up half-way: look at the load balancer, more than one release may have traffic."
    old = plan["previous"]
    return f"{why} The traffic is on {old['version'] if old else 'nothing: there was no release before'}."


def _moved(job: Job, results: Results) -> bool:
    """Say whether the job was given up when the traffic was already, and still is, on the new instances alone."""
    plan = job.spec["plan"]
    everything_added = len(sequence.added(plan, results)) == plan["place"]["counts"]["api"]
    drained = plan["previous"] is None or "backends" in results.get("drain_old", {})
    return job.state == State.FAILED and not job.undoing and everything_added and drained


def _take_over(deployment: Deployment, job: Job, results: Results, *, step_back: StepBack) -> None:
    """Make a deployment the live one: the old one steps back first, for only one can be live."""
    if deployment.previous is not None:
        step_back(deployment.previous)
    deployment.mark_live(**sequence.instances(job.spec["plan"], results))
    _retire(results)


def _end_badly(deployment: Deployment, job: Job, results: Results, *, step_back: StepBack) -> None:
    """The traffic decides what is live, also when somebody gave the job up."""
    if _moved(job, results):
        _take_over(deployment, job, results, step_back=step_back)
    else:
        deployment.mark_failed(where_traffic_is(job, results))


def _rolled_back(job: Job) -> StepBack:
    return lambda old: old.mark_rolled_back(job.spec["reason"])


def _end_instant(job: Job, results: Results) -> None:
    """The traffic decides: once the newer instances are drained, the older ones are live, however the rest went."""
    if job.state not in (State.SUCCEEDED, State.FAILED) or "drain_new" not in results:
        return
    Deployment.objects.get(pk=job.spec["from"]["deployment"]).mark_rolled_back(job.spec["reason"])
    Deployment.objects.get(pk=job.spec["to"]["deployment"]).mark_live()


def _retire(results: Results) -> None:
    for deployment in Deployment.objects.filter(pk__in=results.get("clean_up", {}).get("removed", [])):
        deployment.mark_retired()
