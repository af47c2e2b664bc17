"""Step: remove files of former bundles that are no longer served or kept for a rollback."""

from datetime import timedelta

from portal.cloud.errors import CloudError
from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult
from releases.deployment.context import plan_of
from releases.deployment.steps import publish_frontend
from releases.frontend import publish

NAME = "tidy_frontend"
MOST = 200  # of one job; the next one goes on


def step(*, needs: tuple[str, ...]) -> Step:
    """Return the step."""
    return Step(NAME, remove_outdated_files, needs, "Remove files of previous frontends")


def remove_outdated_files(ctx: StepContext) -> StepResult:
    """Remove what only bundles had that ended long ago; foreign files stay."""
    if not plan_of(ctx).frontend:
        return Skipped("the environment has no frontend")
    place = publish_frontend.target_of(ctx)
    there = {one["name"] for one in publish.list_files(ctx, place)}
    old = publish.outdated_files(ctx.job.environment, ctx.now - timedelta(days=place.keep_days))
    gone = sorted(old & there)[:MOST]
    try:
        for name in gone:
            publish.remove_file(ctx, place, name)
    except CloudError as error:
        if error.retryable:
            raise
        ctx.say(f"not removed: {error}")
    return Done({"removed": gone}) if gone else Skipped("there are none")
