"""Step: remove instances that nobody can roll back to any more."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from portal.cloud.errors import CloudError
from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext, Wait
from releases import instances, traffic


def step(old: Sequence[Mapping[str, Any]], *, needs: tuple[str, ...]) -> Step:
    """Return the step for these deployments' instances."""
    return Step("clean_up", partial(run, tuple(old)), needs, "Remove the instances before the last")


def run(old: tuple[Mapping[str, Any], ...], ctx: StepContext) -> Outcome:
    """Remove all; what resists is told and left to the next deployment: the new release is live and well."""
    if not old:
        return Skipped("there are none")
    removed: list[int] = []
    for deployment in old:
        try:
            waiting = _remove(ctx, deployment)
        except CloudError as error:
            if error.retryable:
                raise
            ctx.say(f"left standing: {deployment['version']}: {error}")
            continue
        if waiting:
            return waiting
        removed.append(deployment["deployment"])
    return Done({"removed": removed})


def _remove(ctx: StepContext, deployment: Mapping[str, Any]) -> Wait | None:
    place = ctx.spec["plan"]["place"]
    for one in deployment["api"]:
        waiting = traffic.remove(ctx, place, one["backend"])
        if waiting:
            return waiting
        instances.delete(ctx, one["instance"])
    for worker in deployment["workers"]:
        instances.delete(ctx, worker)
    return None
