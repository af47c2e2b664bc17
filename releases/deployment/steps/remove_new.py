"""Step of the way back: remove what this job made, found by its tags so that nothing is forgotten."""

from collections.abc import Sequence
from functools import partial

from portal.jobs.definition import Done, Outcome, Step, StepContext, Wait
from releases.deployment import instances, traffic

GRACE_SECONDS = 3  # requests that were on their way when the backend was drained get their answers


def step(backends: Sequence[str]) -> Step:
    """Return the step; the backends are those the job added, or was about to add."""
    return Step("remove_new", partial(run, tuple(backends)), (), "Remove the new instances")


def run(backends: tuple[str, ...], ctx: StepContext) -> Outcome:
    """Take them out of the load balancer first, then delete them."""
    place = ctx.spec["plan"]["place"]
    there = traffic.addresses(ctx, place) if backends else set()
    if there & set(backends) and "grace" not in ctx.memo:
        ctx.remember(grace=True)
        return Wait(GRACE_SECONDS, "requests in flight get their answers")
    for backend in backends:
        waiting = traffic.remove(ctx, place, backend)
        if waiting:
            return waiting
    made = instances.made_by(ctx, place, str(ctx.job.pk))
    for found in made:
        instances.delete(ctx, found["id"])
    return Done({"removed": [found["id"] for found in made]})
