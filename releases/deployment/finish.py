"""What a deployment or a rollback leaves in the portal's own rows, written in the transaction that ends its job."""

from collections.abc import Callable, Mapping
from typing import Any

from portal.jobs.models import Job
from portal.jobs.states import State
from releases.deployment import holds, rollback, sequence
from releases.deployment.steps import choose_side
from releases.deployment.traffic_decision import NEW
from releases.models import Deployment, Release, SmokeRun

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
        if _end_instant(job, results):
            _hold(job, results)
        return
    deployment = Deployment.objects.select_related("release", "environment", "previous").get(pk=job.spec["deployment"])
    if job.state == State.SUCCEEDED:
        _take_over(deployment, job, results, step_back=_rolled_back(job))
        _hold(job, results)
    else:
        _end_badly(deployment, job, results, step_back=_rolled_back(job))


def where_traffic_is(job: Job, results: Results) -> str:
    """Say, for a deployment that did not end well, what happened and who gets the requests now."""
    plan, why = job.spec["plan"], job.reason or f"The job was {job.state}."
    if chosen := _chosen(job):
        return f"{why} {chosen['words']}"
    if _moved(job, results):
        return f"{why} Nothing was undone: the traffic is on {plan['version']}, which did not pass its test."
    if job.state == State.FAILED and sequence.added(plan, results):
        return f"{why} It was given up half-way: look at the load balancer, more than one release may have traffic."
    old = plan["previous"]
    return f"{why} The traffic is on {old['version'] if old else 'nothing: there was no release before'}."


def _moved(job: Job, results: Results) -> bool:
    """Say whether the traffic is on the new instances alone: given up in that state, or left there as the safe side."""
    if chosen := _chosen(job):
        return bool(chosen["keep"] == NEW)
    plan = job.spec["plan"]
    everything_added = len(sequence.added(plan, results)) == plan["place"]["counts"]["api"]
    drained = plan["previous"] is None or "backends" in results.get("drain_old", {})
    return job.state == State.FAILED and not job.undoing and everything_added and drained


def _chosen(job: Job) -> dict[str, str]:
    """Return what was decided about the traffic after a one-way migration; nothing when there was nothing to decide."""
    found: dict[str, str] = job.results().get(choose_side.RESULT, {}) if job.undoing else {}
    return found if "keep" in found else {}


def _take_over(deployment: Deployment, job: Job, results: Results, *, step_back: StepBack) -> None:
    """Make a deployment the live one: the old one steps back first, for only one can be live."""
    if deployment.previous is not None:
        step_back(deployment.previous)
    deployment.mark_live(**sequence.instances(job.spec["plan"], results))
    retire(results)
    found = rollback.verdict(deployment.environment)
    deployment.note_verdict(found.kind, found.words)


def _end_badly(deployment: Deployment, job: Job, results: Results, *, step_back: StepBack) -> None:
    """The traffic decides what is live, also when somebody gave the job up."""
    if _moved(job, results):
        _take_over(deployment, job, results, step_back=step_back)
    else:
        deployment.mark_failed(where_traffic_is(job, results))


def _rolled_back(job: Job) -> StepBack:
    return lambda old: old.mark_rolled_back(job.spec["reason"])


def _end_instant(job: Job, results: Results) -> bool:
    """The traffic decides: once the newer instances are drained, the older ones are live, however the rest went."""
    if job.state not in (State.SUCCEEDED, State.FAILED) or "drain_new" not in results:
        return False
    Deployment.objects.get(pk=job.spec["from"]["deployment"]).mark_rolled_back(job.spec["reason"])
    Deployment.objects.get(pk=job.spec["to"]["deployment"]).mark_live()
    return True


def _hold(job: Job, results: Results) -> None:
    """After a rollback nothing starts by itself until somebody says so; a smoke test that failed is told with it."""
    deployment = Deployment.objects.select_related("environment").get(pk=job.spec["to"]["deployment"])
    back = f"{job.spec['from']['version']} was rolled back to {job.spec['to']['version']}"
    run = SmokeRun.objects.filter(pk=results.get("smoke", {}).get("run") or 0, passed=False).first()
    warning = (
        f"The smoke test after the rollback failed: {run.words}. What was gone back to may not be well either." if run else ""
    )
    holds.place(deployment.environment, reason=f"{back}: {job.spec['reason']}.", warning=warning, actor=job.as_actor, job=job)


def retire(results: Results) -> None:
    """Those that stood until now are gone; some may have gone before by the scheduled clean-up."""
    for deployment in Deployment.objects.idle().filter(pk__in=results.get("clean_up", {}).get("removed", [])):
        deployment.mark_retired()
