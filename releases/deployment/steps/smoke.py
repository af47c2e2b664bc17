"""Step: run the environment's smoke test through the load balancer."""

from functools import partial

from environments.models import Environment
from portal.audit.verbs import Verb
from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult, Stop, Wait
from portal.jobs.models import Job
from releases.deployment.context import home
from releases.deployment.starter import check_starter
from releases.models import SmokeRun, SmokeTest
from releases.smoke import probe


def step(
    *, needs: tuple[str, ...] = (), fatal: bool = True, origin: str = SmokeRun.Origin.DEPLOYMENT
) -> Step:
    """Return the step; when it is not fatal, a failed test is logged but ends nothing."""
    run = partial(run_smoke_test, fatal, origin)
    return Step("smoke", run, needs, "Run the smoke test", attempts=2, deadline_seconds=420)


def run_smoke_test(fatal: bool, origin: str, ctx: StepContext) -> StepResult:
    """Run the whole test once; two at once would spoil each other's exam."""
    others = Job.objects.active(ctx.job.environment).exclude(pk=ctx.job.pk)
    if others.filter(kind=probe.KIND).exists():
        return Wait(2, "another smoke test is running")
    if origin == SmokeRun.Origin.SCHEDULE and others.filter(mutating=True).exists():
        return Skipped("the environment is being changed: the next run tests it")
    environment = Environment.objects.named(ctx.job.environment)
    if origin == SmokeRun.Origin.BUTTON:  # a read-only job: no call of it asks the kind
        act = environment.act(Verb.SMOKE_TEST)
        check_starter(ctx.job, SmokeTest.can_run, act, f"run the smoke test of {environment.slug}")
    deployment = ctx.spec.get("deployment")
    kept = probe.run_test(environment, home(ctx), job=ctx.job, origin=origin, deployment=deployment)
    ctx.say(kept.words)
    if fatal and not kept.passed:
        raise Stop(
            f"The smoke test failed: {kept.words}.",
            "Open the smoke test's result: it shows each step with its answer.",
        )
    return Done({"run": kept.pk, "passed": kept.passed})
