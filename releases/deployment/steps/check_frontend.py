"""Step: check what users really get, and whether the API allows its origin."""

from functools import partial

from environments.models import Environment
from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult, Stop, Wait
from releases.deployment.context import plan_of
from releases.frontend import config, live_check, publish
from releases.requests.plan import FrontendTarget, PlannedBundle

NAME = "check_frontend"
LIMIT_SECONDS = 60  # a CDN may take a while to forget
POLL_SECONDS = 3.0


def step(bundle: PlannedBundle | None, *, needs: tuple[str, ...], fatal: bool = True) -> Step:
    """Return the step; when it is not fatal, what is wrong is logged but ends nothing."""
    return Step(
        NAME,
        partial(check_pages, bundle, fatal),
        needs,
        "Check the frontend as users get it",
        deadline_seconds=240,
    )


def check_pages(bundle: PlannedBundle | None, fatal: bool, ctx: StepContext) -> StepResult:
    """Check once; wait while caches may hold the former page, then Stop."""
    if bundle is None:
        return Skipped("the release has no frontend")
    environment = Environment.objects.named(ctx.job.environment)
    target, files = plan_of(ctx).frontend or FrontendTarget(), publish.files_of(bundle)
    checks = live_check.check_live(target, files, config.other_origins(environment))
    wrong = [one for one in checks if not one.passed]
    result = {"checks": [one.as_json() for one in checks], "passed": not wrong}
    if not wrong:
        return Done(result)
    began = ctx.memo.setdefault("began", ctx.now.timestamp())
    words = "; ".join(one.words for one in wrong[:5])
    if ctx.now.timestamp() - began <= LIMIT_SECONDS:
        return Wait(POLL_SECONDS, words[:300])
    if fatal:
        raise Stop(
            f"The frontend has problems: {words}.",
            "The environment's frontend page shows each check.",
        )
    ctx.say(f"the frontend has problems: {words}")
    return Done(result)
