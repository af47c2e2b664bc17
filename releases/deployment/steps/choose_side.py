"""Step of the way back after a one-way migration: decide, by who is well now, where the traffic is safe."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext, Stop
from releases.deployment import traffic, traffic_decision
from releases.deployment.traffic_decision import Stand

NAME = "choose_side"
RESULT = f"undo:{NAME}"  # the engine's name of it on the way back


def step(stand: Stand, old: Sequence[str], new: Sequence[str]) -> Step:
    """Return the step; `stand` is filled in with who is well when it runs."""
    return Step(NAME, partial(run, stand, tuple(old), tuple(new)), (), "Decide where the traffic is safe")


def run(stand: Stand, old: tuple[str, ...], new: tuple[str, ...], ctx: StepContext) -> Outcome:
    """Ask the load balancer about each instance, decide; Stop, for an operator, when nobody is well."""
    place = ctx.spec["plan"]["place"]
    seen = replace(stand, old_well=_well(ctx, place, old), new_well=_well(ctx, place, new))
    side, words = traffic_decision.decide(seen)
    ctx.say(words)
    if side == traffic_decision.STUCK:
        raise Stop(words, "Mend the database or the application; then resume the job: it looks again. Nothing is removed.")
    return Done({"keep": side, "words": words})


def only_if(side: str, step: Step) -> Step:
    """Return the step so that it does something only when that side keeps the traffic."""

    def run(ctx: StepContext) -> Outcome:
        if ctx.results[RESULT]["keep"] != side:
            return Skipped(f"the traffic is safe on the {ctx.results[RESULT]['keep']} instances")
        return step.run(ctx)

    return replace(step, run=run)


def _well(ctx: StepContext, place: Mapping[str, Any], backends: tuple[str, ...]) -> bool:
    return bool(backends) and all(traffic.health(ctx, place, backend) == "OK" for backend in backends)
