"""Step: give users the pages of the release, its parts first and index.html last."""

from dataclasses import replace
from functools import partial

from django.db import transaction

from portal.audit.trail import audit
from portal.audit.verbs import Verb
from portal.cloud.errors import CloudError
from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult, Stop
from portal.lib.act import Act
from portal.lib.refusal import Refused
from releases.deployment.context import home, plan_of
from releases.frontend import publish, purge
from releases.frontend.file_names import INDEX
from releases.models import Publication
from releases.requests.plan import FrontendTarget, PlannedBundle

NAME = "publish_frontend"
UNDO = "republish_frontend"


def step(bundle: PlannedBundle | None, *, needs: tuple[str, ...] = (), fatal: bool = True) -> Step:
    """Return the step; when it is not fatal, a problem is logged but ends nothing."""
    label = f"Publish the frontend {bundle.name}" if bundle else "Publish the frontend"
    return Step(NAME, partial(publish_bundle if fatal else try_publish, bundle), needs, label)


def undo(target: FrontendTarget, *, needs: tuple[str, ...] = ()) -> Step:
    """Return the step of the way back: the former index.html, or none."""
    former = target.previous
    return Step(
        UNDO,
        partial(publish_bundle, former) if former else withdraw_page,
        needs,
        "Restore the previous frontend",
    )


def publish_bundle(bundle: PlannedBundle | None, ctx: StepContext) -> StepResult:
    """Put what the bucket does not have yet; doing so again changes nothing."""
    if bundle is None:
        return Skipped("the release has no frontend")
    ctx.remember(begun=True)  # so that the way back knows of a half-done publication
    place = target_of(ctx)
    lacking = publish.missing_files(ctx, place, publish.files_of(bundle))
    try:
        publish.put_files(ctx, place, bundle, lacking)
    except Refused as error:
        raise Stop(error.message, error.next_step) from error
    ctx.say(f"{len(lacking)} of {bundle.count} files written, the others existed")
    _take_over(ctx, bundle)
    purge.purge_page(ctx, place)
    return Done({"bundle": bundle.digest, "written": len(lacking)})


def try_publish(bundle: PlannedBundle | None, ctx: StepContext) -> StepResult:
    """Publish, or go on without: in a rollback the API counts for more."""
    try:
        return publish_bundle(bundle, ctx)
    except (Stop, CloudError) as error:
        if isinstance(error, CloudError) and error.retryable:
            raise
        ctx.say(f"the frontend was not restored: {error.message}")
        return Skipped(f"it could not be restored: {error.message}"[:300])


def withdraw_page(ctx: StepContext) -> StepResult:
    """Take index.html away: before this job there was none."""
    place = target_of(ctx)
    publish.remove_file(ctx, place, INDEX)
    current = Publication.objects.filter(environment__slug=ctx.job.environment).current().first()
    if current is not None:
        current.end()
    purge.purge_page(ctx, place)
    return Done({"bundle": ""})


def target_of(ctx: StepContext) -> FrontendTarget:
    """Return where the frontend is published, with the namespace of OCI."""
    target = plan_of(ctx).frontend or FrontendTarget()
    return replace(target, namespace=target.namespace or home(ctx).namespace)


def _take_over(ctx: StepContext, bundle: PlannedBundle) -> None:
    with transaction.atomic():
        publication = Publication.objects.publish(bundle.id, job=ctx.job)
        audit(
            Act(Verb.FRONTEND_PUBLISHED, f"bundle:{bundle.id}", ctx.job.environment),
            actor=ctx.job.as_actor,
            job=ctx.job.pk,
            detail={"digest": bundle.digest, "publication": publication.pk},
        )
