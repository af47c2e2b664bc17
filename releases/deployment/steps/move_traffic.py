"""Steps that move traffic between instances: shift, drain, wait until they are healthy."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult, Stop, Wait
from releases.deployment import traffic
from releases.deployment.context import plan_of
from releases.deployment.steps import add_backend, reconnect

SHIFT = "shift"
LIMIT_SECONDS = 60


def shift(count: int, *, needs: tuple[str, ...]) -> Step:
    """Return the step that gives so many new API instances their full share."""
    label = "Move the full share of traffic to the new instances"
    return Step(SHIFT, partial(shift_traffic, count), needs, label)


def shift_traffic(count: int, ctx: StepContext) -> StepResult:
    """Raise one weight after the other; each change is complete before the next."""
    place = plan_of(ctx).place
    for number in range(1, count + 1):
        backend = ctx.results[add_backend.name(number)]["backend"]
        if waiting := traffic.trust(ctx, place, backend):
            return waiting
    return Done()


def drain(
    name: str, label: str, backends: Sequence[str], *, on: bool, needs: tuple[str, ...] = ()
) -> Step:
    """Return a step that drains (or undrains) these backends, one after the other."""
    return Step(name, partial(drain_backends, tuple(backends), on), needs, label)


def drain_backends(backends: tuple[str, ...], on: bool, ctx: StepContext) -> StepResult:
    """Change one flag after the other: the load balancer takes one change at a time."""
    if not backends:
        return Skipped("nothing was live before")
    ctx.remember(begun=True)  # so that the way back knows of a half-done move
    place = plan_of(ctx).place
    for backend in backends:
        if waiting := traffic.drain(ctx, place, backend, on=on):
            return waiting
    return Done({"backends": list(backends)})


def drain_others(
    name: str,
    label: str,
    backends: Sequence[str],
    *,
    keep: Callable[[StepContext], Collection[str]],
    needs: tuple[str, ...] = (),
) -> Step:
    """Return a step that drains these backends, and whatever else takes traffic beside `keep`.

    Others are there when a job was abandoned half-way, or when somebody added one by hand: a
    release that has the traffic has it alone.
    """
    return Step(name, partial(drain_all_others, tuple(backends), keep), needs, label)


def drain_all_others(
    backends: tuple[str, ...],
    keep: Callable[[StepContext], Collection[str]],
    ctx: StepContext,
) -> StepResult:
    """Drain those that are expected first, then the others."""
    if backends and isinstance(outcome := drain_backends(backends, True, ctx), Wait):
        return outcome
    place, expected = plan_of(ctx).place, {*backends, *keep(ctx)}
    there = traffic.backends(ctx, place)
    for other in sorted(one["name"] for one in there if not one.get("drain")):
        if other not in expected:
            ctx.say(f"{other} takes traffic too and is drained.")
            if waiting := traffic.drain(ctx, place, other, on=True):
                return waiting
    return Done({"backends": list(backends)}) if backends else Skipped("nothing was live before")


def await_backends(
    name: str, label: str, backends: Sequence[str], *, needs: tuple[str, ...]
) -> Step:
    """Return a step that ends when all of these backends are OK."""
    return Step(name, partial(await_health, tuple(backends)), needs, label)


def await_health(backends: tuple[str, ...], ctx: StepContext) -> StepResult:
    """Check each once; Stop when they do not come back, so that the others are not drained."""
    place = plan_of(ctx).place
    now = reconnect.names(backends, ctx.results)
    states = {backend: traffic.health(ctx, place, backend) for backend in now}
    bad = [f"{backend} is {status}" for backend, status in states.items() if status != "OK"]
    if not bad:
        return Done({"backends": now})
    words = ", ".join(bad)
    began = ctx.memo.setdefault("began", ctx.now.timestamp())
    if ctx.now.timestamp() - began > LIMIT_SECONDS:
        raise Stop(
            f"The instances kept for rollback do not answer: {words}.",
            "Deploy the earlier release again instead.",
        )
    return Wait(traffic.POLL_SECONDS, words)
