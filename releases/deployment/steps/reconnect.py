"""Step: give kept API instances traffic again, at the addresses that they have now.

OCI may give an instance that was stopped and started another private address. Its backend then
points at nothing, or at something else: one at the new address takes its place.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult, Wait
from releases.deployment import instances, traffic
from releases.deployment.context import plan_of
from releases.deployment.steps import wait_healthy
from releases.requests.plan import ApiInstance, Placement

NAME = "undrain_old"
RESULTS = (NAME, f"undo:{NAME}")  # the engine's name of it on the way back


def step(label: str, kept: Sequence[ApiInstance], others: Collection[str]) -> Step:
    """Return the step; the backends of `others` are left alone."""
    return Step(NAME, partial(reconnect, tuple(kept), tuple(others)), (), label)


def reconnect(
    kept: tuple[ApiInstance, ...], others: tuple[str, ...], ctx: StepContext
) -> StepResult:
    """Give one after the other its traffic; an instance that is stopped is started first."""
    if not kept:
        return Skipped("nothing was live before")
    ctx.remember(begun=True)  # so that the way back knows of a half-done move
    place = plan_of(ctx).place
    for one in kept:
        if waiting := traffic.drain(ctx, place, one.backend, on=False):
            return waiting
    for one in kept:
        if waiting := _correct(ctx, place, one, others):
            return waiting
    moved = ctx.memo.get("moved", {})
    return Done({"backends": [moved.get(one.backend, one.backend) for one in kept], "moved": moved})


def moved_in(results: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return, by its former name, how a backend is called that was replaced."""
    found: dict[str, str] = {}
    for name in RESULTS:
        found |= results.get(name, {}).get("moved") or {}
    return found


def names(backends: Sequence[str], results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return how these backends are called after the step."""
    moved = moved_in(results)
    return [moved.get(backend, backend) for backend in backends]


def _correct(
    ctx: StepContext, place: Placement, one: ApiInstance, others: tuple[str, ...]
) -> Wait | None:
    """Replace the backend of an instance that has another address; None when it is right."""
    if waiting := instances.switch(ctx, one.instance, on=True):
        return waiting
    found = instances.read(ctx, one.instance)
    if found is None or found["lifecycleState"] != "ACTIVE":
        return None
    address = wait_healthy.address_of(ctx, found)
    backend = traffic.backend_name(address, place.port)
    if backend == one.backend:
        return None
    if one.backend not in ctx.memo.get("moved", {}):
        ctx.say(f"{found['displayName']} is at {address} now: {one.backend} becomes {backend}.")
        ctx.remember(moved={**ctx.memo.get("moved", {}), one.backend: backend})
    if waiting := traffic.add(ctx, place, address):
        return waiting
    return None if one.backend in others else traffic.remove(ctx, place, one.backend)
