"""Step: create one container instance of the release."""

from functools import partial

from portal.jobs.definition import Done, Step, StepContext, StepResult
from releases.deployment import images, instance, instances
from releases.deployment.context import home, plan_of
from releases.deployment.steps import check_images


def name(role: str, number: int) -> str:
    """Return the step's name, which the instance carries as a tag."""
    return f"start_{role}_{number}"


def step(role: str, number: int, *, needs: tuple[str, ...]) -> Step:
    """Return the step for one instance of the role (api or worker)."""
    return Step(
        name(role, number),
        partial(create_instance, role, number),
        needs,
        f"Start new {images.NAMES[role]} instance {number}",
    )


def create_instance(role: str, number: int, ctx: StepContext) -> StepResult:
    """Create the instance; after a lost answer it is found by its tags."""
    plan, job = plan_of(ctx), str(ctx.job.pk)
    place = plan.place

    def find() -> dict[str, object] | None:
        return next(iter(instances.made_by(ctx, place, job, name(role, number))), None)

    where = ctx.memo.get("domain") or domain(ctx, place.compartment)
    ctx.remember(domain=where)
    check_images.require_approved(ctx, role, "No container was created of it.")
    body = instance.details(
        plan, role, number, job=job, domain=where, namespace=home(ctx).namespace
    )
    made = ctx.change(
        "container_instances",
        "create_container_instance",
        body,
        target=place.compartment,
        client=home(ctx),
        find=find,
    ).data
    ctx.say(f"{made['displayName']} is being created")
    return Done({"instance": made["id"], "name": made["displayName"]})


def domain(ctx: StepContext, compartment: str) -> str:
    """Return the first availability domain; a second try must send the same."""
    return str(home(ctx).pages("identity", "list_availability_domains", compartment)[0]["name"])
