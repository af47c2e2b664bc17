"""Step: the images are still there, and their tags name the approved digests."""

from portal.jobs.definition import Done, Step, StepContext, StepResult, Stop
from releases.deployment import images, signing
from releases.deployment.context import home, plan_of
from releases.requests.plan import PlannedImage, ReleasePlan


def step() -> Step:
    """Return the step."""
    return Step(
        "check_images",
        check_images,
        (),
        "Check that both images are still what was approved",
        deadline_seconds=120,
    )


def check_images(ctx: StepContext) -> StepResult:
    """Stop when an image, its tag or its signature changed since the request."""
    plan = plan_of(ctx)
    for wanted in plan.images.values():
        _check(ctx, plan, wanted)
    return Done({role: wanted.digest for role, wanted in plan.images.items()})


def require_approved(ctx: StepContext, role: str, consequence: str) -> None:
    """Stop when the tag that a container pulls no longer names the digest that people approved.

    Asked right before a container is created and once after it pulled: a push may come between.
    """
    plan = plan_of(ctx)
    wanted = plan.images.get(role)
    if wanted is None:
        return
    there = images.read(home(ctx), plan.place.compartment, wanted.repository)
    if found := images.find_problem(wanted, there):
        raise Stop(f"{found[0]} {consequence}", found[1])


def _check(ctx: StepContext, plan: ReleasePlan, wanted: PlannedImage) -> None:
    cloud, compartment = home(ctx), plan.place.compartment
    found = images.find_problem(wanted, images.read(cloud, compartment, wanted.repository))
    if found:
        raise Stop(f"{found[0]} Nothing was changed.", found[1])
    problem = signing.find_problem(cloud, compartment, wanted, plan.signing)
    if problem:
        raise Stop(f"{problem} Nothing was changed.", signing.NEXT_STEP)
