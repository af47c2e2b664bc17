"""Steps: send no more new requests to instances, or send them requests again."""

from collections.abc import Sequence
from functools import partial

from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext
from releases.deployment import traffic


def step(name: str, label: str, backends: Sequence[str], *, on: bool, needs: tuple[str, ...] = ()) -> Step:
    """Return a step that drains (or undrains) these backends, one after the other."""
    return Step(name, partial(run, tuple(backends), on), needs, label)


def run(backends: tuple[str, ...], on: bool, ctx: StepContext) -> Outcome:
    """Change one flag after the other; each is seen to its end before the next, as the load balancer wants it."""
    if not backends:
        return Skipped("nothing was live before")
    ctx.remember(begun=True)  # so that the way back knows of a half-done move
    place = ctx.spec["plan"]["place"]
    for backend in backends:
        waiting = traffic.drain(ctx, place, backend, on=on)
        if waiting:
            return waiting
    return Done({"backends": list(backends)})
