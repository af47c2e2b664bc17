"""Step of the way back after a one-way migration: decide where the traffic is safe."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult, Stop
from releases.deployment import traffic, traffic_decision
from releases.deployment.context import plan_of
from releases.deployment.traffic_decision import TrafficState
from releases.requests.plan import Placement

NAME = "choose_side"
RESULT = f"undo:{NAME}"  # the engine's name of it on the way back


def step(state: TrafficState, old: Sequence[str], new: Sequence[str]) -> Step:
    """Return the step; the state is completed with which side is healthy when it runs."""
    return Step(
        NAME,
        partial(choose_side, state, tuple(old), tuple(new)),
        (),
        "Decide where the traffic is safe",
    )


def choose_side(
    state: TrafficState, old: tuple[str, ...], new: tuple[str, ...], ctx: StepContext
) -> StepResult:
    """Ask about each instance, decide; Stop when neither side is healthy."""
    place = plan_of(ctx).place
    side, words = traffic_decision.decide(
        replace(
            state,
            old_healthy=_healthy(ctx, place, old),
            new_healthy=_healthy(ctx, place, new),
        )
    )
    ctx.say(words)
    if side == traffic_decision.STUCK:
        raise Stop(
            words,
            "Repair the database or the application, then resume the job: it checks again. "
            "Nothing is removed.",
        )
    return Done({"keep": side, "words": words})


def only_if(side: str, step: Step) -> Step:
    """Return the step so that it does something only when that side keeps the traffic."""

    def run(ctx: StepContext) -> StepResult:
        if ctx.results[RESULT]["keep"] != side:
            return Skipped(f"the traffic is safe on the {ctx.results[RESULT]['keep']} instances")
        return step.run(ctx)

    return replace(step, run=run)


def _healthy(ctx: StepContext, place: Placement, backends: tuple[str, ...]) -> bool:
    return bool(backends) and all(
        traffic.health(ctx, place, backend) == "OK" for backend in backends
    )
