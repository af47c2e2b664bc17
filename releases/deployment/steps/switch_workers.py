"""Steps: stop or start workers that are not being replaced but kept."""

from collections.abc import Sequence
from functools import partial

from portal.cloud.errors import CloudError
from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext
from releases.deployment import instances


def step(name: str, label: str, workers: Sequence[str], *, on: bool, needs: tuple[str, ...] = ()) -> Step:
    """Return a step that starts (or stops) these worker instances."""
    return Step(name, partial(run, tuple(workers), on), needs, label)


def run(workers: tuple[str, ...], on: bool, ctx: StepContext) -> Outcome:
    """Switch all of them; one that refuses is told, not fatal: the traffic is where it shall be."""
    if not workers:
        return Skipped("there are none")
    ctx.remember(begun=True)  # so that the way back knows of a half-done switch
    left: list[str] = []
    for worker in workers:
        try:
            waiting = instances.switch(ctx, worker, on=on)
        except CloudError as error:
            if error.retryable:
                raise
            ctx.say(f"{worker}: {error}")
            left.append(worker)
            continue
        if waiting:
            return waiting
    return Done({"workers": list(workers), "left": left})
