"""Step: give users the pages of the release, its parts first and index.html last."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction

from portal.audit.trail import record
from portal.audit.verbs import Verb
from portal.cloud.errors import CloudError
from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext, Stop
from portal.lib.refusal import Refused
from releases.deployment.region import home
from releases.frontend import publish, purge
from releases.frontend.file_names import INDEX
from releases.models import Publication

NAME = "publish_frontend"
UNDO = "republish_frontend"
Bundle = Mapping[str, Any]


def step(bundle: Bundle | None, *, needs: tuple[str, ...] = (), fatal: bool = True) -> Step:
    """Return the step; when it is not fatal, what stands in its way is told but ends nothing."""
    label = f"Publish the frontend {bundle['label'] or bundle['digest'][7:19]}" if bundle else "Publish the frontend"
    return Step(NAME, partial(run if fatal else attempt, bundle), needs, label)


def undo(place: Mapping[str, Any], *, needs: tuple[str, ...] = ()) -> Step:
    """Return the step of the way back: index.html leads to the former bundle again, or is taken away when there was none."""
    former = place["previous"]
    return Step(UNDO, partial(run, former) if former else withdraw, needs, "Give users the former frontend again")


def run(bundle: Bundle | None, ctx: StepContext) -> Outcome:
    """Put what the bucket does not have yet; doing so again changes nothing."""
    if bundle is None:
        return Skipped("the release has no frontend")
    ctx.remember(begun=True)  # so that the way back knows of a half-done publication
    place = _place(ctx)
    lacking = publish.missing_files(ctx, place, publish.files_of(bundle))
    try:
        publish.put_files(ctx, place, bundle, lacking)
    except Refused as error:
        raise Stop(error.message, error.next_step) from error
    ctx.say(f"{len(lacking)} of {bundle['count']} files written, the others were there")
    _take_over(ctx, bundle)
    purge.purge_page(ctx, place)
    return Done({"bundle": bundle["digest"], "written": len(lacking)})


def attempt(bundle: Bundle | None, ctx: StepContext) -> Outcome:
    """Publish, but let the job go on without it: in a rollback the API counts for more than its pages."""
    try:
        return run(bundle, ctx)
    except (Stop, CloudError) as error:
        if isinstance(error, CloudError) and error.retryable:
            raise
        ctx.say(f"the frontend was not put back: {error.message}")
        return Skipped(f"it could not be put back: {error.message}"[:300])


def withdraw(ctx: StepContext) -> Outcome:
    """Take index.html away: before this job there was none."""
    place = _place(ctx)
    publish.remove_file(ctx, place, INDEX)
    current = Publication.objects.filter(environment__slug=ctx.job.environment).current().first()
    if current is not None:
        current.end()
    purge.purge_page(ctx, place)
    return Done({"bundle": ""})


def _place(ctx: StepContext) -> dict[str, Any]:
    """Return where the frontend is; the namespace is asked for where the portal's own rows do not have it."""
    place: dict[str, Any] = ctx.spec["plan"]["frontend"]
    return {**place, "namespace": place["namespace"] or home(ctx).namespace}


def _take_over(ctx: StepContext, bundle: Bundle) -> None:
    with transaction.atomic():
        publication = Publication.objects.publish(bundle["id"], job=ctx.job)
        record(
            Verb.FRONTEND_PUBLISHED,
            actor=ctx.job.as_actor,
            subject=f"bundle:{bundle['id']}",
            environment=ctx.job.environment,
            job=ctx.job.pk,
            detail={"digest": bundle["digest"], "publication": publication.pk},
        )
