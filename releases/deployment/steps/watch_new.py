"""Step: judge the new instances by their answers to a small share of the traffic."""

from functools import partial

from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult, Stop, Wait
from releases.deployment import traffic, watch
from releases.deployment.context import plan_of
from releases.deployment.steps import add_backend, save_evidence

NAME = "watch_new"
SECONDS_A_RUN = 8.0  # a run of the step is short, so that a cancel is heeded soon


def step(count: int, *, needs: tuple[str, ...]) -> Step:
    """Return the step for so many new API instances."""
    return Step(
        NAME,
        partial(watch_new_instances, count),
        needs,
        "Watch the new instances with a tenth of the traffic",
        deadline_seconds=180,
    )


def watch_new_instances(count: int, ctx: StepContext) -> StepResult:
    """Ask until each new instance surely answered; Stop at a bad answer."""
    place = plan_of(ctx).place
    before = ctx.results.get(save_evidence.NAME, {}).get("baseline", {})
    if before.get("well") is False:
        return Skipped(
            f"what was live is unhealthy itself ({before['words']}): the smoke test decides"
        )
    left = ctx.memo.get("left")
    if left is None:
        new = [ctx.results[add_backend.name(number)]["backend"] for number in range(1, count + 1)]
        left = _questions(ctx, new)
    asked = watch.Watch(place.api_url, place.health_path)
    ends = ctx.now.timestamp() + SECONDS_A_RUN
    total = ctx.memo.get("asked", 0)
    while left > 0 and ctx.now.timestamp() < ends:
        if words := asked.check():
            raise Stop(
                f"With a small share of the traffic on {plan_of(ctx).version}, {words}.",
                "Read the container's log: Logs on the environment's page. The traffic was not "
                "moved.",
            )
        left, total = left - 1, total + 1
    if left > 0:
        ctx.remember(left=left, asked=total)
        return Wait(0, f"{left} more checks")
    return Done({"asked": total})


def _questions(ctx: StepContext, new: list[str]) -> int:
    able = {
        one["name"]: one["weight"]
        for one in traffic.backends(ctx, plan_of(ctx).place)
        if not one["drain"]
    }
    return watch.questions_needed(
        list(able.values()), [able.get(name, traffic.TRICKLE) for name in new]
    )
