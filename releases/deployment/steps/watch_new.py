"""Step: judge the new instances by what they answer while they have a small share of the traffic."""

from functools import partial

from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext, Stop, Wait
from releases.deployment import traffic, watch
from releases.deployment.steps import add_backend, save_evidence

NAME = "watch_new"
SECONDS_A_RUN = 8.0  # a run of the step is short, so that a cancel is heeded soon


def step(count: int, *, needs: tuple[str, ...]) -> Step:
    """Return the step for so many new API instances."""
    return Step(NAME, partial(run, count), needs, "Watch the new instances with a tenth of the traffic", deadline_seconds=180)


def run(count: int, ctx: StepContext) -> Outcome:
    """Ask until each new instance was certainly among those that answered; Stop at the first bad answer."""
    place = ctx.spec["plan"]["place"]
    before = ctx.results.get(save_evidence.NAME, {}).get("baseline", {})
    if before.get("well") is False:
        return Skipped(f"what was live is not well itself ({before['words']}): the smoke test decides")
    left = ctx.memo.get("left")
    if left is None:
        new = [ctx.results[add_backend.name(number)]["backend"] for number in range(1, count + 1)]
        left = _rounds(ctx, new)
    asked = watch.Watch(place["api_url"], place["health_path"])
    ends = ctx.now.timestamp() + SECONDS_A_RUN
    total = ctx.memo.get("asked", 0)
    while left > 0 and ctx.now.timestamp() < ends:
        if words := asked.look():
            raise Stop(
                f"With a small share of the traffic on {ctx.spec['plan']['version']}, {words}.",
                "Read the container's log: Logs on the environment's page. The traffic was not moved.",
            )
        left, total = left - 1, total + 1
    if left > 0:
        ctx.remember(left=left, asked=total)
        return Wait(0, f"{left} more questions")
    return Done({"asked": total})


def _rounds(ctx: StepContext, new: list[str]) -> int:
    able = {one["name"]: one["weight"] for one in traffic.backends(ctx, ctx.spec["plan"]["place"]) if not one["drain"]}
    return watch.rounds(list(able.values()), [able.get(name, traffic.TRICKLE) for name in new])
