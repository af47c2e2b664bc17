"""What a deployment or rollback writes in the transaction that ends its job."""

from collections.abc import Callable, Mapping
from typing import Any

from portal.jobs.models import Job
from portal.jobs.states import JobState
from releases.deployment import holds, rollback, sequence
from releases.deployment.job_specs import DeploySpec, RollbackSpec
from releases.deployment.steps import choose_side, reconnect, remove_instances
from releases.deployment.traffic_decision import NEW
from releases.models import Deployment, Release, SmokeRun
from releases.requests.plan import ReleasePlan

Results = Mapping[str, dict[str, Any]]
StepBack = Callable[[Deployment], None]


def finish_deployment(job: Job, results: Results) -> None:
    """Write how a release's deployment ended."""
    spec = DeploySpec.from_json(job.spec)
    deployment = _deployment(spec.deployment)
    _note_moved(deployment.previous, {**job.results(), **results})
    release = Release.objects.get(pk=spec.release)
    if job.state == JobState.SUCCEEDED:
        _take_over(deployment, job, results, step_back=Deployment.mark_standby)
        release.mark_deployed()
        return
    _end_badly(deployment, job, results, step_back=Deployment.mark_standby)
    release.mark_failed(where_traffic_is(job, results))


def finish_rollback(job: Job, results: Results) -> None:
    """Write how a rollback ended."""
    spec = RollbackSpec.from_json(job.spec)
    if spec.mode == rollback.INSTANT:
        _note_moved(_deployment(spec.kept.deployment), {**job.results(), **results})
        if _end_instant(job, spec, results):
            _hold(job, spec, results)
        return

    def step_back(old: Deployment) -> None:
        old.mark_rolled_back(spec.reason)

    deployment = _deployment(spec.deployment)
    if job.state == JobState.SUCCEEDED:
        _take_over(deployment, job, results, step_back=step_back)
        _hold(job, spec, results)
    else:
        _end_badly(deployment, job, results, step_back=step_back)


def _note_moved(deployment: Deployment | None, results: Results) -> None:
    """Keep where the instances are to which the job gave traffic again."""
    moved = reconnect.moved_in(results)
    if deployment and moved:
        deployment.note_moved(moved)


def where_traffic_is(job: Job, results: Results) -> str:
    """Say, for a deployment that failed, what happened and who gets the requests now."""
    plan, why = _plan(job), job.reason or f"The job was {job.state}."
    if chosen := _chosen(job):
        return f"{why} {chosen['words']}"
    if _moved(job, results):
        where = f"the traffic is on {plan.version}, which did not pass its test."
        return f"{why} Nothing was undone: {where}"
    if job.state == JobState.FAILED and sequence.added(plan, results):
        where = "check the load balancer, more than one release may have traffic."
        return f"{why} It was abandoned half-way: {where}"
    old = plan.previous.version if plan.previous else "nothing: there was no release before"
    return f"{why} The traffic is on {old}."


def mark_removed(results: Results) -> None:
    """Retire the deployments whose instances the job removed."""
    removed = results.get(remove_instances.NAME, {}).get("removed", [])
    # Some may have been removed before, by the scheduled clean-up.
    for deployment in Deployment.objects.idle().filter(pk__in=removed):
        deployment.mark_retired()


def _plan(job: Job) -> ReleasePlan:
    return ReleasePlan.from_json(job.spec["plan"])


def _deployment(pk: int) -> Deployment:
    return Deployment.objects.select_related("release", "environment", "previous").get(pk=pk)


def _moved(job: Job, results: Results) -> bool:
    """Say whether the traffic is on the new instances alone: abandoned there, or decided so."""
    if chosen := _chosen(job):
        return bool(chosen["keep"] == NEW)
    plan = _plan(job)
    everything_added = len(sequence.added(plan, results)) == plan.place.counts["api"]
    drained = plan.previous is None or "backends" in results.get("drain_old", {})
    return job.state == JobState.FAILED and not job.undoing and everything_added and drained


def _chosen(job: Job) -> dict[str, str]:
    """Return the traffic decision after a one-way migration; empty when there was none."""
    found: dict[str, str] = job.results().get(choose_side.RESULT, {}) if job.undoing else {}
    return found if "keep" in found else {}


def _take_over(deployment: Deployment, job: Job, results: Results, *, step_back: StepBack) -> None:
    """Make a deployment the live one: the old one steps back first, for only one can be live."""
    if deployment.previous is not None:
        step_back(deployment.previous)
    deployment.mark_live(**sequence.instances(_plan(job), results))
    mark_removed(results)
    found = rollback.verdict(deployment.environment)
    deployment.note_verdict(found.kind, found.words)


def _end_badly(deployment: Deployment, job: Job, results: Results, *, step_back: StepBack) -> None:
    """The traffic decides what is live, also when the job was abandoned."""
    if _moved(job, results):
        _take_over(deployment, job, results, step_back=step_back)
    else:
        deployment.mark_failed(where_traffic_is(job, results))


def _end_instant(job: Job, spec: RollbackSpec, results: Results) -> bool:
    """The traffic decides: once the newer instances are drained, the older ones are live."""
    if job.state not in (JobState.SUCCEEDED, JobState.FAILED) or "drain_new" not in results:
        return False
    Deployment.objects.get(pk=spec.live.deployment).mark_rolled_back(spec.reason)
    Deployment.objects.get(pk=spec.kept.deployment).mark_live()
    return True


def _hold(job: Job, spec: RollbackSpec, results: Results) -> None:
    """Hold the environment after a rollback; a smoke test that failed is the warning."""
    kept = _deployment(spec.kept.deployment)
    run = results.get("smoke", {}).get("run") or 0
    failed = SmokeRun.objects.filter(pk=run, passed=False).first()
    warning = (
        f"The smoke test after the rollback failed: {failed.words}. "
        "The release that is live again may be unhealthy too."
        if failed
        else ""
    )
    back = f"{spec.live.version} was rolled back to {spec.kept.version}"
    reason = f"{back}: {spec.reason}."
    holds.place(kept.environment, reason=reason, warning=warning, actor=job.as_actor, job=job)
