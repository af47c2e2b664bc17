"""Step: wait until the load balancer finds instances well that stood by."""

from collections.abc import Sequence
from functools import partial

from portal.jobs.definition import Done, Outcome, Step, StepContext, Stop, Wait
from releases.deployment import traffic

LIMIT_SECONDS = 60


def step(name: str, label: str, backends: Sequence[str], *, needs: tuple[str, ...]) -> Step:
    """Return a step that ends when all of these backends are OK."""
    return Step(name, partial(run, tuple(backends)), needs, label)


def run(backends: tuple[str, ...], ctx: StepContext) -> Outcome:
    """Look once at each; Stop when they do not come back, so that nobody drains the others."""
    place = ctx.spec["plan"]["place"]
    states = {backend: traffic.health(ctx, place, backend) for backend in backends}
    bad = {backend: status for backend, status in states.items() if status != "OK"}
    if not bad:
        return Done({"backends": list(backends)})
    words = ", ".join(f"{backend} is {status}" for backend, status in bad.items())
    began = ctx.memo.setdefault("began", ctx.now.timestamp())
    if ctx.now.timestamp() - began > LIMIT_SECONDS:
        raise Stop(f"The instances kept for rollback do not answer: {words}.", "Deploy the earlier release anew instead.")
    return Wait(traffic.POLL_SECONDS, words)
