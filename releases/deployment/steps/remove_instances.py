"""Steps that remove instances: those kept long enough, and those that a failed job made."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from portal.cloud.errors import CloudError
from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult, Wait
from releases.deployment import instances, traffic
from releases.deployment.context import plan_of
from releases.requests.plan import InstanceSet

NAME = "clean_up"
GRACE = Wait(3, "waiting for requests in flight")  # those sent before the drain
LABEL = "Remove older instances"


def clean_up(
    old: Sequence[InstanceSet],
    *,
    needs: tuple[str, ...] = (),
    label: str = LABEL,
    grace: bool = False,
) -> Step:
    """Return the step for these deployments' instances; with grace when they just had traffic."""
    return Step(NAME, partial(remove_old, tuple(old), grace), needs, label)


def begun(results: Mapping[str, Mapping[str, Any]]) -> bool:
    """Say whether anything was removed, or may have been."""
    return bool({"begun", "removed"} & results.get(NAME, {}).keys())


def remove_old(old: tuple[InstanceSet, ...], grace: bool, ctx: StepContext) -> StepResult:
    """Remove all; what cannot be removed is logged and left to the next deployment."""
    if not any(one.api or one.workers for one in old):
        return Skipped("there are none")
    if grace and "grace" not in ctx.memo:
        ctx.remember(grace=True)
        return GRACE
    if "begun" not in ctx.memo:
        ctx.remember(begun=True)
    removed: list[int] = []
    for one in old:
        try:
            waiting = _remove(ctx, one)
        except CloudError as error:
            if error.retryable:
                raise
            ctx.say(f"not removed: {one.version}: {error}")
            continue
        if waiting:
            return waiting
        removed.append(one.deployment)
    return Done({"removed": removed})


def _remove(ctx: StepContext, old: InstanceSet) -> Wait | None:
    place = plan_of(ctx).place
    for one in old.api:
        if waiting := traffic.remove(ctx, place, one.backend):
            return waiting
        instances.delete(ctx, one.instance)
    for worker in old.workers:
        instances.delete(ctx, worker)
    return None


def remove_new(backends: Sequence[str]) -> Step:
    """Return the step of the way back; the backends are those that the job may have added."""
    run = partial(remove_made, tuple(backends))
    return Step("remove_new", run, (), "Remove the new instances")


def remove_made(backends: tuple[str, ...], ctx: StepContext) -> StepResult:
    """Remove what this job made from the load balancer, then delete it; its tags find it."""
    place = plan_of(ctx).place
    there = traffic.addresses(ctx, place) if backends else set()
    if there & set(backends) and "grace" not in ctx.memo:
        ctx.remember(grace=True)
        return GRACE
    for backend in backends:
        if waiting := traffic.remove(ctx, place, backend):
            return waiting
    made = instances.made_by(ctx, place, str(ctx.job.pk))
    for found in made:
        instances.delete(ctx, found["id"])
    return Done({"removed": [found["id"] for found in made]})
