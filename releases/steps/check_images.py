"""Step: the images are still in the repository, and their tags still name the digests that were agreed to."""

from collections.abc import Mapping
from typing import Any

from portal.jobs.definition import Done, Outcome, Step, StepContext, Stop
from releases import images
from releases.region import home


def step() -> Step:
    """Return the step."""
    return Step("check_images", run, (), "Check that both images are still what was agreed to", deadline_seconds=120)


def run(ctx: StepContext) -> Outcome:
    """Stop when an image was deleted, or its tag moved, since the release was requested."""
    plan = ctx.spec["plan"]
    for role, wanted in plan["images"].items():
        _check(role, wanted, images.read(home(ctx), plan["place"]["compartment"], wanted["repository"]))
    return Done({role: wanted["digest"] for role, wanted in plan["images"].items()})


def _check(role: str, wanted: Mapping[str, Any], there: list[images.Image]) -> None:
    name = f"{wanted['repository']}:{wanted['tag']}"
    if not any(image.digest == wanted["digest"] for image in there):
        words = f"The {role} image {name} ({wanted['digest'][:19]}…) is no longer there. Nothing was changed."
        raise Stop(words, "Push it again, or request a release of an image that is there.")
    moved = next((image for image in there if image.tag == wanted["tag"] and image.digest != wanted["digest"]), None)
    if moved:
        words = f"The tag {name} now names {moved.digest[:19]}…, not what was agreed to. Nothing was changed."
        raise Stop(words, "Find out who pushed over the tag; then request a release of the image that is meant.")
