"""Step: give a new instance traffic, and wait until the load balancer reports it healthy."""

from functools import partial

from portal.jobs.definition import Done, Step, StepContext, StepResult, Stop, Wait
from releases.deployment import traffic
from releases.deployment.context import plan_of
from releases.deployment.steps import wait_healthy

LIMIT_SECONDS = 180


def name(number: int) -> str:
    """Return the step's name."""
    return f"add_backend_{number}"


def step(number: int) -> Step:
    """Return the step for one API instance."""
    label = f"Add API instance {number} to the load balancer"
    needs = (wait_healthy.name("api", number),)
    return Step(
        name(number),
        partial(add_instance, number),
        needs,
        label,
        deadline_seconds=LIMIT_SECONDS + 60,
    )


def add_instance(number: int, ctx: StepContext) -> StepResult:
    """Add the backend with a small weight beside others; done only when its health is OK."""
    plan, ready = plan_of(ctx), ctx.results[wait_healthy.name("api", number)]
    place = plan.place
    ctx.remember(backend=ready["backend"])
    weight = traffic.TRICKLE if plan.old.api else traffic.FULL
    if waiting := traffic.add(ctx, place, ready["address"], weight):
        return waiting
    status = traffic.health(ctx, place, ready["backend"])
    if status == "OK":
        return Done({"backend": ready["backend"], "instance": ready["instance"]})
    began = ctx.memo.setdefault("began", ctx.now.timestamp())
    if ctx.now.timestamp() - began > LIMIT_SECONDS:
        raise Stop(
            f"The load balancer reports {ready['backend']} as {status} after {LIMIT_SECONDS} s.",
            "Check that the network security groups let the load balancer reach the instances' "
            "port.",
        )
    return Wait(traffic.POLL_SECONDS, f"the load balancer reports {ready['backend']} as {status}")
