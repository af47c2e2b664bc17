"""Step: remove instances that nobody can roll back to any more."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from portal.cloud.errors import CloudError
from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext, Wait
from releases.deployment import instances, traffic

NAME = "clean_up"
GRACE_SECONDS = 3
LABEL = "Remove the instances before the last"


def step(old: Sequence[Mapping[str, Any]], *, needs: tuple[str, ...] = (), label: str = LABEL, grace: bool = False) -> Step:
    """Return the step for these deployments' instances; with grace when they had traffic until a moment ago."""
    return Step(NAME, partial(run, tuple(old), grace), needs, label)


def begun(results: Mapping[str, Mapping[str, Any]]) -> bool:
    """Say whether anything was removed, or may have been."""
    return bool({"begun", "removed"} & results.get(NAME, {}).keys())


def run(old: tuple[Mapping[str, Any], ...], grace: bool, ctx: StepContext) -> Outcome:
    """Remove all; what resists is told and left to the next deployment: the new release is live and well."""
    if not any(one["api"] or one["workers"] for one in old):
        return Skipped("there are none")
    if grace and "grace" not in ctx.memo:
        ctx.remember(grace=True)
        return Wait(GRACE_SECONDS, "requests in flight get their answers")
    if "begun" not in ctx.memo:
        ctx.remember(begun=True)
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
