"""Step: the images are still in the repository, and their tags still name the digests that were agreed to."""

from collections.abc import Mapping
from typing import Any

from portal.jobs.definition import Done, Outcome, Step, StepContext, Stop
from releases.deployment import images, signing
from releases.deployment.region import home


def step() -> Step:
    """Return the step."""
    return Step("check_images", run, (), "Check that both images are still what was agreed to", deadline_seconds=120)


def run(ctx: StepContext) -> Outcome:
    """Stop when an image was deleted, its tag moved, or its signature went, since the release was requested."""
    plan = ctx.spec["plan"]
    for wanted in plan["images"].values():
        _check(ctx, plan, wanted)
    return Done({role: wanted["digest"] for role, wanted in plan["images"].items()})


def _check(ctx: StepContext, plan: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    cloud, compartment = home(ctx), plan["place"]["compartment"]
    found = images.trouble(wanted, images.read(cloud, compartment, wanted["repository"]))
    if found:
        raise Stop(f"{found[0]} Nothing was changed.", found[1])
    words = signing.trouble(cloud, compartment, wanted, plan.get("signing"))
    if words:
        raise Stop(f"{words} Nothing was changed.", signing.NEXT_STEP)
