"""Step: remove files of former bundles that nobody gets any more, and nobody goes back to."""

from datetime import timedelta

from portal.cloud.errors import CloudError
from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext
from releases.deployment.region import home
from releases.frontend import publish

NAME = "tidy_frontend"
MOST = 200  # of one job; the next one goes on


def step(*, needs: tuple[str, ...]) -> Step:
    """Return the step."""
    return Step(NAME, run, needs, "Remove files of former frontends")


def run(ctx: StepContext) -> Outcome:
    """Remove what only bundles had that ended long enough ago; what is of no bundle is somebody else's, and stays."""
    frontend = ctx.spec["plan"].get("frontend")
    if not frontend:
        return Skipped("the environment has no frontend")
    place = {**frontend, "namespace": frontend["namespace"] or home(ctx).namespace}
    there = {one["name"] for one in publish.list_files(ctx, place)}
    old = publish.outdated_files(ctx.job.environment, ctx.now - timedelta(days=place["keep_days"]))
    gone = sorted(old & there)[:MOST]
    try:
        for name in gone:
            publish.remove_file(ctx, place, name)
    except CloudError as error:
        if error.retryable:
            raise
        ctx.say(f"left where they are: {error}")
    return Done({"removed": gone}) if gone else Skipped("there are none")
