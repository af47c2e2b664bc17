"""Step: give the new instances their full share of the traffic."""

from functools import partial

from portal.jobs.definition import Done, Outcome, Step, StepContext
from releases.deployment import traffic
from releases.deployment.steps import add_backend

NAME = "shift"


def step(count: int, *, needs: tuple[str, ...]) -> Step:
    """Return the step for so many new API instances."""
    return Step(NAME, partial(run, count), needs, "Give the new instances their full share of the traffic")


def run(count: int, ctx: StepContext) -> Outcome:
    """Raise one weight after the other; each change is seen to its end before the next."""
    place = ctx.spec["plan"]["place"]
    for number in range(1, count + 1):
        waiting = traffic.trust(ctx, place, ctx.results[add_backend.name(number)]["backend"])
        if waiting:
            return waiting
    return Done()
