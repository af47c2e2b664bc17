"""The standing round: removes what was kept for a rollback long enough, and looks whether the way back still has its images."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from environments.models import Environment
from portal.cloud.door import door
from portal.cloud.errors import CloudError
from portal.jobs.dispatch import submit
from portal.jobs.models import Job
from portal.lib.clock import now
from portal.lib.refusal import Refused
from releases.deployment import holds, images, rollback
from releases.models import Deployment
from releases.requests import plan

CLEAN_UP = "releases.clean_up"
ACTOR = "system:keeping"
LOOK_AGAIN = timedelta(minutes=10)


def expired(environment: Environment, at: datetime) -> list[Deployment]:
    """Return the deployments whose instances have stood idle for longer than the environment keeps them."""
    keep = timedelta(minutes=environment.setting("keep_minutes"))
    idle = Deployment.objects.of(environment).idle().filter(ended_at__lte=at - keep)
    return list(idle)


def clean_up(environment: Environment) -> Job | None:
    """Order their removal; None when there is nothing to remove, somebody holds the environment, or a job has it."""
    old = expired(environment, now())
    if not old or holds.of(environment) is not None or _busy(environment):
        return None
    try:
        with transaction.atomic():
            spec = {"plan": {"place": plan.place(environment)}, "retire": [one.facts() for one in old]}
            return submit(CLEAN_UP, environment=environment.slug, actor=ACTOR, spec=spec, dedupe=f"clean_up:{environment.slug}")
    except Refused:  # another job took the environment meanwhile, or it is being taken down: the next round sees
        return None


def _busy(environment: Environment) -> bool:
    """Say whether a job has the environment, or tried to clean up just now: what fails is not tried every minute."""
    lately = Job.objects.filter(kind=CLEAN_UP, environment=environment.slug, created_at__gt=now() - LOOK_AGAIN)
    return lately.exists() or Job.objects.active(environment.slug).filter(mutating=True).exists()


def look_for_images(environment: Environment) -> str:
    """Note whether the images of a way back whose instances are gone are still in the registry; return which is gone."""
    target = rollback.verdict(environment).target
    seen = target.images_seen_at if target else None
    if target is None or target.state != Deployment.State.RETIRED or (seen and now() - seen < LOOK_AGAIN):
        return ""
    gone = _gone(environment, target)
    target.note_images(gone)
    return gone


def _gone(environment: Environment, target: Deployment) -> str:
    cloud, compartment = door(environment.home_region), environment.ocid("compartment")
    for role, wanted in target.release.plan["images"].items():
        there = images.read(cloud, compartment, wanted["repository"])
        if not any(image.digest == wanted["digest"] for image in there):
            return f"{role} image {wanted['tag']}"
    return ""


def round_over(environments: list[Environment]) -> dict[str, Any]:
    """Make the round; what one environment has wrong keeps no other waiting."""
    ordered, told = [], {}
    for environment in environments:
        job = clean_up(environment)
        if job:
            ordered.append(environment.slug)
        try:
            gone = look_for_images(environment)
        except (CloudError, Refused) as error:
            gone = f"not seen: {error}"
        if gone:
            told[environment.slug] = gone
    return {"ordered": ordered, "images": told}
