"""Step: bring the database to the revision that the release expects, in a one-off container."""

from functools import partial
from typing import Any

from portal.jobs.definition import Done, Outcome, Skipped, Step, StepContext, Stop, Wait
from releases.deployment import instance, instances, logs, migration
from releases.deployment.region import home
from releases.deployment.steps import start_instance
from releases.models import Deployment

NAME = "migrate"
LIMIT_SECONDS = 1800
POLL_SECONDS = 1.0
OTHER_SECONDS = 5.0
ENDED = ("INACTIVE", "FAILED")
MEND = "Read its log, under Logs on the environment's page; mend the image or the database, then request the release again."


def step(head: str, *, needs: tuple[str, ...]) -> Step:
    """Return the step."""
    return Step(NAME, run, needs, f"Migrate the database to {head}", deadline_seconds=LIMIT_SECONDS)


def settle() -> Step:
    """Return the step of the way back that lets a migration end which is under way: one cut off half-way harms more."""
    return Step("settle_migration", partial(_settle), (), "Let the migration end", deadline_seconds=LIMIT_SECONDS)


def run(ctx: StepContext) -> Outcome:
    """Start the container once, wait until it ended, compare the schema with what is expected, keep its log."""
    plan, job = ctx.spec["plan"], str(ctx.job.pk)
    place = plan["place"]
    made = ctx.memo.get("instance")
    if made is None:
        if others := _others(ctx, place, job):
            return Wait(OTHER_SECONDS, f"another migration is still under way: {others[0]['displayName']}")
        made = _start(ctx, plan, job)
    return _watch(ctx, made)


def _start(ctx: StepContext, plan: dict[str, Any], job: str) -> str:
    place = plan["place"]
    domain = ctx.memo.get("domain") or start_instance.domain(ctx, place["compartment"])
    ctx.remember(domain=domain, begun=True)

    def find() -> dict[str, Any] | None:
        return next(iter(instances.made_by(ctx, place, job, NAME)), None)

    body = instance.migration(plan, job=job, domain=domain, namespace=home(ctx).namespace)
    made = ctx.change(
        "container_instances", "create_container_instance", body, target=place["compartment"], door=home(ctx), find=find
    ).data
    ctx.remember(instance=made["id"])
    ctx.say(f"{made['displayName']} migrates to {plan['migration']['head']}")
    return str(made["id"])


def _watch(ctx: StepContext, made: str) -> Outcome:
    """Look once; when the container ended, judge what it did. It is never started a second time."""
    found = instances.read(ctx, made)
    if found is None:
        raise Stop("The migration's container is gone before it told how it ended.", "Look at the database's alembic_version.")
    container = _container(ctx, found)
    if found["lifecycleState"] == "FAILED" and container.get("exitCode") is None:
        raise Stop(f"The migration could not start: {found.get('lifecycleDetails') or 'no details'}. Nothing was changed.", MEND)
    if container.get("lifecycleState") not in ENDED and container.get("exitCode") is None:
        return Wait(POLL_SECONDS, f"the migration runs in {found['displayName']}")
    return _judge(ctx, found, container)


def _judge(ctx: StepContext, found: dict[str, Any], container: dict[str, Any]) -> Done:
    kept = logs.save(ctx, found)
    told = migration.parse(kept[0].text if kept else "")
    done = {**told.as_json(), "exit_code": container.get("exitCode"), "log": kept[0].pk if kept else None}
    ctx.remember(**done)
    Deployment.objects.get(pk=ctx.spec["deployment"]).note_migration(done)
    head = ctx.spec["plan"]["migration"]["head"]
    if wrong := migration.problem(told, head=head, exit_code=container.get("exitCode")):
        raise Stop(f"{wrong}.", MEND)
    instances.delete(ctx, found["id"])
    ctx.say(f"{migration.words(done)}; {len(told.tables)} tables")
    return Done(done)


def _settle(ctx: StepContext) -> Outcome:
    made = instances.made_by(ctx, ctx.spec["plan"]["place"], str(ctx.job.pk), NAME)
    if not made:
        return Skipped("it is over")
    outcome = _watch(ctx, made[0]["id"])
    return outcome if isinstance(outcome, Wait) else Done()


def _others(ctx: StepContext, place: dict[str, Any], job: str) -> list[dict[str, Any]]:
    """Return migrations of other jobs that have not ended: a job that was given up leaves its container running."""
    found = instances.tagged(ctx, place, {"portal-step": NAME})
    return [one for one in found if one["freeformTags"]["portal-job"] != job and one["lifecycleState"] not in ENDED]


def _container(ctx: StepContext, found: dict[str, Any]) -> dict[str, Any]:
    containers = found.get("containers") or []
    return instances.container(ctx, containers[0]["containerId"]) if containers else {}
