"""Step: bring the database to the revision that the release expects, in a one-off container."""

from typing import Any

from portal.jobs.definition import Done, Skipped, Step, StepContext, StepResult, Stop, Wait
from releases.deployment import instance, instances, logs, migration
from releases.deployment.context import home, plan_of
from releases.deployment.steps import check_images, start_instance
from releases.models import Deployment
from releases.requests.plan import Placement, ReleasePlan

NAME = "migrate"
LIMIT_SECONDS = 1800
POLL_SECONDS = 1.0
OTHER_SECONDS = 5.0
LOG_SECONDS = 60.0  # a log may come late after its container ended
ENDED = ("INACTIVE", "FAILED")
LOOK = (
    "Compare alembic_version in the database with the release. Rollbacks past this migration are "
    "blocked: repair the database, then request a release that fits it."
)
REPAIR = (
    "Read its log, under Logs on the environment's page; repair the image or the database, then "
    "request the release again."
)


def step(head: str, *, needs: tuple[str, ...]) -> Step:
    """Return the step."""
    return Step(
        NAME,
        migrate_database,
        needs,
        f"Migrate the database to {head}",
        deadline_seconds=LIMIT_SECONDS,
    )


def settle() -> Step:
    """Return the step of the way back that waits for a migration under way to end."""
    return Step(
        "settle_migration", _settle, (), "Wait for the migration", deadline_seconds=LIMIT_SECONDS
    )


def migrate_database(ctx: StepContext) -> StepResult:
    """Start the container once, wait for its end, check the schema, keep its log."""
    plan, job = plan_of(ctx), str(ctx.job.pk)
    made = ctx.memo.get("instance")
    if made is None:
        if others := _others(ctx, plan.place, job):
            return Wait(
                OTHER_SECONDS, f"another migration is still in progress: {others[0]['displayName']}"
            )
        made = _start(ctx, plan, job)
    return _watch(ctx, made)


def _start(ctx: StepContext, plan: ReleasePlan, job: str) -> str:
    place = plan.place
    ctx.remember(begun=True)

    def find() -> dict[str, Any] | None:
        return next(iter(instances.made_by(ctx, place, job, NAME)), None)

    def body(domain: str) -> dict[str, Any]:
        return instance.migration(plan, job=job, domain=domain, namespace=home(ctx).namespace)

    check_images.require_approved(ctx, "api", "No migration was started with it.")
    made = start_instance.create_where_free(ctx, 1, body, find)
    ctx.remember(instance=made["id"])
    ctx.say(f"{made['displayName']} migrates to {_head(plan)}")
    return str(made["id"])


def _watch(ctx: StepContext, made: str) -> StepResult:
    """Check once; the container is never started a second time."""
    found = instances.read(ctx, made)
    if found is None:
        _note(ctx, {"after": "", "unknown": True})
        raise Stop(
            "The migration's container is gone before it reported how it ended.",
            LOOK,
        )
    container = _container(ctx, found)
    if found["lifecycleState"] == "FAILED" and container.get("exitCode") is None:
        raise Stop(
            f"The migration could not start: {found.get('lifecycleDetails') or 'no details'}. "
            "Nothing was changed.",
            REPAIR,
        )
    if container.get("lifecycleState") not in ENDED and container.get("exitCode") is None:
        return Wait(POLL_SECONDS, f"the migration runs in {found['displayName']}")
    return _check_result(ctx, found, container)


def _check_result(ctx: StepContext, found: dict[str, Any], container: dict[str, Any]) -> StepResult:
    code, log = container.get("exitCode"), _read_log(ctx, found)
    report = migration.parse(log)
    unknown = migration.is_unknown(report, log, code)
    if unknown and _may_come(ctx):
        return Wait(POLL_SECONDS, "the end of the migration's log is not there yet")
    kept = logs.save(ctx, found)
    done = {
        **report.as_json(),
        "exit_code": code,
        "unknown": unknown,
        "log": kept[0].pk if kept else None,
    }
    _note(ctx, done)
    if wrong := migration.find_problem(report, head=_head(plan_of(ctx)), exit_code=code):
        lost = " The log has no end, so the outcome is unknown." if unknown else ""
        raise Stop(f"{wrong}.{lost}", LOOK if unknown else REPAIR)
    check_images.require_approved(ctx, "api", "The migration may have run another image.")
    instances.delete(ctx, found["id"])
    ctx.say(f"{migration.summary(done)}; {len(report.tables)} tables")
    return Done(done)


def _read_log(ctx: StepContext, found: dict[str, Any]) -> str:
    """Return the log as it is now: a kept one may be from before its end came."""
    containers = found.get("containers") or []
    return logs.peek(ctx, containers[0]["containerId"]) if containers else ""


def _may_come(ctx: StepContext) -> bool:
    now = ctx.now.timestamp()
    if "log_since" not in ctx.memo:
        ctx.remember(log_since=now)
    return bool(now - ctx.memo["log_since"] < LOG_SECONDS)


def _note(ctx: StepContext, done: dict[str, Any]) -> None:
    ctx.remember(**done)
    Deployment.objects.get(pk=ctx.spec["deployment"]).note_migration(done)


def _settle(ctx: StepContext) -> StepResult:
    made = instances.made_by(ctx, plan_of(ctx).place, str(ctx.job.pk), NAME)
    if not made:
        return Skipped("it is over")
    outcome = _watch(ctx, made[0]["id"])
    return outcome if isinstance(outcome, Wait) else Done()


def _others(ctx: StepContext, place: Placement, job: str) -> list[dict[str, Any]]:
    """Return unfinished migrations of other jobs, such as abandoned ones."""
    found = instances.tagged(ctx, place, {"portal-step": NAME})
    return [
        one
        for one in found
        if one["freeformTags"]["portal-job"] != job and one["lifecycleState"] not in ENDED
    ]


def _container(ctx: StepContext, found: dict[str, Any]) -> dict[str, Any]:
    containers = found.get("containers") or []
    return instances.read_container(ctx, containers[0]["containerId"]) if containers else {}


def _head(plan: ReleasePlan) -> str:
    return plan.migration.head if plan.migration else ""
