"""Step: look at what users really get, and whether the API lets it in."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from environments.models import Environment
from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext, Stop, Wait
from releases.frontend import config, live_check, publish

NAME = "check_frontend"
LIMIT_SECONDS = 60  # a CDN may take a while to forget
POLL_SECONDS = 3.0
Bundle = Mapping[str, Any]


def step(bundle: Bundle | None, *, needs: tuple[str, ...], fatal: bool = True) -> Step:
    """Return the step; when it is not fatal, what is wrong is told but ends nothing."""
    return Step(NAME, partial(run, bundle, fatal), needs, "Look at the frontend as users get it", deadline_seconds=240)


def run(bundle: Bundle | None, fatal: bool, ctx: StepContext) -> Outcome:
    """Look once; wait while caches may still hold the former page, then Stop and name what is wrong."""
    if bundle is None:
        return Skipped("the release has no frontend")
    environment = Environment.objects.named(ctx.job.environment)
    seen = live_check.check_live(ctx.spec["plan"]["frontend"], publish.files_of(bundle), config.other_origins(environment))
    wrong = [one for one in seen if not one.passed]
    result = {"checks": [one.as_json() for one in seen], "passed": not wrong}
    if not wrong:
        return Done(result)
    began = ctx.memo.setdefault("began", ctx.now.timestamp())
    words = "; ".join(one.words for one in wrong[:5])
    if ctx.now.timestamp() - began <= LIMIT_SECONDS:
        return Wait(POLL_SECONDS, words[:300])
    if fatal:
        raise Stop(f"The frontend is not as it must be: {words}.", "The environment's frontend page shows each thing looked at.")
    ctx.say(f"the frontend is not as it must be: {words}")
    return Done(result)
