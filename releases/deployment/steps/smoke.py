"""Step: run the environment's smoke test through the load balancer."""

from functools import partial

from environments.models import Environment
from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext, Stop, Wait
from portal.jobs.models import Job
from releases.deployment.region import home
from releases.models import SmokeRun
from releases.smoke import probe


def step(*, needs: tuple[str, ...] = (), fatal: bool = True, origin: str = SmokeRun.Origin.DEPLOYMENT) -> Step:
    """Return the step; when it is not fatal, a failed test is told but ends nothing."""
    return Step("smoke", partial(run, fatal, origin), needs, "Run the smoke test", attempts=2, deadline_seconds=420)


def run(fatal: bool, origin: str, ctx: StepContext) -> Outcome:
    """Run the whole test once, and keep its result; two runs at once would spoil each other's exam."""
    others = Job.objects.active(ctx.job.environment).exclude(pk=ctx.job.pk)
    if others.filter(kind=probe.KIND).exists():
        return Wait(2, "another smoke test is under way")
    if origin == SmokeRun.Origin.SCHEDULE and others.filter(mutating=True).exists():
        return Skipped("the environment is being changed: the next run tells")
    environment = Environment.objects.named(ctx.job.environment)
    kept = probe.run(environment, home(ctx), job=ctx.job, origin=origin, deployment=ctx.spec.get("deployment"))
    ctx.say(kept.words)
    if fatal and not kept.passed:
        raise Stop(f"The smoke test failed: {kept.words}.", "Open the smoke test's result for each step with what was answered.")
    return Done({"run": kept.pk, "passed": kept.passed})
